import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, inChromium, startChromium } from './chromium.js';
import { serve, type FileServer } from './file-server.js';
import { fitLayers, type Fitted } from './fit-layers.js';

const root = new URL('..', import.meta.url);
/** TensorFlow.js is one module there, which the layers ask for by its name. */
const tensorflow = 'node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js';
const wasm = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/';
/** The wasm backend asks for these too, and does without them in a page. */
const inNode = ['fs', 'os', 'path', 'perf_hooks'].map((name) => [
  name,
  'data:text/javascript,export default {}',
]);
const imports = {
  '@tensorflow/tfjs': `/${tensorflow}`,
  '@tensorflow/tfjs-core': `/${tensorflow}`,
  '@tensorflow/tfjs-layers': `/${tensorflow}`,
  ...(Object.fromEntries(inNode) as Record<string, string>),
};
const page = `<!doctype html><title>didyprog</title>
<script type="importmap">${JSON.stringify({ imports })}</script>`;

describe.skipIf(chromiumPath === undefined)(inChromium('the layers in a page'), () => {
  let browser: Browser;
  let server: FileServer;

  beforeAll(async () => {
    server = await serve((response, { path }) => {
      if (path === '/') {
        response.writeHead(200, { 'content-type': 'text/html' }).end(page);
        return;
      }
      readFile(new URL(path.slice(1), root)).then(
        (content) => {
          const type = path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
          response.writeHead(200, { 'content-type': type }).end(content);
        },
        () => response.writeHead(404).end(),
      );
    });
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it.each(['cpu', 'wasm'])('train by model.fit on %s and leak no tensor', async (backend) => {
    const tab = await browser.newPage();
    const problems: string[] = [];
    tab.on('pageerror', (error) => problems.push(String(error)));
    await tab.goto(`${server.url}/`);
    const program = `(async () => {
      const tf = await import('/${tensorflow}');
      const { setWasmPaths } = await import('/${wasm}tf-backend-wasm.fesm.min.js');
      setWasmPaths('/${wasm}');
      if (!(await tf.setBackend('${backend}'))) throw new Error('${backend} does not start');
      const layers = await import('/dist/layers/index.js');
      return (${fitLayers.toString()})(tf, layers, 60);
    })()`;
    const found = await tab.evaluate<Fitted[]>(program);
    expect(problems).toEqual([]);
    expect(found).toHaveLength(2);
    for (const { name, first, last, leaked } of found) {
      expect(last, name).toBeLessThan(first / 2);
      expect(leaked, name).toBe(0);
    }
  });
});
