import { turn } from '../simd/lanes';

// A packed matrix: panels of four rows, each panel its columns one after another, four floats each:
// packed[panel][k][row & 3]. Rows are padded with zeros to a multiple of four, so that the tiles of
// a product need no special case. A product A·B takes A packed by rows and B packed by columns (the
// rows of its transpose), where panels go in pairs, packed[pair][k][8], but for a last one alone:
// both are streams of vectors.

/** The bytes of a packed panel. */
// @inline
export function panelBytes(k: i32): usize {
  return (<usize>k) << 4;
}

/**
 * Packs rows [4·from, 4·to) of a matrix of `rows` × `k` floats. Element (i, j) is at
 * source + 4·(i·stride + j), or at source + 4·(j·stride + i) where `transposed`; `table`, if not 0,
 * holds 32-bit numbers that stand in for the index that is multiplied by the stride. `from` is even.
 */
export function packPanels(
  packed: usize,
  source: usize,
  stride: i32,
  transposed: bool,
  table: usize,
  rows: i32,
  k: i32,
  from: i32,
  to: i32,
  pairs: bool,
): void {
  const bytes = panelBytes(k);
  const last = ((rows + 3) >> 2) - 1;
  let panel = from;
  if (transposed) {
    // Four panels at once read whole cache lines.
    for (; panel + 4 <= to && (panel << 2) + 16 <= rows; panel += 4) {
      let target = packed + <usize>panel * bytes;
      const second = pairs ? 16 : bytes;
      const third = 2 * bytes;
      const fourth = third + second;
      for (let j = 0; j < k; j++) {
        const at = source + ((<usize>(entry(table, j) * stride + (panel << 2))) << 2);
        v128.store(target, v128.load(at));
        v128.store(target + second, v128.load(at, 16));
        v128.store(target + third, v128.load(at, 32));
        v128.store(target + fourth, v128.load(at, 48));
        target += pairs ? 32 : 16;
      }
    }
  }
  for (; panel < to; panel++) {
    const paired = pairs && (panel | 1) <= last;
    const first = paired ? panel & ~1 : panel;
    const target = packed + <usize>first * bytes + ((<usize>(panel - first)) << 4);
    const step: usize = paired ? 32 : 16;
    const row = panel << 2;
    const count = min(4, rows - row);
    if (transposed)
      packColumns(target, step, source + ((<usize>row) << 2), stride, table, count, k);
    else packRows(target, step, source, stride, table, row, count, k);
  }
}

/** One panel of a matrix whose four rows lie side by side in memory. */
function packColumns(
  target: usize,
  step: usize,
  source: usize,
  stride: i32,
  table: usize,
  count: i32,
  k: i32,
): void {
  for (let j = 0; j < k; j++) {
    const at = source + ((<usize>entry(table, j) * stride) << 2);
    let column: v128;
    if (count == 4) {
      column = v128.load(at);
    } else {
      column = v128.load32_zero(at);
      if (count > 1) column = v128.load32_lane(at + 4, column, 1);
      if (count > 2) column = v128.load32_lane(at + 8, column, 2);
    }
    v128.store(target, column);
    target += step;
  }
}

/** One panel of a matrix whose rows are contiguous: 4 × 4 blocks are turned in registers. */
function packRows(
  target: usize,
  step: usize,
  source: usize,
  stride: i32,
  table: usize,
  row: i32,
  count: i32,
  k: i32,
): void {
  const bytes = (<usize>stride) << 2;
  // Rows past the last repeat the last and are cleared at the end.
  const r0 = source + <usize>entry(table, row) * bytes;
  const r1 = source + <usize>entry(table, row + min(1, count - 1)) * bytes;
  const r2 = source + <usize>entry(table, row + min(2, count - 1)) * bytes;
  const r3 = source + <usize>entry(table, row + min(3, count - 1)) * bytes;
  let j = 0;
  for (; j <= k - 4; j += 4) {
    const at = (<usize>j) << 2;
    const a = v128.load(r0 + at);
    const b = v128.load(r1 + at);
    const c = v128.load(r2 + at);
    const d = v128.load(r3 + at);
    const out = target + <usize>j * step;
    turn(a, b, c, d, out, out + step, out + 2 * step, out + 3 * step);
  }
  for (; j < k; j++) {
    const at = (<usize>j) << 2;
    const out = target + <usize>j * step;
    store<f32>(out, load<f32>(r0 + at));
    store<f32>(out, load<f32>(r1 + at), 4);
    store<f32>(out, load<f32>(r2 + at), 8);
    store<f32>(out, load<f32>(r3 + at), 12);
  }
  if (count < 4) {
    for (j = 0; j < k; j++) {
      const out = target + <usize>j * step;
      for (let r = count; r < 4; r++) store<f32>(out + ((<usize>r) << 2), 0);
    }
  }
}

// @inline
function entry(table: usize, index: i32): i32 {
  return table ? load<i32>(table + ((<usize>index) << 2)) : index;
}
