import { existsSync } from 'node:fs';

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
