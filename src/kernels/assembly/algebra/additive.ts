import { ROUND, ROUND_BITS, Smooth, UNREACHED } from './omega';

/** Candidates that lie lower are outside every support. */
const LOWEST: f32 = -3;

/** Ω whose running values add up: value = integer + fraction with |fraction| ≤ ½. */
@unmanaged
export abstract class Additive extends Smooth {
  @inline
  override get weighsByShare(): bool {
    return false;
  }

  @inline
  override close(_rows: usize, _tops: usize, _count: i32, _inverses: usize): void {}

  @inline
  override get zero(): f32 {
    return 0;
  }

  @inline
  override candidate(fraction: v128, integer: v128, top: v128): v128 {
    const x = f32x4.add(f32x4.convert_i32x4_s(i32x4.sub(integer, top)), fraction);
    return f32x4.pmax(f32x4.splat(LOWEST), x);
  }

  @inline
  override reached(_maximum: v128, top: v128): v128 {
    return i32x4.gt_s(top, i32x4.splat(UNREACHED));
  }

  @inline
  override part(candidate: v128, level: v128): v128 {
    return f32x4.pmax(f32x4.splat(0), f32x4.sub(candidate, level));
  }

  @inline
  override normaliser(level: v128): v128 {
    return level;
  }

  @inline
  override power(rest: v128): v128 {
    return rest;
  }

  @inline
  override moved(fraction: v128, power: v128): v128 {
    return f32x4.add(fraction, power);
  }

  @inline
  override fraction(total: v128): v128 {
    const round = f32x4.splat(ROUND);
    return f32x4.sub(total, f32x4.sub(f32x4.add(total, round), round));
  }

  @inline
  override integer(total: v128, integer: v128): v128 {
    const bits = i32x4.splat(ROUND_BITS);
    return i32x4.add(integer, i32x4.sub(f32x4.add(total, f32x4.splat(ROUND)), bits));
  }
}
