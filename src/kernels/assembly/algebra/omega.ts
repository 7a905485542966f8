/**
 * What the kernels ask of a regulariser Ω: a class without fields, handed to them as a type parameter
 * and inlined. Ω is called on no object: `changetype<O>(0).weight(q)`.
 *
 * Values and scores are in a unit in which γ is gone, `rate` / γ of it to a score. A smoothed maximum
 * has the local argmax q, whose derivative is q̇ = weight·(ẋ − mean)/γ, with mean the mean of ẋ by
 * these weights: q for negentropy, 1 on the support for l2, √q for entmax15.
 */
// @ts-ignore: decorator
@unmanaged
export abstract class Omega {
  abstract get rate(): f64;

  /** Whether the weight is q itself: then the mean is the derivative of the maximum. */
  abstract get weighsByShare(): bool;

  abstract weight(q: v128): v128;

  /** weight·x. */
  abstract weigh(q: v128, x: v128): v128;

  /**
   * The smoothed maximum of `states` entries of four lanes, x = (score − shift)·scale + value, none
   * above 0. Writes the local argmax to `out`, up to a factor, and that factor to `inverse`.
   * `close` makes the maxima of what is returned; `top` is between the two.
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
}

/** A kernel for any Ω. */
// @ts-ignore: decorator
@unmanaged
export class Kernel {
  run<O extends Omega>(_params: usize, _job: i32, _workspace: usize): void {
    unreachable();
  }
}
