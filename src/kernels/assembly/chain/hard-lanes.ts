// The best paths of four chains of few states, a lane each: the recursion in float64, with the sums of the
// definition in its order.
import { spread } from '../simd/lanes';
import { ChainCall, findItems } from './call';

/** The items of a job. */
export const LANES = 4;
/** The bytes of a vector of floats or integers, and of one of doubles, of all items. */
export const ENTRY: usize = 16;
export const WIDE: usize = 32;

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
  if (states != 2) moveAll(call, search);
  else if (call.factored) movePairs(true, call, search);
  else movePairs(false, call, search);
  if (call.end) addScores(call, search, call.end);
}

/** The values at all positions, one by one. */
function moveAll(call: ChainCall, search: LaneSearch): void {
  const states = call.states;
  const size = states * states;
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
export function better(x0: v128, x1: v128, top0: v128, top1: v128): v128 {
  return v128.shuffle<i32>(f64x2.gt(x0, top0), f64x2.gt(x1, top1), 0, 2, 4, 6);
}

/**
 * The values at the positions of chains of two states: those of `move`, held in registers. A linear
 * chain's moves at a position are a vector, a factored one's states half of one.
 */
// @inline
function movePairs(factored: bool, call: ChainCall, search: LaneSearch): void {
  const itemBytes = factored ? (<usize>(call.time + 1)) << 3 : (<usize>call.time) << 4;
  // The scores of the states at the first position are added.
  const first = factored ? call.unary + 8 : call.moves;
  let v0 = first + <usize>load<i32>(search.items) * itemBytes;
  let v1 = first + <usize>load<i32>(search.items, 4) * itemBytes;
  let v2 = first + <usize>load<i32>(search.items, 8) * itemBytes;
  let v3 = first + <usize>load<i32>(search.items, 12) * itemBytes;
  const lengths = v128.load(search.lengths);
  const values = search.values;
  const tile = search.tile;
  let sum = v128.load(search.check);
  let a0 = v128.load(values);
  let a1 = v128.load(values, 16);
  let b0 = v128.load(values, 32);
  let b1 = v128.load(values, 48);
  const one = i32x4.splat(1);
  let before = search.before;
  for (let t = 0; t < search.longest; t++, before += 2 * ENTRY) {
    // Scores of items 0 and 1, then of 2 and 3: to state 0 from 0 and from 1, to state 1 from both.
    let p0: v128, p1: v128, q0: v128, q1: v128;
    let r0: v128, r1: v128, s0: v128, s1: v128;
    if (factored) {
      const x01 = v128.load_lane<f64>(v1, v128.load64_zero(v0), 1);
      const x23 = v128.load_lane<f64>(v3, v128.load64_zero(v2), 1);
      sum = f32x4.add(sum, f32x4.add(x01, x23));
      const y01 = v128.shuffle<f32>(x01, x01, 0, 2, 1, 3);
      const y23 = v128.shuffle<f32>(x23, x23, 0, 2, 1, 3);
      const u0 = f64x2.promote_low_f32x4(y01);
      const u1 = f64x2.promote_low_f32x4(y23);
      const w0 = highHalf(y01);
      const w1 = highHalf(y23);
      const m00 = v128.load(tile);
      const m01 = v128.load(tile, 16);
      const m10 = v128.load(tile, 32);
      const m11 = v128.load(tile, 48);
      p0 = f64x2.add(f64x2.promote_low_f32x4(m00), u0);
      p1 = f64x2.add(highHalf(m00), u1);
      q0 = f64x2.add(f64x2.promote_low_f32x4(m01), u0);
      q1 = f64x2.add(highHalf(m01), u1);
      r0 = f64x2.add(f64x2.promote_low_f32x4(m10), w0);
      r1 = f64x2.add(highHalf(m10), w1);
      s0 = f64x2.add(f64x2.promote_low_f32x4(m11), w0);
      s1 = f64x2.add(highHalf(m11), w1);
    } else {
      const x0 = v128.load(v0);
      const x1 = v128.load(v1);
      const x2 = v128.load(v2);
      const x3 = v128.load(v3);
      sum = f32x4.add(sum, f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)));
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      p0 = f64x2.promote_low_f32x4(low01);
      p1 = f64x2.promote_low_f32x4(low23);
      q0 = highHalf(low01);
      q1 = highHalf(low23);
      r0 = f64x2.promote_low_f32x4(high01);
      r1 = f64x2.promote_low_f32x4(high23);
      s0 = highHalf(high01);
      s1 = highHalf(high23);
    }
    p0 = f64x2.add(a0, p0);
    p1 = f64x2.add(a1, p1);
    q0 = f64x2.add(b0, q0);
    q1 = f64x2.add(b1, q1);
    r0 = f64x2.add(a0, r0);
    r1 = f64x2.add(a1, r1);
    s0 = f64x2.add(b0, s0);
    s1 = f64x2.add(b1, s1);
    v128.store(before, v128.and(one, better(q0, q1, p0, p1)));
    v128.store(before, v128.and(one, better(s0, s1, r0, r1)), 16);
    const active = i32x4.gt_s(lengths, i32x4.splat(t));
    const active0 = i64x2.extend_low_i32x4_s(active);
    const active1 = i64x2.extend_high_i32x4_s(active);
    a0 = v128.bitselect(f64x2.pmax(p0, q0), a0, active0);
    a1 = v128.bitselect(f64x2.pmax(p1, q1), a1, active1);
    b0 = v128.bitselect(f64x2.pmax(r0, s0), b0, active0);
    b1 = v128.bitselect(f64x2.pmax(r1, s1), b1, active1);
    const step: usize = factored ? 8 : 16;
    v0 += step;
    v1 += step;
    v2 += step;
    v3 += step;
  }
  v128.store(values, a0);
  v128.store(values, a1, 16);
  v128.store(values, b0, 32);
  v128.store(values, b1, 48);
  v128.store(search.check, sum);
}
