// One batch item of smoothed dynamic time warping, or the part of it that a call works on. The
// rectangle is cut into strips of `stripRows` rows, the strips into tiles of `tileCols` columns;
// what a tile needs of its neighbours are the running values on its border.
//
// Addresses of rows are those that row 0
// would have, also where only some rows are there.
@unmanaged
export class Problem {
  rows: i32;
  cols: i32;
  stripRows: i32;
  tileCols: i32;
  /** The strips of this call; the forward pass takes them in order, the backward one in reverse. */
  firstStrip: i32;
  strips: i32;
  /** The number of Ω: algebra/table.ts. */
  omega: i32;
  /** 1: without the move to the right. */
  advance: i32;
  /** 1: the borders of all tiles are kept, for a backward pass. */
  keep: i32;
  /** 1: also the derivatives along `slopes`. */
  tangent: i32;
  /** Costs [rows, stride]; not used with features. */
  costs: usize;
  stride: i32;
  /** [depth, rowPitch]: feature k of row i at k·rowPitch + i. */
  rowFeatures: usize;
  rowPitch: i32;
  /** [depth, colPitch]: feature k of column j at k·colPitch − j. */
  colFeatures: usize;
  colPitch: i32;
  depth: i32;
  /** SQUARED_EUCLIDEAN or INNER_PRODUCT of features, or 0: an array of costs. */
  cost: i32;
  /** The first and last column of each row that a path may use, i32, or 0: all. */
  corridorFirst: usize;
  corridorLast: usize;
  /** What turns a cost into a score in the kernel's unit: −rate / γ, −1 for the hard maximum. */
  scale: f32;
  inverseGamma: f32;
  /** The running values of the row above strip s, and how many bytes lie between two strips'. */
  borderRows: usize;
  borderRowBytes: i32;
  /** The running values left of each tile, when they are kept. */
  borderCols: usize;
  /** Derivatives, f64, laid out like the borders. */
  borderRowsDot: usize;
  borderColsDot: usize;
  /** Tiles done, i32 for each strip: forward and backward. */
  done: usize;
  doneBack: usize;
  /** [rows, stride] like the costs; not used with features. */
  gradient: usize;
  slopes: usize;
  product: usize;
  /** The expected mass that arrives from below in each column, and its derivative. */
  mass: usize;
  massDot: usize;
  /** Feature vectors [rows, depthPadded] and [cols, depthPadded], and where their gradients go. */
  rowVectors: usize;
  colVectors: usize;
  rowGradient: usize;
  colGradient: usize;
  depthPadded: i32;
  /** Where the last cell's running value goes: 8 bytes, and its derivative, f64. */
  result: usize;
  /** The best path, pairs of i32 from the last cell on; then how many, and the current cell. */
  path: usize;
  pathState: usize;
  /** 1: a thread's workspace has room for the weights of all tiles. */
  tape: i32;
  /** 1: running values in float64: for the hard maximum, and for values alone. */
  precise: i32;
  /** What `scale` lacks of its exact number. */
  scaleRest: f32;
  /** 1: a thread may sleep: not the main one of a page. */
  maySleep: i32;
}

export const SQUARED_EUCLIDEAN: i32 = 1;
export const INNER_PRODUCT: i32 = 2;

/** The largest tile. */
export const MOST_ROWS: i32 = 64;
export const MOST_COLS: i32 = 128;

// A thread's workspace. A plane holds one number for each cell of a tile, by anti-diagonals: cell
// (i, j) is at (i + j)·pitch + i, so that an anti-diagonal is contiguous.
const PLANE: usize = <usize>(MOST_ROWS + MOST_COLS) * <usize>MOST_ROWS * 4;
/** Three anti-diagonals of running values, and what else is small. */
export const STATE: usize = 0;
export const STATE_BYTES: usize = 16384;
/** Costs; in the backward pass the expected alignment. */
export const COSTS: usize = STATE + STATE_BYTES;
/** Slopes of the costs; in the backward pass the derivative of the expected alignment. */
export const SLOPES: usize = COSTS + PLANE;
/** Derivatives of the local weights. */
export const WEIGHTS_DOT: usize = SLOPES + PLANE;
/** The local weights of a tile: a plane for each move; last, since a tape holds all tiles'. */
export const WEIGHTS: usize = WEIGHTS_DOT + 3 * PLANE;

/** Rounded up to whole vectors. */
// @inline
export function wholeVectors(count: i32): i32 {
  return (count + 3) & ~3;
}

/** The tiles of a strip. */
// @inline
export function tilesOf(p: Problem): i32 {
  return (p.cols + p.tileCols - 1) / p.tileCols;
}

/** The bytes of a plane of a tile with `rows` rows (rounded to vectors: `pitch`) and `cols` columns. */
// @inline
export function planeBytes(pitch: i32, cols: i32): usize {
  return (<usize>((pitch + cols) * pitch)) << 2;
}

/** Looks at a neighbour before going to sleep: some microseconds, a tile takes longer. */
const SPINS = 4000;
/** Nanoseconds of a sleep. */
const NAP: i64 = 20_000;

/**
 * Waits until a neighbouring strip has done more than `count` tiles: jobs are claimed in order. Where
 * other processes want the cores, too, the neighbour may be waiting for this very one.
 *
 * The caller keeps no number of float64 in a local variable meanwhile: before Node 22, code that is not
 * optimised yet loses digits of it in `atomic.wait`.
 */
export function awaitTiles(p: Problem, counter: usize, count: i32): void {
  let spins = p.maySleep ? SPINS : i32.MAX_VALUE;
  for (;;) {
    const done = atomic.load<i32>(counter);
    if (done > count) return;
    if (spins > 0) spins--;
    else atomic.wait<i32>(counter, done, NAP);
  }
}
