// What follows from a chain's best path: its value, its indicator, which is the gradient, and the sum of a
// direction along it.
import { sawFinite, sawNumbers, scan } from '../simd/lanes';
import { ChainCall, Flag, Mode } from './call';

export function finishValue(call: ChainCall, item: i32, value: f64): void {
  store<f32>(call.value + ((<usize>item) << 2), f32(value));
  store<i32>(call.flags + ((<usize>item) << 2), value == -Infinity ? Flag.NO_PATH : 0);
}

/**
 * Looks at what of an item was not read yet, and writes what follows from its path.
 * @param seen the moves of a linear chain, or positions of a factored one, whose sums are in `check`
 * @param marked whether the gradient of its own moves or states is written
 */
export function finishItem(
  call: ChainCall,
  item: i32,
  length: i32,
  seen: i32,
  marked: bool,
  check: usize,
): void {
  checkItem(call, item, seen, call.moves, call.unary, call.start, call.end, check);
  let good = sawNumbers(check);
  if (call.zMoves) {
    v128.store(check, f32x4.splat(0));
    checkItem(call, item, 0, call.zMoves, call.zUnary, call.zStart, call.zEnd, check);
    good = good && sawFinite(check);
    sumPath(call, item, length);
  }
  if (call.mode != Mode.VALUE) markPath(call, item, length, marked);
  const at = (<usize>item) << 2;
  if (!good) store<i32>(call.flags + at, load<i32>(call.flags + at) | Flag.NUMBER);
}

/** Adds an item's potentials, or directions, to the sums at `check`. */
function checkItem(
  call: ChainCall,
  item: i32,
  seen: i32,
  moves: usize,
  unary: usize,
  start: usize,
  end: usize,
  check: usize,
): void {
  const states = call.states;
  const size = states * states;
  const run = (<usize>(item * states)) << 2;
  if (call.factored) {
    const positions = call.time + 1;
    const rest = (<usize>(item * positions + seen)) << 2;
    scan(unary + rest * <usize>states, (positions - seen) * states, check);
    if (!seen) scan(moves + (call.factored == 2 ? run * <usize>states : 0), size, check);
  } else {
    const rest = (<usize>((item * call.time + seen) * size)) << 2;
    scan(moves + rest, (call.time - seen) * size, check);
  }
  if (start) scan(start + run, states, check);
  if (end) scan(end + run, states, check);
}

/** The path of an item. */
// @inline
function pathOf(call: ChainCall, item: i32): usize {
  return call.paths + ((<usize>(item * (call.time + 1))) << 2);
}

/** The sum of the direction along a path. */
function sumPath(call: ChainCall, item: i32, length: i32): void {
  const states = call.states;
  const size = states * states;
  const path = pathOf(call, item);
  let moves = call.zMoves;
  if (call.factored == 2) moves += (<usize>(item * size)) << 2;
  if (!call.factored) moves += (<usize>(item * call.time * size)) << 2;
  const step = call.factored ? 0 : (<usize>size) << 2;
  const first = load<i32>(path);
  let sum: f64 = 0;
  let state = first;
  for (let t = 1; t <= length; t++, moves += step) {
    const to = load<i32>(path + ((<usize>t) << 2));
    sum += <f64>load<f32>(moves + ((<usize>(to * states + state)) << 2));
    state = to;
  }
  if (call.zUnary) {
    let row = call.zUnary + ((<usize>(item * (call.time + 1) * states)) << 2);
    for (let t = 0; t <= length; t++, row += (<usize>states) << 2) {
      sum += <f64>load<f32>(row + ((<usize>load<i32>(path + ((<usize>t) << 2))) << 2));
    }
  }
  const own = <usize>(item * states);
  if (call.zStart) sum += <f64>load<f32>(call.zStart + ((own + first) << 2));
  if (call.zEnd) sum += <f64>load<f32>(call.zEnd + ((own + state) << 2));
  store<f32>(call.directional + ((<usize>item) << 2), f32(sum));
}

/** The gradient: 1 along the path, else 0. That of a shared transition is `countMoves`'. */
function markPath(call: ChainCall, item: i32, length: i32, marked: bool): void {
  const states = call.states;
  const path = pathOf(call, item);
  const size = states * states;
  if (call.factored) {
    if (!marked) {
      let row = call.gUnary + ((<usize>(item * (call.time + 1) * states)) << 2);
      memory.fill(row, 0, (<usize>((call.time + 1) * states)) << 2);
      for (let t = 0; t <= length; t++, row += (<usize>states) << 2) {
        store<f32>(row + ((<usize>load<i32>(path + ((<usize>t) << 2))) << 2), 1);
      }
    }
    if (call.factored == 2) {
      const own = call.gMoves + ((<usize>(item * size)) << 2);
      memory.fill(own, 0, (<usize>size) << 2);
      countPath(call, item, length, own);
      asFloats(own, size);
    }
  } else if (!marked) {
    let own = call.gMoves + ((<usize>(item * call.time * size)) << 2);
    memory.fill(own, 0, (<usize>(call.time * size)) << 2);
    let state = load<i32>(path);
    for (let t = 1; t <= length; t++, own += (<usize>size) << 2) {
      const to = load<i32>(path + ((<usize>t) << 2));
      store<f32>(own + ((<usize>(to * states + state)) << 2), 1);
      state = to;
    }
  }
  if (call.gStart) markState(call.gStart, item, states, load<i32>(path));
  if (call.gEnd) markState(call.gEnd, item, states, load<i32>(path + ((<usize>length) << 2)));
}

/** Adds to the integers at `counts`, [to, from], the moves of a path. */
function countPath(call: ChainCall, item: i32, length: i32, counts: usize): void {
  const states = call.states;
  const path = pathOf(call, item);
  if (states == 2) {
    countPairs(path, length, counts);
    return;
  }
  let state = load<i32>(path);
  for (let t = 1; t <= length; t++) {
    const to = load<i32>(path + ((<usize>t) << 2));
    const at = counts + ((<usize>(to * states + state)) << 2);
    store<i32>(at, load<i32>(at) + 1);
    state = to;
  }
}

/** The same of two states, from the sums of what moves leave, reach, and do both. */
function countPairs(path: usize, length: i32, counts: usize): void {
  let left = i32x4.splat(0);
  let stayed = left;
  let at = path;
  let t = 0;
  for (; t + 4 <= length; t += 4, at += 16) {
    const from = v128.load(at);
    left = i32x4.add(left, from);
    stayed = i32x4.add(stayed, v128.and(from, v128.load(at, 4)));
  }
  let ones = sumOf(left);
  let both = sumOf(stayed);
  for (; t < length; t++, at += 4) {
    const from = load<i32>(at);
    ones += from;
    both += from & load<i32>(at, 4);
  }
  const reached = ones - load<i32>(path) + load<i32>(at);
  store<i32>(counts, load<i32>(counts) + length - ones - reached + both);
  store<i32>(counts, load<i32>(counts, 4) + ones - both, 4);
  store<i32>(counts, load<i32>(counts, 8) + reached - both, 8);
  store<i32>(counts, load<i32>(counts, 12) + both, 12);
}

// @inline
function sumOf(x: v128): i32 {
  const two = i32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}

/** Integers in place as floats. */
function asFloats(at: usize, count: i32): void {
  for (let n = 0; n < count; n++, at += 4) store<f32>(at, <f32>load<i32>(at));
}

/** The gradient of a transition that the batch shares, from the paths that `chainHard` has found. */
export function countMoves(call: ChainCall): void {
  const size = call.states * call.states;
  memory.fill(call.gMoves, 0, (<usize>size) << 2);
  for (let n = 0; n < call.count; n++) {
    const item = load<i32>(call.order + ((<usize>n) << 2));
    countPath(call, item, load<i32>(call.lengths + ((<usize>item) << 2)), call.gMoves);
  }
  asFloats(call.gMoves, size);
}

function markState(gradient: usize, item: i32, states: i32, state: i32): void {
  const row = gradient + ((<usize>(item * states)) << 2);
  memory.fill(row, 0, (<usize>states) << 2);
  store<f32>(row + ((<usize>state) << 2), 1);
}
