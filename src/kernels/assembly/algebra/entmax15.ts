import { Additive } from './additive';
import { FAR, largest, largestOf, sumOf } from './rows';

/** Close enough to a norm of 1 for one more step to be exact: its error is squared. */
const CLOSE: f32 = 1.0002;

/**
 * Ω(p) = (Σ p^1.5 − 1)/0.75, Tsallis' entropy with α = 1.5 (Peters et al. 2019), in units of 2γ:
 * q = s² with s = max(x − τ, 0) and Σ s² = 1, and the maximum is τ + ⅔ + ⅓ Σ s³.
 */
@unmanaged
export class Entmax15 extends Additive {
  @inline
  override get rate(): f64 {
    return 0.5;
  }

  @inline
  override weight(q: v128): v128 {
    return f32x4.sqrt(q);
  }

  @inline
  override weigh(q: v128, x: v128): v128 {
    return f32x4.mul(f32x4.sqrt(q), x);
  }

  /**
   * Newton's steps for ‖s(τ)‖ = 1 from below: the norm is convex and falls, so that no step goes too
   * far. An error e of τ changes the maximum by e² only, and `inverse` takes what is left off q.
   */
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
    // The largest alone has norm 1 at τ = −1; the others only add to it.
    let threshold = f32x4.splat(-1);
    let sum = zero;
    let squares = zero;
    for (let at: usize = 0; at < size; at += 16) {
      const x = f32x4.sub(v128.load(out + at), base);
      v128.store(out + at, x);
      const s = f32x4.pmax(zero, f32x4.sub(x, threshold));
      sum = f32x4.add(sum, s);
      squares = f32x4.add(squares, f32x4.mul(s, s));
    }
    for (;;) {
      const near = !v128.any_true(f32x4.gt(squares, f32x4.splat(CLOSE)));
      const step = f32x4.div(f32x4.sub(squares, f32x4.sqrt(squares)), sum);
      threshold = f32x4.add(threshold, f32x4.pmax(zero, step));
      if (near) break;
      sum = zero;
      squares = zero;
      let at: usize = 0;
      for (; at + 16 < size; at += 32) {
        const s = f32x4.pmax(zero, f32x4.sub(v128.load(out + at), threshold));
        const r = f32x4.pmax(zero, f32x4.sub(v128.load(out + at, 16), threshold));
        sum = f32x4.add(sum, f32x4.add(s, r));
        squares = f32x4.add(squares, f32x4.add(f32x4.mul(s, s), f32x4.mul(r, r)));
      }
      if (at < size) {
        const s = f32x4.pmax(zero, f32x4.sub(v128.load(out + at), threshold));
        sum = f32x4.add(sum, s);
        squares = f32x4.add(squares, f32x4.mul(s, s));
      }
    }
    squares = zero;
    let cubes = zero;
    for (let at: usize = 0; at < size; at += 16) {
      const s = f32x4.pmax(zero, f32x4.sub(v128.load(out + at), threshold));
      const q = f32x4.mul(s, s);
      v128.store(out + at, q);
      squares = f32x4.add(squares, q);
      cubes = f32x4.add(cubes, f32x4.mul(q, s));
    }
    v128.store(inverse, v128.and(f32x4.div(one, squares), alive));
    const third = f32x4.splat(1.0 / 3.0);
    const value = f32x4.add(threshold, f32x4.mul(third, f32x4.add(f32x4.splat(2), cubes)));
    return v128.bitselect(f32x4.add(base, value), f32x4.splat(-Infinity), alive);
  }

  /**
   * τ by the size of the support: a candidate is in it where those above alone, less the candidate,
   * have a norm below 1. With u the largest, τ of k of them is their mean − √((1 − their spread)/k).
   */
  @inline
  override level(a: v128, b: v128, c: v128, hasLeft: bool): v128 {
    const ab = f32x4.pmax(a, b);
    const most = hasLeft ? f32x4.pmax(ab, c) : ab;
    const lower = f32x4.pmin(a, b);
    // The second and the third, from the largest on.
    const second = f32x4.sub(hasLeft ? f32x4.pmax(lower, f32x4.pmin(ab, c)) : lower, most);
    let threshold = ofTwo(second);
    if (hasLeft) threshold = ofThree(second, f32x4.sub(f32x4.pmin(lower, c), most), threshold);
    return f32x4.add(most, threshold);
  }

  @inline
  override share(part: v128, _normaliser: v128): v128 {
    return f32x4.mul(part, part);
  }

  @inline
  override get sumErrs(): bool {
    return true;
  }

  @inline
  override maximum(level: v128, a: v128, b: v128, c: v128, hasLeft: bool): v128 {
    let cubes = f32x4.add(f32x4.mul(f32x4.mul(a, a), a), f32x4.mul(f32x4.mul(b, b), b));
    if (hasLeft) cubes = f32x4.add(cubes, f32x4.mul(f32x4.mul(c, c), c));
    const own = f32x4.mul(f32x4.splat(1.0 / 3.0), f32x4.add(f32x4.splat(2), cubes));
    return f32x4.add(level, own);
  }

  @inline
  override levelOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
    const one = f32x4.splat(1);
    const high = f32x4.pmax(a, b);
    const low = f32x4.pmax(c, d);
    const less = f32x4.pmin(a, b);
    const least = f32x4.pmin(c, d);
    const most = f32x4.pmax(high, low);
    const inner = f32x4.pmin(high, low);
    const outer = f32x4.pmax(less, least);
    const second = f32x4.sub(f32x4.pmax(inner, outer), most);
    const third = f32x4.sub(f32x4.pmin(inner, outer), most);
    const last = f32x4.sub(f32x4.pmin(less, least), most);
    const threshold = ofThree(second, third, ofTwo(second));
    // As `ofThree`, for one more.
    const lastSquare = f32x4.mul(last, last);
    const gap = f32x4.sub(second, last);
    const nextGap = f32x4.sub(third, last);
    const gaps = f32x4.add(f32x4.mul(gap, gap), f32x4.mul(nextGap, nextGap));
    const inside = f32x4.lt(f32x4.add(lastSquare, gaps), one);
    const quarter = f32x4.splat(0.25);
    const mean = f32x4.mul(f32x4.add(f32x4.add(second, third), last), quarter);
    const squares = f32x4.add(
      f32x4.add(f32x4.mul(second, second), f32x4.mul(third, third)),
      lastSquare,
    );
    const spread = f32x4.sub(squares, f32x4.mul(f32x4.splat(4), f32x4.mul(mean, mean)));
    const rest = f32x4.mul(f32x4.sub(one, spread), quarter);
    const ofAll = f32x4.sub(mean, f32x4.sqrt(rest));
    return f32x4.add(most, v128.bitselect(ofAll, threshold, inside));
  }

  @inline
  override lift(part: v128): v128 {
    return f32x4.mul(f32x4.splat(1.0 / 3.0), f32x4.mul(f32x4.mul(part, part), part));
  }

  override levelOfMany(candidates: usize, count: i32): f32 {
    const end = candidates + ((<usize>count) << 2);
    let threshold: f32 = largestOf(candidates, count) - 1;
    for (;;) {
      const level = f32x4.splat(threshold);
      let sum = f32x4.splat(0);
      let squares = f32x4.splat(0);
      for (let at = candidates; at < end; at += 16) {
        const s = f32x4.pmax(f32x4.splat(0), f32x4.sub(v128.load(at), level));
        sum = f32x4.add(sum, s);
        squares = f32x4.add(squares, f32x4.mul(s, s));
      }
      const norm = sumOf(squares);
      threshold += max<f32>(0, (norm - sqrt<f32>(norm)) / sumOf(sum));
      // The error of this step is the square of the last one's.
      if (!(norm >= CLOSE)) break;
    }
    return threshold;
  }

  @inline
  override cell(d: v128, u: v128, l: v128, score: v128, hasLeft: bool): v128 {
    const zero = f64x2.splat(0);
    const one = f64x2.splat(1);
    const half = f64x2.splat(0.5);
    const third = f64x2.splat(1.0 / 3.0);
    // As `level`; pmax takes the first operand where the second is NaN.
    const lowest = f64x2.splat(-3);
    const du = f64x2.pmax(d, u);
    const most = hasLeft ? f64x2.pmax(du, l) : du;
    const low = f64x2.pmin(d, u);
    const y = f64x2.pmax(
      lowest,
      f64x2.sub(hasLeft ? f64x2.pmax(low, f64x2.pmin(du, l)) : low, most),
    );
    const square = f64x2.mul(y, y);
    const root = f64x2.sqrt(f64x2.sub(half, f64x2.mul(f64x2.splat(0.25), square)));
    const ofTwo = f64x2.sub(f64x2.mul(half, y), root);
    let threshold = v128.bitselect(ofTwo, f64x2.neg(one), f64x2.lt(square, one));
    let z = lowest;
    if (hasLeft) {
      z = f64x2.pmax(lowest, f64x2.sub(f64x2.pmin(low, l), most));
      const gap = f64x2.sub(y, z);
      const inside = f64x2.lt(f64x2.add(f64x2.mul(z, z), f64x2.mul(gap, gap)), one);
      const mean = f64x2.mul(f64x2.add(y, z), third);
      const squares = f64x2.add(square, f64x2.mul(z, z));
      const spread = f64x2.sub(squares, f64x2.mul(f64x2.splat(3), f64x2.mul(mean, mean)));
      const ofThree = f64x2.sub(mean, f64x2.sqrt(f64x2.mul(f64x2.sub(one, spread), third)));
      threshold = v128.bitselect(ofThree, threshold, inside);
    }
    const p = f64x2.neg(threshold);
    const q = f64x2.pmax(zero, f64x2.sub(y, threshold));
    let cubes = f64x2.add(f64x2.mul(f64x2.mul(p, p), p), f64x2.mul(f64x2.mul(q, q), q));
    if (hasLeft) {
      const r = f64x2.pmax(zero, f64x2.sub(z, threshold));
      cubes = f64x2.add(cubes, f64x2.mul(f64x2.mul(r, r), r));
    }
    const smooth = f64x2.add(threshold, f64x2.mul(third, f64x2.add(f64x2.splat(2), cubes)));
    return f64x2.add(f64x2.add(most, smooth), score);
  }
}

/** τ − u of the largest candidate u and the second, `second` below it. */
// @inline
function ofTwo(second: v128): v128 {
  const one = f32x4.splat(1);
  const half = f32x4.splat(0.5);
  const square = f32x4.mul(second, second);
  const threshold = f32x4.sub(
    f32x4.mul(half, second),
    f32x4.sqrt(f32x4.sub(half, f32x4.mul(f32x4.splat(0.25), square))),
  );
  return v128.bitselect(threshold, f32x4.neg(one), f32x4.lt(square, one));
}

/** The same with a third, `third` below; `threshold` of the two above where it is not in the support. */
// @inline
function ofThree(second: v128, third: v128, threshold: v128): v128 {
  const one = f32x4.splat(1);
  const gap = f32x4.sub(second, third);
  const thirdSquare = f32x4.mul(third, third);
  const inside = f32x4.lt(f32x4.add(thirdSquare, f32x4.mul(gap, gap)), one);
  const mean = f32x4.mul(f32x4.add(second, third), f32x4.splat(1.0 / 3.0));
  const squares = f32x4.add(f32x4.mul(second, second), thirdSquare);
  const spread = f32x4.sub(squares, f32x4.mul(f32x4.splat(3), f32x4.mul(mean, mean)));
  const rest = f32x4.mul(f32x4.sub(one, spread), f32x4.splat(1.0 / 3.0));
  return v128.bitselect(f32x4.sub(mean, f32x4.sqrt(rest)), threshold, inside);
}
