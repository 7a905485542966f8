// The smoothed max of one row of a recursion, four items at once: a lane is an item, so that every
// sum and every largest is vertical. Everything is in units in which γ is gone, with
// x(from) = (score(from) − shift)·scale + value(from): negentropy is log₂ Σ 2^x with scale log₂e / γ,
// l2 has scale 1 / γ. No score is above the shift and no value above 0, and so no x is above 0.
import { log2Normal, power2Below, powersOfFour } from '../simd/binary';

/** Stands in for -Infinity where a difference of infinities would be NaN. */
const FAR: f32 = -3e38;
/** A sum of powers above this has lost nothing that matters to underflow. */
const ENOUGH: f32 = 1e-25;

/**
 * The row of a log-sum-exp: writes 2^x to `out`, or 2^(x − largest) where all are small. Returns their
 * sum, and writes to `top` what was taken off; `closeRows` makes the max of them.
 */
export function negentropyRow(
  scores: usize,
  shift: v128,
  scale: v128,
  values: usize,
  states: i32,
  out: usize,
  top: usize,
): v128 {
  const size = <usize>states << 4;
  let sum = f32x4.splat(0);
  let sum2 = sum;
  let at: usize = 0;
  for (; at + 48 < size; at += 64) {
    const x0 = term(scores + at, shift, scale, values + at);
    const x1 = term(scores + at + 16, shift, scale, values + at + 16);
    const x2 = term(scores + at + 32, shift, scale, values + at + 32);
    const x3 = term(scores + at + 48, shift, scale, values + at + 48);
    sum = f32x4.add(sum, powersOfFour(x0, x1, x2, x3, out + at));
  }
  for (; at + 16 < size; at += 32) {
    const e = power2Below(term(scores + at, shift, scale, values + at));
    const f = power2Below(term(scores + at + 16, shift, scale, values + at + 16));
    v128.store(out + at, e);
    v128.store(out + at, f, 16);
    sum = f32x4.add(sum, e);
    sum2 = f32x4.add(sum2, f);
  }
  if (at < size) {
    const e = power2Below(term(scores + at, shift, scale, values + at));
    v128.store(out + at, e);
    sum = f32x4.add(sum, e);
  }
  sum = f32x4.add(sum, sum2);
  if (!v128.all_true<i32>(f32x4.gt(sum, f32x4.splat(ENOUGH)))) {
    return smallRow(scores, shift, scale, values, states, out, top);
  }
  v128.store(top, f32x4.splat(0));
  return sum;
}

/** The same, from the largest. */
function smallRow(
  scores: usize,
  shift: v128,
  scale: v128,
  values: usize,
  states: i32,
  out: usize,
  top: usize,
): v128 {
  const size = <usize>states << 4;
  const read = largest(scores, shift, scale, values, size, out);
  const base = f32x4.pmax(read, f32x4.splat(FAR));
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < size; at += 16) {
    const e = power2Below(f32x4.sub(v128.load(out + at), base));
    v128.store(out + at, e);
    sum = f32x4.add(sum, e);
  }
  v128.store(top, base);
  return sum;
}

/**
 * Makes the maxes of `count` rows of their sums, in place, and 1 / their sums (0 where all is
 * forbidden): for many at once, since a single logarithm is a long chain of steps.
 */
export function closeRows(sums: usize, tops: usize, count: i32, inverses: usize): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const size = <usize>count << 4;
  for (let at: usize = 0; at < size; at += 16) {
    const sum = v128.load(sums + at);
    const alive = f32x4.gt(sum, zero);
    v128.store(inverses + at, v128.and(f32x4.div(one, sum), alive));
    const value = f32x4.add(v128.load(tops + at), log2Normal(sum));
    v128.store(sums + at, v128.bitselect(value, f32x4.splat(-Infinity), alive));
  }
}

// @ts-ignore: decorator
@inline function term(score: usize, shift: v128, scale: v128, value: usize): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(v128.load(score), shift), scale), v128.load(value));
}

/** Writes x to `out` and returns the largest of each lane. */
// @ts-ignore: decorator
@inline function largest(
  scores: usize,
  shift: v128,
  scale: v128,
  values: usize,
  size: usize,
  out: usize,
): v128 {
  let top = f32x4.splat(-Infinity);
  let top2 = top;
  let at: usize = 0;
  for (; at + 16 < size; at += 32) {
    const x = term(scores + at, shift, scale, values + at);
    const y = term(scores + at + 16, shift, scale, values + at + 16);
    v128.store(out + at, x);
    v128.store(out + at, y, 16);
    top = f32x4.pmax(top, x);
    top2 = f32x4.pmax(top2, y);
  }
  if (at < size) {
    const x = term(scores + at, shift, scale, values + at);
    v128.store(out + at, x);
    top = f32x4.pmax(top, x);
  }
  return f32x4.pmax(top, top2);
}

/**
 * The projection on the simplex, written to `out` (Michelot 1986: the threshold of what is above it,
 * until nothing drops out). `inverse` is 1, or 0 where all is forbidden. Returns the max.
 */
export function l2Row(
  scores: usize,
  shift: v128,
  scale: v128,
  values: usize,
  states: i32,
  out: usize,
  inverse: usize,
): v128 {
  const size = <usize>states << 4;
  const top = largest(scores, shift, scale, values, size, out);
  const alive = f32x4.gt(top, f32x4.splat(-Infinity));
  const base = f32x4.pmax(top, f32x4.splat(FAR));
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  // Only what is less than 1 below the largest can be in the support.
  const low = f32x4.splat(-1);
  let total = zero;
  let count = i32x4.splat(0);
  for (let at: usize = 0; at < size; at += 16) {
    const x = f32x4.sub(v128.load(out + at), base);
    v128.store(out + at, x);
    const above = f32x4.gt(x, low);
    total = f32x4.add(total, v128.and(x, above));
    count = i32x4.sub(count, above);
  }
  let threshold = f32x4.div(f32x4.sub(total, one), f32x4.convert_i32x4_s(count));
  for (;;) {
    const before = count;
    total = zero;
    count = i32x4.splat(0);
    let at: usize = 0;
    for (; at + 16 < size; at += 32) {
      const x = v128.load(out + at);
      const y = v128.load(out + at, 16);
      const above = f32x4.gt(x, threshold);
      const above2 = f32x4.gt(y, threshold);
      total = f32x4.add(total, f32x4.add(v128.and(x, above), v128.and(y, above2)));
      count = i32x4.sub(count, i32x4.add(above, above2));
    }
    if (at < size) {
      const x = v128.load(out + at);
      const above = f32x4.gt(x, threshold);
      total = f32x4.add(total, v128.and(x, above));
      count = i32x4.sub(count, above);
    }
    // A lane that is done computes the same threshold again.
    if (!v128.any_true(v128.and(i32x4.lt_s(count, before), alive))) break;
    threshold = f32x4.div(f32x4.sub(total, one), f32x4.convert_i32x4_s(count));
  }
  let squares = zero;
  for (let at: usize = 0; at < size; at += 16) {
    const p = f32x4.pmax(zero, f32x4.sub(v128.load(out + at), threshold));
    v128.store(out + at, p);
    squares = f32x4.add(squares, f32x4.mul(p, p));
  }
  v128.store(inverse, v128.and(one, alive));
  // ⟨p, x⟩ − ½‖p‖² with x = p + threshold on the support and Σ p = 1.
  const value = f32x4.add(threshold, f32x4.mul(f32x4.splat(0.5), squares));
  return v128.bitselect(f32x4.add(base, value), f32x4.splat(-Infinity), alive);
}
