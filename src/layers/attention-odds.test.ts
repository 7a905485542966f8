import { describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { smoothMax } from '../dp/omega/index.js';
import { attentionWeights } from './index.js';
import { scoreOdds } from './attention-odds.js';

const random = seededRandom(21);
const omegas = ['negentropy', 'l2', 'entmax15'] as const;
const positions = 6;
const lengths = Int32Array.of(6, 1, 4, 2);

const rowsOf = (scores: ArrayLike<number>) => ({
  scores: Float32Array.from(scores),
  positions,
  lengths,
});
const scores = (spread: number) => rowsOf(randomArray(lengths.length * positions, random, spread));

describe.each(omegas)('odds under %s', (omega) => {
  it.each([0.3, 1, 2.5])('of a chain without transitions attend as ∇max_Ω, γ = %d', (gamma) => {
    for (const spread of [0.1, 1, 8]) {
      const rows = scores(spread);
      const none = new Float32Array(4);
      const { weights } = attentionWeights(`crf-${omega}`, rows, none, gamma, 'odds');
      lengths.forEach((length, row) => {
        const own = Float64Array.from(
          rows.scores.subarray(row * positions, row * positions + length),
        );
        const { argmax } = smoothMax(own, { omega, gamma });
        expectClose(weights.subarray(row * positions, row * positions + length), argmax, 1e-5);
      });
    }
  });

  it('do not see a constant added to all scores', () => {
    const rows = scores(1);
    const higher = rowsOf(rows.scores.map((score) => score + 4));
    expectClose(scoreOdds(omega, 1, higher).odds, scoreOdds(omega, 1, rows).odds, 1e-4);
  });

  it('have the gradient that finite differences give', () => {
    const rows = scores(1);
    const z = Float32Array.from(randomArray(rows.scores.length, random));
    const value = (at: number, by: number) => {
      const moved = rows.scores.slice();
      moved[at]! += by;
      const { odds } = scoreOdds(omega, 0.7, rowsOf(moved));
      return odds.reduce((sum, one, t) => sum + one * z[t]!, 0);
    };
    const step = 2 ** -9;
    const differences = rows.scores.map(
      (_, at) => (value(at, step) - value(at, -step)) / (2 * step),
    );
    for (let row = 0; row < lengths.length; row++) {
      // What lies past a row's length is not read.
      z.fill(0, row * positions + lengths[row]!, (row + 1) * positions);
    }
    expectClose(scoreOdds(omega, 0.7, rows).pullBack(z), differences, 5e-3);
  });
});

describe('odds', () => {
  it('under negentropy are differences of scores where there are two', () => {
    const rows = { scores: Float32Array.of(0, 60), positions: 2, lengths: Int32Array.of(2) };
    const { odds, pullBack } = scoreOdds('negentropy', 1, rows);
    expect([...odds]).toEqual([-60, 60]);
    expect([...pullBack(Float32Array.of(0, 1))]).toEqual([-1, 1]);
  });

  it('under l2 fall on where nothing is attended to', () => {
    const rows = { scores: Float32Array.of(5, 0, -3), positions: 3, lengths: Int32Array.of(3) };
    // τ = 4: u = 2(s − τ) − 1 where q > 0, s − τ − 1 elsewhere.
    expect([...scoreOdds('l2', 1, rows).odds]).toEqual([1, -5, -8]);
  });
});
