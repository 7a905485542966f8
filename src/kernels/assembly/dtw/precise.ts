// One cell of the Bellman recursion in float64, for values that float32's rounding would spoil.
//
// A running value is one float64. negentropy: exp(V/γ) = m·2^k with m in [1, 2) is kept as
// k + (m − 1), which no more than log2 is bounded by a float's range, but is taken apart and put
// together without a logarithm. l2: V/γ. What no path reaches is −Infinity in both.

// The Taylor polynomial of 2^f: it errs by less than 3e-13 on [−½, ½].
const LN2: f64 = 0.6931471805599453;
const T2: f64 = (LN2 * LN2) / 2;
const T3: f64 = (T2 * LN2) / 3;
const T4: f64 = (T3 * LN2) / 4;
const T5: f64 = (T4 * LN2) / 5;
const T6: f64 = (T5 * LN2) / 6;
const T7: f64 = (T6 * LN2) / 7;
const T8: f64 = (T7 * LN2) / 8;
const T9: f64 = (T8 * LN2) / 9;
const T10: f64 = (T9 * LN2) / 10;

/** 2^52, in whose sum with a small whole number that number is the low bits. */
const WHOLE: f64 = 4503599627370496;
const BIAS: f64 = 1023;

/** exp of a running value y, over 2^top; 0 where it is not reached. */
// @ts-ignore: decorator
@inline
function weight(y: v128, top: v128): v128 {
  const whole = f64x2.floor(y);
  const mantissa = f64x2.add(f64x2.splat(1), f64x2.sub(y, whole));
  // pmax takes its first operand where the second is no number.
  const exponent = f64x2.pmax(f64x2.splat(-BIAS), f64x2.sub(whole, top));
  const power = i64x2.shl(f64x2.add(exponent, f64x2.splat(WHOLE + BIAS)), 52);
  return v128.and(f64x2.mul(mantissa, power), f64x2.gt(y, f64x2.splat(-Infinity)));
}

/**
 * Two running values from those diagonally before, above and to the left (not used with ADVANCE),
 * for negentropy; `score` is −cost·log2(e)/γ.
 */
// @ts-ignore: decorator
@inline
export function negentropyCell(d: v128, u: v128, l: v128, score: v128, ADVANCE: bool): v128 {
  let most = f64x2.pmax(d, u);
  if (!ADVANCE) most = f64x2.pmax(most, l);
  const top = f64x2.floor(most);
  let sum = f64x2.add(weight(d, top), weight(u, top));
  if (!ADVANCE) sum = f64x2.add(sum, weight(l, top));
  const whole = f64x2.nearest(score);
  const rest = f64x2.sub(score, whole);
  let power = f64x2.add(f64x2.splat(T9), f64x2.mul(f64x2.splat(T10), rest));
  power = f64x2.add(f64x2.splat(T8), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(T7), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(T6), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(T5), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(T4), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(T3), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(T2), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(LN2), f64x2.mul(power, rest));
  power = f64x2.add(f64x2.splat(1), f64x2.mul(power, rest));
  const total = f64x2.mul(sum, power);
  // Taken apart by its bits, which are finite also where `total` is not: then −Infinity is in `top`
  // or in `whole`, and is the result.
  const raised = v128.or(i64x2.shr_u(total, 52), f64x2.splat(WHOLE));
  const exponent = f64x2.sub(raised, f64x2.splat(WHOLE + BIAS));
  const fraction = v128.and(total, i64x2.splat(0xfffffffffffff));
  const mantissa = v128.or(fraction, f64x2.splat(1));
  const integer = f64x2.add(f64x2.add(top, whole), exponent);
  return f64x2.add(integer, f64x2.sub(mantissa, f64x2.splat(1)));
}

/** The same for l2; `score` is −cost/γ. */
// @ts-ignore: decorator
@inline
export function l2Cell(d: v128, u: v128, l: v128, score: v128, ADVANCE: bool): v128 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const half = f64x2.splat(0.5);
  // Lower ones are outside every support; pmax takes the first operand where the second is no number.
  const lowest = f64x2.splat(-3);
  let most = f64x2.pmax(d, u);
  if (!ADVANCE) most = f64x2.pmax(most, l);
  let a = f64x2.pmax(lowest, f64x2.sub(d, most));
  let b = f64x2.pmax(lowest, f64x2.sub(u, most));
  let c = lowest;
  // The largest of a, b and c is 0. The threshold of the projection on the simplex is the largest
  // that any support gives.
  let threshold: v128;
  const ab = f64x2.add(a, b);
  if (ADVANCE) threshold = f64x2.pmax(f64x2.splat(-1), f64x2.mul(f64x2.sub(ab, one), half));
  else {
    c = f64x2.pmax(lowest, f64x2.sub(l, most));
    const least = f64x2.pmin(f64x2.pmin(a, b), c);
    const all = f64x2.sub(f64x2.add(ab, c), one);
    threshold = f64x2.pmax(f64x2.splat(-1), f64x2.mul(f64x2.sub(all, least), half));
    threshold = f64x2.pmax(threshold, f64x2.mul(all, f64x2.splat(1.0 / 3.0)));
  }
  a = f64x2.pmax(zero, f64x2.sub(a, threshold));
  b = f64x2.pmax(zero, f64x2.sub(b, threshold));
  let square = f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b));
  if (!ADVANCE) {
    c = f64x2.pmax(zero, f64x2.sub(c, threshold));
    square = f64x2.add(square, f64x2.mul(c, c));
  }
  const smooth = f64x2.add(threshold, f64x2.mul(half, square));
  return f64x2.add(f64x2.add(most, smooth), score);
}
