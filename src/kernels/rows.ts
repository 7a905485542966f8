import type { Arena } from './arena.js';
import { denseKernels } from './binaries.js';
import { type Kernels, useFamily } from './module.js';

useFamily(denseKernels);

/** Rows of floats in the kernels' memory. */
export interface Rows {
  address: number;
  /** Floats from one row to the next. */
  stride: number;
  /** The address of 32-bit row numbers that stand in for 0, 1, 2, …; 0 or none for the rows as they are. */
  table?: number;
}

/** Rows of two matrices, as the kernels take them. */
function between(to: Rows, from: Rows, rows: number, columns: number) {
  return {
    to: to.address,
    toStride: to.stride,
    toTable: to.table ?? 0,
    from: from.address,
    fromStride: from.stride,
    fromTable: from.table ?? 0,
    rows,
    columns,
    block: COPY_BLOCK,
  };
}

/** Rows that one job copies. */
const COPY_BLOCK = 256;

/**
 * Copies `rows` rows of `columns` floats; each target row is filled with zeros up to `fill` floats.
 */
export function copyRows(
  kernels: Kernels,
  arena: Arena,
  to: Rows,
  from: Rows,
  { rows, columns, fill = columns }: { rows: number; columns: number; fill?: number },
): void {
  if (rows === 0) return;
  arena.scope(() => {
    const params = arena.block('RowsCall', { ...between(to, from, rows, columns), fill });
    const nanoseconds = rows * (20 + columns / 8);
    kernels.run('copyRows', { params, jobs: Math.ceil(rows / COPY_BLOCK), nanoseconds });
  });
}

/** Adds `rows` rows of `columns` floats to the target's; the target's table has no row twice. */
export function addRows(
  kernels: Kernels,
  arena: Arena,
  to: Rows,
  from: Rows,
  { rows, columns }: { rows: number; columns: number },
): void {
  if (rows === 0) return;
  arena.scope(() => {
    const params = arena.block('RowsCall', { ...between(to, from, rows, columns), fill: columns });
    const nanoseconds = rows * (20 + columns / 4);
    kernels.run('addRows', { params, jobs: Math.ceil(rows / COPY_BLOCK), nanoseconds });
  });
}

/**
 * The address of the sums of a matrix' columns, [columns]. Each sum
 * goes through the rows in their order, whatever the number of threads.
 */
export function sumRows(
  kernels: Kernels,
  arena: Arena,
  from: Rows,
  { rows, columns }: { rows: number; columns: number },
): number {
  const sums = arena.reserve(columns * 4);
  arena.scope(() => {
    const params = arena.block('SumRowsCall', {
      sums,
      x: from.address,
      stride: from.stride,
      rows,
      columns,
    });
    kernels.run('sumRows', {
      params,
      jobs: Math.ceil(columns / 16),
      nanoseconds: rows * columns * 0.3,
    });
  });
  return sums;
}
