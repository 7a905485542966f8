import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { runs } from '../../test/property-runs.js';
import { multiply, setMatrixProduct, type Matrix, type PlainMatrix } from './matmul.js';
import { setThreads, withKernels } from './module.js';

interface Case {
  rows: number;
  columns: number;
  k: number;
  transposeA?: boolean;
  transposeB?: boolean;
  add?: boolean;
  /** Unused floats at the end of each stored row, of a, b and c. */
  gap?: number;
}

function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7 + i * i * 0.01));
}

/** The product by the kernels and, in float64, by its definition. */
function both(shape: Case): { fast: Float32Array; exact: Float64Array } {
  const { rows, columns, k, transposeA = false, transposeB = false, add = false, gap = 0 } = shape;
  const [lengthA, strideA] = transposeA ? [k, rows + gap] : [rows, k + gap];
  const [lengthB, strideB] = transposeB ? [columns, k + gap] : [k, columns + gap];
  const strideC = columns + gap;
  const a = noise(lengthA * strideA, 1);
  const b = noise(lengthB * strideB, 2);
  const c = noise(rows * strideC, 3);
  const exact = Float64Array.from(c);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = add ? c[i * strideC + j]! : 0;
      for (let n = 0; n < k; n++) {
        const left = transposeA ? a[n * strideA + i]! : a[i * strideA + n]!;
        const right = transposeB ? b[j * strideB + n]! : b[n * strideB + j]!;
        sum += left * right;
      }
      exact[i * strideC + j] = sum;
    }
  }
  const fast = withKernels((kernels, arena) => {
    const left: Matrix = {
      address: arena.floats(a),
      rows,
      columns: k,
      stride: strideA,
      transposed: transposeA,
    };
    const right: Matrix = {
      address: arena.floats(b),
      rows: k,
      columns,
      stride: strideB,
      transposed: transposeB,
    };
    const address = arena.floats(c);
    multiply(kernels, arena, left, right, { address, stride: strideC }, { add });
    return arena.view(address, c.length).slice();
  });
  return { fast, exact };
}

function largestError({ fast, exact }: ReturnType<typeof both>): number {
  return fast.reduce((worst, x, i) => Math.max(worst, Math.abs(x - exact[i]!)), 0);
}

describe('the matrix product', () => {
  afterEach(() => setThreads(1));

  it('is the definition for every shape, transposed or not, with rows that are not contiguous', () => {
    const size = fc.integer({ min: 1, max: 40 });
    const shapes = fc.record({
      rows: size,
      columns: size,
      k: fc.integer({ min: 0, max: 60 }),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      add: fc.boolean(),
      gap: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(shapes, (shape) => {
        expect(largestError(both(shape))).toBeLessThan(2e-5);
      }),
      { numRuns: runs(100) },
    );
  });

  it.each([
    { rows: 130, columns: 401, k: 1025 },
    { rows: 67, columns: 200, k: 1200, transposeA: true, add: true },
    { rows: 200, columns: 25, k: 600, transposeB: true },
  ])('is the definition where blocks meet: %o', (shape) => {
    expect(largestError(both(shape))).toBeLessThan(5e-4);
  });

  it('is the same on two and on three threads, bit for bit', () => {
    const shapes: Case[] = [
      { rows: 90, columns: 260, k: 60 },
      { rows: 70, columns: 200, k: 600, transposeA: true, transposeB: true, add: true },
    ];
    for (const shape of shapes) {
      const { fast: one } = both(shape);
      for (const threads of [2, 3]) {
        setThreads(threads);
        expect(both(shape).fast).toEqual(one);
      }
      setThreads(1);
    }
  });

  it('reads rows by a table', () => {
    const product = withKernels((kernels, arena) => {
      const address = arena.floats(Float32Array.from([1, 2, 3, 4, 5, 6]));
      const table = arena.integers([2, 0]);
      const a = { address, rows: 2, columns: 2, table };
      const b = { address: arena.floats(Float32Array.from([1, 10])), rows: 2, columns: 1 };
      const c = arena.reserve(8);
      multiply(kernels, arena, a, b, { address: c });
      return [...arena.view(c, 2)];
    });
    expect(product).toEqual([65, 21]);
  });

  it('is the same by another product, which gets plain matrices', () => {
    const element = ({ values, shape, transposed }: PlainMatrix, row: number, column: number) =>
      transposed ? values[column * shape[1] + row]! : values[row * shape[1] + column]!;
    let calls = 0;
    const definition = (a: PlainMatrix, b: PlainMatrix) => {
      calls++;
      const k = a.transposed ? a.shape[0] : a.shape[1];
      const rows = a.transposed ? a.shape[1] : a.shape[0];
      const columns = b.transposed ? b.shape[0] : b.shape[1];
      return Float32Array.from({ length: rows * columns }, (_, at) => {
        let sum = 0;
        for (let n = 0; n < k; n++) {
          sum += element(a, Math.floor(at / columns), n) * element(b, n, at % columns);
        }
        return sum;
      });
    };
    const large = { rows: 150, columns: 250, k: 120 };
    const shapes: Case[] = [large, { ...large, transposeA: true, transposeB: true, add: true }];
    const byTable = () =>
      withKernels((kernels, arena) => {
        const values = Float32Array.from({ length: 200 * 260 }, (_, at) => Math.sin(at));
        const table = arena.integers(Array.from({ length: 200 }, (_, at) => (7 * at) % 200));
        const address = arena.floats(values);
        const a = { address, rows: 200, columns: 250, stride: 260, table };
        const b = { address, rows: 250, columns: 200, transposed: true, stride: 260 };
        const c = arena.zeros(200 * 200);
        multiply(kernels, arena, a, b, { address: c }, { add: true });
        return arena.view(c, 200 * 200).slice();
      });
    const expected = byTable();
    try {
      setMatrixProduct(definition);
      for (const shape of shapes) {
        const { fast, exact } = both(shape);
        expectClose(fast, exact, 1e-5);
      }
      expectClose(byTable(), expected, 1e-4);
      expect(calls).toBe(3);
    } finally {
      setMatrixProduct(undefined);
    }
  });

  it('refuses operands that do not fit', () => {
    const work = () =>
      withKernels((kernels, arena) => {
        const a = { address: 0, rows: 2, columns: 3 };
        multiply(kernels, arena, a, { address: 0, rows: 2, columns: 3 }, { address: 0 });
      });
    expect(work).toThrow(
      "a [2, 3] and b [2, 3] cannot be multiplied: a's columns must be b's rows",
    );
  });
});
