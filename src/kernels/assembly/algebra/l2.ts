import { Omega } from './omega';
import { FAR, largest } from './rows';

/** Ω(p) = ½‖p‖²: the local argmax is the projection on the simplex. */
// @ts-ignore: decorator
@unmanaged
export class L2 extends Omega {
  // @ts-ignore: decorator
  @inline
  override get rate(): f64 {
    return 1;
  }

  // @ts-ignore: decorator
  @inline
  override get weighsByShare(): bool {
    return false;
  }

  // @ts-ignore: decorator
  @inline
  override weight(q: v128): v128 {
    return this.weigh(q, f32x4.splat(1));
  }

  // @ts-ignore: decorator
  @inline
  override weigh(q: v128, x: v128): v128 {
    return v128.and(x, f32x4.gt(q, f32x4.splat(0)));
  }

  /** Michelot 1986: the threshold of what is above it, until nothing drops out. */
  override row(
    scores: usize,
    shift: v128,
    scale: v128,
    values: usize,
    states: i32,
    out: usize,
    _top: usize,
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

  // @ts-ignore: decorator
  @inline
  override close(_rows: usize, _tops: usize, _count: i32, _inverses: usize): void {}
}
