import { ChainCall, Mode } from '../chain/call';
import { ENTRY } from './product';
import { startAt, take, toLine } from '../workspace';

/** The items of a job: two vectors. */
export const ITEMS = 8;
/** Below this a probability counts as underflowed. */
export const UNDERFLOW: f32 = 1e-30;

/** The rows of a job in its workspace: [position, state] in entries of eight items. */
@unmanaged
export class Group {
  // Offsets 0 … 255: [8] each. Items and moves as integers, then the largest own transition, …
  real: i32;
  longest: i32;
  items: usize;
  lengths: usize;
  /** Sums of inputs and of directions, [8]. */
  check: usize;
  zCheck: usize;
  /** [8] doubles: the sum of the constants, that of the logarithms, the product of the scales. */
  constants: usize;
  logs: usize;
  scales: usize;
  slopes: usize;
  /** [8] masks: lanes that are safe, and that have a forbidden potential. */
  safe: usize;
  forbidden: usize;
  /** Bytes from position to position of `a` and `x`. */
  stride: usize;
  /** Weights of the unary scores, then marginals. */
  w: usize;
  a: usize;
  x: usize;
  /** 1 / scale of each position. */
  inverse: usize;
  p: usize;
  b: usize;
  start: usize;
  end: usize;
  own: usize;
  ownSums: usize;
  top: usize;
  // The same, differentiated along the direction.
  wDot: usize;
  aDot: usize;
  xDot: usize;
  growth: usize;
  pDot: usize;
  bDot: usize;
  scratch: usize;
  startDot: usize;
  endDot: usize;
  ownZ: usize;
  ownSumsDot: usize;
}

/** Lays out a job's workspace from `at`; returns where it ends. */
export function layOut(call: ChainCall, group: Group, at: usize): usize {
  const row = <usize>call.states * ENTRY;
  const positions = <usize>call.time + 1;
  // An odd number of cache lines: columns of positions then fall into different sets.
  let stride = (row + 63) & ~63;
  if (((stride >> 6) & 1) == 0) stride += 64;
  group.stride = stride;
  group.items = at;
  group.lengths = at + 32;
  group.check = at + 64;
  group.zCheck = at + 96;
  group.constants = at + 128;
  group.logs = at + 192;
  group.scales = at + 256;
  group.slopes = at + 320;
  group.safe = at + 384;
  group.forbidden = at + 416;
  group.top = at + 448;
  startAt(at + 512);
  group.w = take(positions * row);
  group.inverse = take(positions * ENTRY);
  group.p = take(row);
  group.b = take(row);
  group.start = take(row);
  group.end = take(row);
  toLine();
  group.a = take(positions * stride);
  group.x = take(positions * stride);
  const square = <usize>call.states * row;
  if (call.factored == 2) {
    group.own = take(square);
    group.ownSums = take(square);
  } else {
    group.ownSums = take(square >> 3);
    toLine();
  }
  if (call.mode == Mode.PRODUCT) {
    group.wDot = take(positions * row);
    group.growth = take(positions * ENTRY);
    group.pDot = take(row);
    group.bDot = take(row);
    group.scratch = take(row);
    group.startDot = take(row);
    group.endDot = take(row);
    toLine();
    group.aDot = take(positions * stride);
    group.xDot = take(positions * stride);
    if (call.factored == 2) {
      group.ownZ = take(square);
      group.ownSumsDot = take(square);
    } else {
      group.ownSumsDot = take(square >> 2);
    }
  }
  return toLine();
}

/** The mask of a vector of items whose chains are still running, or end, at a position. */
// @inline
export function activeAt(group: Group, t: i32, vector: usize): v128 {
  return i32x4.ge_s(v128.load(group.lengths + vector), i32x4.splat(t));
}

// @inline
export function lastAt(group: Group, t: i32, vector: usize): v128 {
  return i32x4.eq(v128.load(group.lengths + vector), i32x4.splat(t));
}

/** Replaces what a row holds by what another holds, in the lanes of a mask. */
export function keepRow(from: usize, to: usize, size: usize, mask: v128): void {
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(to + at, v128.bitselect(v128.load(from + at), v128.load(to + at), mask));
  }
}

/** Adds a row to another in the lanes of a mask. */
export function addRow(to: usize, row: usize, size: usize, mask: v128): void {
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.and(v128.load(row + at), mask)));
  }
}

/** Adds a row of all eight items to another. */
export function addWholeRow(to: usize, row: usize, size: usize): void {
  for (let at: usize = 0; at < size; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(row + at)));
  }
}
