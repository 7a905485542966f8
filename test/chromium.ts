import { existsSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';

/** Where Chromium is; undefined without one, and then its tests are skipped. */
export const chromiumPath = ['DIDYPROG_CHROMIUM', 'CHROMIUM', 'CHROME_PATH']
  .map((name) => process.env[name])
  .concat('/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome')
  .find((path) => path !== undefined && existsSync(path));

/** The name of a group of tests in Chromium, which says why it is skipped. */
export const inChromium = (name: string) =>
  chromiumPath === undefined
    ? `${name} (skipped: no chromium in /usr/bin; $DIDYPROG_CHROMIUM names another)`
    : name;

export const startChromium = () =>
  chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] });

/** Collects what goes wrong in a page: its errors, and requests to addresses that are not `allowed`. */
export function watch(page: Page, allowed: RegExp): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!allowed.test(request.url())) problems.push(request.url());
  });
  return problems;
}
