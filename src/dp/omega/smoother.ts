/**
 * max_γΩ with its derivatives on buffers: what every recursion is written over. `x`, `q`, `z` and
 * `out` are used on [0, n), n ≥ 1. Entries of `x` that are -Infinity are forbidden and get
 * probability 0.
 */
export interface Smoother {
  /** Writes the local argmax of `x` to `q` and returns max_γΩ(x); all forbidden: -Infinity, q = 0. */
  max(x: Float64Array, n: number, q: Float64Array): number;
  /** Writes ∇²max_γΩ(x)·z to `out`; `q` is the local argmax at `x`. Where q = 0, z may be anything. */
  product(x: Float64Array, q: Float64Array, z: Float64Array, n: number, out: Float64Array): void;
  /**
   * log of one share `q` of the local argmax, at score `x` where the maximum is `value`: finite
   * also where a softmax's share itself underflows to 0.
   */
  logShare(x: number, q: number, value: number): number;
  /** γ·Ω at a vertex of the simplex: what each max on a 0/1 path contributes to Ω(Y). */
  readonly vertexCost: number;
  /** d/dp of γ·Ω's part of one share, for a separable Ω: at the argmax it is x − τ where q > 0. */
  slope?(share: number): number;
  /** The second derivative of that part. */
  curvature?(share: number): number;
}

/** The largest of n scores. */
export function largest(x: Float64Array, n: number): number {
  let top = -Infinity;
  for (let i = 0; i < n; i++) if (x[i]! > top) top = x[i]!;
  return top;
}

/** The result of `max` where every entry is forbidden. */
export function forbidAll(q: Float64Array, n: number): number {
  q.fill(0, 0, n);
  return -Infinity;
}
