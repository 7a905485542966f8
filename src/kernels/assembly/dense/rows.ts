/**
 * Copies a block of rows of `columns` floats, by tables of row numbers where these are not 0, and
 * fills each target row with zeros up to `fill` floats.
 * params: to, toStride, toTable, from, fromStride, fromTable, rows, columns, fill, block (i32).
 */
export function copyRows(params: usize, job: i32, workspace: usize): void {
  const to = <usize>load<u32>(params, 0);
  const toStride = <usize>load<i32>(params, 4) << 2;
  const toTable = <usize>load<u32>(params, 8);
  const from = <usize>load<u32>(params, 12);
  const fromStride = <usize>load<i32>(params, 16) << 2;
  const fromTable = <usize>load<u32>(params, 20);
  const rows = load<i32>(params, 24);
  const bytes = <usize>load<i32>(params, 28) << 2;
  const fill = <usize>load<i32>(params, 32) << 2;
  const block = load<i32>(params, 36);
  const end = min(rows, (job + 1) * block);
  for (let row = job * block; row < end; row++) {
    const source = fromTable ? load<i32>(fromTable + (<usize>row << 2)) : row;
    const target = toTable ? load<i32>(toTable + (<usize>row << 2)) : row;
    const at = to + <usize>target * toStride;
    memory.copy(at, from + <usize>source * fromStride, bytes);
    if (fill > bytes) memory.fill(at + bytes, 0, fill - bytes);
  }
}

/**
 * Adds a block of rows to the target's, by tables as in copyRows.
 * params: to, toStride, toTable, from, fromStride, fromTable, rows, columns, block (i32).
 */
export function addRows(params: usize, job: i32, workspace: usize): void {
  const to = <usize>load<u32>(params, 0);
  const toStride = <usize>load<i32>(params, 4) << 2;
  const toTable = <usize>load<u32>(params, 8);
  const from = <usize>load<u32>(params, 12);
  const fromStride = <usize>load<i32>(params, 16) << 2;
  const fromTable = <usize>load<u32>(params, 20);
  const rows = load<i32>(params, 24);
  const bytes = <usize>load<i32>(params, 28) << 2;
  const block = load<i32>(params, 32);
  const end = min(rows, (job + 1) * block);
  for (let row = job * block; row < end; row++) {
    const source = fromTable ? load<i32>(fromTable + (<usize>row << 2)) : row;
    const target = toTable ? load<i32>(toTable + (<usize>row << 2)) : row;
    const at = to + <usize>target * toStride;
    const other = from + <usize>source * fromStride;
    let j: usize = 0;
    for (; j + 16 <= bytes; j += 16) {
      v128.store(at + j, f32x4.add(v128.load(at + j), v128.load(other + j)));
    }
    for (; j < bytes; j += 4) store<f32>(at + j, load<f32>(at + j) + load<f32>(other + j));
  }
}

/**
 * sums[j] = Σ_r x[r, j] for a block of 16 columns; the sum goes through the rows in their order.
 * The last vector may reach past the columns, inside what an arena reserves.
 * params: sums, x, stride, rows, columns (i32).
 */
export function sumRows(params: usize, job: i32, workspace: usize): void {
  const sums = <usize>load<u32>(params, 0);
  const x = <usize>load<u32>(params, 4);
  const stride = <usize>load<i32>(params, 8) << 2;
  const rows = load<i32>(params, 12);
  const end = min(load<i32>(params, 16), (job + 1) << 4);
  for (let column = job << 4; column < end; column += 4) {
    let at = x + (<usize>column << 2);
    let sum = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, v128.load(at));
      at += stride;
    }
    v128.store(sums + (<usize>column << 2), sum);
  }
}

/** Writes zeros. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}

/** Writes zeros, a megabyte a job. */
export function clearParts(params: usize, job: i32, workspace: usize): void {
  const address = <usize>load<u32>(params, 0);
  const bytes = <usize>load<u32>(params, 4);
  const from = <usize>job << 20;
  memory.fill(address + from, 0, min<usize>(1 << 20, bytes - from));
}
