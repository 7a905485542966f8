import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or critical in a page, each with an element that has it. */
export function seriousFaults(page: Page): Promise<string[]> {
  // It comes by the debugger: a page's policy lets no script in.
  return page.evaluate<string[]>(`(async () => {
    ${axe};
    const { violations } = await axe.run(document);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes[0].html);
  })()`);
}
