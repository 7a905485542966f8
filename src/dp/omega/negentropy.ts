import { forbidAll, largest, type Smoother } from './smoother.js';

/** Below this the logarithm of a share is better taken from its score. */
const SMALL_SHARE = 1e-300;

/** Ω(p) = Σ p log p: log-sum-exp and softmax; the Hessian is (diag(q) − qqᵀ)/γ. */
export function negentropy(gamma: number): Smoother {
  return {
    vertexCost: 0,
    slope: (share) => gamma * (1 + Math.log(share)),
    curvature: (share) => gamma / share,
    max(x, n, q) {
      const top = largest(x, n);
      if (top === -Infinity) return forbidAll(q, n);
      let total = 0;
      for (let i = 0; i < n; i++) {
        // The largest entry needs no exponential: half of them, in a DTW of two moves.
        const weight = x[i] === top ? 1 : Math.exp((x[i]! - top) / gamma);
        q[i] = weight;
        total += weight;
      }
      if (total === 1) return top;
      for (let i = 0; i < n; i++) q[i]! /= total;
      return top + gamma * Math.log(total);
    },
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
