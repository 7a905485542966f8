import { log2Normal, power2Below, powersOfFour } from '../simd/binary';
import { Smooth } from './omega';
import { FAR, largest, sumOf, term } from './rows';

// In float32: the polynomial of 2^f on [−½, ½], fitted for the least relative error (2e-9), 1 at 0.
const P1: f32 = 0.6931471824645996;
const P2: f32 = 0.24022647738456726;
const P3: f32 = 0.055503323674201965;
const P4: f32 = 0.00961843691766262;
const P5: f32 = 0.0013398873852565885;
const P6: f32 = 0.00015353360504377633;

// In float64: the Taylor polynomial of 2^f, which errs by less than 3e-13 on [−½, ½].
const LN2: f64 = 0.6931471805599453;
const T2: f64 = (LN2 * LN2) / 2;
const T3: f64 = (T2 * LN2) / 3;
const T4: f64 = (T3 * LN2) / 4;
const T5: f64 = (T4 * LN2) / 5;
const T6: f64 = (T5 * LN2) / 6;
const T7: f64 = (T6 * LN2) / 7;
const T8: f64 = (T7 * LN2) / 8;
const T9: f64 = (T8 * LN2) / 9;
const T10: f64 = (T9 * LN2) / 10;

/** 2^52, in whose sum with a small whole number that number is the low bits. */
const WHOLE: f64 = 4503599627370496;
const BIAS: f64 = 1023;

/** exp of a running value y, over 2^top; 0 where it is not reached. */
// @inline
function powerOf(y: v128, top: v128): v128 {
  const whole = f64x2.floor(y);
  const mantissa = f64x2.add(f64x2.splat(1), f64x2.sub(y, whole));
  // pmax takes its first operand where the second is no number.
  const exponent = f64x2.pmax(f64x2.splat(-BIAS), f64x2.sub(whole, top));
  const power = i64x2.shl(f64x2.add(exponent, f64x2.splat(WHOLE + BIAS)), 52);
  return v128.and(f64x2.mul(mantissa, power), f64x2.gt(y, f64x2.splat(-Infinity)));
}

/** A sum of powers above this has lost nothing that matters to underflow. */
const ENOUGH: f32 = 1e-25;

/** Ω(p) = Σ p log p: the maximum is log₂ Σ 2^x, in units of γ / log₂e. */
@unmanaged
export class Negentropy extends Smooth {
  @inline
  override get rate(): f64 {
    return 1.4426950408889634;
  }

  @inline
  override get weighsByShare(): bool {
    return true;
  }

  @inline
  override weight(q: v128): v128 {
    return q;
  }

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
    const size = (<usize>states) << 4;
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
    const size = (<usize>count) << 4;
    for (let at: usize = 0; at < size; at += 16) {
      const sum = v128.load(sums + at);
      const alive = f32x4.gt(sum, zero);
      v128.store(inverses + at, v128.and(f32x4.div(one, sum), alive));
      const value = f32x4.add(v128.load(tops + at), log2Normal(sum));
      v128.store(sums + at, v128.bitselect(value, f32x4.splat(-Infinity), alive));
    }
  }

  // The running value of DTW is m·2^k for exp(V/γ), m in [1, 2): a cell takes one exponential of its
  // own cost and no logarithm.

  @inline
  override get zero(): f32 {
    return 1;
  }

  @inline
  override candidate(fraction: v128, integer: v128, top: v128): v128 {
    const base = i32x4.sub(top, i32x4.splat(127));
    const exponent = i32x4.max_s(i32x4.sub(integer, base), i32x4.splat(0));
    return f32x4.mul(fraction, i32x4.shl(exponent, 23));
  }

  @inline
  override level(a: v128, b: v128, c: v128, hasLeft: bool): v128 {
    const sum = f32x4.add(a, b);
    return hasLeft ? f32x4.add(sum, c) : sum;
  }

  @inline
  override reached(maximum: v128, _top: v128): v128 {
    return f32x4.gt(maximum, f32x4.splat(0));
  }

  @inline
  override part(candidate: v128, _level: v128): v128 {
    return candidate;
  }

  @inline
  override normaliser(level: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.pmax(f32x4.splat(1e-30), level));
  }

  @inline
  override share(part: v128, normaliser: v128): v128 {
    return f32x4.mul(part, normaliser);
  }

  @inline
  override get sumErrs(): bool {
    return true;
  }

  @inline
  override maximum(level: v128, _a: v128, _b: v128, _c: v128, _hasLeft: bool): v128 {
    return level;
  }

  @inline
  override power(rest: v128): v128 {
    let power = f32x4.add(f32x4.splat(P5), f32x4.mul(f32x4.splat(P6), rest));
    power = f32x4.add(f32x4.splat(P4), f32x4.mul(power, rest));
    power = f32x4.add(f32x4.splat(P3), f32x4.mul(power, rest));
    power = f32x4.add(f32x4.splat(P2), f32x4.mul(power, rest));
    power = f32x4.add(f32x4.splat(P1), f32x4.mul(power, rest));
    return f32x4.add(f32x4.splat(1), f32x4.mul(power, rest));
  }

  @inline
  override moved(fraction: v128, power: v128): v128 {
    return f32x4.mul(fraction, power);
  }

  @inline
  override levelOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
    return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  }

  @inline
  override lift(_part: v128): v128 {
    return f32x4.splat(0);
  }

  override levelOfMany(candidates: usize, count: i32): f32 {
    const end = candidates + ((<usize>count) << 2);
    let sum: f64 = 0;
    while (candidates < end) {
      // Few enough for float32 at a time.
      const pause = min(end, candidates + 4096);
      let part = f32x4.splat(0);
      for (; candidates < pause; candidates += 16) part = f32x4.add(part, v128.load(candidates));
      sum += <f64>sumOf(part);
    }
    return f32(sum);
  }

  @inline
  override fraction(total: v128): v128 {
    return v128.or(v128.and(total, i32x4.splat(0x7fffff)), f32x4.splat(1));
  }

  @inline
  override integer(total: v128, integer: v128): v128 {
    return i32x4.add(i32x4.sub(integer, i32x4.splat(127)), i32x4.shr_u(total, 23));
  }

  /**
   * Keeps k + (m − 1) for m·2^k: no more than log₂ is it bounded by a float's range, but it is taken
   * apart and put together without a logarithm.
   */
  @inline
  override cell(d: v128, u: v128, l: v128, score: v128, hasLeft: bool): v128 {
    let most = f64x2.pmax(d, u);
    if (hasLeft) most = f64x2.pmax(most, l);
    const top = f64x2.floor(most);
    let sum = f64x2.add(powerOf(d, top), powerOf(u, top));
    if (hasLeft) sum = f64x2.add(sum, powerOf(l, top));
    const whole = f64x2.nearest(score);
    const rest = f64x2.sub(score, whole);
    let power = f64x2.add(f64x2.splat(T9), f64x2.mul(f64x2.splat(T10), rest));
    power = f64x2.add(f64x2.splat(T8), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(T7), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(T6), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(T5), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(T4), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(T3), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(T2), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(LN2), f64x2.mul(power, rest));
    power = f64x2.add(f64x2.splat(1), f64x2.mul(power, rest));
    const total = f64x2.mul(sum, power);
    // Taken apart by its bits, which are finite also where `total` is not: then −Infinity is in `top`
    // or in `whole`, and is the result.
    const raised = v128.or(i64x2.shr_u(total, 52), f64x2.splat(WHOLE));
    const exponent = f64x2.sub(raised, f64x2.splat(WHOLE + BIAS));
    const fraction = v128.and(total, i64x2.splat(0xfffffffffffff));
    const mantissa = v128.or(fraction, f64x2.splat(1));
    const integer = f64x2.add(f64x2.add(top, whole), exponent);
    return f64x2.add(integer, f64x2.sub(mantissa, f64x2.splat(1)));
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
  const size = (<usize>states) << 4;
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
