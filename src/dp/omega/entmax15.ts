import { scaled, type Smoother, type UnitMax } from './smoother.js';

/** From this many candidates on the built-in sort is faster than sorting by insertion. */
const MANY = 24;

/**
 * Ω(p) = (Σ p^1.5 − 1)/0.75, Tsallis' entropy with α = 1.5, negated. The argmax is
 * q = max(x/2 − τ, 0)² with τ from the sorted scores, exactly. Peters, Niculae & Martins 2019,
 * algorithm 2.
 */
export const entmax15Max: UnitMax = (q, n) => {
  for (let i = 0; i < n; i++) q[i]! /= 2;
  const tau = threshold(q, n);
  let value = 4 / 3;
  for (let i = 0; i < n; i++) {
    const half = q[i]!;
    const root = Math.max(0, half - tau);
    q[i] = root * root;
    if (root > 0) value += root * root * (2 * half - (4 / 3) * root);
  }
  return value;
};

let sorted = new Float64Array(MANY);

/** τ for halved scores u ≤ 0, of which one is 0. */
function threshold(u: Float64Array, n: number): number {
  if (sorted.length < n) sorted = new Float64Array(2 * n);
  // The root of the largest score's share is −τ, so τ ≥ −1: scores of −1 and less get nothing.
  let count = 0;
  for (let i = 0; i < n; i++) if (u[i]! > -1) sorted[count++] = u[i]!;
  sortDescending(sorted, count);
  // τ_k solves Σ (u_i − τ_k)² = 1 over the k largest, by their mean and squared deviations. The
  // support is the largest k whose last score reaches its own τ_k.
  let mean = 0;
  let deviation = 0;
  let tau = -1;
  for (let k = 1; k <= count; k++) {
    const score = sorted[k - 1]!;
    const from = score - mean;
    mean += from / k;
    deviation += from * (score - mean);
    const next = mean - Math.sqrt(Math.max(0, 1 - deviation) / k);
    if (next > score) break;
    tau = next;
  }
  return tau;
}

/** With its derivatives: the Hessian is (diag(s) − ssᵀ/Σs)/γ with s = √q. */
export function entmax15(gamma: number): Smoother {
  return {
    max: scaled(gamma, entmax15Max),
    product(_x, q, z, n, out) {
      let total = 0;
      let mean = 0;
      for (let i = 0; i < n; i++) {
        const root = Math.sqrt(q[i]!);
        out[i] = root;
        total += root;
        if (root > 0) mean += root * z[i]!;
      }
      mean /= total;
      for (let i = 0; i < n; i++) out[i] = out[i]! > 0 ? (out[i]! * (z[i]! - mean)) / gamma : 0;
    },
  };
}

function sortDescending(values: Float64Array, count: number): void {
  if (count > MANY) {
    values.subarray(0, count).sort().reverse();
    return;
  }
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > 0 && values[at - 1]! < value; at--) values[at] = values[at - 1]!;
    values[at] = value;
  }
}
