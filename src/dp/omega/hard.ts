import type { Smoother, SmoothMax } from './smoother.js';

/** Ω = 0: the maximum itself; the first maximiser takes all (one element of the subdifferential). */
export const hardMax: SmoothMax = (x, n, q) => {
  let best = 0;
  for (let i = 0; i < n; i++) {
    q[i] = 0;
    if (x[i]! > x[best]!) best = i;
  }
  if (x[best]! > -Infinity) q[best] = 1;
  return x[best]!;
};

/** With its derivatives: the Hessian is 0. */
export const hard: Smoother = {
  max: hardMax,
  product(_x, _q, _z, n, out) {
    out.fill(0, 0, n);
  },
};
