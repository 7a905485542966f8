@unmanaged
export class RowsCall {
  /** The target: its rows are `toStride` floats apart, with the numbers in `toTable` if not 0. */
  to: usize;
  toStride: i32;
  toTable: usize;
  from: usize;
  fromStride: i32;
  fromTable: usize;
  rows: i32;
  columns: i32;
  /** The floats of a target row up to which there are zeros behind the columns. */
  fill: i32;
  /** The rows of a job. */
  block: i32;
}

/** Copies a block of rows of floats, and fills what lies behind them with zeros. */
export function copyRows(call: RowsCall, job: i32, _workspace: usize): void {
  const toStride = (<usize>call.toStride) << 2;
  const toTable = call.toTable;
  const fromStride = (<usize>call.fromStride) << 2;
  const fromTable = call.fromTable;
  const bytes = (<usize>call.columns) << 2;
  const fill = (<usize>call.fill) << 2;
  const end = min(call.rows, (job + 1) * call.block);
  for (let row = job * call.block; row < end; row++) {
    const source = fromTable ? load<i32>(fromTable + ((<usize>row) << 2)) : row;
    const target = toTable ? load<i32>(toTable + ((<usize>row) << 2)) : row;
    const at = call.to + <usize>target * toStride;
    memory.copy(at, call.from + <usize>source * fromStride, bytes);
    if (fill > bytes) memory.fill(at + bytes, 0, fill - bytes);
  }
}

/** Adds a block of rows to the target's. */
export function addRows(call: RowsCall, job: i32, _workspace: usize): void {
  const toStride = (<usize>call.toStride) << 2;
  const toTable = call.toTable;
  const fromStride = (<usize>call.fromStride) << 2;
  const fromTable = call.fromTable;
  const bytes = (<usize>call.columns) << 2;
  const end = min(call.rows, (job + 1) * call.block);
  for (let row = job * call.block; row < end; row++) {
    const source = fromTable ? load<i32>(fromTable + ((<usize>row) << 2)) : row;
    const target = toTable ? load<i32>(toTable + ((<usize>row) << 2)) : row;
    const at = call.to + <usize>target * toStride;
    const other = call.from + <usize>source * fromStride;
    let j: usize = 0;
    for (; j + 16 <= bytes; j += 16) {
      v128.store(at + j, f32x4.add(v128.load(at + j), v128.load(other + j)));
    }
    for (; j < bytes; j += 4) store<f32>(at + j, load<f32>(at + j) + load<f32>(other + j));
  }
}

@unmanaged
export class SumRowsCall {
  sums: usize;
  x: usize;
  /** Floats from one row to the next. */
  stride: i32;
  rows: i32;
  columns: i32;
}

/**
 * sums[j] = Σ_r x[r, j] for a block of 16 columns; the sum goes through the rows in their order.
 * The last vector may reach past the columns, inside what an arena reserves.
 */
export function sumRows(call: SumRowsCall, job: i32, _workspace: usize): void {
  const stride = (<usize>call.stride) << 2;
  const rows = call.rows;
  const end = min(call.columns, (job + 1) << 4);
  for (let column = job << 4; column < end; column += 4) {
    let at = call.x + ((<usize>column) << 2);
    let sum = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(at));
      at += stride;
    }
    v128.store(call.sums + ((<usize>column) << 2), sum);
  }
}

/** Writes zeros. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}

@unmanaged
export class ClearCall {
  address: usize;
  bytes: usize;
}

/** Writes zeros, a megabyte a job. */
export function clearParts(call: ClearCall, job: i32, _workspace: usize): void {
  const from = (<usize>job) << 20;
  memory.fill(call.address + from, 0, min<usize>(1 << 20, call.bytes - from));
}
