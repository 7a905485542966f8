import { ChainCall } from './chain-call';
import { movesAt, unaryRow } from './chain-hard-inputs';
import { allowedOrZero } from './lanes';

/** Half the distance of neighbouring floats at 1, and the distance of doubles. */
const ROUNDING: f64 = 5.9604644775390625e-8;
const ROUNDING64: f64 = 2.220446049250313e-16;
/** States below which a row is no whole vector. */
export const LEAST_STATES = 4;

/** The bytes from position to position. */
// @ts-ignore: decorator
@inline function rowBytes(states: i32): usize {
  return <usize>((states + 3) & ~3) << 2;
}

/** The bytes of workspace that `findPath` needs behind the first 32. */
export function findPathWorkspace(call: ChainCall): usize {
  return 32 * <usize>(call.time + 1) + <usize>(call.time + 2) * rowBytes(call.states);
}

/**
 * Looks for the best path in float32, with a bound of what rounding may have added up to. Writes
 * the path, and returns true, only where every choice on it is clear: its best candidate leads by
 * more than the values' errors, so that the recursion in float64 makes the same choices. The values
 * are kept small, and with them their errors, by taking off the largest of the position before.
 *
 * @param workspace its second vector gathers 0 · x of the moves x of a linear chain: `sawNoNumber`
 */
export function findPath(call: ChainCall, item: i32, length: i32, workspace: usize): bool {
  const states = call.states;
  const row = rowBytes(states);
  const positions = <usize>call.time + 1;
  const magnitudes = workspace + 32;
  const errors = magnitudes + (positions << 4);
  const zeros = errors + (positions << 4);
  let values = zeros + row;
  memory.fill(zeros, 0, row);
  const own = <usize>(item * states) << 2;
  memory.copy(values, call.start ? call.start + own : zeros, <usize>states << 2);
  for (let state = states; state & 3; state++) {
    store<f32>(values + (<usize>state << 2), -Infinity);
  }
  let shift = f32x4.splat(0);
  shift = settle(values, row, call.factored ? unaryRow(call, item, 0) : zeros, shift, magnitudes);
  for (let t = 0; t < length; t++) {
    const next = values + row;
    const magnitude = magnitudes + (<usize>(t + 1) << 4);
    // Whole vectors are read: what is past the last state is never the largest.
    v128.store(next + row - 16, f32x4.splat(-Infinity));
    const scores = movesAt(call, item, t);
    if (call.factored) {
      rows(false, scores, states, values, next, workspace);
      shift = settle(next, row, unaryRow(call, item, t + 1), shift, magnitude);
    } else {
      rows(true, scores, states, values, next, workspace);
      shift = settle(next, row, zeros, shift, magnitude);
    }
    values = next;
  }
  const taken = addErrors(magnitudes, length + 1, call.factored != 0, errors);

  const path = call.paths + (<usize>(item * (call.time + 1)) << 2);
  let error = errors + (<usize>length << 3);
  let state = clearBest(values, call.end ? call.end + own : zeros, row, load<f64>(error), taken);
  if (state < 0) return false;
  store<i32>(path + (<usize>length << 2), state);
  for (let t = length - 1; t >= 0; t--) {
    values -= row;
    const scores = movesAt(call, item, t) + (<usize>(state * states) << 2);
    state = clearBest(values, scores, row, load<f64>(error), taken);
    if (state < 0) return false;
    store<i32>(path + (<usize>t << 2), state);
    error -= 8;
  }
  return true;
}

/**
 * Whether there may have been a move that is no number: 0 · x is ±0 but for infinities, of which
 * -Infinity is allowed, and NaN. Sums would tell them apart, but additions are what the search waits
 * for.
 */
export function sawNoNumber(workspace: usize): bool {
  return v128.any_true(v128.and(v128.load(workspace, 16), i32x4.splat(0x7fffffff)));
}

/** next[to] = the largest of values[from] + scores[to][from], four rows at a time. */
// @ts-ignore: decorator
@inline function rows(
  checked: bool,
  scores: usize,
  states: i32,
  values: usize,
  next: usize,
  check: usize,
): void {
  const down = <usize>states << 2;
  const end = values + rowBytes(states);
  const zero = f32x4.splat(0);
  let odd0 = v128.load(check, 16);
  let odd1 = zero;
  for (let to = 0; to < states; to += 4) {
    // Rows that would stick out overlap their neighbours: they are computed again, the same.
    const first = min(to, states - 4);
    let a0 = scores + <usize>first * down;
    let a1 = a0 + down;
    let a2 = a1 + down;
    let a3 = a2 + down;
    let top0 = f32x4.splat(-Infinity);
    let top1 = top0;
    let top2 = top0;
    let top3 = top0;
    for (let at = values; at < end; at += 16) {
      const value = v128.load(at);
      const x0 = v128.load(a0);
      const x1 = v128.load(a1);
      const x2 = v128.load(a2);
      const x3 = v128.load(a3);
      if (checked) {
        odd0 = v128.or(odd0, v128.or(f32x4.mul(x0, zero), f32x4.mul(x1, zero)));
        odd1 = v128.or(odd1, v128.or(f32x4.mul(x2, zero), f32x4.mul(x3, zero)));
      }
      top0 = f32x4.pmax(top0, f32x4.add(value, x0));
      top1 = f32x4.pmax(top1, f32x4.add(value, x1));
      top2 = f32x4.pmax(top2, f32x4.add(value, x2));
      top3 = f32x4.pmax(top3, f32x4.add(value, x3));
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    const top01 = f32x4.pmax(
      v128.shuffle<f32>(top0, top1, 0, 4, 1, 5),
      v128.shuffle<f32>(top0, top1, 2, 6, 3, 7),
    );
    const top23 = f32x4.pmax(
      v128.shuffle<f32>(top2, top3, 0, 4, 1, 5),
      v128.shuffle<f32>(top2, top3, 2, 6, 3, 7),
    );
    const top = f32x4.pmax(
      v128.shuffle<f64>(top01, top23, 0, 2),
      v128.shuffle<f64>(top01, top23, 1, 3),
    );
    v128.store(next + (<usize>first << 2), top);
  }
  if (checked) v128.store(check, v128.or(odd0, odd1), 16);
}

/** The largest lane, in every lane. */
// @ts-ignore: decorator
@inline function largestLane(x: v128): v128 {
  const a = f32x4.pmax(x, v128.shuffle<f64>(x, x, 1, 0));
  return f32x4.pmax(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2));
}

// @ts-ignore: decorator
@inline function finiteSize(x: v128): v128 {
  const size = f32x4.abs(x);
  return v128.and(size, f32x4.lt(size, f32x4.splat(Infinity)));
}

/**
 * Adds a position's own scores to its values and takes `shift` off; writes the largest magnitudes of
 * what is finite, and returns the largest value, the next shift.
 */
// @ts-ignore: decorator
@inline function settle(values: usize, row: usize, own: usize, shift: v128, magnitudes: usize): v128 {
  let top = f32x4.splat(-Infinity);
  let size = f32x4.splat(0);
  for (let at: usize = 0; at < row; at += 16) {
    const score = v128.load(own + at);
    const value = f32x4.sub(f32x4.add(v128.load(values + at), score), shift);
    v128.store(values + at, value);
    top = f32x4.pmax(top, value);
    size = f32x4.pmax(size, f32x4.pmax(finiteSize(value), finiteSize(score)));
  }
  v128.store(magnitudes, size);
  return allowedOrZero(largestLane(top));
}

/**
 * How far the values at each position may be from the definition's, less a common constant. A value
 * of magnitude m is a former one plus a move's score plus its own score less a shift, each rounded;
 * no sum of them is larger than m, its own score and the shift, which is a value at the position
 * before, together. (Only a state's best candidate counts: one far below it is not chosen by
 * rounding.) The definition's own rounding is that of sums as large as all that was taken off, at
 * most the sum of the magnitudes, which is returned.
 */
function addErrors(magnitudes: usize, positions: i32, own: bool, errors: usize): f64 {
  let before: f64 = 0;
  let taken: f64 = 0;
  let error: f64 = 0;
  for (let t = 0; t < positions; t++, magnitudes += 16, errors += 8) {
    const size = <f64>f32x4.extract_lane(largestLane(v128.load(magnitudes)), 0);
    taken += size;
    const sum = size + before + (own ? size : 0);
    error += 4.1 * ROUNDING * sum + 4 * ROUNDING64 * (taken + sum);
    before = size;
    store<f64>(errors, error);
  }
  return taken;
}

/** The state whose value + score is the largest by more than errors; -1 where there is none. */
function clearBest(values: usize, scores: usize, row: usize, error: f64, taken: f64): i32 {
  let tops = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < row; at += 16) {
    tops = f32x4.pmax(tops, f32x4.add(v128.load(values + at), v128.load(scores + at)));
  }
  const top = f32x4.extract_lane(largestLane(tops), 0);
  const size = abs(<f64>top);
  const margin = 3 * (error + 4 * ROUNDING * size + 4 * ROUNDING64 * (taken + size));
  const threshold = f32x4.splat(top - f32(margin));
  let best = 0;
  let count = 0;
  for (let at: usize = 0; at < row; at += 16) {
    const sum = f32x4.add(v128.load(values + at), v128.load(scores + at));
    const near = i32x4.bitmask(f32x4.gt(sum, threshold));
    // Without a branch: where the best is cannot be predicted.
    best = select<i32>(i32(at >> 2) + ctz(near), best, near != 0);
    count += popcnt(near);
  }
  return count == 1 ? best : -1;
}
