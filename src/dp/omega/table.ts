import { nearest } from '../../nearest.js';
import { quoted } from '../../visible.js';
import { entmax15Max } from './entmax15.js';
import { hardMax } from './hard.js';
import { l2Max } from './l2.js';
import { negentropyMax } from './negentropy.js';
import { isRegularizer, ownMax, type Regularizer } from './own.js';
import { scaled, type SmoothMax } from './smoother.js';

/** The name of a regulariser Ω that the package has. */
export type OmegaName = 'negentropy' | 'l2' | 'entmax15' | 'hard';

/**
 * The regularisers by name, each as the maximum that it makes of γ. This is the one table of them:
 * config schemas, the command line, the fast path and reports read the names from here, and the
 * compiler sees that `smoothers` has them all.
 */
const maxima: Record<OmegaName, (gamma: number) => SmoothMax> = {
  negentropy: (gamma) => scaled(gamma, negentropyMax),
  l2: (gamma) => scaled(gamma, l2Max),
  entmax15: (gamma) => scaled(gamma, entmax15Max),
  hard: () => hardMax,
};

/**
 * Their names: 'negentropy', 'l2', 'entmax15', 'hard'.
 *
 * @example
 * ```ts
 * import { omegaNames } from 'didyprog';
 *
 * console.log(omegaNames.join()); // negentropy,l2,entmax15,hard
 * ```
 */
export const omegaNames = Object.keys(maxima) as [OmegaName, ...OmegaName[]];

/**
 * The regulariser Ω. negentropy: Ω(p) = Σ p log p, max_Ω is log-sum-exp; l2: Ω(p) = ½‖p‖², the
 * maximiser is the projection on the simplex and sparse; entmax15: Ω(p) = (Σ p^1.5 − 1)/0.75,
 * sparse like l2 and smooth like negentropy; hard: Ω = 0. Or one of the user's own.
 */
export type Omega = OmegaName | Regularizer;

/** The regulariser Ω and its strength γ > 0 (default 1): max_γΩ(x) = γ·max_Ω(x/γ). */
export interface Smoothing {
  omega: Omega;
  gamma?: number;
}

/**
 * Checks Ω and γ and returns what they make.
 * @param named what there is for each Ω of a name; `own` for those of the user's own
 * @throws RangeError for a γ that is not a positive finite number or an unknown Ω
 */
export function byOmega<T>(
  smoothing: Smoothing,
  named: Record<OmegaName, (gamma: number) => T>,
  own: (regularizer: Regularizer, gamma: number) => T,
): T {
  // Without the types it may be missing.
  const { omega, gamma = 1 } = Object(smoothing) as Smoothing;
  if (!(Number.isFinite(gamma) && gamma > 0)) {
    throw new RangeError(`gamma is ${quoted(gamma)}: it must be a finite number greater than 0`);
  }
  const name = omegaNames.find((one) => one === omega);
  if (name) return named[name](gamma);
  if (isRegularizer(omega)) return own(omega, gamma);
  const near = typeof omega === 'string' && nearest(omega, omegaNames);
  throw new RangeError(
    `omega is ${quoted(omega)}${near ? ` (did you mean '${near}'?)` : ''}: it must be ` +
      `'${omegaNames.join("', '")}' or an object { max, argmax, product }`,
  );
}

/** The maximum alone. */
export function createMax(smoothing: Smoothing): SmoothMax {
  return byOmega(smoothing, maxima, ownMax);
}

/** A precision, in which θ/γ must stay well within what it can hold. */
export type Precision = 'float32' | 'float64';
const largestQuotient = { float32: 1e36, float64: 1e300 };

/** The largest potential, or entry of a direction: sums of millions of them are within float64. */
export const LARGEST = 1e300;

/** The largest score, or entry of a direction, whose quotient by γ is well within a precision. */
export function largestScore(gamma: number, precision: Precision = 'float64'): number {
  return gamma * largestQuotient[precision];
}

/** The error for a γ that is too small for an entry of theta, of z or of a maximum's scores. */
export function gammaTooSmall(
  gamma: number,
  name: string,
  entry: number,
  precision: Precision = 'float64',
): RangeError {
  return new RangeError(
    `gamma is ${gamma}, too small for ${name}, ${entry}: their quotient leaves ${precision}. ` +
      `gamma must be at least ${Math.abs(entry) / largestQuotient[precision]}`,
  );
}
