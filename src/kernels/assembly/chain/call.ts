/** What a call computes. */
export const enum Mode {
  VALUE = 0,
  GRADIENT = 1,
  PRODUCT = 2,
}

/** What a kernel found out about an item, as bits of its flags. */
export const enum Flag {
  /** A potential or a direction may not be a number that is allowed. */
  NUMBER = 1,
  /** Every path is forbidden. */
  NO_PATH = 2,
  /** The probability domain is not safe. */
  RANGE = 4,
}

/**
 * The parameters of the chain kernels, in the order in which the host writes them. Arrays are
 * row-major floats; one that is left out has the address 0.
 */
@unmanaged
export class ChainCall {
  /** The number of Ω: algebra/table.ts. */
  omega: i32;
  mode: i32;
  /** 0: moves are [batch, time, to, from]. 1: they are a transition [to, from], 2: one an item. */
  factored: i32;
  /** The items to compute, at most the batch. */
  count: i32;
  /** The most moves of an item. */
  time: i32;
  states: i32;
  gamma: f32;
  /** [count]: the items in the order in which they are grouped. */
  order: usize;
  /** [batch]: the moves of each item. */
  lengths: usize;
  moves: usize;
  /** [batch, time + 1, states] of a factored chain. */
  unary: usize;
  start: usize;
  end: usize;
  zMoves: usize;
  zUnary: usize;
  zStart: usize;
  zEnd: usize;
  /** [batch], and so directional and flags (integers). */
  value: usize;
  directional: usize;
  flags: usize;
  /** Gradient and product; those of moves may be written over the potentials' own place. */
  gMoves: usize;
  gUnary: usize;
  gStart: usize;
  gEnd: usize;
  pMoves: usize;
  pUnary: usize;
  pStart: usize;
  pEnd: usize;
  /** [jobs, to, from]: each job's share in the gradient and product of a shared transition. */
  share: usize;
  shareDot: usize;
  /** What `factoredWeights` prepares of a shared transition. */
  weights: usize;
  /** [batch, time + 1]: the states of the best paths. */
  paths: usize;
}

/**
 * Finds the items of a job that takes `most` at a time, and their lengths; returns the longest. Lanes
 * without an item of their own repeat the first one's, and write nothing.
 */
export function findItems(call: ChainCall, job: i32, most: i32, items: usize, lengths: usize): i32 {
  const first = job * most;
  let longest = 0;
  for (let n = first; n < first + most; n++, items += 4, lengths += 4) {
    const item = load<i32>(call.order + ((<usize>(n < call.count ? n : first)) << 2));
    const length = load<i32>(call.lengths + ((<usize>item) << 2));
    store<i32>(items, item);
    store<i32>(lengths, length);
    longest = max(longest, length);
  }
  return longest;
}
