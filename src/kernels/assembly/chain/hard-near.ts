// The best path of a chain in float32, with a bound of what rounding may have added up to: taken only
// where every choice on it is clear, so that the recursion in float64 would make the same choices.
//
// A search is an object of small steps, so that a kernel may take them for several items in turn: a
// step waits for the one before, and meanwhile the processor works on those of another item.
import { ChainCall } from './call';
import { movesAt, unaryRow } from './hard-inputs';
import { allowedOrZero } from '../simd/lanes';

/** Half the distance of neighbouring floats at 1, and the distance of doubles. */
const ROUNDING: f64 = 5.9604644775390625e-8;
const ROUNDING64: f64 = 2.220446049250313e-16;
/** Two candidates may each be off, and a little for the rounding of the bound itself. */
const SAFETY: f32 = 3.001;
/** States below which a row is no whole vector. */
export const LEAST_STATES = 4;
/** More than there are states that a kernel's memory has room for; a sum of as many overflows. */
const ONE: i32 = 1 << 16;
/** The bytes of a search itself, with what its addresses lead to behind it. */
const SEARCH_BYTES: usize = 112;

/** A search and where its arrays are. */
@unmanaged
export class Search {
  /** Sums of what was read: below +Infinity unless there was a NaN or +Infinity. */
  check: v128;
  /** ±0 unless a product of moves is no finite number: see `sawNoNumber`. */
  odd: v128;
  /** The largest value at the position before, in every lane: taken off at the next. */
  shift: v128;
  /** The sum of all positions' largest magnitudes. */
  taken: f64;
  item: i32;
  length: i32;
  /** The state of the path at the position that was reached on the way back; -1: unclear. */
  state: i32;
  /** The scores of the move at the position, and the bytes from one to the next. */
  moves: usize;
  step: usize;
  /**
   * The values of the states at the position, in whole vectors, `row` bytes; behind them the largest
   * sums that they were made of; behind those the next position's.
   */
  values: usize;
  row: usize;
  /** The position's vector of largest magnitudes; on the way back a double, its error. */
  bounds: usize;
  /** Where the state at the position goes. */
  path: usize;
}

/** The bytes from position to position. */
// @inline
function rowBytes(states: i32): usize {
  return (<usize>((states + 3) & ~3)) << 2;
}

/** The bytes of workspace of a search. */
export function searchBytes(call: ChainCall): usize {
  const row = rowBytes(call.states);
  // A row more than there are positions: zeros where the last states have no scores.
  return SEARCH_BYTES + <usize>(call.time + 1) * (16 + 2 * row) + row;
}

/** Sets up the values of an item's first position. */
export function beginSearch(call: ChainCall, search: Search): void {
  const states = call.states;
  const row = rowBytes(states);
  const item = search.item;
  const positions = <usize>call.time + 1;
  search.odd = f32x4.splat(0);
  search.moves = movesAt(call, item, 0);
  search.step = call.factored ? 0 : (<usize>(states * states)) << 2;
  search.row = row;
  search.bounds = changetype<usize>(search) + SEARCH_BYTES;
  search.values = search.bounds + (positions << 4);
  search.path = call.paths + ((<usize>item * positions) << 2);
  const own = (<usize>(item * states)) << 2;
  let top = f32x4.splat(-Infinity);
  let size = f32x4.splat(0);
  for (let at: usize = 0; at < row; at += 16) {
    let value = call.start ? v128.load(call.start + own + at) : f32x4.splat(0);
    if (call.factored) {
      const score = v128.load(unaryRow(call, item, 0) + at);
      value = f32x4.add(value, score);
      size = f32x4.pmax(size, finiteSize(score));
    }
    value = padded(value, states, i32(at >> 2));
    v128.store(search.values + at, value);
    top = f32x4.pmax(top, value);
    size = f32x4.pmax(size, finiteSize(value));
  }
  search.shift = allowedOrZero(largestLane(top));
  v128.store(search.bounds, size);
}

/** All ones, then zeros. */
// @lazy
const ONES: usize = memory.data<i32>([-1, -1, -1, -1, 0, 0, 0, 0], 16);

/** Whole vectors are read: what is past the last state is never the largest. */
// @inline
function padded(value: v128, states: i32, first: i32): v128 {
  if (first + 4 <= states) return value;
  const real = v128.load(ONES + ((<usize>(4 - (states - first))) << 2));
  return v128.bitselect(value, f32x4.splat(-Infinity), real);
}

/** Goes on from position t. Values are kept small, and with them their errors, by the shift. */
export function goOn(call: ChainCall, search: Search, t: i32): void {
  const states = call.states;
  if (call.factored) move(true, states, unaryRow(call, search.item, t + 1), search);
  else move(false, states, 0, search);
}

/**
 * The values at the next position: the largest of values[from] + scores[to][from], four rows at a
 * time, plus the states' own scores, less the shift. Writes the largest magnitudes of what is finite.
 */
// @inline
function move(factored: bool, states: i32, own: usize, search: Search): void {
  const down = (<usize>states) << 2;
  const row = search.row;
  const values = search.values;
  const nextValues = values + 2 * row;
  const vectors = i32(row >> 4);
  const shift = search.shift;
  let scores = search.moves;
  let next = nextValues;
  let odd = search.odd;
  let highest = f32x4.splat(-Infinity);
  let lowest = f32x4.splat(0);
  let size = f32x4.splat(0);
  for (let to = 0; to < states; to += 4, scores += 4 * down, next += 16) {
    let a0 = scores;
    let a1 = a0 + down;
    let a2 = a1 + down;
    let a3 = a2 + down;
    if (to + 4 > states) {
      // Rows past the last repeat another; `padded` takes them away.
      if (to + 3 > states) a2 = a0;
      if (to + 2 > states) a1 = a0;
      a3 = a0;
    }
    let top0 = f32x4.splat(-Infinity);
    let top1 = top0;
    let top2 = top0;
    let top3 = top0;
    let value: v128;
    let x0: v128;
    let x1: v128;
    let x2: v128;
    let x3: v128;
    let at = values;
    let left = vectors;
    // Four vectors a round, each of which may be the last: between two exits the compiler of
    // WebAssembly orders the code as it likes, all loads first, and has too few registers for them.
    while (left > 0) {
      // @unroll
      for (let round = 0; round < 4; round++) {
        value = v128.load(at, 16 * round);
        x0 = v128.load(a0, 16 * round);
        x1 = v128.load(a1, 16 * round);
        x2 = v128.load(a2, 16 * round);
        x3 = v128.load(a3, 16 * round);
        if (!factored) odd = v128.or(odd, oddOf(x0, x1, x2, x3));
        top0 = f32x4.pmax(top0, f32x4.add(value, x0));
        top1 = f32x4.pmax(top1, f32x4.add(value, x1));
        top2 = f32x4.pmax(top2, f32x4.add(value, x2));
        top3 = f32x4.pmax(top3, f32x4.add(value, x3));
        if (round < 3 && left == round + 1) break;
      }
      left -= 4;
      at += 64;
      a0 += 64;
      a1 += 64;
      a2 += 64;
      a3 += 64;
    }
    const top01 = f32x4.pmax(
      v128.shuffle<f32>(top0, top1, 0, 4, 1, 5),
      v128.shuffle<f32>(top0, top1, 2, 6, 3, 7),
    );
    const top23 = f32x4.pmax(
      v128.shuffle<f32>(top2, top3, 0, 4, 1, 5),
      v128.shuffle<f32>(top2, top3, 2, 6, 3, 7),
    );
    value = f32x4.pmax(
      v128.shuffle<f64>(top01, top23, 0, 2),
      v128.shuffle<f64>(top01, top23, 1, 3),
    );
    v128.store(next + row, value);
    if (factored) {
      const score = v128.load(own + ((<usize>to) << 2));
      size = f32x4.pmax(size, finiteSize(score));
      value = f32x4.add(value, score);
    }
    value = f32x4.sub(value, shift);
    highest = f32x4.pmax(highest, value);
    lowest = f32x4.pmin(lowest, value);
    v128.store(next, padded(value, states, to));
  }
  const all = f32x4.pmax(highest, f32x4.neg(lowest));
  if (v128.all_true<i32>(f32x4.lt(all, f32x4.splat(Infinity)))) size = f32x4.pmax(size, all);
  else size = finiteSizes(nextValues, row, size);
  search.odd = odd;
  search.values = nextValues;
  search.moves += search.step;
  search.shift = allowedOrZero(largestLane(highest));
  search.bounds += 16;
  v128.store(search.bounds, size);
}

/** ±0 where the product of four moves is a finite number. */
// @inline
function oddOf(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  return f32x4.mul(f32x4.mul(f32x4.mul(x0, x1), f32x4.mul(x2, x3)), f32x4.splat(0));
}

/**
 * Whether there may have been a move of a linear chain that is no number: 0 · x is ±0 but for
 * infinities, of which -Infinity is allowed, and NaN. Products are what the processor has time for
 * here: it adds and compares in the same two places, and those are busy.
 */
export function sawNoNumber(search: Search): bool {
  return v128.any_true(v128.and(search.odd, i32x4.splat(0x7fffffff)));
}

/** The largest lane, in every lane. */
// @inline
function largestLane(x: v128): v128 {
  const a = f32x4.pmax(x, v128.shuffle<f64>(x, x, 1, 0));
  return f32x4.pmax(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2));
}

// @inline
function finiteSize(x: v128): v128 {
  const size = f32x4.abs(x);
  return v128.and(size, f32x4.lt(size, f32x4.splat(Infinity)));
}

/** The largest magnitudes of what is finite of a row of values, or of `size`. */
function finiteSizes(values: usize, row: usize, size: v128): v128 {
  for (const end = values + row; values < end; values += 16) {
    size = f32x4.pmax(size, finiteSize(v128.load(values)));
  }
  return size;
}

/** Chooses the last state; `search.state` is -1 where that is not clear. */
export function turnBack(call: ChainCall, search: Search): void {
  search.path += (<usize>search.length) << 2;
  addErrors(search, call.factored != 0);
  const values = search.values;
  const row = search.row;
  let end = values + 2 * row;
  if (call.end) end = call.end + ((<usize>(search.item * call.states)) << 2);
  else memory.fill(end, 0, row);
  let top = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < row; at += 16) {
    top = f32x4.pmax(top, f32x4.add(v128.load(values + at), v128.load(end + at)));
  }
  choose(largestLane(top), end, search);
}

/** Chooses the state at the position before, from that which was chosen last. */
export function goBack(call: ChainCall, search: Search): void {
  const state = search.state;
  if (state < 0) return;
  const row = search.row;
  const top = v128.load32_splat(search.values + row + ((<usize>state) << 2));
  search.moves -= search.step;
  search.values -= 2 * row;
  choose(top, search.moves + ((<usize>(state * call.states)) << 2), search);
}

/**
 * How far the values at a position may be from the definition's, less a common constant. A value of
 * magnitude m is a former one plus a move's score plus its own score less a shift, each rounded; no
 * sum of them is larger than m, its own score and the shift, which is a value at the position before,
 * together. (Only a state's best candidate counts: one far below it is not chosen by rounding.) The
 * definition's own rounding is that of sums as large as all that was taken off, at most the sum of
 * the magnitudes.
 */
function addErrors(search: Search, own: bool): void {
  const end = search.bounds;
  let before: f64 = 0;
  let taken: f64 = 0;
  let error: f64 = 0;
  for (let at = end - ((<usize>search.length) << 4); at <= end; at += 16) {
    const size = <f64>f32x4.extract_lane(largestLane(v128.load(at)), 0);
    taken += size;
    const sum = size + before + (own ? size : 0);
    error += 4.1 * ROUNDING * sum + 4 * ROUNDING64 * (taken + sum);
    before = size;
    store<f64>(at, error);
  }
  search.taken = taken;
}

/** The state whose value + score is `top`, the largest, if it leads by more than errors. */
// @inline
function choose(top: v128, scores: usize, search: Search): void {
  const values = search.values;
  const row = search.row;
  const error = load<f64>(search.bounds) + 4 * ROUNDING64 * search.taken;
  const relative = f32x4.mul(f32x4.abs(top), f32x4.splat(SAFETY * 4 * f32(ROUNDING + ROUNDING64)));
  const threshold = f32x4.sub(top, f32x4.add(f32x4.splat(SAFETY * f32(error)), relative));
  // Which states are near it, and how many, in one sum.
  let states = i32x4.add(v128.load(LANES), i32x4.splat(ONE));
  let sum = i32x4.splat(0);
  for (let at: usize = 0; at < row; at += 16) {
    const candidates = f32x4.add(v128.load(values + at), v128.load(scores + at));
    sum = i32x4.add(sum, v128.and(states, f32x4.gt(candidates, threshold)));
    states = i32x4.add(states, i32x4.splat(4));
  }
  sum = i32x4.add(sum, v128.shuffle<f64>(sum, sum, 1, 0));
  const found = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1);
  const state = (found & -ONE) == ONE ? found - ONE : -1;
  search.state = state;
  store<i32>(search.path, state);
  search.path -= 4;
  search.bounds -= 16;
}

// @lazy
const LANES: usize = memory.data<i32>([0, 1, 2, 3], 16);
