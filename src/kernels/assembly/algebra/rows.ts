// What the maxima of rows of four items share: a lane is an item, so that every sum and every largest
// is vertical.

/** Stands in for -Infinity where a difference of infinities would be NaN. */
export const FAR: f32 = -3e38;

// @inline
export function term(score: usize, shift: v128, scale: v128, value: usize): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(v128.load(score), shift), scale), v128.load(value));
}

/** Writes x to `out` and returns the largest of each lane. */
// @inline
export function largest(
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

/** The sum of four lanes. */
// @inline
export function sumOf(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** The largest of `count` floats, a multiple of four. */
export function largestOf(values: usize, count: i32): f32 {
  const end = values + ((<usize>count) << 2);
  let top = f32x4.splat(-Infinity);
  for (; values < end; values += 16) top = f32x4.pmax(top, v128.load(values));
  const pairs = f32x4.pmax(top, v128.shuffle<f32>(top, top, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}
