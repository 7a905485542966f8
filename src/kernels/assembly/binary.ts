// Powers and logarithms to base 2: what recursions use that may choose their unit. Cheaper than exp,
// and the remainder of an argument is exact.
import { logNormal } from './elementary';

// @ts-ignore: decorator
@lazy const CONSTANTS: usize = memory.data<f32>([
  // 0: 1.5·2^23, whose sum with a small x rounds x to an integer in the low bits; 16: the least
  // argument whose power is a normal number
  12582912, 12582912, 12582912, 12582912,
  -126, -126, -126, -126,
  // 32 … 112: 2^r for |r| ≤ ½ to 9.2e-8, a minimax fit of this project
  1, 1, 1, 1,
  0.6931469775988456, 0.6931469775988456, 0.6931469775988456, 0.6931469775988456,
  0.24022242085174816, 0.24022242085174816, 0.24022242085174816, 0.24022242085174816,
  0.055507337437115584, 0.055507337437115584, 0.055507337437115584, 0.055507337437115584,
  0.009671512648834308, 0.009671512648834308, 0.009671512648834308, 0.009671512648834308,
  0.0013264727058501355, 0.0013264727058501355, 0.0013264727058501355, 0.0013264727058501355,
  // 128: 1 / ln 2
  1.4426950408889634, 1.4426950408889634, 1.4426950408889634, 1.4426950408889634,
], 16);

// @ts-ignore: decorator
@inline function constant(offset: usize): v128 {
  return v128.load(CONSTANTS + offset);
}

// @ts-ignore: decorator
@inline function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** 2^x to 1.5e-7, relative, for x ≤ 127; exactly 0 below −126, and for -Infinity. */
// @ts-ignore: decorator
@inline export function power2Below(x: v128): v128 {
  const t = f32x4.add(x, constant(0));
  const r = f32x4.sub(x, f32x4.sub(t, constant(0)));
  const r2 = f32x4.mul(r, r);
  const low = madd(constant(48), r, constant(32));
  const middle = madd(constant(80), r, constant(64));
  const high = madd(constant(112), r, constant(96));
  const p = madd(madd(high, r2, middle), r2, low);
  return v128.andnot(i32x4.add(p, i32x4.shl(t, 23)), f32x4.lt(x, constant(16)));
}

/** log₂ x for normal x ≥ 1.18e-38 only. */
// @ts-ignore: decorator
@inline export function log2Normal(x: v128): v128 {
  return f32x4.mul(logNormal(x), constant(128));
}
