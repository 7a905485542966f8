import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { factoredChain } from './factored-chain.js';
import { semiMarkov } from './semi-markov.js';

describe('semiMarkov', () => {
  it.each(['negentropy', 'hard'] as const)(
    'with segments of one position is a chain: %s',
    (omega) => {
      // One maximum over one duration is the score itself under these two.
      const random = seededRandom(7);
      const sizes = { batch: 3, positions: 6, states: 4, lengths: [6, 1, 4], omega, gamma: 0.7 };
      const unary = randomArray(3 * 6 * 4, random);
      const rest = {
        transition: randomArray(16, random),
        start: randomArray(12, random),
        end: randomArray(12, random),
      };
      const segments = semiMarkov({ ...sizes, maxDuration: 1 }).gradient({
        segment: unary,
        ...rest,
      });
      const chain = factoredChain(sizes).gradient({ unary, ...rest });
      expectClose(segments.value, chain.value, 1e-12);
      expectClose(segments.gradient.segment, chain.gradient.unary, 1e-12);
      expectClose(segments.gradient.transition, chain.gradient.transition, 1e-12);
    },
  );

  it('cuts a sequence into the segments that score best', () => {
    // Three of state 1, then two of state 0: every other segment costs 10.
    const segment = new Float64Array(5 * 3 * 2).fill(-10);
    const at = (begin: number, duration: number, state: number) =>
      (begin * 3 + duration - 1) * 2 + state;
    segment[at(0, 3, 1)] = 1;
    segment[at(3, 2, 0)] = 1;
    const program = semiMarkov({ batch: 1, positions: 5, maxDuration: 3, states: 2, omega: 'l2' });
    const theta = { segment, transition: new Float64Array(4) };
    expect(program.argmax(theta)).toEqual([Int32Array.of(0, 3, 1, 3, 2, 0)]);
    const best = program.kBest(theta, 1)[0]![0]!;
    expect(best.path).toEqual(Int32Array.of(0, 3, 1, 3, 2, 0));
    const [found] = program.logProbability(theta, [best.path]);
    expect(found).toBeCloseTo(best.logProbability, 12);
  });

  it('ignores segments that reach past the end, whatever their scores', () => {
    const sizes = { batch: 1, positions: 4, maxDuration: 3, states: 1, lengths: [3] };
    const program = semiMarkov({ ...sizes, omega: 'negentropy' });
    const segment = new Float64Array(12).fill(NaN);
    for (const [begin, duration] of [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 1],
      [1, 2],
      [2, 1],
    ] as const) {
      segment[begin * 3 + duration - 1] = 0;
    }
    const { value, gradient } = program.gradient({ segment, transition: Float64Array.of(0) });
    // There are 2² ways to cut three positions.
    expect(value[0]).toBeCloseTo(Math.log(4), 12);
    expect(Array.from(gradient.segment).map((mass) => Math.round(mass * 4) / 4)).toEqual([
      0.5, 0.25, 0.25, 0.25, 0.25, 0, 0.5, 0, 0, 0, 0, 0,
    ]);
  });

  it.each([
    [{ maxDuration: 0 }, /maxDuration is 0/],
    [{ states: 0 }, /states is 0/],
    [{ lengths: [3, 7] }, /lengths\[1\] is 7/],
    [{ lengths: [0, 2] }, /lengths\[0\] is 0/],
  ])('refuses %j', (wrong, message) => {
    const sizes = { batch: 2, positions: 5, states: 2, maxDuration: 3, omega: 'l2' as const };
    expect(() => semiMarkov({ ...sizes, ...wrong })).toThrow(message);
  });

  it('says which item has no allowed path', () => {
    const sizes = { batch: 2, positions: 2, states: 1, maxDuration: 1, omega: 'l2' as const };
    const segment = Float64Array.of(0, 0, 0, -Infinity);
    const theta = { segment, transition: Float64Array.of(0) };
    expect(() => semiMarkov(sizes).value(theta)).toThrow(/item 1|\[1\]/);
  });
});
