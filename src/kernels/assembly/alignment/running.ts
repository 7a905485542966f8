// The running values of four cells, a lane each, and how the lanes of one step become those of the next.
import { Smooth, UNREACHED } from '../algebra/omega';

/** A cell of the border above a strip: fraction and integer of each state. */
export const BORDER: usize = 24;

/** The integers of running values with that of a score; unreached where one of the two is so. */
// @inline
export function raise(integers: v128, by: v128): v128 {
  const unreached = i32x4.splat(UNREACHED);
  const raised = i32x4.max_s(i32x4.add(integers, by), unreached);
  const out = v128.or(i32x4.eq(integers, unreached), i32x4.eq(by, unreached));
  return v128.bitselect(unreached, raised, out);
}

/** Four lanes moved on by one, with a number from an address in the first. */
// @inline
export function shiftIn(lanes: v128, address: usize): v128 {
  return v128.shuffle<i32>(v128.load32_zero(address), lanes, 0, 4, 5, 6);
}

/** The fraction of a score in the unit of running values, as `moved` takes it; 0 of one that forbids. */
// @inline
export function fractionOf<O extends Smooth>(score: f32, scale: f32): v128 {
  const x = score * scale;
  if (!(abs<f32>(x) < Infinity)) return f32x4.splat(0);
  return changetype<O>(0).power(f32x4.splat(x - nearest<f32>(x)));
}

/** Its integer: UNREACHED of one that forbids. */
// @inline
export function integerOf(score: f32, scale: f32): v128 {
  const x = score * scale;
  if (!(abs<f32>(x) < Infinity)) return i32x4.splat(UNREACHED);
  return i32x4.splat(i32(nearest<f32>(min<f32>(max<f32>(x, -1e9), 1e9))));
}
