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
