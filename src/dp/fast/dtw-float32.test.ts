import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { seededRandom } from '../../../test/path-enumeration.js';
import { runs } from '../../../test/property-runs.js';
import { setThreads } from '../../kernels/module.js';
import { createCorridor } from '../programs/corridor.js';
import { dtw, type DtwOptions } from '../programs/dtw.js';
import { createSmoother } from '../omega/index.js';

interface Problem {
  options: DtwOptions;
  theta: Float32Array;
  z: Float32Array;
  /** The largest |cost|. */
  size: number;
}

/** Any batch: shapes to a few hundred, both moves, bands, lengths, forbidden cells, all Ω. */
const anyProblem = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    rows: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 })),
    cols: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 })),
    omega: fc.constantFrom('negentropy', 'l2', 'entmax15', 'hard'),
    logGamma: fc.double({ min: -2, max: 2, noNaN: true }),
    logSize: fc.double({ min: -2, max: 3, noNaN: true }),
    moves: fc.constantFrom('classic', 'advance'),
    banded: fc.boolean(),
    lengths: fc.boolean(),
    forbidden: fc.constantFrom(0, 0, 0.01, 0.1),
    memory: fc.constantFrom(1, 2 ** 30),
    seed: fc.integer(),
  })
  .map((shape): Problem | undefined => {
    const random = seededRandom(shape.seed);
    const { batch, omega, memory, moves } = shape;
    const cols = shape.cols;
    const rows = moves === 'advance' ? Math.max(shape.rows, cols) : shape.rows;
    const options: DtwOptions = { batch, rows, cols, omega, memory, moves };
    options.gamma = 10 ** shape.logGamma;
    if (shape.lengths) {
      const colLengths = Array.from({ length: batch }, () => 1 + Math.floor(random() * cols));
      options.colLengths = colLengths;
      options.rowLengths = colLengths.map((least) => {
        const shortest = moves === 'advance' ? least : 1;
        return shortest + Math.floor(random() * (rows - shortest + 1));
      });
    }
    if (shape.banded) options.band = (0.3 + random()) * cols;
    try {
      dtw(options);
    } catch {
      return undefined;
    }
    const size = 10 ** shape.logSize;
    const count = batch * rows * cols;
    const theta = Float32Array.from({ length: count }, () =>
      random() < shape.forbidden ? Infinity : size * (2 * random() - 1),
    );
    const z = Float32Array.from({ length: count }, () => 2 * random() - 1);
    return { options, theta, z, size };
  });

/** The largest spread of the finite running values over an anti-diagonal of any item, in float64. */
function runningSpread({ options, theta }: Problem): number {
  const { batch, rows, cols, moves = 'classic', band, rowLengths, colLengths } = options;
  const smoother = createSmoother(options);
  let spread = 0;
  const [x, q] = [new Float64Array(3), new Float64Array(3)];
  for (let item = 0; item < batch; item++) {
    const own = { rows: rowLengths?.[item] ?? rows, cols: colLengths?.[item] ?? cols };
    const { first, last } = createCorridor(item, own.rows, own.cols, moves, band);
    const least = new Float64Array(own.rows + own.cols).fill(Infinity);
    const most = new Float64Array(own.rows + own.cols).fill(-Infinity);
    let above = new Float64Array(own.cols + 1).fill(-Infinity);
    above[0] = 0;
    for (let i = 0; i < own.rows; i++) {
      const row = new Float64Array(own.cols + 1).fill(-Infinity);
      for (let j = first[i]!; j <= last[i]!; j++) {
        x.set([above[j]!, above[j + 1]!, moves === 'classic' ? row[j]! : -Infinity]);
        const value = smoother.max(x, 3, q) - theta[(item * rows + i) * cols + j]!;
        row[j + 1] = value;
        if (value === -Infinity) continue;
        least[i + j] = Math.min(least[i + j]!, value);
        most[i + j] = Math.max(most[i + j]!, value);
      }
      above = row;
    }
    least.forEach((value, d) => (spread = Math.max(spread, most[d]! - value)));
  }
  return spread;
}

/** Expects the same bits; quicker on long arrays than toEqual. */
function expectSame(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((value, at) => !Object.is(value, expected[at]))).toBe(-1);
}

/** The message of what `solve` throws, or its result. */
function attempt<T>(solve: () => T): { result: T } | { message: string } {
  try {
    return { result: solve() };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

describe('dtw in float32 agrees with the definition', () => {
  afterAll(() => setThreads(1));

  it('in value and expected alignment, on any number of threads, with and without a tape', () => {
    let solved = 0;
    fc.assert(
      fc.property(anyProblem, fc.constantFrom(1, 2), (problem, threads) => {
        if (!problem) return;
        const { options, theta, z, size } = problem;
        setThreads(threads);
        const program = dtw(options);
        const single = attempt(() => program.hessianProduct(theta, z));
        const double = attempt(() =>
          program.hessianProduct(Float64Array.from(theta), Float64Array.from(z)),
        );
        if ('message' in double) {
          expect(single).toEqual(double);
          return;
        }
        if (!('result' in single)) throw new Error(single.message);
        solved++;
        const scale = (value: number) => Math.max(1, Math.abs(value), size);
        double.result.value.forEach((value, item) => {
          const error = Math.abs(single.result.value[item]! - value);
          expect(error).toBeLessThanOrEqual(1e-5 * scale(value));
        });
        // Each step of a path may lose a rounding of the shares, always the same one where all steps are alike, and
        // more the further the running values are apart.
        const length = options.rows + options.cols;
        const rounded = Math.max(1e-5, 2 ** -23 * length);
        const marginal = rounded + (4e-7 * runningSpread(problem)) / options.gamma!;
        let worst = 0;
        let nowhere = false;
        const isSparse = options.omega === 'l2' || options.omega === 'entmax15';
        single.result.gradient.forEach((mass, cell) => {
          const exact = double.result.gradient[cell]!;
          worst = Math.max(worst, Math.abs(mass - exact));
          // Outside the lengths, the band and the support: exactly nothing.
          if (exact === 0 && !isSparse) nowhere ||= mass !== 0;
        });
        expect(nowhere).toBe(false);
        expect(worst).toBeLessThanOrEqual(options.omega === 'hard' ? 0 : marginal);
        // The directional derivative is an average of z along paths, so it errs as the marginals.
        double.result.directional.forEach((slope, item) => {
          const error = Math.abs(single.result.directional[item]! - slope);
          expect(error).toBeLessThanOrEqual(marginal * length);
        });
        const { value, gradient } = program.gradient(theta);
        expectSame(value, single.result.value);
        expectSame(gradient, single.result.gradient);
        expectSame(program.value(theta), value);
        expect(program.argmax(theta)).toEqual(program.argmax(Float64Array.from(theta)));
      }),
      { numRuns: runs(75) },
    );
    expect(solved).toBeGreaterThan(50);
  });

  it('in the Hessian product, where it is not at a kink', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        if (!problem || problem.options.omega === 'l2') return;
        const { options, theta, z, size } = problem;
        // A product is as steep as 1/γ makes it.
        fc.pre(size <= 10 * options.gamma!);
        const program = dtw(options);
        const double = attempt(() =>
          program.hessianProduct(Float64Array.from(theta), Float64Array.from(z)),
        );
        if ('message' in double) return;
        const { product } = program.hessianProduct(theta, z);
        const exact = double.result.product;
        const largest = exact.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
        let worst = 0;
        exact.forEach((entry, cell) => {
          worst = Math.max(worst, Math.abs(entry - product[cell]!));
        });
        expect(worst).toBeLessThanOrEqual(1e-4 * largest + 1e-6 / options.gamma!);
      }),
      { numRuns: runs(40) },
    );
  });

  it('for l2, in the Hessian product of costs that stay clear of kinks', () => {
    const random = seededRandom(3);
    const [rows, cols] = [90, 150];
    // Costs on a coarse grid, γ off it: supports change at no such point.
    const theta = Float32Array.from({ length: rows * cols }, () => Math.floor(8 * random()) / 8);
    const z = Float32Array.from({ length: rows * cols }, () => random() - 0.5);
    const program = dtw({ batch: 1, rows, cols, omega: 'l2', gamma: 0.7 });
    const single = program.hessianProduct(theta, z);
    const double = program.hessianProduct(Float64Array.from(theta), Float64Array.from(z));
    for (const key of ['value', 'gradient', 'directional', 'product'] as const) {
      expectClose(single[key], double[key], 1e-4);
    }
  });
});

describe('dtw in float32', () => {
  afterAll(() => setThreads(1));

  it('gives the same bits on any number of threads, streamed or at once', () => {
    const random = seededRandom(17);
    const [rows, cols] = [700, 650];
    const theta = Float32Array.from({ length: 2 * rows * cols }, () => random());
    const z = Float32Array.from({ length: 2 * rows * cols }, () => random() - 0.5);
    for (const omega of ['negentropy', 'l2', 'entmax15', 'hard'] as const) {
      const program = dtw({ batch: 2, rows, cols, omega, gamma: 0.1, colLengths: [650, 333] });
      const results = [1, 2, 3].map((threads) => {
        setThreads(threads);
        const { value, gradient, directional, product } = program.hessianProduct(theta, z);
        const best = program.argmax(theta).map((path) => Float32Array.from(path));
        return [value, gradient, directional, product, ...best];
      });
      for (const result of results.slice(1)) {
        result.forEach((array, at) => expectSame(array, results[0]![at]!));
      }
    }
  });

  it('says of a NaN and of an item without a path what the definition says', () => {
    setThreads(1);
    const program = dtw({ batch: 2, rows: 70, cols: 50, omega: 'negentropy', rowLengths: [70, 9] });
    const theta = new Float32Array(2 * 70 * 50);
    const solved = [
      () => program.value(theta),
      () => program.gradient(theta),
      () => program.argmax(theta),
      () => program.hessianProduct(theta, new Float32Array(theta.length)),
    ];
    theta.fill(Infinity, 70 * 50);
    for (const solve of solved) expect(solve).toThrow('batch item 1 has no allowed path');
    theta[(70 + 9) * 50 - 1] = NaN;
    for (const solve of solved) expect(solve).toThrow('theta[1][8][49] is NaN');
    theta[7] = -Infinity;
    for (const solve of solved) expect(solve).toThrow('theta[0][0][7] is -Infinity');
    expect(() => program.value(theta.subarray(1))).toThrow('its shape [2, 70, 50] needs 7000');
  });

  it('leaves costs over γ that are too large for it to the definition', () => {
    const theta = Float32Array.of(1e7, -1e7, 3e7, 1e7);
    for (const omega of ['negentropy', 'l2', 'entmax15'] as const) {
      const program = dtw({ batch: 1, rows: 2, cols: 2, omega, gamma: 1e-3 });
      const exact = program.gradient(Float64Array.from(theta));
      expectClose(program.gradient(theta).value, exact.value, 1e-7);
      expectClose(program.gradient(theta).gradient, exact.gradient, 1e-7);
    }
  });

  it('takes long paths without losing digits', () => {
    const random = seededRandom(23);
    const [rows, cols] = [6000, 30];
    const theta = Float32Array.from({ length: rows * cols }, () => 1 + random());
    const program = dtw({
      batch: 1,
      rows,
      cols,
      moves: 'advance',
      omega: 'negentropy',
      gamma: 0.1,
    });
    const exact = program.gradient(Float64Array.from(theta));
    const { value, gradient } = program.gradient(theta);
    expectClose(value, exact.value, 1e-6);
    expectClose(gradient, exact.gradient, 2e-5);
  });

  it('keeps the digits of a value that is small because costs and smoothing cancel', () => {
    const random = seededRandom(29);
    const shapes = [
      { batch: 3, rows: 500, cols: 7, gamma: 100, moves: 'advance' },
      { batch: 3, rows: 400, cols: 400, gamma: 3, moves: 'advance' },
      { batch: 3, rows: 300, cols: 5, gamma: 0.1, moves: 'advance' },
      // A single path of small costs under a large γ.
      { batch: 3, rows: 1, cols: 500, gamma: 100, moves: 'classic' },
    ] as const;
    for (const omega of ['negentropy', 'l2', 'entmax15'] as const) {
      for (const shape of shapes) {
        const { batch, rows, cols, moves } = shape;
        const program = dtw({ ...shape, omega });
        const theta = Float32Array.from({ length: batch * rows * cols }, () => random());
        if (moves === 'advance') {
          // Every path has a cell in each row; the last item's value stays large.
          const values = program.value(Float64Array.from(theta));
          const count = rows * cols;
          theta.forEach((cost, at) => {
            if (at < 2 * count) theta[at] = cost - values[Math.floor(at / count)]! / rows;
          });
        } else theta.forEach((cost, at) => (theta[at] = 1e-3 * (cost - 0.5)));
        const exact = program.value(Float64Array.from(theta));
        const found = program.value(theta);
        expectSame(program.gradient(theta).value, found);
        exact.forEach((value, item) => {
          const error = Math.abs(found[item]! - value);
          expect(error).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(value)));
        });
        // Each value is its item's alone.
        for (let item = 0; item < batch; item++) {
          const own = theta.subarray(item * rows * cols, (item + 1) * rows * cols);
          expectSame(dtw({ ...shape, omega, batch: 1 }).value(own), found.slice(item, item + 1));
        }
      }
    }
  });

  it("uses the definition for a regulariser of the user's own", () => {
    const own = {
      max: (x: Float64Array) => Math.log(x.reduce((sum, entry) => sum + Math.exp(entry), 0)),
      argmax(x: Float64Array) {
        const total = x.reduce((sum, entry) => sum + Math.exp(entry), 0);
        return x.map((entry) => Math.exp(entry) / total);
      },
      product: (x: Float64Array) => x,
    };
    const theta = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const program = dtw({ batch: 1, rows: 3, cols: 4, omega: own });
    const named = dtw({ batch: 1, rows: 3, cols: 4, omega: 'negentropy' });
    expectClose(program.gradient(theta).gradient, named.gradient(theta).gradient, 1e-6);
  });
});
