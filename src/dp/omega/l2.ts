import { scaled, type Smoother, type UnitMax } from './smoother.js';

/**
 * Ω(p) = ½‖p‖²: the projection on the simplex (Michelot 1986: drop what falls below the threshold
 * until nothing does).
 */
export const l2Max: UnitMax = (q, n) => {
  // Only entries within 1 of the largest can be in the support: its threshold is at least −1. It
  // rises and the support shrinks, but for rounding: an entry that lies exactly on the threshold
  // may seem to come back, and then stays out.
  let threshold = -1;
  for (let before = Infinity; ;) {
    let support = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      if (q[i]! > threshold) {
        support++;
        total += q[i]!;
      }
    }
    if (support >= before) break;
    before = support;
    threshold = (total - 1) / support;
  }
  let value = 0;
  for (let i = 0; i < n; i++) {
    const scaled = q[i]!;
    const p = Math.max(0, scaled - threshold);
    if (p > 0) value += p * scaled - 0.5 * p * p;
    q[i] = p;
  }
  return value;
};

/** With its derivatives: the Hessian is (I − 11ᵀ/|support|)/γ on the support {q > 0}. */
export function l2(gamma: number): Smoother {
  return {
    vertexCost: gamma / 2,
    max: scaled(gamma, l2Max),
    product(_x, q, z, n, out) {
      let mean = 0;
      let support = 0;
      for (let i = 0; i < n; i++) {
        if (q[i]! > 0) {
          mean += z[i]!;
          support++;
        }
      }
      mean /= support;
      for (let i = 0; i < n; i++) out[i] = q[i]! > 0 ? (z[i]! - mean) / gamma : 0;
    },
  };
}
