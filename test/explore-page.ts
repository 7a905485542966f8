import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startServer } from '../src/explore/server/server.js';
import { startChromium, watch } from './chromium.js';

/** The built page of explore. */
export const pageFolder = fileURLToPath(new URL('../dist/explore/page', import.meta.url));

export interface ExplorePage {
  page: Page;
  /** The address of the server, to which a hash is added. */
  url: string;
  /** Errors of the page, and requests to anybody but its server. */
  problems: string[];
  close(): Promise<void>;
}

/** Serves the runs of a folder, with an empty page in a browser of its own. */
export async function explorePage(folder: string): Promise<ExplorePage> {
  const server = await startServer({ folder, pageFolder });
  const browser = await startChromium();
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  return {
    page,
    url: server.url,
    problems: watch(page, /^(blob:)?http:\/\/127\.0\.0\.1|^(data:|about:blank)/),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
