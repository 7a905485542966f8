// Powers and logarithms to base 2: what recursions use that may choose their unit. Cheaper than exp,
// and the remainder of an argument is exact.
import { logNormal } from './elementary';
import { madd } from './madd';

// @lazy
const CONSTANTS: usize = memory.data<f32>(
  [
    // 0: 1.5·2^23, whose sum with a small x rounds x to an integer in the low bits; 16: the least
    // argument whose power is a normal number
    12582912, 12582912, 12582912, 12582912, -126, -126, -126, -126,
    // 32 … 112: 2^r for |r| ≤ ½ to 9.2e-8, a minimax fit of this project
    1, 1, 1, 1, 0.6931469775988456, 0.6931469775988456, 0.6931469775988456, 0.6931469775988456,
    0.24022242085174816, 0.24022242085174816, 0.24022242085174816, 0.24022242085174816,
    0.055507337437115584, 0.055507337437115584, 0.055507337437115584, 0.055507337437115584,
    0.009671512648834308, 0.009671512648834308, 0.009671512648834308, 0.009671512648834308,
    0.0013264727058501355, 0.0013264727058501355, 0.0013264727058501355, 0.0013264727058501355,
    // 128: 1 / ln 2
    1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634,
    // 144: 1.5·2^23 − 125
    12582787, 12582787, 12582787, 12582787,
  ],
  16,
);

// @inline
function constant(offset: usize): v128 {
  return v128.load(CONSTANTS + offset);
}

/** 2^x to 1.5e-7, relative, for x ≤ 127; exactly 0 below −126, and for -Infinity. */
// @inline
export function power2Below(x: v128): v128 {
  const t = f32x4.add(x, constant(0));
  const r = f32x4.sub(x, f32x4.sub(t, constant(0)));
  const r2 = f32x4.mul(r, r);
  const low = madd(constant(48), r, constant(32));
  const middle = madd(constant(80), r, constant(64));
  const high = madd(constant(112), r, constant(96));
  const p = madd(madd(high, r2, middle), r2, low);
  return v128.andnot(i32x4.add(p, i32x4.shl(t, 23)), f32x4.lt(x, constant(16)));
}

/**
 * Writes 2^x of four vectors, x ≤ 127, behind each other from `out` and returns their sum; exactly 0
 * below −125.5. Each constant is read once for all four, since reading them is what limits
 * `power2Below`.
 */
// @inline
export function powersOfFour(x0: v128, x1: v128, x2: v128, x3: v128, out: usize): v128 {
  const rounding = constant(0);
  const t0 = f32x4.add(x0, rounding);
  const t1 = f32x4.add(x1, rounding);
  const t2 = f32x4.add(x2, rounding);
  const t3 = f32x4.add(x3, rounding);
  const r0 = f32x4.sub(x0, f32x4.sub(t0, rounding));
  const r1 = f32x4.sub(x1, f32x4.sub(t1, rounding));
  const r2 = f32x4.sub(x2, f32x4.sub(t2, rounding));
  const r3 = f32x4.sub(x3, f32x4.sub(t3, rounding));
  let c = constant(112);
  let d = constant(96);
  let p0 = madd(c, r0, d);
  let p1 = madd(c, r1, d);
  let p2 = madd(c, r2, d);
  let p3 = madd(c, r3, d);
  c = constant(80);
  p0 = madd(p0, r0, c);
  p1 = madd(p1, r1, c);
  p2 = madd(p2, r2, c);
  p3 = madd(p3, r3, c);
  c = constant(64);
  p0 = madd(p0, r0, c);
  p1 = madd(p1, r1, c);
  p2 = madd(p2, r2, c);
  p3 = madd(p3, r3, c);
  c = constant(48);
  p0 = madd(p0, r0, c);
  p1 = madd(p1, r1, c);
  p2 = madd(p2, r2, c);
  p3 = madd(p3, r3, c);
  c = constant(32);
  p0 = madd(p0, r0, c);
  p1 = madd(p1, r1, c);
  p2 = madd(p2, r2, c);
  p3 = madd(p3, r3, c);
  d = constant(144);
  p0 = v128.andnot(i32x4.add(p0, i32x4.shl(t0, 23)), f32x4.lt(t0, d));
  p1 = v128.andnot(i32x4.add(p1, i32x4.shl(t1, 23)), f32x4.lt(t1, d));
  p2 = v128.andnot(i32x4.add(p2, i32x4.shl(t2, 23)), f32x4.lt(t2, d));
  p3 = v128.andnot(i32x4.add(p3, i32x4.shl(t3, 23)), f32x4.lt(t3, d));
  v128.store(out, p0);
  v128.store(out, p1, 16);
  v128.store(out, p2, 32);
  v128.store(out, p3, 48);
  return f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
}

/** log₂ x for normal x ≥ 1.18e-38 only. */
// @inline
export function log2Normal(x: v128): v128 {
  return f32x4.mul(logNormal(x), constant(128));
}
