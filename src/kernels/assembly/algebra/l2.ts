import { Additive } from './additive';
import { FAR, largest, largestOf, sumOf } from './rows';

/** Ω(p) = ½‖p‖²: the local argmax is the projection on the simplex. */
@unmanaged
export class L2 extends Additive {
  @inline
  override get rate(): f64 {
    return 1;
  }

  @inline
  override weight(q: v128): v128 {
    return this.weigh(q, f32x4.splat(1));
  }

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
    const size = (<usize>states) << 4;
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

  /** The threshold of the projection on the simplex is the largest that any support gives. */
  @inline
  override level(a: v128, b: v128, c: v128, hasLeft: bool): v128 {
    const one = f32x4.splat(1);
    const half = f32x4.splat(0.5);
    const ab = f32x4.add(a, b);
    let most = f32x4.pmax(a, b);
    if (!hasLeft) {
      return f32x4.pmax(f32x4.sub(most, one), f32x4.mul(f32x4.sub(ab, one), half));
    }
    const least = f32x4.pmin(f32x4.pmin(a, b), c);
    most = f32x4.pmax(most, c);
    const all = f32x4.sub(f32x4.add(ab, c), one);
    const two = f32x4.pmax(f32x4.sub(most, one), f32x4.mul(f32x4.sub(all, least), half));
    return f32x4.pmax(two, f32x4.mul(all, f32x4.splat(1.0 / 3.0)));
  }

  @inline
  override share(part: v128, _normaliser: v128): v128 {
    return part;
  }

  @inline
  override get sumErrs(): bool {
    return false;
  }

  @inline
  override maximum(level: v128, a: v128, b: v128, c: v128, hasLeft: bool): v128 {
    let square = f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b));
    if (hasLeft) square = f32x4.add(square, f32x4.mul(c, c));
    return f32x4.add(level, f32x4.mul(f32x4.splat(0.5), square));
  }

  /** As `level`, from the sums of the largest one, two, three and four. */
  @inline
  override levelOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
    const one = f32x4.splat(1);
    const high = f32x4.pmax(a, b);
    const low = f32x4.pmax(c, d);
    const less = f32x4.pmin(a, b);
    const least = f32x4.pmin(c, d);
    const most = f32x4.pmax(high, low);
    const last = f32x4.pmin(less, least);
    const all = f32x4.sub(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), one);
    const second = f32x4.pmax(f32x4.pmin(high, low), f32x4.pmax(less, least));
    const two = f32x4.mul(f32x4.splat(0.5), f32x4.sub(f32x4.add(most, second), one));
    const three = f32x4.mul(f32x4.splat(1.0 / 3.0), f32x4.sub(all, last));
    const four = f32x4.mul(f32x4.splat(0.25), all);
    return f32x4.pmax(f32x4.pmax(f32x4.sub(most, one), two), f32x4.pmax(three, four));
  }

  @inline
  override lift(part: v128): v128 {
    return f32x4.mul(f32x4.splat(0.5), f32x4.mul(part, part));
  }

  /** As `row`. */
  override levelOfMany(candidates: usize, count: i32): f32 {
    const end = candidates + ((<usize>count) << 2);
    const top = largestOf(candidates, count);
    let threshold: f32 = top - 1;
    for (;;) {
      const level = f32x4.splat(threshold);
      let sum = f32x4.splat(0);
      let above = i32x4.splat(0);
      for (let at = candidates; at < end; at += 16) {
        const x = v128.load(at);
        const isAbove = f32x4.gt(x, level);
        sum = f32x4.add(sum, v128.and(f32x4.sub(x, level), isAbove));
        above = i32x4.sub(above, isAbove);
      }
      const step = (sumOf(sum) - 1) / sumOf(f32x4.convert_i32x4_s(above));
      // Rounding aside the threshold only rises.
      if (!(threshold + step > threshold)) break;
      threshold += step;
    }
    return threshold;
  }

  @inline
  override cell(d: v128, u: v128, l: v128, score: v128, hasLeft: bool): v128 {
    const zero = f64x2.splat(0);
    const one = f64x2.splat(1);
    const half = f64x2.splat(0.5);
    // pmax takes the first operand where the second is NaN.
    const lowest = f64x2.splat(-3);
    let most = f64x2.pmax(d, u);
    if (hasLeft) most = f64x2.pmax(most, l);
    let a = f64x2.pmax(lowest, f64x2.sub(d, most));
    let b = f64x2.pmax(lowest, f64x2.sub(u, most));
    let c = lowest;
    // As `level`, where the largest of a, b and c is 0.
    let threshold: v128;
    const ab = f64x2.add(a, b);
    if (!hasLeft) threshold = f64x2.pmax(f64x2.splat(-1), f64x2.mul(f64x2.sub(ab, one), half));
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
    if (hasLeft) {
      c = f64x2.pmax(zero, f64x2.sub(c, threshold));
      square = f64x2.add(square, f64x2.mul(c, c));
    }
    const smooth = f64x2.add(threshold, f64x2.mul(half, square));
    return f64x2.add(f64x2.add(most, smooth), score);
  }
}
