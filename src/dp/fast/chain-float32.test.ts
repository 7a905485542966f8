import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float64, OMEGAS, potentials, type Shape } from '../../../test/chain-potentials.js';
import { seededRandom } from '../../../test/path-enumeration.js';
import { getThreads, setThreads } from '../../kernels/module.js';
import { factoredChain, type FactoredPotentials } from '../programs/factored-chain.js';
import { linearChain, type ChainParts } from '../programs/linear-chain.js';
import { createSmoother } from '../omega/index.js';

const threads = getThreads();
beforeAll(() => setThreads(1));
afterAll(() => setThreads(threads));

/** 1 to 70 states and up to 500 moves, but not both at once: the definition takes its time. */
const shape: fc.Arbitrary<Shape> = fc
  .record({
    batch: fc.integer({ min: 1, max: 9 }),
    length: fc.integer({ min: 1, max: 500 }),
    states: fc.integer({ min: 1, max: 70 }),
    omega: fc.constantFrom(...OMEGAS),
    gamma: fc.double({ min: -2, max: 2, noNaN: true }).map((power) => 10 ** power),
    scale: fc.double({ min: -1, max: 3, noNaN: true }).map((power) => 10 ** power),
    forbid: fc.constantFrom(0, 0, 0.1, 0.4),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map((one) => {
    const most = 150_000 / one.states ** 2;
    const length = Math.max(1, Math.min(one.length, Math.floor(most)));
    return { ...one, length, batch: Math.max(1, Math.min(one.batch, Math.floor(most / length))) };
  });

/** The largest spread of the finite running values over states in a float64 run, of an item. */
function largestSpread(
  { states, omega, gamma }: Shape,
  length: number,
  start: (state: number) => number,
  move: (t: number, to: number, from: number) => number,
): number {
  const smoother = createSmoother({ omega, gamma });
  const x = new Float64Array(states);
  const q = new Float64Array(states);
  let values = Float64Array.from({ length: states }, (_, state) => start(state));
  let largest = 0;
  for (let t = 0; ; t++) {
    const finite = values.filter((value) => value > -Infinity);
    largest = Math.max(largest, Math.max(...finite) - Math.min(...finite));
    if (t === length) return largest;
    const before = values;
    values = before.map((_, to) => {
      for (let from = 0; from < states; from++) x[from] = before[from]! + move(t, to, from);
      return smoother.max(x, states, q);
    });
  }
}

interface Both {
  value: Float32Array | Float64Array;
  gradient: object;
}

/** How far each entry lies from the exact one beyond what is allowed, at most; 0 within bounds. */
function excess(
  ours: ArrayLike<number>,
  exact: ArrayLike<number>,
  allowed: (exact: number) => number,
): number {
  let most = ours.length === exact.length ? 0 : Infinity;
  for (let at = 0; at < exact.length; at++) {
    const beyond = Math.abs(ours[at]! - exact[at]!) - allowed(exact[at]!);
    if (!(beyond <= most)) most = beyond;
  }
  return most;
}

/** The bounds of the design. */
function expectWithin(
  fast: Both,
  exact: Both,
  { gamma, omega }: Shape,
  spread: number,
  top: number,
) {
  const within = (value: number) => 1e-5 * Math.max(1, Math.abs(value), top);
  expect(excess(fast.value, exact.value, within)).toBe(0);
  const bound = omega === 'hard' ? 0 : 1e-5 + (4e-7 * spread) / gamma;
  const parts = Object.entries(exact.gradient) as [string, Float64Array][];
  for (const [name, marginals] of parts) {
    const ours = (fast.gradient as Record<string, Float32Array>)[name]!;
    // A shared transition's is a sum of many marginals.
    const allowed = (marginal: number) => bound * Math.max(1, marginal);
    expect(excess(ours, marginals, allowed), name).toBe(0);
  }
}

const finiteTop = (theta: object) =>
  Math.max(
    ...(Object.values(theta) as Float32Array[]).map((part) =>
      part.reduce((top, score) => (score === -Infinity ? top : Math.max(top, Math.abs(score))), 0),
    ),
  );

describe('float32 on the kernels equals the float64 definition', () => {
  it('for linear chains of all shapes', () => {
    fc.assert(
      fc.property(shape, (one) => {
        const { batch, length: time, states, omega, gamma, seed } = one;
        const random = seededRandom(seed);
        const lengths = Array.from({ length: batch }, () => Math.floor(random() * (time + 1)));
        const theta: ChainParts<Float32Array> = {
          moves: potentials(batch * time * states * states, states, one, 1),
          start: potentials(batch * states, states, one, 2),
          end: potentials(batch * states, states, one, 3),
        };
        const program = linearChain({ batch, time, states, lengths, omega, gamma });
        const spread = Math.max(
          ...lengths.map((length, item) =>
            largestSpread(
              one,
              length,
              (state) => theta.start![item * states + state]!,
              (t, to, from) => theta.moves[((item * time + t) * states + to) * states + from]!,
            ),
          ),
        );
        const fast = program.gradient(theta);
        expectWithin(fast, program.gradient(float64(theta)), one, spread, finiteTop(theta));
        expect(program.value(theta)).toEqual(fast.value);
      }),
      { numRuns: 30 },
    );
  });

  it('for factored chains of all shapes, a transition shared or of each item’s own', () => {
    fc.assert(
      fc.property(shape, fc.boolean(), (one, own) => {
        const { batch, length: positions, states, omega, gamma, seed } = one;
        const random = seededRandom(seed);
        const lengths = Array.from({ length: batch }, () => 1 + Math.floor(random() * positions));
        const square = states * states;
        const theta: FactoredPotentials<Float32Array> = {
          unary: potentials(batch * positions * states, states, one, 1),
          transition: potentials((own ? batch : 1) * square, states, one, 2),
          start: potentials(batch * states, states, one, 3),
          end: potentials(batch * states, states, one, 4),
        };
        const program = factoredChain({ batch, positions, states, lengths, omega, gamma });
        const unary = (item: number, t: number, state: number) =>
          theta.unary[(item * positions + t) * states + state]!;
        const spread = Math.max(
          ...lengths.map((length, item) =>
            largestSpread(
              one,
              length - 1,
              (state) => unary(item, 0, state) + theta.start![item * states + state]!,
              (t, to, from) =>
                theta.transition[(own ? item * square : 0) + to * states + from]! +
                unary(item, t + 1, to),
            ),
          ),
        );
        const fast = program.gradient(theta);
        expectWithin(fast, program.gradient(float64(theta)), one, spread, finiteTop(theta));
        expect(program.value(theta)).toEqual(fast.value);
      }),
      { numRuns: 30 },
    );
  });

  it('in the hard best path, exactly, also among ties and near ties', () => {
    // Whole numbers tie; a scale of 2^−22 beside them parts what float32 sums can no longer tell.
    const nearTies = fc.record({ one: shape, apart: fc.constantFrom(0, 2 ** -22, 1e-3) });
    fc.assert(
      fc.property(nearTies, ({ one, apart }) => {
        const { batch, length: time, states, seed } = one;
        const random = seededRandom(seed);
        const rough = (n: number) =>
          Float32Array.from({ length: n }, () => Math.floor(4 * random()) + apart * random());
        const moves = rough(batch * time * states * states);
        const chain = linearChain({ batch, time, states, omega: 'hard' });
        const exact = chain.gradient(Float64Array.from(moves));
        const fast = chain.gradient(moves);
        expect(fast.gradient).toEqual(Float32Array.from(exact.gradient));
        expect(fast.value).toEqual(Float32Array.from(exact.value));
        const theta = { unary: rough(batch * (time + 1) * states), transition: rough(states ** 2) };
        const factored = factoredChain({ batch, positions: time + 1, states, omega: 'hard' });
        const best = factored.gradient(float64(theta)).gradient;
        const found = factored.gradient(theta).gradient;
        expect(found.unary).toEqual(Float32Array.from(best.unary));
        expect(found.transition).toEqual(Float32Array.from(best.transition));
      }),
      { numRuns: 15 },
    );
  });
});
