import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { pairwiseAlignment } from './pairwise-alignment.js';

/** Gotoh's three tables as textbooks have them: the best score of a local or a global alignment. */
function textbook(
  match: Float64Array,
  m: number,
  n: number,
  open: number,
  extend: number,
  local: boolean,
): number {
  const table = (value: number) =>
    Array.from({ length: m + 1 }, () => new Float64Array(n + 1).fill(value));
  const [best, up, left] = [table(-Infinity), table(-Infinity), table(-Infinity)];
  let top = -Infinity;
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (i > 0) up[i]![j] = Math.max(best[i - 1]![j]! + open, up[i - 1]![j]! + extend);
      if (j > 0) left[i]![j] = Math.max(best[i]![j - 1]! + open, left[i]![j - 1]! + extend);
      const pair = i > 0 && j > 0 ? best[i - 1]![j - 1]! + match[(i - 1) * n + j - 1]! : -Infinity;
      best[i]![j] = Math.max(
        pair,
        up[i]![j]!,
        left[i]![j]!,
        local || (i === 0 && j === 0) ? 0 : -Infinity,
      );
      top = Math.max(top, best[i]![j]!);
    }
  }
  return local ? top : best[m]![n]!;
}

describe('pairwiseAlignment', () => {
  it.each(['global', 'local'] as const)('hard and %s scores as the textbook recursion', (mode) => {
    const random = seededRandom(11);
    for (let round = 0; round < 60; round++) {
      const m = 1 + Math.floor(random() * 12);
      const n = 1 + Math.floor(random() * 12);
      const match = randomArray(m * n, random).map((x) => Math.round(x * 4));
      const [open, extend] = [-3 - Math.floor(random() * 3), -1];
      // A local alignment has one pair at least: the textbook's empty one scores 0.
      match[Math.floor(random() * m * n)] = 5;
      const program = pairwiseAlignment({ batch: 1, rows: m, cols: n, mode, omega: 'hard' });
      const theta = {
        match,
        gapOpen: Float64Array.of(open),
        gapExtend: Float64Array.of(extend),
      };
      const expected = textbook(match, m, n, open, extend, mode === 'local');
      expect(program.value(theta)[0]).toBe(expected);
      const [path] = program.argmax(theta);
      const [log] = program.logProbability(theta, [path!]);
      expect(log).toBe(0);
    }
  });

  it('hard and local scores random proteins as Smith and Waterman do, in both precisions', () => {
    const table = readFileSync(new URL('../../../examples/blosum62.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split(' ').slice(1).map(Number));
    const acids = fc.array(fc.nat(table.length - 1), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(acids, acids, fc.constantFrom(5, 11), (a, b, open) => {
        const scores = a.flatMap((x) => b.map((y) => table[Math.max(x, y)]![Math.min(x, y)]!));
        const [rows, cols] = [a.length, b.length];
        const match = Float64Array.from(scores);
        // Theirs may be empty, and then scores 0; one of ours has a pair, the best one at least.
        const best = Math.max(...scores);
        const expected = best > 0 ? textbook(match, rows, cols, -open, -1, true) : best;
        const program = pairwiseAlignment({ batch: 1, rows, cols, mode: 'local', omega: 'hard' });
        const gaps = { gapOpen: Float64Array.of(-open), gapExtend: Float64Array.of(-1) };
        expect(program.value({ match, ...gaps })[0]).toBe(expected);
        const floats = {
          match: Float32Array.from(match),
          gapOpen: Float32Array.of(-open),
          gapExtend: Float32Array.of(-1),
        };
        expect(program.value(floats)[0]).toBe(expected);
        // The score of the path is its pairs' and its gaps'.
        const [path] = program.argmax(floats);
        let score = 0;
        for (let at = 0; at < path!.length; at += 2) {
          const [i, j] = [path![at]!, path![at + 1]!];
          const isOpen = (side: 0 | 1) => at > 0 && path![at - 2 + side] === -1;
          if (i >= 0 && j >= 0) score += match[i * cols + j]!;
          else score -= (i < 0 ? isOpen(0) : isOpen(1)) ? 1 : open;
        }
        expect(score).toBe(expected);
      }),
    );
  });

  it('reads pairs, with −1 for a gap', () => {
    // Rows A C, columns A B C: B stands against a gap.
    const match = Float64Array.of(2, -2, -2, -2, -2, 2);
    const theta = { match, gapOpen: Float64Array.of(-1), gapExtend: Float64Array.of(-1) };
    const program = pairwiseAlignment({ batch: 1, rows: 2, cols: 3, mode: 'global', omega: 'l2' });
    expect(program.argmax(theta)).toEqual([Int32Array.of(0, 0, -1, 1, 1, 2)]);
  });

  it('counts alignments under negentropy: of 2 by 2 there are 8 without a pair after crossed gaps', () => {
    // Delannoy's number of 2, 2 is 13; a gap in the columns right after one in the rows is left out.
    const zeros = { gapOpen: new Float64Array(1), gapExtend: new Float64Array(1) };
    const program = pairwiseAlignment({
      ...{ batch: 1, rows: 2, cols: 2, mode: 'global', omega: 'negentropy' },
    });
    let count = 0;
    const walk = (i: number, j: number, last: 'pair' | 'up' | 'left'): void => {
      if (i === 2 && j === 2) count++;
      if (i < 2 && j < 2) walk(i + 1, j + 1, 'pair');
      if (i < 2 && last !== 'left') walk(i + 1, j, 'up');
      if (j < 2) walk(i, j + 1, 'left');
    };
    walk(0, 0, 'pair');
    const value = program.value({ match: new Float64Array(4), ...zeros })[0]!;
    expect(Math.exp(value)).toBeCloseTo(count, 10);
  });

  it('knows Ω by the indicator of a long local alignment, too: half of its pairs and gaps, and of its end', () => {
    const size = 70;
    const program = pairwiseAlignment({
      batch: 1,
      rows: size,
      cols: size,
      mode: 'local',
      omega: 'l2',
    });
    // The diagonal, but for every seventh pair: a gap in the columns and one in the rows.
    const pairs = Array.from({ length: size }, (_, i) => (i % 7 === 3 ? [i, -1, -1, i] : [i, i]));
    const path = Int32Array.from(pairs.flat());
    const theta = {
      match: new Float64Array(size * size),
      gapOpen: new Float64Array(1),
      gapExtend: new Float64Array(1),
    };
    const indicator = program.pathIndicator(theta, [path]);
    expect(indicator.gapOpen[0]).toBe(20);
    expect(program.pathRegularisation(indicator)[0]).toBe((path.length / 2 + 1) / 2);
  });

  it('ignores what lies past an item’s lengths', () => {
    const random = seededRandom(2);
    const sizes = { batch: 1, rows: 3, cols: 2, mode: 'local' as const, omega: 'l2' as const };
    const small = randomArray(6, random);
    const match = new Float64Array(5 * 4).fill(NaN);
    for (let i = 0; i < 3; i++) match.set(small.subarray(i * 2, i * 2 + 2), i * 4);
    const gaps = { gapOpen: Float64Array.of(-1), gapExtend: Float64Array.of(-0.5) };
    const wide = pairwiseAlignment({
      ...sizes,
      rows: 5,
      cols: 4,
      rowLengths: [3],
      colLengths: [2],
    });
    expect(wide.value({ match, ...gaps })).toEqual(
      pairwiseAlignment(sizes).value({ match: small, ...gaps }),
    );
  });

  it.each([
    [{ mode: 'semi' as 'local' }, /mode is "semi"/],
    [{ rowLengths: [4] }, /rowLengths\[0\] is 4/],
    [{ colLengths: [0] }, /colLengths\[0\] is 0/],
  ])('refuses %j', (wrong, message) => {
    const sizes = { batch: 1, rows: 3, cols: 3, mode: 'local' as const, omega: 'l2' as const };
    expect(() => pairwiseAlignment({ ...sizes, ...wrong })).toThrow(message);
  });
});
