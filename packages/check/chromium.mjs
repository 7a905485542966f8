// A page of a project that Vite has built, in Chromium: with and without cross-origin isolation, in a
// worker, with the kernels in the code and fetched, under three content security policies.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { checkExamples } from './examples.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const policy = (text) => ({
  'content-security-policy': `default-src 'self'; script-src 'self'${text}`,
});

/** The first folder of a page's address says what its server sends. */
const servers = {
  plain: {},
  isolated: isolation,
  'no-workers': { ...isolation, ...policy(" 'wasm-unsafe-eval'") },
  'no-wasm': { ...isolation, ...policy('') },
};

const common = `
export function work({ linearChain, getThreads, hasKernels, setThreads }) {
  setThreads(2);
  const chain = linearChain({ batch: 64, time: 200, states: 8, omega: 'negentropy' });
  const theta = new Float32Array(64 * 200 * 64);
  const rounds = async () => {
    let found;
    for (let round = 0; round < 3; round++) {
      found = chain.gradient(theta);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return {
      value: found.value[63] / Math.log(8), move: 64 * found.gradient[99],
      threads: getThreads(), kernels: hasKernels(), runsOn: chain.runsOn,
    };
  };
  return rounds();
}`;
/** Runs what a worker posts. */
const posted = (file) => `globalThis.outcome = new Promise((resolve, reject) => {
  const worker = new Worker(new URL('./${file}.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
});`;
const pages = {
  main: "import * as library from 'didyprog';\nimport { work } from './common.js';\nglobalThis.outcome = work(library);",
  fetched:
    "import * as library from 'didyprog/fetch';\nimport { work } from './common.js';\nglobalThis.outcome = library.loadKernels().then(() => work(library));",
  worker: posted('in-worker'),
  examples: "import { runExamples } from './run-examples.js';\nglobalThis.outcome = runExamples();",
  'examples-worker': posted('examples-in-worker'),
  layers: `import * as tf from '@tensorflow/tfjs';
import { linearChain } from 'didyprog';
import { maxLayer } from 'didyprog/layers';
import { chooseEngine } from 'didyprog/engine';
globalThis.outcome = (async () => {
  const { name } = await chooseEngine({ backend: 'cpu' });
  const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
  const grad = tf.grad((theta) => maxLayer(chain, theta))(tf.zeros([1, 1, 2, 2]));
  return { name, move: (await grad.data())[3] };
})();`,
};
const inWorker =
  "import * as library from 'didyprog';\nimport { work } from './common.js';\nwork(library).then((found) => postMessage(found));";

const examplesInWorker =
  "import { runExamples } from './run-examples.js';\nrunExamples().then((found) => postMessage(found));";

/** Where the examples of the documentation run, and whether there are kernels. */
const examplePages = [
  ['examples', 'plain', true],
  ['examples', 'isolated', true],
  ['examples', 'no-workers', true],
  ['examples', 'no-wasm', false],
  ['examples-worker', 'plain', true],
  ['examples-worker', 'isolated', true],
];

const modules = { common, 'in-worker': inWorker, 'examples-in-worker': examplesInWorker };

/** What each page must find on each server: threads, and whether there are kernels. */
const expected = [
  ['main', 'plain', 1, true],
  ['main', 'isolated', 2, true],
  ['main', 'no-workers', 1, true],
  ['main', 'no-wasm', 1, false],
  ['fetched', 'plain', 1, true],
  ['fetched', 'no-wasm', 1, false],
  ['worker', 'plain', 1, true],
  ['worker', 'isolated', 2, true],
];

/** Builds the pages in a project with didyprog, and opens them. */
export async function checkPages(root) {
  const executablePath = [
    process.env['DIDYPROG_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
  ].find((path) => path !== undefined && existsSync(path));
  for (const [name, code] of Object.entries({ ...pages, ...modules })) {
    writeFileSync(join(root, `${name}.js`), code);
  }
  for (const name of Object.keys(pages)) {
    const html = `<!doctype html><title>${name}</title><script type="module" src="./${name}.js"></script>`;
    writeFileSync(join(root, `${name}.html`), html);
  }
  const output = join(root, 'site');
  await build({
    ...{ root, configFile: false, logLevel: 'error', base: './', worker: { format: 'es' } },
    build: {
      ...{ outDir: output, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
      rollupOptions: { input: Object.keys(pages).map((name) => join(root, `${name}.html`)) },
    },
  });
  if (!executablePath) {
    console.log('Chromium is not here: the pages were built, and not opened');
    return;
  }
  const server = createServer((request, response) => {
    const [, folder, ...path] = new URL(request.url, 'http://localhost').pathname.split('/');
    const file = join(output, ...path);
    if (!existsSync(file) || !servers[folder]) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, ...servers[folder] }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const open = async (name, folder) => {
    const page = await browser.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`http://127.0.0.1:${server.address().port}/${folder}/${name}.html`);
    const found = await page.evaluate('globalThis.outcome');
    await page.close();
    if (faults.length > 0) throw new Error(`${name}, ${folder}: ${faults.join('; ')}`);
    return found;
  };
  try {
    for (const [name, folder, threads, kernels] of expected) {
      const found = await open(name, folder);
      const right = Math.abs(found.value - 201) < 1e-3 && Math.abs(found.move - 1) < 1e-4;
      if (!right || found.threads !== threads || found.kernels !== kernels) {
        throw new Error(`${name} page, ${folder}: ${JSON.stringify(found)}`);
      }
      console.log(
        `Chromium, ${name} page, ${folder}: ${threads} thread${threads > 1 ? 's' : ''}, ${found.runsOn}`,
      );
    }
    for (const [name, folder, kernels] of examplePages) {
      checkExamples(`Chromium, ${name} page, ${folder}`, await open(name, folder), kernels);
    }
    const { name, move } = await open('layers', 'plain');
    if (name !== 'cpu' || Math.abs(move - 0.25) > 1e-6) throw new Error(`layers: ${name}, ${move}`);
    console.log('Chromium, layers and engine: right gradient');
  } finally {
    await browser.close();
    server.close();
  }
}
