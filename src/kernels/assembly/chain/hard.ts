import { scan } from '../simd/lanes';
import { ChainCall } from './call';
import { firstValue, movesAt, scoreAt, unaryAt, unaryRow } from './hard-inputs';
import { LANES, LaneSearch, layOutLanes, searchLanes } from './hard-lanes';
import {
  beginSearch,
  goBack,
  goOn,
  LEAST_STATES,
  sawNoNumber,
  Search,
  searchBytes,
  turnBack,
} from './hard-near';
import { finishItem, finishValue } from './hard-path';
import { marksPath, traceLanes } from './hard-trace';

/** The bytes before an item's values where float64 searches: its search. */
const WIDE: usize = 128;

/**
 * The best paths of some chains, linear or factored, and their scores: those of the recursion in
 * float64, with the sums of the definition in its order. A maximum is no smoothed one, and in float32
 * near ties would be decided by rounding. So chains of few states are searched in float64, and of more
 * in float32 where no choice on a path is near a tie. Ties go to the smallest previous state.
 */
export function chainHard(call: ChainCall, job: i32, workspace: usize): void {
  if (call.states < LEAST_STATES) {
    findLanes(call, job, workspace);
    return;
  }
  const a = openItem(call, 2 * job, workspace);
  if (2 * job + 1 == call.count) {
    findPath(call, a);
    finish(call, a);
    return;
  }
  const b = openItem(call, 2 * job + 1, workspace + itemBytes(call));
  findPaths(call, a, b);
  finish(call, a);
  finish(call, b);
}

/** The items of a job of `chainHard`. */
export function chainHardItems(states: i32): i32 {
  return states < LEAST_STATES ? LANES : 2;
}

/** The bytes of workspace that `chainHard` needs; `scratch` is the address of 128 bytes. */
export function chainHardWorkspace(call: ChainCall, scratch: usize): i32 {
  if (call.states >= LEAST_STATES) return i32(2 * itemBytes(call));
  return i32(layOutLanes(call, changetype<LaneSearch>(scratch), 0));
}

function itemBytes(call: ChainCall): usize {
  const wide = WIDE + <usize>(call.time + 1) * valueRow(call.states);
  return (max(wide, searchBytes(call)) + 63) & ~63;
}

/** Four chains of few states. */
function findLanes(call: ChainCall, job: i32, workspace: usize): void {
  const search = changetype<LaneSearch>(workspace);
  layOutLanes(call, search, workspace);
  searchLanes(call, search, job);
  traceLanes(call, search);
  const marked = marksPath(call);
  for (let lane = 0; lane < search.real; lane++) {
    const item = load<i32>(search.items + ((<usize>lane) << 2));
    const length = load<i32>(search.lengths + ((<usize>lane) << 2));
    finishValue(call, item, load<f64>(search.values + ((<usize>lane) << 3)));
    // What a lane has seen is in `check` for all of them.
    v128.store(search.itemCheck, v128.load(search.check));
    const seen = search.longest + i32(call.factored != 0);
    finishItem(call, item, length, seen, marked, search.itemCheck);
  }
}

function openItem(call: ChainCall, n: i32, workspace: usize): Search {
  const search = changetype<Search>(workspace);
  search.item = load<i32>(call.order + ((<usize>n) << 2));
  search.length = load<i32>(call.lengths + ((<usize>search.item) << 2));
  search.state = -1;
  search.check = f32x4.splat(0);
  return search;
}

function findPath(call: ChainCall, search: Search): void {
  beginSearch(call, search);
  for (let t = 0; t < search.length; t++) goOn(call, search, t);
  turnBack(call, search);
  for (let t = search.length - 1; t >= 0; t--) goBack(call, search);
}

/** Two at a time, as far as both go. */
function findPaths(call: ChainCall, a: Search, b: Search): void {
  beginSearch(call, a);
  beginSearch(call, b);
  const both = min(a.length, b.length);
  for (let t = 0; t < both; t++) {
    goOn(call, a, t);
    goOn(call, b, t);
  }
  for (let t = both; t < a.length; t++) goOn(call, a, t);
  for (let t = both; t < b.length; t++) goOn(call, b, t);
  turnBack(call, a);
  turnBack(call, b);
  for (let t = a.length - 1; t >= both; t--) goBack(call, a);
  for (let t = b.length - 1; t >= both; t--) goBack(call, b);
  for (let t = both - 1; t >= 0; t--) {
    goBack(call, a);
    goBack(call, b);
  }
}

/** The value of an item's path, which is looked for in float64 where it is not clear. */
function finish(call: ChainCall, search: Search): void {
  const item = search.item;
  const length = search.length;
  const check = changetype<usize>(search);
  if (search.state >= 0) {
    finishPath(call, item, length);
    if (!call.factored && sawNoNumber(search)) {
      scan(movesAt(call, item, 0), length * call.states * call.states, check);
    }
  } else {
    searchPath(call, item, length, check);
  }
  // The search has seen the moves of a linear chain.
  finishItem(call, item, length, call.factored ? 0 : length, false, check);
}

/** The value of a path that is known. */
function finishPath(call: ChainCall, item: i32, length: i32): void {
  const states = call.states;
  let path = call.paths + ((<usize>(item * (call.time + 1))) << 2);
  let state = load<i32>(path);
  let value = firstValue(call, item, state);
  let moves = movesAt(call, item, 0);
  const step = call.factored ? 0 : (<usize>(states * states)) << 2;
  for (let t = 0; t < length; t++, moves += step) {
    path += 4;
    const to = load<i32>(path);
    let score = <f64>load<f32>(moves + ((<usize>(to * states + state)) << 2));
    if (call.factored) score += unaryAt(call, item, t + 1, to);
    value += score;
    state = to;
  }
  value += scoreAt(call.end, item, states, state);
  finishValue(call, item, value);
}

/** The recursion in float64, and the path back. */
function searchPath(call: ChainCall, item: i32, length: i32, workspace: usize): void {
  const row = valueRow(call.states);
  const values = workspace + WIDE;
  firstValues(call, item, values);
  for (let t = 0; t < length; t++) {
    move(call, item, t, values + <usize>t * row, values + <usize>(t + 1) * row, workspace);
  }
  trace(call, item, length, values);
}

/** The bytes of a position's values: doubles, in whole vectors of floats. */
// @inline
function valueRow(states: i32): usize {
  return (<usize>((states + 3) & ~3)) << 3;
}

function firstValues(call: ChainCall, item: i32, values: usize): void {
  for (let state = 0; state < call.states; state++) {
    store<f64>(values + ((<usize>state) << 3), firstValue(call, item, state));
  }
  pad(values, call.states);
}

/** Whole vectors are read: what is past the last state is never the largest. */
function pad(values: usize, states: i32): void {
  for (let state = states; state & 3; state++) {
    store<f64>(values + ((<usize>state) << 3), -Infinity);
  }
}

function move(call: ChainCall, item: i32, t: i32, values: usize, next: usize, check: usize): void {
  const scores = movesAt(call, item, t);
  const unary = call.factored ? unaryRow(call, item, t + 1) : 0;
  if (unary) moveRows(true, scores, unary, call.states, values, next, check);
  else moveRows(false, scores, 0, call.states, values, next, check);
  pad(next, call.states);
}

/** next[to] = the largest of values[from] + (scores[to][from] + unary[to]). */
// @inline
function moveRows(
  factored: bool,
  scores: usize,
  unary: usize,
  states: i32,
  values: usize,
  next: usize,
  check: usize,
): void {
  const size = (<usize>states) << 2;
  let sum = v128.load(check);
  for (let to = 0; to < states; to++, scores += size, next += 8) {
    let u = f64x2.splat(0);
    if (factored) u = f64x2.splat(<f64>load<f32>(unary + ((<usize>to) << 2)));
    let top = f64x2.splat(-Infinity);
    let top2 = top;
    let value = values;
    for (let at: usize = 0; at < size; at += 16, value += 32) {
      const x = v128.load(scores + at);
      if (!factored) sum = f32x4.add(sum, x);
      let low = f64x2.promote_low_f32x4(x);
      let high = f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
      if (factored) {
        low = f64x2.add(low, u);
        high = f64x2.add(high, u);
      }
      top = f64x2.pmax(top, f64x2.add(v128.load(value), low));
      top2 = f64x2.pmax(top2, f64x2.add(v128.load(value, 16), high));
    }
    top = f64x2.pmax(top, top2);
    store<f64>(next, max(f64x2.extract_lane(top, 0), f64x2.extract_lane(top, 1)));
  }
  v128.store(check, sum);
}

/** The value, and the best path from its last state back. */
function trace(call: ChainCall, item: i32, length: i32, values: usize): void {
  const states = call.states;
  const row = valueRow(states);
  const path = call.paths + ((<usize>(item * (call.time + 1))) << 2);
  let state = 0;
  let best: f64 = -Infinity;
  let from = values + <usize>length * row;
  for (let last = 0; last < states; last++) {
    const value = load<f64>(from + ((<usize>last) << 3)) + scoreAt(call.end, item, states, last);
    if (value > best) {
      best = value;
      state = last;
    }
  }
  finishValue(call, item, best);
  store<i32>(path + ((<usize>length) << 2), state);
  for (let t = length - 1; t >= 0; t--) {
    const value = load<f64>(from + ((<usize>state) << 3));
    from -= row;
    const scores = movesAt(call, item, t) + ((<usize>(state * states)) << 2);
    const unary: f64 = call.factored ? unaryAt(call, item, t + 1, state) : 0;
    state = 0;
    for (let before = 0; before < states; before++) {
      let score = <f64>load<f32>(scores + ((<usize>before) << 2));
      if (call.factored) score += unary;
      if (load<f64>(from + ((<usize>before) << 3)) + score == value) {
        state = before;
        break;
      }
    }
    store<i32>(path + ((<usize>t) << 2), state);
  }
}
