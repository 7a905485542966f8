import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { type Cost, dtw, type DtwFeatures, squaredEuclidean } from './dtw.js';
import { checkFeatures } from './dtw-potentials.js';
import type { DynamicProgram, RealArray } from '../program.js';

/** The dot product: a cost whose mixed second derivative is not that of a difference. */
const dotProduct: Cost = {
  name: 'dotProduct',
  value: (x, y) => x.reduce((sum, entry, k) => sum + entry * y[k]!, 0),
  addGradient(x, y, weight, dx, dy) {
    x.forEach((entry, k) => {
      dx[k]! += weight * y[k]!;
      dy[k]! += weight * entry;
    });
  },
  directional: (x, y, zx, zy) =>
    x.reduce((sum, entry, k) => sum + entry * zy[k]! + zx[k]! * y[k]!, 0),
  addProduct(_x, _y, zx, zy, weight, dx, dy) {
    zx.forEach((entry, k) => {
      dx[k]! += weight * zy[k]!;
      dy[k]! += weight * entry;
    });
  },
};

describe('derivatives with respect to features agree with finite differences', () => {
  const step = 1e-5;
  const smooth = ['negentropy', 'l2'] as const;
  const options = { batch: 2, rows: 6, cols: 5, rowLengths: [6, 4], colLengths: [3, 4] };

  it.each(
    smooth.flatMap((omega) => [squaredEuclidean, dotProduct].map((cost) => ({ omega, cost }))),
  )('$omega, $cost.name', ({ omega, cost }) => {
    const random = seededRandom(8);
    const features = (): DtwFeatures<Float64Array> => ({
      rowFeatures: randomArray(2 * 6 * 2, random, 0.7),
      colFeatures: randomArray(2 * 5 * 2, random, 0.7),
    });
    const theta = features();
    const z = features();
    const program = dtw({ ...options, omega, gamma: 1.3, memory: 400 });
    const moved = (sign: number) => ({
      rowFeatures: theta.rowFeatures.map((f, k) => f + sign * step * z.rowFeatures[k]!),
      colFeatures: theta.colFeatures.map((f, k) => f + sign * step * z.colFeatures[k]!),
      cost,
    });
    const { value, gradient, directional, product } = program.hessianProduct({ ...theta, cost }, z);
    const plus = program.gradient(moved(1));
    const minus = program.gradient(moved(-1));
    expectClose(
      plus.value.map((v, b) => (v - minus.value[b]!) / (2 * step)),
      directional,
      1e-7,
    );
    let along = 0;
    for (const key of ['rowFeatures', 'colFeatures'] as const) {
      const slopes = plus.gradient[key].map((g, k) => (g - minus.gradient[key][k]!) / (2 * step));
      expectClose(slopes, product[key], 1e-7);
      z[key].forEach((entry, k) => (along += entry * gradient[key][k]!));
    }
    expect(along).toBeCloseTo(directional[0]! + directional[1]!, 10);

    // The same costs as an array give the same value.
    const costs = new Float64Array(60);
    for (let cell = 0; cell < 60; cell++) {
      const [b, i, j] = [Math.floor(cell / 30), Math.floor(cell / 5) % 6, cell % 5];
      const x = theta.rowFeatures.subarray((b * 6 + i) * 2, (b * 6 + i) * 2 + 2);
      const y = theta.colFeatures.subarray((b * 5 + j) * 2, (b * 5 + j) * 2 + 2);
      costs[cell] = cost.value(x, y);
    }
    expect(program.value(costs)).toEqual(value);
    expect(program.argmax({ ...theta, cost })).toEqual(program.argmax(costs));
  });
});

describe('a cost', () => {
  const features = {
    rowFeatures: Float64Array.of(1, 2, 3),
    colFeatures: Float64Array.of(1.5, 2.5, 2.75),
  };
  const z = { rowFeatures: Float64Array.of(1, -1, 2), colFeatures: Float64Array.of(0, 1, -1) };
  const program = dtw({ batch: 1, rows: 3, cols: 3, omega: 'negentropy' });

  it('may forbid a pair, whatever its derivative there', () => {
    const above: Cost = {
      ...squaredEuclidean,
      value: (x, y) => (x[0]! === 1 && y[0]! > 2 ? Infinity : squaredEuclidean.value(x, y)),
      directional: (x, y, zx, zy) =>
        x[0]! === 1 && y[0]! > 2 ? NaN : squaredEuclidean.directional(x, y, zx, zy),
    };
    const { value, gradient, directional, product } = program.hessianProduct(
      { ...features, cost: above },
      z,
    );
    const costs = Float64Array.from({ length: 9 }, (_, cell) =>
      above.value(
        features.rowFeatures.subarray(Math.floor(cell / 3), Math.floor(cell / 3) + 1),
        features.colFeatures.subarray(cell % 3, (cell % 3) + 1),
      ),
    );
    expect(costs.filter((cost) => cost === Infinity).length).toBe(2);
    expect(value).toEqual(program.value(costs));
    for (const array of [
      gradient.rowFeatures,
      gradient.colFeatures,
      directional,
      product.rowFeatures,
      product.colFeatures,
    ]) {
      expect(array.every(Number.isFinite)).toBe(true);
    }
  });

  it('is of a series that more items share than a function takes arguments', () => {
    const lengths = new Int32Array(200_000).fill(1);
    const shape = { batch: lengths.length, rows: 1, cols: 1, rowLengths: lengths };
    const series = { rowFeatures: Float64Array.of(1), colFeatures: new Float64Array(200_000) };
    const layout = checkFeatures('theta', { ...shape, colLengths: lengths }, series);
    expect(layout).toEqual({ depth: 1, rowStep: 0, colStep: 1 });
  });

  it('is named in the error when it is NaN or not known', () => {
    const broken: Cost = { ...squaredEuclidean, name: 'broken', value: () => NaN };
    expect(() => program.value({ ...features, cost: broken })).toThrow(
      'cost broken of row 0 and column 0 of batch item 0 is NaN',
    );
    expect(() => program.value({ ...features, cost: 'cosine' as 'squaredEuclidean' })).toThrow(
      'cost is "cosine": it must be one of squaredEuclidean, innerProduct, or a Cost object',
    );
    const far = { ...features, rowFeatures: features.rowFeatures.map((x) => x + 1e200) };
    expect(() => program.value(far)).toThrow(
      'the cost of row 0 and column 0 of batch item 0 leaves float64',
    );
    expect(() => program.argmax({ ...far, cost: squaredEuclidean })).toThrow('leaves float64');
    // Two of them are no number.
    const large: Cost = { ...squaredEuclidean, name: 'large', value: () => 1e308 };
    expect(() => program.argmax({ ...features, cost: large })).toThrow(
      'costs must be within ±1e+300',
    );
  });

  it('is of vectors of whole lengths: half of one has no series', () => {
    const pair = dtw({ batch: 2, rows: 2, cols: 2, omega: 'l2' });
    const halves = { rowFeatures: new Float64Array(3), colFeatures: new Float64Array(6) };
    expect(() => pair.value(halves)).toThrow(
      'theta.rowFeatures has 3 entries: its shape [2, 2, 1] needs 4',
    );
  });

  it('makes dtw a program over features as over arrays', () => {
    const overFeatures: DynamicProgram<DtwFeatures> = program;
    const overArrays: DynamicProgram<RealArray> = program;
    expect(overFeatures.value(features).length).toBe(overArrays.value(new Float64Array(9)).length);
  });
});

describe('features past an item’s lengths', () => {
  const [rowLengths, colLengths] = [
    [6, 4, 1],
    [3, 5, 1],
  ];
  const sizes = { batch: 3, rows: 6, cols: 5, rowLengths, colLengths };
  const odd = [NaN, Infinity, -Infinity];
  /** The same with NaN and infinities past the lengths. */
  const spoilt = <A extends RealArray>(array: A, rows: number, lengths: number[]) =>
    array.map((entry, k) =>
      Math.floor(k / 2) % rows < lengths[Math.floor(k / 2 / rows)]! ? entry : odd[k % 3]!,
    ) as A;

  it.each(
    [Float32Array, Float64Array].flatMap((Floats) =>
      (['negentropy', 'l2', 'entmax15', 'hard'] as const).flatMap((omega) =>
        ([undefined, 2000] as const).flatMap((memory) =>
          (['squaredEuclidean', 'innerProduct'] as const).map((cost) => ({
            ...{ Floats, name: Floats.name, omega, memory, cost },
          })),
        ),
      ),
    ),
  )('change nothing: $name, $omega, $cost, memory $memory', ({ Floats, omega, memory, cost }) => {
    const random = seededRandom(4);
    const features = () => ({
      rowFeatures: Floats.from(randomArray(3 * 6 * 2, random, 0.7)),
      colFeatures: Floats.from(randomArray(3 * 5 * 2, random, 0.7)),
    });
    const past = (of: ReturnType<typeof features>) => ({
      rowFeatures: spoilt(of.rowFeatures, 6, rowLengths),
      colFeatures: spoilt(of.colFeatures, 5, colLengths),
    });
    const [theta, z] = [features(), features()];
    const program = dtw({ ...sizes, omega, gamma: 0.8, ...(memory !== undefined && { memory }) });
    const clean = { ...theta, cost };
    const odder = { ...past(theta), cost };
    expect(odder.rowFeatures.some(Number.isNaN)).toBe(true);
    // In float32 the kernels may add in another order.
    const tolerance = Floats === Float32Array ? 1e-5 : Number.MIN_VALUE;
    const [got, expected] = [
      program.hessianProduct(odder, past(z)),
      program.hessianProduct(clean, z),
    ];
    expectClose(program.value(odder), program.value(clean), tolerance);
    for (const key of ['value', 'directional'] as const)
      expectClose(got[key], expected[key], tolerance);
    for (const side of ['rowFeatures', 'colFeatures'] as const) {
      expectClose(
        program.gradient(odder).gradient[side],
        program.gradient(clean).gradient[side],
        tolerance,
      );
      expectClose(got.gradient[side], expected.gradient[side], tolerance);
      expectClose(got.product[side], expected.product[side], tolerance);
    }
    expect(program.argmax(odder)).toEqual(program.argmax(clean));
    const { gradient } = program.gradient(odder);
    for (const [array, rows, lengths] of [
      [gradient.rowFeatures, 6, rowLengths],
      [gradient.colFeatures, 5, colLengths],
    ] as const) {
      const behind = array.filter(
        (_, k) => Math.floor(k / 2) % rows >= lengths[Math.floor(k / 2 / rows)]!,
      );
      expect(behind.every((entry) => entry === 0)).toBe(true);
    }
  });
});
