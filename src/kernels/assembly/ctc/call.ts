import { Flag } from '../chain/call';

/** The parameters of the CTC kernels. Arrays are row-major floats; one left out is at address 0. */
@unmanaged
export class CtcCall {
  /** By src/kernels/omega.ts. */
  omega: i32;
  mode: i32;
  /** The most frames of an item. */
  time: i32;
  classes: i32;
  /** From item to item of `states`: a multiple of four. */
  pitch: i32;
  /** What turns a score into the unit of running values, and what float32 leaves of it. */
  scale: f32;
  scaleRest: f32;
  /** [batch, time, classes], and so the gradient, which may lie over theta. */
  theta: usize;
  gradient: usize;
  /** [batch, pitch]: the class of each state, blank, label, blank, …; blanks behind the last. */
  states: usize;
  /** [batch]: the states and the frames of each item. */
  counts: usize;
  lengths: usize;
  /** [batch]: the result as a running value: a double, or a fraction and an integer. */
  value: usize;
  /** [batch] */
  flags: usize;
  /** [batch, 2]: the least and the greatest of 0 and the finite scores. */
  ranges: usize;
  /** [batch, time]: the class of each frame of the best path, under hard. */
  paths: usize;
}

/** Room before the first state of a row, and behind the last one. */
export const MARGIN: usize = 32;

/** An item at work. */
@unmanaged
export class Item {
  theta: usize;
  gradient: usize;
  states: usize;
  /** The states, and the bytes of a row of as many floats. */
  count: i32;
  width: usize;
  frames: i32;
  frameBytes: usize;
  /** Whether a score was no number, or +Infinity. */
  bad: v128;
  least: v128;
  greatest: v128;
  /** The scores of a frame, a float a state. */
  scores: usize;
  /** Behind the item. */
  workspace: usize;
}

/** The bytes of an item and the scores of a frame. */
const HEAD: usize = 128;

export function openItem(call: CtcCall, job: i32, workspace: usize): Item {
  const item = changetype<Item>(workspace);
  const index = (<usize>job) << 2;
  const size = (<usize>call.time * <usize>call.classes) << 2;
  item.theta = call.theta + <usize>job * size;
  item.gradient = call.gradient + <usize>job * size;
  item.states = call.states + <usize>job * ((<usize>call.pitch) << 2);
  item.count = load<i32>(call.counts + index);
  item.width = (<usize>(item.count + 3) & ~3) << 2;
  item.frames = load<i32>(call.lengths + index);
  item.frameBytes = (<usize>call.classes) << 2;
  item.bad = i32x4.splat(0);
  item.least = f32x4.splat(0);
  item.greatest = item.least;
  item.scores = workspace + HEAD;
  item.workspace = item.scores + item.width;
  return item;
}

/** Brings the scores of a frame to the states. */
// @inline
export function readFrame(item: Item, frame: i32): void {
  const from = item.theta + <usize>frame * item.frameBytes;
  const infinity = f32x4.splat(Infinity);
  let bad = item.bad;
  let least = item.least;
  let greatest = item.greatest;
  const blank = v128.load32_splat(classAt(from, item.states));
  for (let at: usize = 0; at < item.width; at += 16) {
    let score = v128.load_lane<f32>(classAt(from, item.states + at + 4), blank, 1);
    score = v128.load_lane<f32>(classAt(from, item.states + at + 12), score, 3);
    v128.store(item.scores + at, score);
    const finite = f32x4.lt(f32x4.abs(score), infinity);
    bad = v128.or(bad, v128.or(f32x4.ne(score, score), f32x4.eq(score, infinity)));
    const size = v128.and(score, finite);
    least = f32x4.pmin(least, size);
    greatest = f32x4.pmax(greatest, size);
  }
  item.bad = bad;
  item.least = least;
  item.greatest = greatest;
}

/** Where a frame has the score of the class at an address. */
// @inline
function classAt(frame: usize, state: usize): usize {
  return frame + ((<usize>load<i32>(state)) << 2);
}

/** Whether the path may come to four states over a blank: from a label to another one. */
// @inline
export function skips(item: Item, at: usize): v128 {
  const states = item.states + at;
  return i32x4.ne(v128.load(states), v128.load(states - 8));
}

/** Writes what was found out about the scores. */
export function closeItem(call: CtcCall, job: i32, item: Item, flags: i32): void {
  if (v128.any_true(item.bad)) flags |= Flag.NUMBER;
  store<i32>(call.flags + ((<usize>job) << 2), flags);
  const range = call.ranges + ((<usize>job) << 3);
  let least: f32 = 0;
  let greatest: f32 = 0;
  for (let lane: usize = 0; lane < 16; lane += 4) {
    least = min<f32>(least, load<f32>(changetype<usize>(item) + offsetof<Item>('least') + lane));
    greatest = max<f32>(
      greatest,
      load<f32>(changetype<usize>(item) + offsetof<Item>('greatest') + lane),
    );
  }
  store<f32>(range, least);
  store<f32>(range, greatest, 4);
}
