// The best paths of four chains of few states, a lane each: the recursion in float64, with the sums of the
// definition in its order.
import { spread } from '../simd/lanes';
import { ChainCall, findItems } from './call';

/** The items of a job. */
export const LANES = 4;
/** The bytes of a vector of floats or integers, and of one of doubles, of all items. */
const ENTRY: usize = 16;
const WIDE: usize = 32;

/** Where the rows of a job are in its workspace. */
@unmanaged
export class LaneSearch {
  real: i32;
  longest: i32;
  items: usize;
  lengths: usize;
  /** Sums of what was read: below +Infinity unless there was a NaN or +Infinity. */
  check: usize;
  /** The same of an item. */
  itemCheck: usize;
  /** [state]: values at the position, and at the next. */
  values: usize;
  next: usize;
  /** [state]: scores of states. */
  row: usize;
  /** [to, from]: scores of a move. */
  tile: usize;
  /** [move, to]: the best previous state. */
  before: usize;
}

/** Lays out a job's workspace; returns where it ends. */
export function layOutLanes(call: ChainCall, search: LaneSearch, workspace: usize): usize {
  const states = <usize>call.states;
  search.items = workspace + 64;
  search.lengths = workspace + 80;
  search.check = workspace + 96;
  search.itemCheck = workspace + 112;
  search.values = workspace + 128;
  search.next = search.values + states * WIDE;
  search.row = search.next + states * WIDE;
  search.tile = search.row + states * ENTRY;
  search.before = search.tile + states * states * ENTRY;
  return search.before + <usize>call.time * states * ENTRY;
}

/** Finds the best sums up to the last states, and the best previous state of every other. */
export function searchLanes(call: ChainCall, search: LaneSearch, job: i32): void {
  const states = call.states;
  const size = states * states;
  search.real = min(LANES, call.count - job * LANES);
  search.longest = findItems(call, job, LANES, search.items, search.lengths);
  v128.store(search.check, f32x4.splat(0));
  memory.fill(search.values, 0, <usize>states * WIDE);
  if (call.factored) {
    const itemBytes: usize = call.factored == 2 ? (<usize>size) << 2 : 0;
    spread(call.moves, itemBytes, search.items, size, search.tile, ENTRY, search.check);
    bringUnary(call, search, 0);
    addRow(search, states);
  }
  if (call.start) addScores(call, search, call.start);
  for (let t = 0; t < search.longest; t++) {
    if (call.factored) {
      bringUnary(call, search, t + 1);
      moveAny(true, states, search, t);
    } else {
      const first = call.moves + ((<usize>(t * size)) << 2);
      const itemBytes = (<usize>(call.time * size)) << 2;
      spread(first, itemBytes, search.items, size, search.tile, ENTRY, search.check);
      moveAny(false, states, search, t);
    }
  }
  if (call.end) addScores(call, search, call.end);
}

/** Brings the scores of a position's states. */
function bringUnary(call: ChainCall, search: LaneSearch, position: i32): void {
  const states = call.states;
  const first = call.unary + ((<usize>(position * states)) << 2);
  const itemBytes = (<usize>((call.time + 1) * states)) << 2;
  spread(first, itemBytes, search.items, states, search.row, ENTRY, search.check);
}

/** Adds an array [batch, states] to the values. */
function addScores(call: ChainCall, search: LaneSearch, scores: usize): void {
  const states = call.states;
  const itemBytes = (<usize>states) << 2;
  spread(scores, itemBytes, search.items, states, search.row, ENTRY, search.check);
  addRow(search, states);
}

function addRow(search: LaneSearch, states: i32): void {
  for (let state = 0; state < states; state++) {
    const score = v128.load(search.row + <usize>state * ENTRY);
    const value = search.values + <usize>state * WIDE;
    v128.store(value, f64x2.add(v128.load(value), f64x2.promote_low_f32x4(score)));
    v128.store(value, f64x2.add(v128.load(value, 16), highHalf(score)), 16);
  }
}

/** The third and the fourth float, as doubles. */
// @inline
function highHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
}

/** `move` with its constants chosen outside of the loop. */
// @inline
function moveAny(factored: bool, states: i32, search: LaneSearch, t: i32): void {
  if (states == 1) move(factored, 1, search, t);
  else if (states == 2) move(factored, 2, search, t);
  else move(factored, 3, search, t);
}

/**
 * The values at position t + 1, of the items that have it. `states` is a constant, 1 to 3: what is beyond
 * it is not compiled.
 */
// @inline
function move(factored: bool, states: i32, search: LaneSearch, t: i32): void {
  const active = i32x4.gt_s(v128.load(search.lengths), i32x4.splat(t));
  const active0 = i64x2.extend_low_i32x4_s(active);
  const active1 = i64x2.extend_high_i32x4_s(active);
  const values = search.values;
  const row = search.row;
  const a0 = v128.load(values);
  const a1 = v128.load(values, 16);
  const b0 = states > 1 ? v128.load(values, 32) : a0;
  const b1 = states > 1 ? v128.load(values, 48) : a0;
  const c0 = states > 2 ? v128.load(values, 64) : a0;
  const c1 = states > 2 ? v128.load(values, 80) : a0;
  let score = search.tile;
  let next = search.next;
  let before = search.before + <usize>(t * states) * ENTRY;
  let u0 = f64x2.splat(0);
  let u1 = u0;
  for (let to = 0; to < states; to++) {
    if (factored) {
      const own = v128.load(row + <usize>to * ENTRY);
      u0 = f64x2.promote_low_f32x4(own);
      u1 = highHalf(own);
    }
    let x = v128.load(score);
    let top0 = candidate(factored, f64x2.promote_low_f32x4(x), u0, a0);
    let top1 = candidate(factored, highHalf(x), u1, a1);
    let best = i32x4.splat(0);
    if (states > 1) {
      x = v128.load(score, 16);
      const x0 = candidate(factored, f64x2.promote_low_f32x4(x), u0, b0);
      const x1 = candidate(factored, highHalf(x), u1, b1);
      best = v128.and(i32x4.splat(1), better(x0, x1, top0, top1));
      top0 = f64x2.pmax(top0, x0);
      top1 = f64x2.pmax(top1, x1);
    }
    if (states > 2) {
      x = v128.load(score, 32);
      const x0 = candidate(factored, f64x2.promote_low_f32x4(x), u0, c0);
      const x1 = candidate(factored, highHalf(x), u1, c1);
      best = v128.bitselect(i32x4.splat(2), best, better(x0, x1, top0, top1));
      top0 = f64x2.pmax(top0, x0);
      top1 = f64x2.pmax(top1, x1);
    }
    v128.store(before, best);
    const kept = values + <usize>to * WIDE;
    v128.store(next, v128.bitselect(top0, v128.load(kept), active0));
    v128.store(next, v128.bitselect(top1, v128.load(kept, 16), active1), 16);
    score += <usize>states * ENTRY;
    next += WIDE;
    before += ENTRY;
  }
  search.next = values;
  search.values = next - <usize>states * WIDE;
}

/** The value before plus the score of the move, with that of the state. */
// @inline
function candidate(factored: bool, score: v128, own: v128, value: v128): v128 {
  return f64x2.add(value, factored ? f64x2.add(score, own) : score);
}

/** Where a candidate is above the largest so far: a tie goes to the smallest previous state. */
// @inline
function better(x0: v128, x1: v128, top0: v128, top1: v128): v128 {
  return v128.shuffle<i32>(f64x2.gt(x0, top0), f64x2.gt(x1, top1), 0, 2, 4, 6);
}

/** The value of an item, whose path is written. */
export function traceLane(call: ChainCall, search: LaneSearch, lane: i32): f64 {
  const states = call.states;
  const item = load<i32>(search.items + ((<usize>lane) << 2));
  const length = load<i32>(search.lengths + ((<usize>lane) << 2));
  let value: f64 = -Infinity;
  let state = 0;
  for (let last = 0; last < states; last++) {
    const x = load<f64>(search.values + <usize>last * WIDE + ((<usize>lane) << 3));
    if (x > value) {
      value = x;
      state = last;
    }
  }
  let path = call.paths + ((<usize>(item * (call.time + 1) + length)) << 2);
  let before = search.before + <usize>(length * states) * ENTRY + ((<usize>lane) << 2);
  const step = <usize>states * ENTRY;
  store<i32>(path, state);
  for (let t = length; t > 0; t--) {
    before -= step;
    path -= 4;
    state = load<i32>(before + <usize>state * ENTRY);
    store<i32>(path, state);
  }
  return value;
}
