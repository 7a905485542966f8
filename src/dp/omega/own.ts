import { forbidAll, largest, type Smoother } from './smoother.js';

/**
 * A strongly convex regulariser Ω of the user's own, by its maximum and that maximum's first two
 * derivatives at γ = 1. `x` holds finite numbers only, shifted so that its largest entry is 0;
 * forbidden entries never arrive here.
 */
export interface Regularizer {
  /** max_Ω(x) = max over the simplex of ⟨p, x⟩ − Ω(p). */
  max(x: Float64Array): number;
  /** ∇max_Ω(x): the maximising point of the simplex, same length as `x`. */
  argmax(x: Float64Array): ArrayLike<number>;
  /** ∇²max_Ω(x)·z, same length as `x`. */
  product(x: Float64Array, z: Float64Array): ArrayLike<number>;
  /**
   * Ω at a vertex of the simplex, default 0: what one step of a 0/1 path costs, for the convex
   * (Fenchel–Young) loss.
   */
  vertex?: number;
}

/** Whether `omega` has the members of a regulariser. */
export function isRegularizer(omega: unknown): omega is Regularizer {
  if (typeof omega !== 'object' || omega === null) return false;
  const { max, argmax, product } = omega as Partial<Regularizer>;
  return [max, argmax, product].every((member) => typeof member === 'function');
}

/** A user's regulariser: forbidden entries are left out and the largest entry is shifted to 0. */
export function own(regularizer: Regularizer, gamma: number): Smoother {
  const gather = (x: Float64Array, n: number) => {
    const top = largest(x, n);
    const allowed: number[] = [];
    for (let i = 0; i < n; i++) if (x[i]! > -Infinity) allowed.push(i);
    return { top, allowed, scaled: Float64Array.from(allowed, (i) => (x[i]! - top) / gamma) };
  };
  const checked = (method: string, result: ArrayLike<number>, n: number) => {
    if (result?.length !== n) {
      throw new TypeError(
        `the regularizer's ${method} returned ${result?.length ?? typeof result} entries for ` +
          `${n} scores: it must return as many`,
      );
    }
    return result;
  };
  return {
    vertexCost: gamma * (regularizer.vertex ?? 0),
    logShare: (_x, q) => Math.log(q),
    max(x, n, q) {
      const { top, allowed, scaled } = gather(x, n);
      if (allowed.length === 0) return forbidAll(q, n);
      const p = checked('argmax', regularizer.argmax(scaled.slice()), allowed.length);
      q.fill(0, 0, n);
      allowed.forEach((i, k) => (q[i] = p[k]!));
      return top + gamma * regularizer.max(scaled);
    },
    product(x, q, z, n, out) {
      const { allowed, scaled } = gather(x, n);
      out.fill(0, 0, n);
      if (allowed.length === 0) return;
      const direction = Float64Array.from(allowed, (i) => (q[i]! > 0 ? z[i]! : 0));
      const product = checked('product', regularizer.product(scaled, direction), allowed.length);
      allowed.forEach((i, k) => (out[i] = product[k]! / gamma));
    },
  };
}
