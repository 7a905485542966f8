import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { linearChain } from './linear-chain.js';

const OMEGAS = ['negentropy', 'l2', 'hard'] as const;

describe('the facts of DP_Ω, on chains', () => {
  const [time, states, size] = [4, 3, 36];
  const valueAt = (theta: Float64Array, omega: (typeof OMEGAS)[number], gamma = 1) =>
    linearChain({ batch: 1, time, states, omega, gamma }).value(theta)[0]!;
  const chains = fc
    .tuple(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(0.1, 1, 4))
    .map(([seed, gamma]) => ({ gamma, random: seededRandom(seed) }));

  it('is at most γ · maxes · log states above DP for negentropy, γ/2 · maxes below for l2', () => {
    fc.assert(
      fc.property(chains, ({ gamma, random }) => {
        const theta = randomArray(size, random, 2);
        const best = valueAt(theta, 'hard');
        const above = valueAt(theta, 'negentropy', gamma) - best;
        expect(above).toBeGreaterThanOrEqual(-1e-12);
        expect(above).toBeLessThanOrEqual(gamma * (time + 1) * Math.log(states) + 1e-12);
        const below = best - valueAt(theta, 'l2', gamma);
        expect(below).toBeGreaterThanOrEqual(-1e-12);
        expect(below).toBeLessThanOrEqual((gamma * (time + 1)) / 2 + 1e-12);
      }),
    );
  });

  it('is convex in θ, and its Hessian positive semidefinite', () => {
    fc.assert(
      fc.property(chains, fc.constantFrom(...OMEGAS), ({ gamma, random }, omega) => {
        const [from, to] = [randomArray(size, random, 2), randomArray(size, random, 2)];
        const weight = random();
        const between = from.map((score, at) => weight * score + (1 - weight) * to[at]!);
        const chord =
          weight * valueAt(from, omega, gamma) + (1 - weight) * valueAt(to, omega, gamma);
        expect(valueAt(between, omega, gamma)).toBeLessThanOrEqual(chord + 1e-10);
        const program = linearChain({ batch: 1, time, states, omega, gamma });
        const { product } = program.hessianProduct(from, to);
        const curvature = product.reduce((sum, entry, at) => sum + entry * to[at]!, 0);
        expect(curvature).toBeGreaterThanOrEqual(-1e-10);
      }),
    );
  });

  it('goes to the best score as γ goes to 0, and moves with a constant added to a step', () => {
    const theta = randomArray(size, seededRandom(21), 2);
    const raised = theta.map((score, at) => (at < 9 ? score + 3 : score));
    for (const omega of OMEGAS) {
      expect(valueAt(theta, omega, 1e-3)).toBeCloseTo(valueAt(theta, 'hard'), 2);
      expect(valueAt(raised, omega)).toBeCloseTo(valueAt(theta, omega) + 3, 12);
      const program = linearChain({ batch: 1, time, states, omega });
      expectClose(program.gradient(raised).gradient, program.gradient(theta).gradient, 1e-12);
    }
  });

  it('has the indicator of the unique best path as its hard gradient (Danskin)', () => {
    const program = linearChain({ batch: 1, time, states, omega: 'hard' });
    const theta = randomArray(size, seededRandom(22), 2);
    const [path] = program.argmax(theta);
    const indicator = new Float64Array(size);
    for (let t = 0; t < time; t++) indicator[(t * states + path![t + 1]!) * states + path![t]!] = 1;
    expect(program.gradient(theta).gradient).toEqual(indicator);
    expect(program.kBest(theta, 5)[0]).toEqual([{ path, logProbability: 0 }]);
    for (const omega of ['negentropy', 'l2'] as const) {
      const smooth = linearChain({ batch: 1, time, states, omega, gamma: 1e-3 });
      expectClose(smooth.gradient(theta).gradient, indicator, 1e-6);
      expect(smooth.argmax(theta)[0]).toEqual(path);
    }
  });
});
