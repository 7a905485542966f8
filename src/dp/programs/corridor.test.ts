import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { dtw, type Moves } from './dtw.js';

const anyMoves = fc.constantFrom<Moves>('classic', 'advance');
const anySeed = fc.integer();

describe('a band', () => {
  it('is the same as forbidding the cells outside, on any rectangle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        anyMoves,
        anySeed,
        (rows, cols, band, moves, seed) => {
          fc.pre(moves === 'classic' || cols <= rows);
          const options = { batch: 1, rows, cols, moves, omega: 'negentropy' } as const;
          const theta = randomArray(rows * cols, seededRandom(seed));
          const outside = theta.map((cost, cell) => {
            const [i, j] = [Math.floor(cell / cols), cell % cols];
            return Math.abs((i * (cols - 1)) / (rows - 1) - j) <= band + 1e-9 ? cost : Infinity;
          });
          const solve = (program: () => ReturnType<typeof dtw>, costs: Float64Array) => {
            try {
              return program().gradient(costs);
            } catch (error) {
              return (error as Error).message.replace(/.*(band|path).*/, 'none');
            }
          };
          expect(solve(() => dtw({ ...options, band }), theta)).toEqual(
            solve(() => dtw(options), outside),
          );
        },
      ),
    );
  });

  it('that cannot connect the corners is an error with the smallest band that does', () => {
    const create = (band: number, rows = 3, cols = 100, moves?: Moves) =>
      dtw({ batch: 1, rows, cols, moves, band, omega: 'hard' });
    for (const [rows, cols, moves] of [
      [3, 100, 'classic'],
      [100, 41, 'advance'],
      [7, 7, 'classic'],
      [9, 4, 'classic'],
    ] as const) {
      let smallest = 0;
      try {
        create(0, rows, cols, moves);
      } catch (error) {
        smallest = Number((error as Error).message.split(' ').at(-1));
        expect((error as Error).message).toContain('batch item 0: a band of 0 columns does not');
        expect(() => create(smallest * 0.999, rows, cols, moves)).toThrow('does not connect');
      }
      const program = create(smallest, rows, cols, moves);
      expect(program.value(new Float64Array(rows * cols)).every(Number.isFinite)).toBe(true);
    }
  });
});
