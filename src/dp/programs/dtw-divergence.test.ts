import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { dtw } from './dtw.js';
import { dtwDivergence } from './dtw-divergence.js';

const series = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  rows: fc.integer({ min: 1, max: 7 }),
  cols: fc.integer({ min: 1, max: 7 }),
  depth: fc.integer({ min: 1, max: 3 }),
  gamma: fc.constantFrom(0.01, 0.3, 1, 10),
});

describe('dtwDivergence', () => {
  it('is 0 at x = y with gradient 0, for every Ω', () => {
    fc.assert(
      fc.property(
        series,
        fc.constantFrom('negentropy' as const, 'l2' as const, 'entmax15' as const, 'hard' as const),
        ({ seed, rows, depth, gamma }, omega) => {
          const x = randomArray(rows * depth, seededRandom(seed), 2);
          const program = dtwDivergence({ batch: 1, rows, cols: rows, omega, gamma });
          const found = program.gradient({ rowFeatures: x, colFeatures: x.slice() });
          expectClose(found.value, [0], 1e-10);
          expectClose(found.gradient.rowFeatures, new Float64Array(x.length), 1e-9);
          expectClose(found.gradient.colFeatures, new Float64Array(x.length), 1e-9);
        },
      ),
    );
  });

  it('is positive elsewhere under negentropy', () => {
    fc.assert(
      fc.property(series, ({ seed, rows, cols, depth, gamma }) => {
        const random = seededRandom(seed);
        const rowFeatures = randomArray(rows * depth, random, 2);
        const colFeatures = randomArray(cols * depth, random, 2);
        const program = dtwDivergence({ batch: 1, rows, cols, omega: 'negentropy', gamma });
        expect(program.value({ rowFeatures, colFeatures })[0]).toBeGreaterThan(0);
      }),
    );
  });

  it('takes a series that the batch shares for as many copies of it, whatever their lengths', () => {
    fc.assert(
      fc.property(
        series,
        fc.integer({ min: 2, max: 4 }),
        fc.boolean(),
        fc.constantFrom(Float32Array, Float64Array),
        ({ seed, rows, cols, depth, gamma }, batch, unequal, Real) => {
          const random = seededRandom(seed);
          const each = (most: number) =>
            Array.from({ length: batch }, () => (unequal ? 1 + Math.floor(random() * most) : most));
          const lengths = { rowLengths: each(rows), colLengths: each(cols) };
          const sizes = { batch, rows, cols, ...lengths, gamma };
          const program = dtwDivergence({ ...sizes, omega: 'negentropy' });
          const array = (size: number) => Real.from(randomArray(size, random, 2));
          const [one, zOne] = [array(rows * depth), array(rows * depth)];
          const colFeatures = array(batch * cols * depth);
          const zCols = array(batch * cols * depth);
          const copies = (of: Float32Array | Float64Array) =>
            Real.from(Array.from({ length: batch }, () => [...of]).flat());
          const sum = (of: Float32Array | Float64Array) =>
            one.map((_, k) =>
              Array.from({ length: batch }, (_, item) => of[item * one.length + k]!).reduce(
                (total, part) => total + part,
              ),
            );
          const found = program.hessianProduct(
            { rowFeatures: one, colFeatures },
            { rowFeatures: zOne, colFeatures: zCols },
          );
          const wanted = program.hessianProduct(
            { rowFeatures: copies(one), colFeatures },
            { rowFeatures: copies(zOne), colFeatures: zCols },
          );
          const within = Real === Float64Array ? 1e-9 : 2e-3;
          expectClose(found.value, wanted.value, within);
          expectClose(program.value({ rowFeatures: one, colFeatures }), wanted.value, within);
          expectClose(found.directional, wanted.directional, within);
          for (const result of ['gradient', 'product'] as const) {
            expectClose(found[result].rowFeatures, sum(wanted[result].rowFeatures), within);
            expectClose(found[result].colFeatures, wanted[result].colFeatures, within);
          }
        },
      ),
    );
  });

  it('has the derivatives of finite differences, in batches of unequal lengths', () => {
    const random = seededRandom(4);
    const lengths = { rowLengths: [5, 2, 4], colLengths: [3, 4, 1] };
    const sizes = { batch: 3, rows: 5, cols: 4, ...lengths };
    const program = dtwDivergence({ ...sizes, omega: 'negentropy', gamma: 0.5 });
    const theta = {
      rowFeatures: randomArray(3 * 5 * 2, random),
      colFeatures: randomArray(3 * 4 * 2, random),
    };
    const z = {
      rowFeatures: randomArray(3 * 5 * 2, random),
      colFeatures: randomArray(3 * 4 * 2, random),
    };
    const step = 1e-5;
    const at = (by: number) => ({
      rowFeatures: theta.rowFeatures.map((x, k) => x + by * z.rowFeatures[k]!),
      colFeatures: theta.colFeatures.map((x, k) => x + by * z.colFeatures[k]!),
    });
    const [plus, minus] = [program.gradient(at(step)), program.gradient(at(-step))];
    const slope = <A extends Float64Array>(a: A, b: A) => a.map((x, k) => (x - b[k]!) / (2 * step));
    const found = program.hessianProduct(theta, z);
    expectClose(found.directional, slope(plus.value, minus.value), 1e-7);
    for (const part of ['rowFeatures', 'colFeatures'] as const) {
      expectClose(found.product[part], slope(plus.gradient[part], minus.gradient[part]), 1e-6);
    }
    // Past an item's length nothing depends on the features: item 1 has two rows.
    expect(Array.from(found.gradient.rowFeatures.subarray(14, 20))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('of alignments that advance is the cost of the diagonal, of series of one length', () => {
    const sizes = { batch: 2, rows: 4, cols: 4, moves: 'advance', omega: 'negentropy' } as const;
    const rowFeatures = Float64Array.of(0, 1, 2, 3, 1, 1, 1, 0);
    const colFeatures = Float64Array.of(1, 1, 4, 3, 0, 2, 1, 0);
    const equal = dtwDivergence({ ...sizes, rowLengths: [4, 3], colLengths: [4, 3] });
    expectClose(equal.value({ rowFeatures, colFeatures }), [5, 2], 1e-12);
    expect(() => dtwDivergence({ ...sizes, colLengths: [4, 3] })).toThrow(
      "batch item 1 has 4 rows and 3 columns: with moves 'advance' a divergence needs as many of both",
    );
  });

  it('is what three alignments give, in float32 too', () => {
    const random = seededRandom(9);
    const options = { batch: 2, rows: 30, cols: 40, omega: 'l2', gamma: 2 } as const;
    const x = Float32Array.from(randomArray(2 * 30 * 3, random));
    const y = Float32Array.from(randomArray(2 * 40 * 3, random));
    const cost = (rows: number, cols: number, a: Float32Array, b: Float32Array) =>
      dtw({ ...options, rows, cols }).value({
        rowFeatures: Float64Array.from(a),
        colFeatures: Float64Array.from(b),
      });
    const found = dtwDivergence(options).value({ rowFeatures: x, colFeatures: y });
    expect(found).toBeInstanceOf(Float32Array);
    const [xy, xx, yy] = [cost(30, 40, x, y), cost(30, 30, x, x), cost(40, 40, y, y)];
    expectClose(
      found,
      xy.map((value, item) => value - (xx[item]! + yy[item]!) / 2),
      1e-3,
    );
  });
});
