import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom, type OmegaName } from '../../../test/path-enumeration.js';
import { runs } from '../../../test/property-runs.js';
import { getThreads, setThreads } from '../../kernels/module.js';
import { factoredChain } from '../programs/factored-chain.js';
import { linearChain } from '../programs/linear-chain.js';

const OMEGAS: OmegaName[] = ['negentropy', 'l2', 'entmax15', 'hard'];
const threads = getThreads();
beforeAll(() => setThreads(1));
afterAll(() => setThreads(threads));

/** Expects the same results; of shares that underflow, rounding may decide. */
function expectAlike(found: object, expected: unknown): void {
  for (const [name, values] of Object.entries(expected as object)) {
    const ours = (found as Record<string, object>)[name]!;
    if (values instanceof Float32Array) expectClose(ours as Float32Array, values, 1e-5);
    else expectAlike(ours, values);
  }
}

function float64(theta: object): object {
  const entries = Object.entries(theta).map(([name, part]) => [name, Float64Array.from(part)]);
  return Object.fromEntries(entries) as object;
}

describe('float32 chains, of their input', () => {
  it('take a part that is undefined for one that is left out', () => {
    const linear = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
    const theta = { moves: new Float32Array(4), transition: undefined, start: undefined };
    expect(linear.gradient(theta).gradient).toEqual({ moves: new Float32Array(4).fill(0.25) });
  });

  it('say what is wrong, and where', () => {
    const linear = linearChain({ batch: 2, time: 3, states: 2, omega: 'l2', lengths: [1, 3] });
    const moves = new Float32Array(24);
    expect(() => linear.value(moves.with(3, NaN))).toThrow(
      'theta[0][0][1][1] is NaN (flat index 3)',
    );
    // Past the first item's length.
    expect(linear.value(moves.with(9, NaN))).toEqual(linear.value(moves));
    expect(() => linear.gradient({ moves, end: Float32Array.of(0, 0, 0, Infinity) })).toThrow(
      'theta.end[1][1] is Infinity',
    );
    expect(() => linear.argmax(moves.with(23, NaN))).toThrow('theta[1][2][1][1] is NaN');
    expect(() => linear.value(new Float32Array(23))).toThrow('theta has 23 entries');
    expect(() => linear.gradient(moves.slice().fill(-Infinity, 12, 16))).toThrow(
      'batch item 1 has no allowed path',
    );
    expect(() => linear.hessianProduct(moves, moves.with(2, -Infinity))).toThrow(
      'z[0][0][1][0] is -Infinity',
    );
    const factored = factoredChain({ batch: 2, positions: 3, states: 2, omega: 'negentropy' });
    const theta = { unary: new Float32Array(12), transition: new Float32Array(4) };
    const wrong = { ...theta, transition: theta.transition.with(3, NaN) };
    expect(() => factored.gradient(wrong)).toThrow('theta.transition[1][1] is NaN');
    expect(() => factored.hessianProduct(theta, wrong)).toThrow('z.transition[1][1] is NaN');
    const stuck = { ...theta, unary: theta.unary.map((_, at) => (at < 8 ? 0 : -Infinity)) };
    expect(() => factored.value(stuck)).toThrow('batch item 1 has no allowed path');
    expect(() => factored.argmax(stuck)).toThrow('batch item 1 has no allowed path');
  });

  it('find in the hard search every move that is no number, and lets -Infinity pass', () => {
    const program = linearChain({ batch: 3, time: 4, states: 6, omega: 'hard' });
    const negativeNaN = new Float32Array(Uint32Array.of(0xffc00000).buffer)[0]!;
    const scores = Float32Array.from({ length: 3 * 4 * 36 }, (_, n) => Math.sin(7 * n));
    for (let at = 0; at < scores.length; at++) {
      for (const value of [Number.NaN, negativeNaN, Infinity]) {
        const theta = scores.slice();
        theta[at] = value;
        expect(() => program.gradient(theta)).toThrow(`flat index ${at})`);
      }
      const theta = scores.slice();
      theta[at] = -Infinity;
      expect(program.value(theta)).toHaveLength(3);
    }
  });

  it.each(OMEGAS)(
    'find what is no number within the lengths, as the definition does, and else ignore it: %s',
    (omega) => {
      const spoilt = fc.record({
        batch: fc.integer({ min: 1, max: 9 }),
        time: fc.integer({ min: 1, max: 12 }),
        states: fc.integer({ min: 1, max: 12 }),
        kind: fc.constantFrom('linear', 'shared transition', 'own transitions'),
        direction: fc.boolean(),
        part: fc.nat(),
        at: fc.nat(),
        // Negative NaN too, which processors make; of potentials -Infinity is no mistake.
        bits: fc.constantFrom(0x7fc00000, 0xffc00000, 0x7f800000),
        seed: fc.integer({ min: 1, max: 1e6 }),
      });
      fc.assert(
        fc.property(spoilt, ({ batch, time, states, kind, direction, part, at, bits, seed }) => {
          const random = seededRandom(seed);
          const array = (length: number) => Float32Array.from(randomArray(length, random, 2));
          const lengths = Array.from({ length: batch }, () => Math.floor(random() * (time + 1)));
          const square = states * states;
          const arrays = () =>
            kind === 'linear'
              ? { moves: array(batch * time * square), start: array(batch * states) }
              : {
                  unary: array(batch * (time + 1) * states),
                  transition: array(kind === 'shared transition' ? square : batch * square),
                  end: array(batch * states),
                };
          const [theta, z] = [arrays(), arrays()];
          const parts = Object.values(direction ? z : theta) as Float32Array[];
          const spoiled = parts[part % parts.length]!;
          new Uint32Array(spoiled.buffer)[at % spoiled.length] = bits;
          const program =
            kind === 'linear'
              ? linearChain({ batch, time, states, omega, lengths })
              : factoredChain({
                  batch,
                  positions: time + 1,
                  states,
                  omega,
                  lengths: lengths.map((length) => length + 1),
                });
          const said = (theta: object, z: object) => {
            try {
              return program.hessianProduct(theta as never, z as never);
            } catch (error) {
              return (error as Error).message;
            }
          };
          const found = said(theta, z);
          const exact = said(float64(theta), float64(z));
          if (typeof found === 'string') {
            expect(found).toBe(exact);
            return;
          }
          // It lies past an item's length: then it is as if it were not there.
          expect(typeof exact).toBe('object');
          spoiled[at % spoiled.length] = 0;
          expectAlike(found, said(theta, z));
        }),
        { numRuns: runs(100) },
      );
    },
  );
});
