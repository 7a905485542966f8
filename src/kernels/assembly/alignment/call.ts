/**
 * The parameters of the kernels of alignments with affine gaps. Arrays are row-major floats; one left out
 * is at address 0.
 */
@unmanaged
export class AlignmentCall {
  /** By src/kernels/omega.ts. */
  omega: i32;
  /** 1: the best part of each sequence. 0: all of both. */
  local: i32;
  rows: i32;
  cols: i32;
  /** What turns a score into the unit of running values. */
  scale: f32;
  /** [batch]: the rows and columns of each item. */
  rowLengths: usize;
  colLengths: usize;
  /** [batch, rows, cols]; the gradient may lie over it. */
  match: usize;
  gMatch: usize;
  /** [batch], and so the others. */
  gapOpen: usize;
  gapExtend: usize;
  gOpen: usize;
  gExtend: usize;
  /** [batch]: the result as a running value, a fraction and an integer; under hard a double. */
  value: usize;
  /** [batch] */
  flags: usize;
  /** [batch, 2]: the least and the greatest of 0 and the finite scores. */
  ranges: usize;
  /** [batch, 2 (rows + cols)]: the best path from its end, and [batch]: how many numbers it has. */
  paths: usize;
  pathLengths: usize;
}

/** Steps that a strip of four rows takes beside its columns: each lane is one behind the lane before. */
export const SLANT: i32 = 3;

/** An item at work. Cells are rows and columns 0 … m and 0 … n; four rows are a strip, a lane a row. */
@unmanaged
export class Item {
  m: i32;
  n: i32;
  /** Of the arrays, from row to row in bytes. */
  rowBytes: usize;
  match: usize;
  gMatch: usize;
  open: f32;
  extend: f32;
  strips: i32;
  /** n + 1 + SLANT */
  steps: i32;
  bad: bool;
  least: f32;
  greatest: f32;
  /** Behind the item. */
  workspace: usize;
}

export const HEAD: usize = 128;

export function openItem(call: AlignmentCall, job: i32, workspace: usize): Item {
  const item = changetype<Item>(workspace);
  const index = (<usize>job) << 2;
  item.rowBytes = (<usize>call.cols) << 2;
  const size = <usize>call.rows * item.rowBytes;
  item.m = load<i32>(call.rowLengths + index);
  item.n = load<i32>(call.colLengths + index);
  item.match = call.match + <usize>job * size;
  item.gMatch = call.gMatch == 0 ? 0 : call.gMatch + <usize>job * size;
  item.open = load<f32>(call.gapOpen + index);
  item.extend = load<f32>(call.gapExtend + index);
  item.strips = (item.m + 4) >> 2;
  item.steps = item.n + 1 + SLANT;
  item.bad = false;
  item.least = 0;
  item.greatest = 0;
  look(item, item.open);
  look(item, item.extend);
  item.workspace = workspace + HEAD;
  return item;
}

/** Takes note of a score. */
// @inline
function look(item: Item, score: f32): void {
  if (abs<f32>(score) < Infinity) {
    item.least = min<f32>(item.least, score);
    item.greatest = max<f32>(item.greatest, score);
  } else if (score != -Infinity) item.bad = true;
}

/** Takes note of the scores of a row. */
export function lookAt(item: Item, row: usize): void {
  const infinity = f32x4.splat(Infinity);
  let bad = i32x4.splat(0);
  let least = f32x4.splat(0);
  let greatest = least;
  const end = row + ((<usize>item.n) << 2);
  let at = row;
  for (; at + 16 <= end; at += 16) {
    const scores = v128.load(at);
    const isBad = v128.or(f32x4.ne(scores, scores), f32x4.eq(scores, infinity));
    bad = v128.or(bad, isBad);
    const finite = v128.and(scores, f32x4.lt(f32x4.abs(scores), infinity));
    least = f32x4.pmin(least, finite);
    greatest = f32x4.pmax(greatest, finite);
  }
  for (; at < end; at += 4) look(item, load<f32>(at));
  if (v128.any_true(bad)) item.bad = true;
  least = f32x4.pmin(least, v128.shuffle<f32>(least, least, 2, 3, 0, 1));
  look(item, f32x4.extract_lane(least, 0));
  look(item, f32x4.extract_lane(least, 1));
  greatest = f32x4.pmax(greatest, v128.shuffle<f32>(greatest, greatest, 2, 3, 0, 1));
  look(item, f32x4.extract_lane(greatest, 0));
  look(item, f32x4.extract_lane(greatest, 1));
}

/** Writes what was found out about the scores. */
export function closeItem(call: AlignmentCall, job: i32, item: Item, flags: i32): void {
  if (item.bad) flags |= 1;
  store<i32>(call.flags + ((<usize>job) << 2), flags);
  store<f32>(call.ranges + ((<usize>job) << 3), item.least);
  store<f32>(call.ranges + ((<usize>job) << 3), item.greatest, 4);
}
