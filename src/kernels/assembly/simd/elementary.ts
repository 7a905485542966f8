// exp, log, tanh and the logistic function of four floats at once, to inline into kernels. The
// polynomials are minimax fits of this project. The scalar versions run the vector ones, so that a
// result never depends on the lane, the tail or the thread that computed it.
//
// Vector constants are loaded from memory: as immediates they cost a quarter more.

import { madd } from './madd';

// @lazy
const CONSTANTS: usize = memory.data<f32>(
  [
    // 0: the largest argument of exp, 16: the smallest whose exp is a normal number
    88.37, 88.37, 88.37, 88.37, -87.33, -87.33, -87.33, -87.33,
    // 32: 1 / ln 2, 48: 1.5·2^23, whose sum with a small x rounds x to an integer in the low bits
    1.4426950216293335, 1.4426950216293335, 1.4426950216293335, 1.4426950216293335, 12582912,
    12582912, 12582912, 12582912,
    // 64, 80: ln 2 in two parts; the product of the first with an integer exponent is exact
    0.69317626953125, 0.69317626953125, 0.69317626953125, 0.69317626953125, -2.9088971132296138e-5,
    -2.9088971132296138e-5, -2.9088971132296138e-5, -2.9088971132296138e-5,
    // 96 … 160: (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2
    0.5, 0.5, 0.5, 0.5, 0.1666651964187622, 0.1666651964187622, 0.1666651964187622,
    0.1666651964187622, 0.04166839271783829, 0.04166839271783829, 0.04166839271783829,
    0.04166839271783829, 0.008368780836462975, 0.008368780836462975, 0.008368780836462975,
    0.008368780836462975, 0.0013814467238262296, 0.0013814467238262296, 0.0013814467238262296,
    0.0013814467238262296,
    // 176: 1, 192: ½, 208: 2
    1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 2, 2, 2, 2,
    // 224 … 320: (ln(1 + f) − f + f²/2) / f³ for √½ ≤ 1 + f ≤ √2
    0.3333390951156616, 0.3333390951156616, 0.3333390951156616, 0.3333390951156616,
    -0.2500133812427521, -0.2500133812427521, -0.2500133812427521, -0.2500133812427521,
    0.19963063299655914, 0.19963063299655914, 0.19963063299655914, 0.19963063299655914,
    -0.1657758504152298, -0.1657758504152298, -0.1657758504152298, -0.1657758504152298,
    0.14914767444133759, 0.14914767444133759, 0.14914767444133759, 0.14914767444133759,
    -0.14267486333847046, -0.14267486333847046, -0.14267486333847046, -0.14267486333847046,
    0.08700435608625412, 0.08700435608625412, 0.08700435608625412, 0.08700435608625412,
    // 336: the smallest normal number, 352: the largest finite one
    1.1754943508222875e-38, 1.1754943508222875e-38, 1.1754943508222875e-38, 1.1754943508222875e-38,
    3.4028234663852886e38, 3.4028234663852886e38, 3.4028234663852886e38, 3.4028234663852886e38,
    // 368: the bounds of 2x beyond which tanh x is ±1
    18.5, 18.5, 18.5, 18.5,
  ],
  16,
);

/** A constant of the table, by its offset in bytes. */
// @inline
function constant(offset: usize): v128 {
  return v128.load(CONSTANTS + offset);
}

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2. */
// @inline
function expTail(r: v128, r2: v128): v128 {
  const low = madd(constant(112), r, constant(96));
  const high = madd(constant(144), r, constant(128));
  return madd(madd(constant(160), r2, high), r2, low);
}

/**
 * e^x to 1.2e-7, relative. Exactly 0 below −87.33, where the result would be denormal; constant
 * (2.38e38) above 88.37; NaN for NaN.
 */
// @inline
export function exp(x: v128): v128 {
  return expBelow(f32x4.pmin(x, constant(0)));
}

/** `exp` for x ≤ 88.37 only: what log-domain recursions need, a little faster. */
// @inline
export function expBelow(x: v128): v128 {
  const t = madd(x, constant(32), constant(48));
  const n = f32x4.sub(t, constant(48));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, constant(64))), f32x4.mul(n, constant(80)));
  const r2 = f32x4.mul(r, r);
  const p = f32x4.add(constant(176), madd(expTail(r, r2), r2, r));
  const scaled = i32x4.add(p, i32x4.shl(t, 23));
  return v128.andnot(scaled, f32x4.lt(x, constant(16)));
}

/** e^x − 1 to 2e-7, relative also near 0, for −87 ≤ x ≤ 88. */
// @inline
export function expm1(x: v128): v128 {
  const t = madd(x, constant(32), constant(48));
  const n = f32x4.sub(t, constant(48));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, constant(64))), f32x4.mul(n, constant(80)));
  const r2 = f32x4.mul(r, r);
  const p = madd(expTail(r, r2), r2, r);
  const power = i32x4.add(constant(176), i32x4.shl(t, 23));
  return madd(p, power, f32x4.sub(power, constant(176)));
}

/**
 * ln x to 1.2e-7, relative also near 1. −∞ for 0 and for denormal x, which count as 0; NaN for
 * x < 0 and NaN.
 */
// @inline
export function log(x: v128): v128 {
  const value = v128.bitselect(f32x4.splat(-Infinity), logNormal(x), f32x4.lt(x, constant(336)));
  const signed = v128.bitselect(x, value, f32x4.gt(x, constant(352)));
  return v128.or(signed, v128.or(f32x4.lt(x, f32x4.splat(0)), f32x4.ne(x, x)));
}

/** `log` for normal x ≥ 1.18e-38 only, without the checks. */
// @inline
export function logNormal(x: v128): v128 {
  // The exponent of x / √½, so that what is left lies in [√½, √2).
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(mantissa, constant(176));
  const f2 = f32x4.mul(f, f);
  const a = madd(constant(240), f, constant(224));
  const b = madd(constant(272), f, constant(256));
  const c = madd(constant(304), f, constant(288));
  const f4 = f32x4.mul(f2, f2);
  const tail = madd(madd(constant(320), f2, c), f4, madd(b, f2, a));
  // Small terms first, n·ln 2 last.
  const small = madd(n, constant(80), f32x4.mul(f32x4.mul(tail, f), f2));
  const near = f32x4.add(f, f32x4.sub(small, f32x4.mul(f2, constant(192))));
  return madd(n, constant(64), near);
}

/** tanh x to 3e-7, relative also near 0; NaN for NaN. */
// @inline
export function tanh(x: v128): v128 {
  const bound = constant(368);
  const twice = f32x4.pmax(f32x4.pmin(f32x4.add(x, x), bound), f32x4.neg(bound));
  const e = expm1(twice);
  return f32x4.div(e, f32x4.add(e, constant(208)));
}

/** 1 / (1 + e^−x) to 2e-7, relative; NaN for NaN. */
// @inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(constant(176), f32x4.add(constant(176), exp(f32x4.neg(x))));
}

// @inline
export function expScalar(x: f32): f32 {
  return f32x4.extract_lane(exp(f32x4.splat(x)), 0);
}

// @inline
export function expm1Scalar(x: f32): f32 {
  return f32x4.extract_lane(expm1(f32x4.splat(x)), 0);
}

// @inline
export function logScalar(x: f32): f32 {
  return f32x4.extract_lane(log(f32x4.splat(x)), 0);
}

// @inline
export function tanhScalar(x: f32): f32 {
  return f32x4.extract_lane(tanh(f32x4.splat(x)), 0);
}

// @inline
export function sigmoidScalar(x: f32): f32 {
  return f32x4.extract_lane(sigmoid(f32x4.splat(x)), 0);
}
