import { scaled, type Smoother, type UnitMax } from './smoother.js';

/** Below this the logarithm of a share is better taken from its score. */
const SMALL_SHARE = 1e-300;

/** Ω(p) = Σ p log p: log-sum-exp and softmax. */
export const negentropyMax: UnitMax = (q, n) => {
  let total = 0;
  for (let i = 0; i < n; i++) {
    // The largest entry needs no exponential: half of them, in a DTW of two moves.
    q[i] = q[i] === 0 ? 1 : Math.exp(q[i]!);
    total += q[i]!;
  }
  if (total === 1) return 0;
  for (let i = 0; i < n; i++) q[i]! /= total;
  return Math.log(total);
};

/** With its derivatives: the Hessian is (diag(q) − qqᵀ)/γ. */
export function negentropy(gamma: number): Smoother {
  return {
    max: scaled(gamma, negentropyMax),
    product(_x, q, z, n, out) {
      let mean = 0;
      for (let i = 0; i < n; i++) if (q[i]! > 0) mean += q[i]! * z[i]!;
      for (let i = 0; i < n; i++) out[i] = q[i]! > 0 ? (q[i]! * (z[i]! - mean)) / gamma : 0;
    },
    logShare(x, q, value) {
      // Where q is an ordinary number its logarithm is the more exact of the two: value rounds.
      if (q > SMALL_SHARE) return Math.log(q);
      return x === -Infinity ? -Infinity : (x - value) / gamma;
    },
  };
}
