import { packPanels, panelBytes } from './pack';
import { tile4, tile8 } from './tile';

/** Columns of the packed panels that a tile goes through at a time: two panels of B stay in L1. */
const DEPTH = 512;

/** The bytes of scratch that `multiplyPanels` needs: one tile. */
export const SCRATCH: usize = 128;

/**
 * C (+)= A·B for packed operands: `rows` × `columns` floats at c, whose rows are `stride` floats
 * apart. `a` and `b` point to the first panels of the block. Every element of C is summed in the
 * same order whatever the block it is computed in.
 */
export function multiplyPanels(
  a: usize, b: usize, c: usize, stride: i32, rows: i32, columns: i32, k: i32, add: bool,
  scratch: usize,
): void {
  const panel = panelBytes(k);
  const step = <usize>stride << 2;
  let from = 0;
  do {
    const depth = min(DEPTH, k - from);
    const skip = <usize>from << 4;
    const more = add || from > 0;
    for (let j = 0; j < columns; j += 8) {
      const width = min(8, columns - j);
      const b0 = b + <usize>(j >> 2) * panel + (width > 4 ? 2 * skip : skip);
      for (let i = 0; i < rows; i += 4) {
        const a0 = a + <usize>(i >> 2) * panel + skip;
        const c0 = c + <usize>i * step + (<usize>j << 2);
        const height = min(4, rows - i);
        if (height == 4 && (width & 3) == 0) {
          tile(width, a0, b0, depth, c0, step, more);
        } else {
          if (more) copyTile(scratch, 32, c0, step, height, width);
          tile(width, a0, b0, depth, scratch, 32, more);
          copyTile(c0, step, scratch, 32, height, width);
        }
      }
    }
    from += DEPTH;
  } while (from < k);
}

// @ts-ignore: decorator
@inline function tile(
  width: i32, a: usize, b: usize, k: i32, c: usize, step: usize, add: bool,
): void {
  if (width > 4) tile8(a, b, k, c, step, add);
  else tile4(a, b, k, c, step, add);
}

function copyTile(
  to: usize, toStep: usize, from: usize, fromStep: usize, rows: i32, columns: i32,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = <usize>j << 2;
      store<f32>(to + <usize>i * toStep + at, load<f32>(from + <usize>i * fromStep + at));
    }
  }
}

/**
 * Packs a block of panels of a matrix. params: packed, source, stride, transposed, table, rows, k,
 * block (panels a job; even), pairs.
 */
export function pack(params: usize, job: i32, workspace: usize): void {
  const rows = load<i32>(params, 20);
  const block = load<i32>(params, 28);
  const from = job * block;
  packPanels(
    <usize>load<u32>(params, 0), <usize>load<u32>(params, 4), load<i32>(params, 8),
    load<i32>(params, 12) != 0, <usize>load<u32>(params, 16), rows, load<i32>(params, 24),
    from, min(from + block, (rows + 3) >> 2), load<i32>(params, 32) != 0,
  );
}

/**
 * One block of a product of packed matrices; jobs count along the columns first. params: a, b, c,
 * stride, rows, columns, k, add, block rows (a multiple of 4), block columns (a multiple of 8).
 * workspace: SCRATCH bytes.
 */
export function multiply(params: usize, job: i32, workspace: usize): void {
  const rows = load<i32>(params, 16);
  const columns = load<i32>(params, 20);
  const k = load<i32>(params, 24);
  const blockRows = load<i32>(params, 32);
  const blockColumns = load<i32>(params, 36);
  const across = (columns + blockColumns - 1) / blockColumns;
  const i = (job / across) * blockRows;
  const j = (job % across) * blockColumns;
  const stride = load<i32>(params, 12);
  const panel = panelBytes(k);
  multiplyPanels(
    <usize>load<u32>(params, 0) + <usize>(i >> 2) * panel,
    <usize>load<u32>(params, 4) + <usize>(j >> 2) * panel,
    <usize>load<u32>(params, 8) + (<usize>(i * stride + j) << 2),
    stride, min(blockRows, rows - i), min(blockColumns, columns - j), k,
    load<i32>(params, 28) != 0, workspace,
  );
}
