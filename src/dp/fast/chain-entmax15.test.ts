import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { runs } from '../../../test/property-runs.js';
import { getThreads, setThreads } from '../../kernels/module.js';
import type { Regularizer } from '../omega/index.js';
import { factoredChain } from '../programs/factored-chain.js';
import { linearChain } from '../programs/linear-chain.js';
import type { ChainArrays } from './chain-call.js';
import { ChainKernels } from './chain-kernels.js';

const threads = getThreads();
beforeAll(() => setThreads(1));
afterAll(() => setThreads(threads));

/** The threshold by sorting (Peters et al. 2019, algorithm 2), and what follows from it. */
function solve(x: Float64Array) {
  const sorted = Float64Array.from(x, (score) => score / 2)
    .sort()
    .reverse();
  let [sum, squares, threshold] = [0, 0, 0];
  for (let k = 1; k <= sorted.length; k++) {
    sum += sorted[k - 1]!;
    squares += sorted[k - 1]! ** 2;
    const spread = squares - sum ** 2 / k;
    const next = sum / k - Math.sqrt(Math.max(0, (1 - spread) / k));
    if (next > sorted[k - 1]!) break;
    threshold = next;
  }
  return x.map((score) => Math.max(0, score / 2 - threshold));
}

/** The definition: Ω(p) = (Σ p^1.5 − 1)/0.75. */
const entmax15: Regularizer = {
  max(x) {
    const roots = solve(x);
    return roots.reduce((sum, s, at) => sum + s * s * x[at]! - s ** 3 / 0.75, 1 / 0.75);
  },
  argmax: (x) => solve(x).map((s) => s * s),
  product(x, z) {
    const roots = solve(x);
    const total = roots.reduce((sum, s) => sum + s, 0);
    const mean = roots.reduce((sum, s, at) => sum + s * z[at]!, 0) / total;
    return roots.map((s, at) => s * (z[at]! - mean));
  },
};

const one = fc.record({
  batch: fc.integer({ min: 1, max: 9 }),
  time: fc.integer({ min: 1, max: 60 }),
  states: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 })),
  gamma: fc.double({ min: -2, max: 2, noNaN: true }).map((power) => 10 ** power),
  scale: fc.double({ min: -1, max: 2, noNaN: true }).map((power) => 10 ** power),
  forbid: fc.constantFrom(0, 0, 0.3),
  seed: fc.integer({ min: 1, max: 1e6 }),
});
type Shape = typeof one extends fc.Arbitrary<infer S> ? S : never;

function floats(
  n: number,
  { states, scale, forbid, seed }: Shape,
  salt: number,
  directions = false,
) {
  const random = seededRandom(seed + salt);
  return Float32Array.from(randomArray(n, random, directions ? 1 : scale), (score, at) => {
    const free = at % states === 0 || Math.floor(at / states) % states === 0;
    return random() < forbid && !free && !directions ? -Infinity : score;
  });
}

function expectClose(ours: ArrayLike<number>, exact: ArrayLike<number>, bound: number): void {
  expect(ours.length).toBe(exact.length);
  for (let at = 0; at < exact.length; at++) {
    const distance = Math.abs(ours[at]! - exact[at]!);
    if (!(distance <= bound * Math.max(1, Math.abs(exact[at]!)))) {
      expect.fail(`entry ${at} is ${ours[at]}, not ${exact[at]}`);
    }
  }
}

describe('chains under entmax15 on the kernels', () => {
  it('equal the recursion in float64, linear ones', () => {
    fc.assert(
      fc.property(one, (shape) => {
        const { batch, time, states, gamma, seed } = shape;
        const random = seededRandom(seed);
        const lengths = Int32Array.from({ length: batch }, () => Math.floor(random() * (time + 1)));
        const arrays = (salt: number, directions: boolean) => ({
          moves: floats(batch * time * states ** 2, shape, salt, directions),
          start: floats(batch * states, shape, salt + 1, directions),
          end: floats(batch * states, shape, salt + 2, directions),
        });
        const [theta, z] = [arrays(1, false), arrays(4, true)];
        const sizes = { batch, time, states, gamma };
        const program = linearChain({ ...sizes, lengths, omega: entmax15 });
        const kernels = new ChainKernels({ ...sizes, lengths, omega: 'entmax15', factored: false });
        compare(kernels, { theta, z }, program.hessianProduct(float64(theta), float64(z)), gamma);
      }),
      { numRuns: runs(30) },
    );
  });

  it('equal it, factored ones with a transition for all and one an item', () => {
    fc.assert(
      fc.property(one, fc.boolean(), (shape, own) => {
        const { batch, time, states, gamma, seed } = shape;
        const random = seededRandom(seed);
        const lengths = Int32Array.from({ length: batch }, () => Math.floor(random() * (time + 1)));
        const arrays = (salt: number, directions: boolean) => ({
          unary: floats(batch * (time + 1) * states, shape, salt, directions),
          moves: floats((own ? batch : 1) * states ** 2, shape, salt + 1, directions),
          start: floats(batch * states, shape, salt + 2, directions),
        });
        const [theta, z] = [arrays(1, false), arrays(4, true)];
        const sizes = { batch, states, gamma };
        const positions = { positions: time + 1, lengths: lengths.map((moves) => moves + 1) };
        const program = factoredChain({ ...sizes, ...positions, omega: entmax15 });
        const named = ({ moves, ...others }: ChainArrays & { unary: Float32Array }) =>
          float64({ ...others, transition: moves });
        const batched = { ...sizes, time, lengths, omega: 'entmax15', factored: true } as const;
        const exact = program.hessianProduct(named(theta), named(z));
        const renamed = ({ transition, ...others }: typeof exact.gradient) => ({
          ...others,
          moves: transition,
        });
        const { gradient, product } = exact;
        const results = { ...exact, gradient: renamed(gradient), product: renamed(product) };
        compare(new ChainKernels(batched), { theta, z }, results, gamma);
      }),
      { numRuns: runs(30) },
    );
  });
});

function float64<Arrays extends object>(arrays: Arrays): Record<keyof Arrays, Float64Array> {
  const entries = Object.entries(arrays).map(([part, array]) => [part, Float64Array.from(array)]);
  return Object.fromEntries(entries) as Record<keyof Arrays, Float64Array>;
}

interface Exact {
  value: ArrayLike<number>;
  gradient: object;
  directional: ArrayLike<number>;
  product: object;
}

/** Values, gradients and directional derivatives; products only where γ does not magnify rounding. */
function compare(
  kernels: ChainKernels,
  { theta, z }: { theta: ChainArrays; z: ChainArrays },
  exact: Exact,
  gamma: number,
): void {
  const found = kernels.run({ mode: 'product', theta, z }, () => undefined);
  const top = (Object.values(theta) as Float32Array[]).reduce(
    (most, part) => part.reduce((m, x) => (x === -Infinity ? m : Math.max(m, Math.abs(x))), most),
    0,
  );
  const bound = 1e-5 + (1e-6 * top) / gamma;
  expectClose(found.value, exact.value, 1e-5 * Math.max(1, top));
  for (const [part, marginals] of Object.entries(exact.gradient) as [string, Float64Array][]) {
    expectClose(found.gradient![part as 'moves'], marginals, bound);
  }
  if (top / gamma > 20) return;
  expectClose(found.directional!, exact.directional, 20 * bound);
  for (const [part, slopes] of Object.entries(exact.product) as [string, Float64Array][]) {
    const largest = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 1);
    expectClose(found.product![part as 'moves'], slopes, 100 * bound * largest);
  }
}
