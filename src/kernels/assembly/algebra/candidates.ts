// A smoothed maximum of two or three candidates, in the running values of algebra/omega.ts.
import { Smooth } from './omega';

/**
 * Writes the local argmax of a, b and, if `hasThird`, c to `shares`, `plane` bytes from one to the next,
 * unless that is 0; returns the maximum.
 */
// @inline
export function maximumOf<O extends Smooth>(
  a: v128,
  b: v128,
  c: v128,
  hasThird: bool,
  keep: bool,
  shares: usize,
  plane: usize,
): v128 {
  const omega = changetype<O>(0);
  const level = omega.level(a, b, c, hasThird);
  const partA = omega.part(a, level);
  const partB = omega.part(b, level);
  const partC = hasThird ? omega.part(c, level) : partA;
  if (keep) writeShares<O>(level, partA, partB, partC, hasThird, omega.sumErrs, shares, plane);
  return omega.maximum(level, partA, partB, partC, hasThird);
}

/** @param correct whether to make them sum to 1 */
// @inline
export function writeShares<O extends Smooth>(
  level: v128,
  a: v128,
  b: v128,
  c: v128,
  hasThird: bool,
  correct: bool,
  shares: usize,
  plane: usize,
): void {
  const omega = changetype<O>(0);
  const normaliser = omega.normaliser(level);
  let qa = omega.share(a, normaliser);
  let qb = omega.share(b, normaliser);
  let qc = hasThird ? omega.share(c, normaliser) : qa;
  if (correct) {
    let missing = f32x4.sub(f32x4.sub(f32x4.splat(1), qa), qb);
    if (hasThird) {
      missing = f32x4.sub(missing, qc);
      qc = f32x4.add(qc, f32x4.mul(qc, missing));
    }
    qa = f32x4.add(qa, f32x4.mul(qa, missing));
    qb = f32x4.add(qb, f32x4.mul(qb, missing));
  }
  v128.store(shares, qa);
  v128.store(shares + plane, qb);
  if (hasThird) v128.store(shares + 2 * plane, qc);
}
