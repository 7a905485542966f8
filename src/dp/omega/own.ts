import { checkOptions } from '../../option-names.js';
import { shortened } from '../../visible.js';
import { largest, scaled, type Smoother, type SmoothMax } from './smoother.js';

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
  const members = Object(omega) as Partial<Regularizer>;
  return (['max', 'argmax', 'product'] as const).every(
    (member) => typeof members[member] === 'function',
  );
}

/** The places of the first n scores that are not forbidden; `x` has room for the node of most edges. */
const allowedOf = (x: Float64Array, n: number) =>
  [...Array(n).keys()].filter((i) => x[i]! > -Infinity);

/** What a member of a regulariser gave, if it is what it must be. */
function checked<T>(member: string, given: T, isFit: boolean, wanted: string): T {
  if (isFit) return given;
  throw new TypeError(`omega.${member} gave ${shortened(String(given))}, not ${wanted}`);
}

/** A user's regulariser: forbidden entries are left out. */
export function ownMax(regularizer: Regularizer, gamma: number): SmoothMax {
  return scaled(gamma, (q, n) => {
    const places = allowedOf(q, n);
    const x = Float64Array.from(places, (i) => q[i]!);
    const p = regularizer.argmax(x.slice());
    q.fill(0, 0, n);
    let sum = 0;
    // Below 0 may be what rounding leaves.
    places.forEach((i, k) => (sum += q[i] = Number(p?.[k]) > -1e-9 ? Math.max(0, p[k]!) : NaN));
    checked('argmax', p, Math.abs(sum - 1) < 1e-3 && p.length === places.length, 'shares of sum 1');
    const value = regularizer.max(x);
    return checked('max', value, Number.isFinite(value), 'a finite number');
  });
}

/** The same with its derivatives. */
export function own(regularizer: Regularizer, gamma: number): Smoother {
  checkOptions('omega', regularizer, ['vertex']);
  const { vertex = 0 } = regularizer;
  checked('vertex', vertex, Number.isFinite(vertex), 'a finite number');
  return {
    vertexCost: gamma * vertex,
    max: ownMax(regularizer, gamma),
    product(x, q, z, n, out) {
      const top = largest(x, n);
      const places = allowedOf(x, n);
      out.fill(0, 0, n);
      if (places.length === 0) return;
      const scores = Float64Array.from(places, (i) => (x[i]! - top) / gamma);
      const direction = Float64Array.from(places, (i) => (q[i]! > 0 ? z[i]! : 0));
      const product = regularizer.product(scores, direction);
      let sum = 0;
      places.forEach((i, k) => (sum += out[i] = Number(product?.[k]) / gamma));
      const isFit = Number.isFinite(sum) && product.length === places.length;
      checked('product', product, isFit, 'finite numbers');
    },
  };
}
