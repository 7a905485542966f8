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
  a: usize,
  b: usize,
  c: usize,
  stride: i32,
  rows: i32,
  columns: i32,
  k: i32,
  add: bool,
  scratch: usize,
): void {
  const panel = panelBytes(k);
  const step = (<usize>stride) << 2;
  let from = 0;
  do {
    const depth = min(DEPTH, k - from);
    const skip = (<usize>from) << 4;
    const more = add || from > 0;
    for (let j = 0; j < columns; j += 8) {
      const width = min(8, columns - j);
      const b0 = b + <usize>(j >> 2) * panel + (width > 4 ? 2 * skip : skip);
      for (let i = 0; i < rows; i += 4) {
        const a0 = a + <usize>(i >> 2) * panel + skip;
        const c0 = c + <usize>i * step + ((<usize>j) << 2);
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

// @inline
function tile(width: i32, a: usize, b: usize, k: i32, c: usize, step: usize, add: bool): void {
  if (width > 4) tile8(a, b, k, c, step, add);
  else tile4(a, b, k, c, step, add);
}

function copyTile(
  to: usize,
  toStep: usize,
  from: usize,
  fromStep: usize,
  rows: i32,
  columns: i32,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = (<usize>j) << 2;
      store<f32>(to + <usize>i * toStep + at, load<f32>(from + <usize>i * fromStep + at));
    }
  }
}

@unmanaged
export class PackCall {
  packed: usize;
  source: usize;
  /** Floats from one row of the source to the next. */
  stride: i32;
  transposed: i32;
  /** The source's row numbers, or 0. */
  table: usize;
  rows: i32;
  k: i32;
  /** The panels of a job; even. */
  block: i32;
  /** 1: panels lie in pairs, as those of a right operand. */
  pairs: i32;
}

/** Packs a block of panels of a matrix. */
export function pack(call: PackCall, job: i32, _workspace: usize): void {
  const from = job * call.block;
  packPanels(
    call.packed,
    call.source,
    call.stride,
    call.transposed != 0,
    call.table,
    call.rows,
    call.k,
    from,
    min(from + call.block, (call.rows + 3) >> 2),
    call.pairs != 0,
  );
}

@unmanaged
export class MultiplyCall {
  /** Packed, and so b. */
  a: usize;
  b: usize;
  c: usize;
  /** Floats from one row of c to the next. */
  stride: i32;
  rows: i32;
  columns: i32;
  k: i32;
  /** 1: to what c holds. */
  add: i32;
  /** A multiple of 4, and of 8. */
  blockRows: i32;
  blockColumns: i32;
}

/**
 * One block of a product of packed matrices; jobs count along the columns first.
 * workspace: SCRATCH bytes.
 */
export function multiply(call: MultiplyCall, job: i32, workspace: usize): void {
  const blockRows = call.blockRows;
  const blockColumns = call.blockColumns;
  const across = (call.columns + blockColumns - 1) / blockColumns;
  const i = (job / across) * blockRows;
  const j = (job % across) * blockColumns;
  const panel = panelBytes(call.k);
  multiplyPanels(
    call.a + <usize>(i >> 2) * panel,
    call.b + <usize>(j >> 2) * panel,
    call.c + ((<usize>(i * call.stride + j)) << 2),
    call.stride,
    min(blockRows, call.rows - i),
    min(blockColumns, call.columns - j),
    call.k,
    call.add != 0,
    workspace,
  );
}
