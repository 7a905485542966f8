/**
 * Writes the local argmax of `x` to `q` and returns max_γΩ(x); all forbidden: -Infinity, q = 0. `x` and
 * `q` are used on [0, n), n ≥ 1. Entries of `x` that are -Infinity are forbidden and get probability 0.
 */
export type SmoothMax = (x: Float64Array, n: number, q: Float64Array) => number;

/** max_γΩ with its derivatives on buffers, used on [0, n): what every recursion is written over. */
export interface Smoother {
  readonly max: SmoothMax;
  /** Writes ∇²max_γΩ(x)·z to `out`; `q` is the local argmax at `x`. Where q = 0, z may be anything. */
  product(x: Float64Array, q: Float64Array, z: Float64Array, n: number, out: Float64Array): void;
  /**
   * log of one share `q` of the local argmax, at score `x` where the maximum is `value`: finite
   * also where a softmax's share itself underflows to 0. Default log q.
   */
  logShare?(x: number, q: number, value: number): number;
  /** γ·Ω at a vertex of the simplex: what each max on a 0/1 path contributes to Ω(Y). Default 0. */
  readonly vertexCost?: number;
}

/**
 * A smoothed maximum at γ = 1: `q` holds n scores, of which the largest is 0 and -Infinity forbidden;
 * it writes the local argmax over them and returns the value.
 */
export type UnitMax = (q: Float64Array, n: number) => number;

/** The largest of n scores. */
export function largest(x: Float64Array, n: number): number {
  let top = -Infinity;
  for (let i = 0; i < n; i++) if (x[i]! > top) top = x[i]!;
  return top;
}

/** max_γΩ of any scores, by max_Ω(x + c) = max_Ω(x) + c and max_γΩ(x) = γ·max_Ω(x/γ). */
export function scaled(gamma: number, unit: UnitMax): SmoothMax {
  return (x, n, q) => {
    const top = largest(x, n);
    if (top === -Infinity) {
      q.fill(0, 0, n);
      return top;
    }
    for (let i = 0; i < n; i++) q[i] = (x[i]! - top) / gamma;
    return top + gamma * unit(q, n);
  };
}
