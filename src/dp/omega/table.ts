import { quoted } from '../../visible.js';
import { entmax15 } from './entmax15.js';
import { hard } from './hard.js';
import { l2 } from './l2.js';
import { negentropy } from './negentropy.js';
import { isRegularizer, own, type Regularizer } from './own.js';
import type { Smoother } from './smoother.js';

/**
 * The regularisers by name, each as the smoother it makes of γ. This is the one table of them:
 * config schemas, the command line, the fast path and reports read the names from here.
 */
const smoothers = {
  negentropy,
  l2,
  entmax15,
  hard: () => hard,
} satisfies Record<string, (gamma: number) => Smoother>;

/** The name of a regulariser Ω that the package has. */
export type OmegaName = keyof typeof smoothers;

/** Their names: 'negentropy', 'l2', 'entmax15', 'hard'. */
export const omegaNames = Object.keys(smoothers) as [OmegaName, ...OmegaName[]];

/** The names of those that are strongly convex: with them expected paths have a derivative. */
export const smoothOmegaNames = omegaNames.filter((name) => name !== 'hard');

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
 * Checks Ω and γ and returns their smoother.
 * @throws RangeError for a γ that is not a positive finite number or an unknown Ω
 */
export function createSmoother({ omega, gamma = 1 }: Smoothing): Smoother {
  if (!(typeof gamma === 'number' && gamma > 0 && gamma < Infinity)) {
    throw new RangeError(`gamma is ${quoted(gamma)}: it must be a finite number greater than 0`);
  }
  if (isOmegaName(omega)) return smoothers[omega](gamma);
  if (isRegularizer(omega)) return own(omega, gamma);
  throw new RangeError(
    `omega is ${quoted(omega)}${suggestion(omega)}: it must be ` +
      `${omegaNames.map((name) => `'${name}'`).join(', ')} or an object { max, argmax, product }`,
  );
}

/** Whether `omega` is the name of a regulariser. */
export function isOmegaName(omega: unknown): omega is OmegaName {
  return typeof omega === 'string' && Object.hasOwn(smoothers, omega);
}

/** The name that a misspelt one comes closest to, if one is close. */
function suggestion(omega: unknown): string {
  if (typeof omega !== 'string') return '';
  const distances = omegaNames.map((name) => editDistance(omega.toLowerCase(), name));
  const least = Math.min(...distances);
  const nearest = omegaNames[distances.indexOf(least)]!;
  return least <= nearest.length / 2 ? ` (did you mean '${nearest}'?)` : '';
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, swap));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A precision, in which θ/γ must stay well within what it can hold. */
export type Precision = 'float32' | 'float64';
const largestQuotient = { float32: 1e36, float64: 1e300 };

/** The largest score, or entry of a direction, whose quotient by γ is well within a precision. */
export function largestScore(gamma: number, precision: Precision = 'float64'): number {
  return Math.min(Number.MAX_VALUE, gamma * largestQuotient[precision]);
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
