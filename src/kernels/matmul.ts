import type { Arena } from './arena.js';
import { denseKernels } from './binaries.js';
import { type Kernels, useFamily, withKernels } from './module.js';
import { addRows, copyRows } from './rows.js';

useFamily(denseKernels);

/** A matrix of floats in the kernels' memory. */
export interface Matrix {
  address: number;
  rows: number;
  columns: number;
  /** Floats from one stored row to the next; default: the stored rows are contiguous. */
  stride?: number;
  /** Whether memory holds the transpose, [columns, rows]. */
  transposed?: boolean;
  /** The address of 32-bit integers, one for each stored row: the row that stands in its place. */
  table?: number;
}

/** A matrix as the product reads it: see assembly/pack.ts. */
export interface PackedMatrix {
  address: number;
  /** Rows of the packed matrix: A's, or B's columns. */
  rows: number;
  /** The dimension that the product sums over. */
  k: number;
}

/** Panels of four rows that one job packs. */
const PACK_BLOCK = 16;
/**
 * Rows and columns that one job multiplies: both parts stay in L2, and the tall block reads a large B
 * few times.
 */
const BLOCK_ROWS = 256;
const BLOCK_COLUMNS = 48;
/** The same where blocks are few, to share among threads. */
const SMALL_ROWS = 32;
const SMALL_COLUMNS = 64;
const SCRATCH_BYTES = 128;
/** About 30 GFLOP/s. */
const NANOSECONDS_A_MADD = 1 / 15;

/** Packs the left operand of a product. */
function packLeft(kernels: Kernels, arena: Arena, a: Matrix): PackedMatrix {
  return pack(kernels, arena, a, false);
}

/** Packs the right operand of a product: by columns, in pairs of panels. */
export function packRight(kernels: Kernels, arena: Arena, b: Matrix): PackedMatrix {
  const { rows, columns, transposed = false } = b;
  const stride = b.stride ?? (transposed ? rows : columns);
  const turned = { ...b, rows: columns, columns: rows, stride, transposed: !transposed };
  return pack(kernels, arena, turned, true);
}

function pack(kernels: Kernels, arena: Arena, a: Matrix, pairs: boolean): PackedMatrix {
  const { address, rows, columns, transposed = false, table = 0 } = a;
  const stride = a.stride ?? (transposed ? rows : columns);
  const k = columns;
  const panels = Math.ceil(rows / 4);
  const packed = arena.reserve(packedBytes(rows, k));
  arena.scope(() => {
    const params = arena.block('PackCall', {
      packed,
      source: address,
      stride,
      transposed: Number(transposed),
      table,
      rows,
      k,
      block: PACK_BLOCK,
      pairs: Number(pairs),
    });
    const jobs = Math.ceil(panels / PACK_BLOCK);
    kernels.run('pack', { params, jobs, nanoseconds: rows * k * 0.3 });
  });
  return { address: packed, rows, k };
}

/** The bytes of a packed matrix. */
export function packedBytes(rows: number, k: number): number {
  return Math.ceil(rows / 4) * k * 16;
}

/**
 * C = A·B, or C += A·B with `add`, of packed operands: O(rows · columns · k). The result is the
 * same bit for bit whatever the number of threads.
 *
 * @param c [a.rows, b.rows] floats, `stride` apart (default: contiguous)
 */
function multiplyPacked(
  kernels: Kernels,
  arena: Arena,
  a: PackedMatrix,
  b: PackedMatrix,
  c: { address: number; stride?: number },
  { add = false } = {},
): void {
  const { rows, k } = a;
  const columns = b.rows;
  if (rows === 0 || columns === 0) return;
  const stride = c.stride ?? columns;
  const few = kernels.threads > 1 && rows * columns < 16 * BLOCK_ROWS * BLOCK_COLUMNS;
  const height = few ? SMALL_ROWS : BLOCK_ROWS;
  const width = few ? SMALL_COLUMNS : BLOCK_COLUMNS;
  arena.scope(() => {
    const params = arena.block('MultiplyCall', {
      a: a.address,
      b: b.address,
      c: c.address,
      stride,
      rows,
      columns,
      k,
      add: Number(add),
      blockRows: height,
      blockColumns: width,
    });
    kernels.run('multiply', {
      params,
      jobs: Math.ceil(rows / height) * Math.ceil(columns / width),
      workspace: SCRATCH_BYTES,
      nanoseconds: rows * columns * k * NANOSECONDS_A_MADD,
    });
  });
}

/** A whole matrix as it lies in memory, row-major; the operand is its transpose where that is said. */
export interface PlainMatrix {
  values: Float32Array;
  /** Of `values`, not of the operand. */
  shape: [rows: number, columns: number];
  transposed: boolean;
}

/** The product a·b of two operands as a new array, row-major. */
export type MatrixProduct = (a: PlainMatrix, b: PlainMatrix) => Float32Array;

let otherProduct: MatrixProduct | undefined;

/** Multiplications from which another product is worth the copies to it and back. */
const WORTH_COPIES = 2 ** 22;

/**
 * Lets large products be computed by what is faster than the kernels, where the engine has it: a
 * native library with instructions that WebAssembly lacks. undefined: by the kernels again.
 */
export function setMatrixProduct(product: MatrixProduct | undefined): void {
  otherProduct = product;
}

/** The address of a matrix' stored rows behind each other: a copy where they are not. */
function contiguous(kernels: Kernels, arena: Arena, matrix: Matrix, shape: [number, number]) {
  const { address, stride = shape[1], table } = matrix;
  if (!table && stride === shape[1]) return address;
  const to = { address: arena.reserve(shape[0] * shape[1] * 4), stride: shape[1] };
  const from = { address, stride, ...(table && { table }) };
  copyRows(kernels, arena, to, from, { rows: shape[0], columns: shape[1] });
  return to.address;
}

/** Whether another product computed C (+)= A·B. */
function multipliedOtherwise(
  kernels: Kernels,
  arena: Arena,
  a: Matrix,
  b: Matrix,
  c: { address: number; stride?: number },
  add: boolean,
): boolean {
  const size = { rows: a.rows, columns: b.columns };
  if (!otherProduct || size.rows * size.columns * a.columns < WORTH_COPIES) return false;
  if ((c.stride ?? size.columns) !== size.columns) return false;
  const product = otherProduct;
  arena.scope(() => {
    const operands = [a, b].map((matrix) => {
      const { rows, columns, transposed = false } = matrix;
      const shape: [number, number] = transposed ? [columns, rows] : [rows, columns];
      return { address: contiguous(kernels, arena, matrix, shape), shape, transposed };
    });
    const [left, right] = operands.map(({ address, shape, transposed }) => ({
      values: arena.view(address, shape[0] * shape[1]),
      shape,
      transposed,
    })) as [PlainMatrix, PlainMatrix];
    const values = product(left, right);
    if (!add) return arena.view(c.address, values.length).set(values);
    const stride = size.columns;
    const from = { address: arena.floats(values), stride };
    addRows(kernels, arena, { address: c.address, stride }, from, size);
  });
  return true;
}

/**
 * C = A·B, or C += A·B with `add`, each operand as it is or transposed in memory.
 *
 * @throws RangeError when the inner dimensions differ
 */
export function multiply(
  kernels: Kernels,
  arena: Arena,
  a: Matrix,
  b: Matrix,
  c: { address: number; stride?: number },
  options: { add?: boolean } = {},
): void {
  if (a.columns !== b.rows) {
    throw new RangeError(
      `a [${a.rows}, ${a.columns}] and b [${b.rows}, ${b.columns}] cannot be multiplied: ` +
        "a's columns must be b's rows",
    );
  }
  if (multipliedOtherwise(kernels, arena, a, b, c, options.add ?? false)) return;
  arena.scope(() => {
    const left = packLeft(kernels, arena, a);
    multiplyPacked(kernels, arena, left, packRight(kernels, arena, b), c, options);
  });
}

/** `multiply` of arrays: the product as a new array, row-major. */
export function product(a: PlainMatrix, b: PlainMatrix): Float32Array {
  return withKernels((kernels, arena) => {
    const placed = ({ values, shape: [rows, columns], transposed }: PlainMatrix): Matrix => ({
      address: arena.floats(values),
      transposed,
      ...(transposed ? { rows: columns, columns: rows } : { rows, columns }),
    });
    const [left, right] = [placed(a), placed(b)];
    const address = arena.reserve(4 * left.rows * right.columns);
    multiply(kernels, arena, left, right, { address });
    return arena.view(address, left.rows * right.columns).slice();
  });
}
