import { log2Normal, power2Below, powersOfFour } from '../simd/binary';
import { Omega } from './omega';
import { FAR, largest, term } from './rows';

/** A sum of powers above this has lost nothing that matters to underflow. */
const ENOUGH: f32 = 1e-25;

/** Ω(p) = Σ p log p: the maximum is log₂ Σ 2^x, in units of γ / log₂e. */
// @ts-ignore: decorator
@unmanaged
export class Negentropy extends Omega {
  // @ts-ignore: decorator
  @inline
  override get rate(): f64 {
    return 1.4426950408889634;
  }

  // @ts-ignore: decorator
  @inline
  override get weighsByShare(): bool {
    return true;
  }

  // @ts-ignore: decorator
  @inline
  override weight(q: v128): v128 {
    return q;
  }

  // @ts-ignore: decorator
  @inline
  override weigh(q: v128, x: v128): v128 {
    return f32x4.mul(q, x);
  }

  /** Writes 2^x, or 2^(x − largest) where all are small; `top` receives what was taken off. */
  override row(
    scores: usize,
    shift: v128,
    scale: v128,
    values: usize,
    states: i32,
    out: usize,
    top: usize,
    _inverse: usize,
  ): v128 {
    const size = <usize>states << 4;
    let sum = f32x4.splat(0);
    let sum2 = sum;
    let at: usize = 0;
    for (; at + 48 < size; at += 64) {
      const x0 = term(scores + at, shift, scale, values + at);
      const x1 = term(scores + at + 16, shift, scale, values + at + 16);
      const x2 = term(scores + at + 32, shift, scale, values + at + 32);
      const x3 = term(scores + at + 48, shift, scale, values + at + 48);
      sum = f32x4.add(sum, powersOfFour(x0, x1, x2, x3, out + at));
    }
    for (; at + 16 < size; at += 32) {
      const e = power2Below(term(scores + at, shift, scale, values + at));
      const f = power2Below(term(scores + at + 16, shift, scale, values + at + 16));
      v128.store(out + at, e);
      v128.store(out + at, f, 16);
      sum = f32x4.add(sum, e);
      sum2 = f32x4.add(sum2, f);
    }
    if (at < size) {
      const e = power2Below(term(scores + at, shift, scale, values + at));
      v128.store(out + at, e);
      sum = f32x4.add(sum, e);
    }
    sum = f32x4.add(sum, sum2);
    if (!v128.all_true<i32>(f32x4.gt(sum, f32x4.splat(ENOUGH)))) {
      return smallRow(scores, shift, scale, values, states, out, top);
    }
    v128.store(top, f32x4.splat(0));
    return sum;
  }

  /** The logarithms, and 1 / the sums: 0 where all is forbidden. */
  override close(sums: usize, tops: usize, count: i32, inverses: usize): void {
    const one = f32x4.splat(1);
    const zero = f32x4.splat(0);
    const size = <usize>count << 4;
    for (let at: usize = 0; at < size; at += 16) {
      const sum = v128.load(sums + at);
      const alive = f32x4.gt(sum, zero);
      v128.store(inverses + at, v128.and(f32x4.div(one, sum), alive));
      const value = f32x4.add(v128.load(tops + at), log2Normal(sum));
      v128.store(sums + at, v128.bitselect(value, f32x4.splat(-Infinity), alive));
    }
  }
}

/** A row of a log-sum-exp, from the largest. */
function smallRow(
  scores: usize,
  shift: v128,
  scale: v128,
  values: usize,
  states: i32,
  out: usize,
  top: usize,
): v128 {
  const size = <usize>states << 4;
  const read = largest(scores, shift, scale, values, size, out);
  const base = f32x4.pmax(read, f32x4.splat(FAR));
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < size; at += 16) {
    const e = power2Below(f32x4.sub(v128.load(out + at), base));
    v128.store(out + at, e);
    sum = f32x4.add(sum, e);
  }
  v128.store(top, base);
  return sum;
}
