import { Omega } from './omega';
import { FAR, largest } from './rows';

/** Close enough to a norm of 1 for one more step to be exact: its error is squared. */
const CLOSE: f32 = 1.0002;

/**
 * Ω(p) = (Σ p^1.5 − 1)/0.75, Tsallis' entropy with α = 1.5 (Peters et al. 2019), in units of 2γ:
 * q = s² with s = max(x − τ, 0) and Σ s² = 1, and the maximum is τ + ⅔ + ⅓ Σ s³.
 */
// @ts-ignore: decorator
@unmanaged
export class Entmax15 extends Omega {
  // @ts-ignore: decorator
  @inline
  override get rate(): f64 {
    return 0.5;
  }

  // @ts-ignore: decorator
  @inline
  override get weighsByShare(): bool {
    return false;
  }

  // @ts-ignore: decorator
  @inline
  override weight(q: v128): v128 {
    return f32x4.sqrt(q);
  }

  // @ts-ignore: decorator
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
    const size = <usize>states << 4;
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

  // @ts-ignore: decorator
  @inline
  override close(_rows: usize, _tops: usize, _count: i32, _inverses: usize): void {}
}
