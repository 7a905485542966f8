import { quoted } from '../../visible.js';
import type { Regularizer } from './own.js';

/**
 * Ω(p) = (Σ p^α − 1)/(α(α − 1)), Tsallis' entropy, negated, for any α > 1. The argmax is
 * max((α − 1)x − τ, 0)^(1/(α − 1)), sparse, with τ or the smallest share by bisection, within 1e-12
 * for α up to 100. α = 1.5 is 'entmax15' and α = 2 is 'l2' but for a constant: here Ω is 0 at the
 * vertices. Near 1 it is close to 'negentropy'.
 *
 * @throws RangeError for an α that is not a finite number above 1
 *
 * O(n log n) and some 80 rounds of O(n). Source: Peters, Niculae & Martins 2019, section 3 and algorithm 1.
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
  const argmax =
    alpha > 2
      ? (x: Float64Array) => fromSmallest(x, excess)
      : (x: Float64Array) => fromLargest(x, excess);

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
      // diag(s) − ssᵀ/Σs with s = q^(2 − α) on the support. One s may be far above the others, or infinite:
      // z is taken from there on, and what belongs there is what the others leave.
      const s = argmax(x).map((q) => (q > 0 ? Math.min(1e300, q ** (2 - alpha)) : 0));
      const top = s.reduce((best, root, i) => (root > s[best]! ? i : best), 0);
      const total = s.reduce((sum, root) => sum + root, 0);
      const mean = s.reduce((sum, root, i) => sum + (root / total) * (z[i]! - z[top]!), 0);
      const product = s.map((root, i) => (i === top ? 0 : root * (z[i]! - z[top]! - mean)));
      product[top] = -product.reduce((sum, one) => sum + one, 0);
      return product;
    },
  };
}

/**
 * The argmax for α ≤ 2 by τ: shares change no faster than it. With the largest score at 0, its share is 1 at
 * τ = −1 and 1/n at τ = −n^(1 − α).
 */
function fromLargest(x: Float64Array, excess: number): Float64Array {
  /** max(excess · score − τ, 0)^(1/excess) for τ = excess · t − 1, exact for an excess near 0 too. */
  const share = (score: number, t: number) => {
    const base = excess * (score - t);
    return base > -1 ? Math.exp(Math.log1p(base) / excess) : 0;
  };
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
}

/**
 * The argmax for α > 2 by the smallest share that is not 0: the others change no faster than it, while by τ it
 * would jump, from 0 to 0.13 within a rounding of τ at α = 20.
 */
function fromSmallest(x: Float64Array, excess: number): Float64Array {
  const sorted = x.toSorted().reverse();
  /** Of a score that is `gap` above that of share exp(log): (exp(log)^excess + excess · gap)^(1/excess). */
  const share = (gap: number, log: number) => {
    if (gap === 0) return Math.exp(log);
    const [own, more] = [excess * log, Math.log(excess * gap)];
    const top = Math.max(own, more);
    return Math.exp((top + Math.log1p(Math.exp(-Math.abs(own - more)))) / excess);
  };
  const total = (count: number, smallest: number) => {
    const log = Math.log(smallest);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += share(sorted[i]! - sorted[count - 1]!, log);
    return sum;
  };
  // A score has a share if those above it leave something at a share of 0; it is by halving that the last is found.
  let [count, without] = [1, x.length + 1];
  while (without - count > 1) {
    const middle = (count + without) >> 1;
    if (total(middle, 0) < 1) count = middle;
    else without = middle;
  }
  let [low, high] = [0, 1 / count];
  for (let round = 0; round < 80; round++) {
    const middle = (low + high) / 2;
    if (total(count, middle) > 1) high = middle;
    else low = middle;
  }
  const last = sorted[count - 1]!;
  return x.map((score) => (score < last ? 0 : share(score - last, Math.log(high))));
}
