import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, inChromium, startChromium } from './chromium.js';
import { serve, type FileServer } from './file-server.js';

/** What some folders of the server allow their pages. */
const policies: Record<string, string> = {
  'no-workers': "default-src 'self' 'wasm-unsafe-eval'",
  'no-wasm': "default-src 'self'",
};
const dist = new URL('../dist/', import.meta.url);

type Programs = typeof import('../src/index.js');

/** What a page, or Node, computes with the built package: every kernel of the core, float32. */
interface Outcome {
  isolated: boolean;
  threads: number;
  /** Which build of the kernels runs: fused multiply-add rounds less often. */
  build: 'plain' | 'fused';
  /** The bytes of all results, in base 64. */
  bits: string;
}

/** Runs in the page and in Node, and so uses only what it is given. */
async function compute(
  load: (path: string) => Promise<unknown>,
  threads: number,
): Promise<Outcome> {
  const { linearChain } = (await load(
    'dp/programs/linear-chain.js',
  )) as typeof import('../src/index.js');
  const { factoredChain } = (await load(
    'dp/programs/factored-chain.js',
  )) as typeof import('../src/index.js');
  const { dtw } = (await load('dp/programs/dtw.js')) as typeof import('../src/index.js');
  const { getThreads, setThreads } = (await load(
    'kernels/module.js',
  )) as typeof import('../src/kernels/module.js');
  const { KernelArray } = (await load(
    'kernels/kernel-array.js',
  )) as typeof import('../src/index.js');
  const { kernelBuild } = (await load(
    'kernels/compiled.js',
  )) as typeof import('../src/kernels/compiled.js');
  setThreads(threads);
  let state = 7;
  const numbers = (length: number) =>
    Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 32) * 4 - 2;
    });
  const [batch, time, states] = [32, 40, 9];
  const moves = numbers(batch * time * states * states);
  const factors = {
    unary: numbers(batch * time * states),
    transition: numbers(states * states),
  };
  const costs = numbers(2 * 300 * 200);
  let bytes = '';
  let last = false;
  const keep = (...arrays: ArrayLike<number>[]) => {
    // Some ten megabytes.
    if (!last) return;
    for (const array of arrays) {
      const all = new Uint8Array(Float32Array.from(array).buffer);
      for (let at = 0; at < all.length; at += 8192) {
        bytes += String.fromCharCode(...all.subarray(at, at + 8192));
      }
    }
  };
  // A page's workers start while it is idle: the later rounds run on all threads.
  for (let round = 0; round < 3; round++) {
    last = round === 2;
    for (const omega of ['negentropy', 'l2', 'hard'] as const) {
      const linear = linearChain({ batch, time, states, omega });
      const one = linear.hessianProduct(moves, moves);
      keep(one.value, one.gradient, one.directional, one.product);
      const factored = factoredChain({ batch, positions: time, states, omega });
      const two = factored.hessianProduct(factors, factors);
      keep(two.value, two.gradient.unary, two.gradient.transition, two.product.transition);
      for (const path of factored.argmax(factors)) keep(path);
      const three = dtw({ batch: 2, rows: 300, cols: 200, omega }).gradient(costs);
      keep(three.value, three.gradient);
      // In place; the first of these calls lets memory grow, which leaves views behind in a page
      // that cannot share it.
      const held = [moves, moves, moves, moves].map((values) => {
        const array = new KernelArray(values.length);
        array.data.set(values);
        return array;
      });
      const [theta, z, gradient, product] = held.map((array) => array.data);
      const four = linear.hessianProduct(theta!, z!, { gradient: gradient!, product: product! });
      keep(four.value, four.gradient, four.directional, four.product);
      keep(held[2]!.data, held[3]!.data);
      for (const array of held) array.free();
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const isolated = globalThis.crossOriginIsolated === true;
  return { isolated, threads: getThreads(), build: kernelBuild(), bits: btoa(bytes) };
}

interface Fallback {
  chain: number[];
  warping: number[];
  runs: boolean;
  why: string | undefined;
}

/** Runs in the page. */
async function withoutWasm(load: (path: string) => Promise<unknown>): Promise<Fallback> {
  const { linearChain } = (await load('dp/programs/linear-chain.js')) as Programs;
  const { dtw } = (await load('dp/programs/dtw.js')) as Programs;
  const { hasKernels, kernelFault } = (await load(
    'kernels/compiled.js',
  )) as typeof import('../src/kernels/compiled.js');
  const { KernelArray } = (await load('kernels/kernel-array.js')) as Programs;
  // An ordinary array here.
  const potentials = new KernelArray(4).data;
  potentials.set([Math.log(3), -Infinity, -Infinity, Math.log(4)]);
  const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' }).gradient(
    potentials,
  );
  const warping = dtw({ batch: 1, rows: 2, cols: 2, omega: 'hard' }).gradient(
    Float32Array.of(1, 9, 9, 2),
  );
  return {
    chain: [...chain.value, ...chain.gradient],
    warping: [...warping.value],
    runs: hasKernels(),
    why: kernelFault(),
  };
}

/** The same bits from the same build of the kernels; from the other, the same numbers. */
function expectSame(actual: Outcome, expected: Outcome): void {
  if (actual.build === expected.build) {
    expect(actual.bits === expected.bits).toBe(true);
    return;
  }
  const [a, b] = [numbersOf(actual), numbersOf(expected)];
  expect(a.length).toBe(b.length);
  const apart = a.map((value, i) => Math.abs(value - b[i]!) / Math.max(1, Math.abs(b[i]!)));
  expect(apart.reduce((most, one) => Math.max(most, one), 0)).toBeLessThan(1e-4);
}

function numbersOf({ bits }: Outcome): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(bits, 'base64')).buffer);
}

describe.skipIf(chromiumPath === undefined)(inChromium('the kernels in a page'), () => {
  let browser: Browser;
  let server: FileServer;
  let inNode: Outcome;

  beforeAll(async () => {
    server = await serve((response, { path }) => {
      // Memory is shared with workers in an isolated page only.
      const folder = path.split('/')[1]!;
      const policy = policies[folder];
      const headers: Record<string, string> = {
        ...(folder !== 'plain' && {
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        }),
        ...(policy !== undefined && { 'content-security-policy': policy }),
      };
      if (!path.endsWith('.js')) {
        response.writeHead(200, { ...headers, 'content-type': 'text/html' });
        response.end('<!doctype html><title>didyprog</title>');
        return;
      }
      readFile(new URL(path.split('/').slice(2).join('/'), dist)).then(
        (text) => {
          response.writeHead(200, { ...headers, 'content-type': 'text/javascript' }).end(text);
        },
        () => response.writeHead(404).end(),
      );
    });
    browser = await startChromium();
    inNode = await compute((path) => import(new URL(path, dist).href), 1);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function inPage(folder: string): Promise<{ outcome: Outcome; page: Page }> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${server.url}/${folder}/`);
    const load = `(path) => import('/${folder}/' + path)`;
    const program = `(${compute.toString()})(${load}, 2)`;
    const outcome = await page.evaluate<Outcome>(program);
    expect(problems).toEqual([]);
    return { outcome, page };
  }

  it('load on one thread where memory cannot be shared, with the numbers of Node', async () => {
    const { outcome, page } = await inPage('plain');
    expect([outcome.isolated, outcome.threads]).toEqual([false, 1]);
    expect(page.workers()).toHaveLength(0);
    expectSame(outcome, inNode);
  });

  it('run on threads in a page with cross-origin isolation, with the numbers of Node', async () => {
    const { outcome, page } = await inPage('isolated');
    expect([outcome.isolated, outcome.threads]).toEqual([true, 2]);
    expect(page.workers()).toHaveLength(1);
    expectSame(outcome, inNode);
  });

  it('run on one thread where the page’s policy forbids workers', async () => {
    const { outcome, page } = await inPage('no-workers');
    expect([outcome.isolated, outcome.threads]).toEqual([true, 1]);
    expect(page.workers()).toHaveLength(0);
    expectSame(outcome, inNode);
  });

  it('leave their work to the definition where the page’s policy forbids WebAssembly', async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}/no-wasm/`);
    const load = `(path) => import('/no-wasm/' + path)`;
    const found = await page.evaluate<Fallback>(`(${withoutWasm.toString()})(${load})`);
    // Two paths, of log 3 and log 4: their probabilities are 3/7 and 4/7.
    expect(found.chain[0]).toBeCloseTo(Math.log(7), 6);
    expect(found.chain[1]).toBeCloseTo(3 / 7, 6);
    expect(found.warping[0]).toBe(3);
    expect(found.runs).toBe(false);
    expect(found.why).toMatch(/WebAssembly .*not to be had here: .*(policy|wasm|unsafe-eval)/i);
  });
});
