import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { dtw } from './dtw.js';
import { dtwBarycenter } from './dtw-barycenter.js';

/** Σ weight · DTW by programs of one item. */
function objective(
  x: Float64Array,
  series: readonly Float64Array[],
  weights: readonly number[],
  dimensions: number,
  gamma: number,
): number {
  return series.reduce((sum, colFeatures, item) => {
    const sizes = { rows: x.length / dimensions, cols: colFeatures.length / dimensions };
    const program = dtw({ batch: 1, ...sizes, omega: 'negentropy', gamma });
    return sum + weights[item]! * program.value({ rowFeatures: x, colFeatures })[0]!;
  }, 0);
}

describe('dtwBarycenter', () => {
  it('ends where no direction leads further down, for series of unequal lengths', () => {
    const random = seededRandom(3);
    const series = [randomArray(12, random), randomArray(8, random), randomArray(14, random)];
    const weights = [0.2, 0.5, 0.3];
    const options = { dimensions: 2, weights, length: 5, gamma: 0.5 };
    const found = dtwBarycenter(series, { ...options, tolerance: 1e-9, maximumIterations: 500 });
    expect(found.converged).toBe(true);
    expect(found.barycenter).toHaveLength(10);
    const at = (x: Float64Array) => objective(x, series, weights, 2, 0.5);
    expect(found.value).toBeCloseTo(at(found.barycenter), 10);
    const slopes = found.barycenter.map((_, k) => {
      const moved = (by: number) => found.barycenter.map((x, other) => (other === k ? x + by : x));
      return (at(moved(1e-5)) - at(moved(-1e-5))) / 2e-5;
    });
    expectClose(slopes, new Float64Array(10), 1e-3);
  });

  it('of one series with a hard minimum is that series', () => {
    const series = Float64Array.of(0, 1, 3, 2, 0);
    const { barycenter, value } = dtwBarycenter([series], { omega: 'hard' });
    expectClose(barycenter, series, 1e-12);
    expect(value).toBe(0);
  });

  it('lies lower than the stretched mean that it starts from, and keeps a shifted peak sharp', () => {
    const peak = (at: number) =>
      Float64Array.from({ length: 40 }, (_, i) => Math.exp(-((i - at) ** 2) / 8));
    const series = [peak(14), peak(20), peak(26)];
    const found = dtwBarycenter(series, { gamma: 0.01 });
    const start = dtwBarycenter(series, { gamma: 0.01, maximumIterations: 0 });
    expect(start).toMatchObject({ iterations: 0, converged: false });
    expect(found.value).toBeLessThan(start.value);
    // The mean of three shifted peaks of height 1 stays below a half.
    expect(Math.max(...start.barycenter)).toBeLessThan(0.5);
    expect(Math.max(...found.barycenter)).toBeGreaterThan(0.9);
  });

  it('runs in float32 to about the same series', () => {
    const random = seededRandom(8);
    const series = [randomArray(30, random), randomArray(24, random)];
    const single = series.map((one) => Float32Array.from(one));
    const double = dtwBarycenter(series, { gamma: 1, maximumIterations: 20 });
    const float = dtwBarycenter(single, { gamma: 1, maximumIterations: 20 });
    expect(float.value).toBeCloseTo(double.value, 3);
  });

  it.each([Float64Array, Float32Array])(
    'of large numbers does not end where it began: %o',
    (type) => {
      // Squares about the mean, in any unit.
      for (const unit of [1, 1e3, 1e7, 1e12]) {
        const series = [type.of(0), type.of(3 * unit)];
        const initial = Float64Array.of(3 * unit);
        const { barycenter } = dtwBarycenter(series, { initial, weights: [2, 1] });
        expect(barycenter[0]! / unit).toBeCloseTo(1, 3);
      }
    },
  );

  it('takes more series than a function takes arguments', () => {
    const series = new Array<Float32Array>(150_000).fill(Float32Array.of(2));
    // Said once the longest is known.
    expect(() => dtwBarycenter(series, { length: 0 })).toThrow('length is 0');
  });

  it.each([
    [[], {}, /series must be a list/],
    [[Float64Array.of(1, 2, 3)], { dimensions: 2 }, /series\[0\] has 3 entries/],
    [[Float64Array.of(1, NaN)], {}, /series\[0\]\[1\] is NaN/],
    [[Float64Array.of(1)], { weights: [1, 2] }, /2 weights: there are 1 series/],
    [[Float64Array.of(1)], { weights: [-1] }, /weights\[0\] is -1/],
    [[Float64Array.of(1)], { weights: [0] }, /every weight is 0/],
    [[Float64Array.of(1)], { weights: '1' as never }, /weights is "1": it must be a list/],
    [[Float64Array.of(1)], { tolerance: '1' as never }, /tolerance is "1"/],
    [[Float64Array.of(1)], { initial: [1] as never }, /initial must be a Float32Array/],
    [[Float64Array.of(1)], { initial: Float64Array.of(NaN) }, /initial\[0\] is NaN/],
    [[Float64Array.of(1)], { length: 0 }, /length is 0/],
    [[Float64Array.of(1)], { length: 2, initial: Float64Array.of(1) }, /initial has 1 entries/],
  ])('refuses %j with %j', (series, options, message) => {
    expect(() => dtwBarycenter(series, options)).toThrow(message);
  });
});

describe('dtw of one series against a batch', () => {
  it.each([Float64Array, Float32Array])('is that of its copies, gradients added: %o', (type) => {
    const random = seededRandom(5);
    const sizes = { batch: 3, rows: 6, cols: 5, colLengths: [5, 3, 4] };
    const program = dtw({ ...sizes, omega: 'negentropy', gamma: 0.8 });
    const one = type.from(randomArray(6 * 2, random));
    const colFeatures = type.from(randomArray(3 * 5 * 2, random));
    const copies = type.from([...one, ...one, ...one]);
    const shared = program.gradient({ rowFeatures: one, colFeatures });
    const apart = program.gradient({ rowFeatures: copies, colFeatures });
    expect(shared.value).toEqual(apart.value);
    expect(shared.gradient.colFeatures).toEqual(apart.gradient.colFeatures);
    const sums = one.map((_, k) =>
      [0, 12, 24].reduce((s, at) => s + apart.gradient.rowFeatures[at + k]!, 0),
    );
    expectClose(shared.gradient.rowFeatures, sums, 1e-5);
  });
});
