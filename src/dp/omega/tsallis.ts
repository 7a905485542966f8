import { quoted } from '../../visible.js';
import type { Regularizer } from './own.js';

/**
 * Ω(p) = (Σ p^α − 1)/(α(α − 1)), Tsallis' entropy, negated, for any α > 1. The argmax is
 * max((α − 1)x − τ, 0)^(1/(α − 1)), sparse, with τ by bisection. α = 1.5 is 'entmax15' and α = 2
 * is 'l2' but for a constant: here Ω is 0 at the vertices. Near 1 it is close to 'negentropy'.
 *
 * @throws RangeError for an α that is not a finite number above 1
 *
 * O(n) and some 60 rounds. Source: Peters, Niculae & Martins 2019, section 3 and algorithm 1.
 *
 * @example
 * ```ts
 * import { smoothMax, tsallis } from 'didyprog';
 *
 * const { argmax } = smoothMax([1, 0.5], { omega: tsallis(2) });
 * console.log(Array.from(argmax, (p) => p.toFixed(3)).join()); // 0.750,0.250
 * ```
 */
export function tsallis(alpha: number): Regularizer {
  if (!(typeof alpha === 'number' && alpha > 1 && alpha < Infinity)) {
    throw new RangeError(`alpha is ${quoted(alpha)}: it must be a finite number greater than 1`);
  }
  const excess = alpha - 1;
  /** max(excess · score − τ, 0)^(1/excess) for τ = excess · t − 1, exact for an excess near 0 too. */
  const share = (score: number, t: number) => {
    const base = excess * (score - t);
    return base > -1 ? Math.exp(Math.log1p(base) / excess) : 0;
  };

  const argmax = (x: Float64Array): Float64Array => {
    // With the largest score at 0, its share is 1 at τ = −1 and 1/n at τ = −n^(1 − α).
    let low = 0;
    let high = -Math.expm1(-excess * Math.log(x.length)) / excess;
    for (;;) {
      const middle = (low + high) / 2;
      if (!(low < middle && middle < high)) break;
      let total = 0;
      for (const score of x) total += share(score, middle);
      if (total > 1) low = middle;
      else high = middle;
    }
    const p = x.map((score) => share(score, low));
    const total = p.reduce((sum, q) => sum + q, 0);
    return p.map((q) => q / total);
  };

  return {
    argmax,
    max(x) {
      // Σ q^α − 1 = Σ q (q^(α − 1) − 1): the difference of two large numbers near α = 1.
      let value = 0;
      argmax(x).forEach((q, i) => {
        if (q > 0) value += q * (x[i]! - Math.expm1(excess * Math.log(q)) / (alpha * excess));
      });
      return value;
    },
    product(x, z) {
      // diag(s) − ssᵀ/Σs with s = q^(2 − α) on the support.
      const s = argmax(x).map((q) => (q > 0 ? q ** (2 - alpha) : 0));
      const total = s.reduce((sum, root) => sum + root, 0);
      const mean = s.reduce((sum, root, i) => sum + (root / total) * z[i]!, 0);
      return s.map((root, i) => root * (z[i]! - mean));
    },
  };
}
