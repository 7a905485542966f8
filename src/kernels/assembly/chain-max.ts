// The smoothed max of one row of a recursion, four items at once: a lane is an item, so that every
// sum and every largest is vertical. x(from) = score(from) − shift + value(from).
import { expBelow, logNormal } from './elementary';

/** Stands in for -Infinity where a difference of infinities would be NaN. */
const FAR: f32 = -3e38;

/**
 * Log-sum-exp: writes exp((x − largest) / γ) to `out`, and 1 / their sum to `inverse` (0 where all
 * is forbidden). Returns the max, without the shift.
 */
export function negentropyRow(
  scores: usize,
  shift: v128,
  values: usize,
  states: i32,
  gamma: f32,
  out: usize,
  inverse: usize,
): v128 {
  const size = <usize>states << 4;
  let top = largest(scores, shift, values, size, out);
  const scale = f32x4.splat(1 / gamma);
  top = f32x4.pmax(top, f32x4.splat(FAR));
  const zero = f32x4.splat(0);
  let sum = zero;
  let sum2 = zero;
  let at: usize = 0;
  for (; at + 16 < size; at += 32) {
    const e = expBelow(f32x4.mul(f32x4.sub(v128.load(out + at), top), scale));
    const f = expBelow(f32x4.mul(f32x4.sub(v128.load(out + at, 16), top), scale));
    v128.store(out + at, e);
    v128.store(out + at, f, 16);
    sum = f32x4.add(sum, e);
    sum2 = f32x4.add(sum2, f);
  }
  if (at < size) {
    const e = expBelow(f32x4.mul(f32x4.sub(v128.load(out + at), top), scale));
    v128.store(out + at, e);
    sum = f32x4.add(sum, e);
  }
  sum = f32x4.add(sum, sum2);
  const alive = f32x4.gt(sum, zero);
  v128.store(inverse, v128.and(f32x4.div(f32x4.splat(1), sum), alive));
  const value = f32x4.add(top, f32x4.mul(f32x4.splat(gamma), logNormal(sum)));
  return v128.bitselect(value, f32x4.splat(-Infinity), alive);
}

/**
 * The projection on the simplex, written to `out` (Michelot 1986: the threshold of what is above it,
 * until nothing drops out). `inverse` is 1, or 0 where all is forbidden.
 */
export function l2Row(
  scores: usize,
  shift: v128,
  values: usize,
  states: i32,
  gamma: f32,
  out: usize,
  inverse: usize,
): v128 {
  const size = <usize>states << 4;
  const top = largest(scores, shift, values, size, out);
  const alive = f32x4.gt(top, f32x4.splat(-Infinity));
  const base = f32x4.pmax(top, f32x4.splat(FAR));
  const scale = f32x4.splat(1 / gamma);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  let total = zero;
  let count = zero;
  const low = f32x4.splat(-1);
  // Scores are scaled, the largest 0: only what is above −1 can be in the support.
  for (let at: usize = 0; at < size; at += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(out + at), base), scale);
    v128.store(out + at, x);
    const above = f32x4.gt(x, low);
    total = f32x4.add(total, v128.and(x, above));
    count = f32x4.add(count, v128.and(one, above));
  }
  let threshold = f32x4.div(f32x4.sub(total, one), count);
  for (;;) {
    const before = count;
    total = zero;
    count = zero;
    for (let at: usize = 0; at < size; at += 16) {
      const x = v128.load(out + at);
      const above = f32x4.gt(x, threshold);
      total = f32x4.add(total, v128.and(x, above));
      count = f32x4.add(count, v128.and(one, above));
    }
    // A lane that is done computes the same threshold again.
    if (!v128.any_true(v128.and(f32x4.lt(count, before), alive))) break;
    threshold = f32x4.div(f32x4.sub(total, one), count);
  }
  let value = zero;
  const half = f32x4.splat(0.5);
  for (let at: usize = 0; at < size; at += 16) {
    const x = v128.load(out + at);
    const p = v128.and(f32x4.pmax(zero, f32x4.sub(x, threshold)), f32x4.gt(x, threshold));
    v128.store(out + at, v128.and(p, alive));
    // p·x − p²/2; where p is 0, x may be infinite.
    const share = f32x4.mul(p, f32x4.sub(x, f32x4.mul(half, p)));
    value = f32x4.add(value, v128.and(share, f32x4.gt(p, zero)));
  }
  v128.store(inverse, v128.and(one, alive));
  const max = f32x4.add(base, f32x4.mul(f32x4.splat(gamma), value));
  return v128.bitselect(max, f32x4.splat(-Infinity), alive);
}

/** Writes x to `out` and returns the largest of each lane. */
// @ts-ignore: decorator
@inline function largest(scores: usize, shift: v128, values: usize, size: usize, out: usize): v128 {
  let top = f32x4.splat(-Infinity);
  let top2 = top;
  let at: usize = 0;
  for (; at + 16 < size; at += 32) {
    const x = f32x4.add(f32x4.sub(v128.load(scores + at), shift), v128.load(values + at));
    const y = f32x4.add(f32x4.sub(v128.load(scores + at, 16), shift), v128.load(values + at, 16));
    v128.store(out + at, x);
    v128.store(out + at, y, 16);
    top = f32x4.pmax(top, x);
    top2 = f32x4.pmax(top2, y);
  }
  if (at < size) {
    const x = f32x4.add(f32x4.sub(v128.load(scores + at), shift), v128.load(values + at));
    v128.store(out + at, x);
    top = f32x4.pmax(top, x);
  }
  return f32x4.pmax(top, top2);
}

/**
 * Writes ẋ(from) = direction(from) + slope(from) to `out` and returns the slope of the row, Σ q·ẋ.
 * `mean` receives what the derivative of q is centred on: the same for negentropy, the mean over the
 * support for l2.
 */
export function slopeRow(
  omega: i32,
  directions: usize,
  slopes: usize,
  q: usize,
  inverse: usize,
  states: i32,
  out: usize,
  mean: usize,
): v128 {
  const size = <usize>states << 4;
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  let slope = zero;
  let total = zero;
  let count = zero;
  for (let at: usize = 0; at < size; at += 16) {
    const x = f32x4.add(v128.load(directions + at), v128.load(slopes + at));
    v128.store(out + at, x);
    const share = v128.load(q + at);
    slope = f32x4.add(slope, f32x4.mul(share, x));
    if (omega == 1) {
      const support = f32x4.gt(share, zero);
      total = f32x4.add(total, v128.and(x, support));
      count = f32x4.add(count, v128.and(one, support));
    }
  }
  slope = f32x4.mul(slope, v128.load(inverse));
  v128.store(mean, omega == 1 ? f32x4.div(total, f32x4.pmax(count, one)) : slope);
  return slope;
}
