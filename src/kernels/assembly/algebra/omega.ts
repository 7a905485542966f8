/**
 * What the kernels ask of a regulariser Ω: a class without fields, handed to them as a type parameter
 * and inlined: `changetype<O>(0).rate`.
 */
@unmanaged
export abstract class Omega {
  /** Running values are in a unit without γ: a score times `rate` / γ is in that unit. */
  abstract get rate(): f64;

  /**
   * A cell of DTW in float64: the maximum of the running values before it, diagonally, above and,
   * if `hasLeft`, to the left, plus its score.
   */
  abstract cell(d: v128, u: v128, l: v128, score: v128, hasLeft: bool): v128;
}

/**
 * A smoothed maximum. Its local argmax is q, whose derivative is q̇ = weight·(ẋ − mean)/γ, with mean
 * the mean of ẋ by these weights: q for negentropy, 1 on the support for l2, √q for entmax15.
 */
@unmanaged
export abstract class Smooth extends Omega {
  /** Whether the weight is q itself: then the mean is the derivative of the maximum. */
  abstract get weighsByShare(): bool;

  abstract weight(q: v128): v128;

  /** weight·x. */
  abstract weigh(q: v128, x: v128): v128;

  /**
   * The maximum of `states` entries of four lanes, x = (score − shift)·scale + value, none above 0.
   * Writes the local argmax to `out`, up to a factor, and that factor to `inverse`. `close` makes the
   * maxima of what is returned; `top` is between the two.
   */
  abstract row(
    scores: usize,
    shift: v128,
    scale: v128,
    values: usize,
    states: i32,
    out: usize,
    top: usize,
    inverse: usize,
  ): v128;

  /** Finishes `count` rows, in place: many at once, since a single logarithm is a long chain of steps. */
  abstract close(rows: usize, tops: usize, count: i32, inverses: usize): void;

  // A cell of DTW in float32, whose running values are a fraction and an integer each, so that neither
  // a long path nor a wide spread of values costs accuracy. What no path reaches has fraction 0 and
  // the integer UNREACHED.

  /** The fraction of the value 0. */
  abstract get zero(): f32;

  /** What of a running value is above the integer `top`, the largest of the candidates'. */
  abstract candidate(fraction: v128, integer: v128, top: v128): v128;

  /** What the shares of two or, if `hasLeft`, three candidates follow from. */
  abstract level(a: v128, b: v128, c: v128, hasLeft: bool): v128;

  /** Whether a path reaches any of the candidates, from their `maximum`. */
  abstract reached(maximum: v128, top: v128): v128;

  /** What of a candidate its share is made of. */
  abstract part(candidate: v128, level: v128): v128;

  abstract normaliser(level: v128): v128;

  abstract share(part: v128, normaliser: v128): v128;

  /** Whether rounding leaves the sum of shares so far from 1 that a long path would add it up. */
  abstract get sumErrs(): bool;

  /** The maximum of the candidates whose parts these are. */
  abstract maximum(level: v128, a: v128, b: v128, c: v128, hasLeft: bool): v128;

  /** The fraction `rest` of a score, as `moved` takes it. */
  abstract power(rest: v128): v128;

  /** A running value's fraction and that of a score. */
  abstract moved(fraction: v128, power: v128): v128;

  // What a maximum of more candidates takes.

  /** As `level`, of four candidates. */
  abstract levelOfFour(a: v128, b: v128, c: v128, d: v128): v128;

  /** What the part of one candidate more adds to the maximum. */
  abstract lift(part: v128): v128;

  /** As `level`, of `count` floats in all, of one maximum: a multiple of four, the largest 0 at least. */
  abstract levelOfMany(candidates: usize, count: i32): f32;

  /** A total, `moved`, as the new value's fraction and integer; `integer` is that of all candidates and the score. */
  abstract fraction(total: v128): v128;

  abstract integer(total: v128, integer: v128): v128;
}

/** A kernel for any smoothed maximum. */
@unmanaged
export class SmoothKernel {
  run<_O extends Smooth>(_params: usize, _job: i32, _workspace: usize): void {
    unreachable();
  }
}

/** A kernel for any Ω. */
@unmanaged
export class Kernel extends SmoothKernel {
  override run<_O extends Omega>(_params: usize, _job: i32, _workspace: usize): void {
    unreachable();
  }
}

/** 1.5·2^23: adding and subtracting it rounds to an integer, which its low bits hold meanwhile. */
export const ROUND: f32 = 12582912;
export const ROUND_BITS: i32 = 0x4b400000;
/** The integer part of a running value that no path reaches; its fraction is 0. */
export const UNREACHED: i32 = -0x40000000;
/** A mass below this is 0: products with it would be denormal, which are slow and mean nothing. */
export const LEAST_MASS: f32 = 1e-25;
