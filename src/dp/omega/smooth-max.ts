import { nearest } from '../../nearest.js';
import { quoted } from '../../visible.js';
import { isFloat32, isRealArray, type RealArray } from '../real-array.js';
import { createSmoother } from './smoothers.js';
import { createMax, gammaTooSmall, largestScore, type Smoothing } from './table.js';

/** Scores of one maximum. */
export type MaxScores = RealArray | readonly number[];
/** The type of a result: that of a typed array, and float64 for plain numbers. */
export type ArrayLikeOf<X> = X extends RealArray ? X : Float64Array;

/**
 * max_γΩ(x) over the simplex and its gradient, the local argmax.
 *
 * @param x scores [n], n ≥ 1; -Infinity forbids an entry
 * @returns value, and argmax [n] of the type of `x` (of plain numbers: a Float64Array), non-negative with sum 1
 * @throws TypeError for an x that is no array of numbers and for a misspelt option; RangeError for an empty
 *   x, a NaN or +Infinity (with its index), nothing but -Infinity, a bad γ or one too small for x
 *
 * O(n) for negentropy and hard, expected O(n) for l2, O(n log n) for entmax15. Mensch & Blondel
 * 2018, section 2.
 *
 * @example
 * ```ts
 * import { smoothMax } from 'didyprog';
 *
 * const { value, argmax } = smoothMax([1, 2, 0], { omega: 'l2' });
 * console.log(value, argmax.join()); // 1.5 0,1,0
 * ```
 */
export function smoothMax<X extends MaxScores>(
  x: X,
  smoothing: Smoothing,
): { value: number; argmax: ArrayLikeOf<X> } {
  const max = createMax(smoothing);
  const scores = checkedScores(x, smoothing);
  const q = new Float64Array(x.length);
  const value = max(scores, x.length, q);
  return { value, argmax: sameType(x, q) };
}

/**
 * ∇²max_γΩ(x)·z, the derivative of the local argmax in direction z. l2 is piecewise quadratic: at
 * a kink this is the element of the generalised Hessian with support {argmax > 0}.
 *
 * @param x scores [n], as for `smoothMax`
 * @param z direction [n], finite
 * @returns product [n] of the type of `x`, with sum 0
 * @throws as `smoothMax`
 *
 * O(n) beside `smoothMax`. Mensch & Blondel 2018, section 2.
 *
 * @example
 * ```ts
 * import { smoothMaxProduct } from 'didyprog';
 *
 * console.log(smoothMaxProduct([0, 0], [1, 0], { omega: 'negentropy' }).join()); // 0.25,-0.25
 * ```
 */
export function smoothMaxProduct<X extends MaxScores>(
  x: X,
  z: MaxScores,
  smoothing: Smoothing,
): ArrayLikeOf<X> {
  const smoother = createSmoother(smoothing);
  const scores = checkedScores(x, smoothing);
  checkType('z', z);
  if (z.length !== x.length) {
    throw new RangeError(`z has ${z.length} entries: it must have as many as x, ${x.length}`);
  }
  for (let i = 0; i < z.length; i++) {
    const slope = z[i]!;
    if (!Number.isFinite(slope)) {
      throw new RangeError(`z[${i}] is ${quoted(slope)}: it must be finite`);
    }
    checkQuotient(`z[${i}]`, slope, smoothing);
  }
  const q = new Float64Array(x.length);
  const out = new Float64Array(x.length);
  smoother.max(scores, x.length, q);
  smoother.product(scores, q, Float64Array.from(z), x.length, out);
  return sameType(x, out);
}

function checkedScores(x: MaxScores, smoothing: Smoothing): Float64Array {
  checkType('x', x);
  for (const name in smoothing) {
    const meant = nearest(name, ['omega', 'gamma']);
    if (meant && meant !== name) {
      throw new TypeError(`${quoted(name)} is no option (did you mean '${meant}'?)`);
    }
  }
  for (let i = 0; i < x.length; i++) {
    const score = x[i]!;
    if (score === -Infinity) continue;
    // Without the types it may be what would become a number.
    if (!Number.isFinite(score)) {
      throw new RangeError(`x[${i}] is ${quoted(score)}: it must be finite, or -Infinity`);
    }
    checkQuotient(`x[${i}]`, score, smoothing);
  }
  const scores = Float64Array.from(x);
  if (scores.some(Number.isFinite)) return scores;
  throw new RangeError(`x has ${x.length} entries: one must be finite`);
}

function checkType(name: string, x: unknown): void {
  if (isRealArray(x) || Array.isArray(x)) return;
  throw new TypeError(`${name} must be an Array, a Float32Array or a Float64Array`);
}

function checkQuotient(name: string, entry: number, { omega, gamma = 1 }: Smoothing): void {
  // A hard maximum does not divide.
  if (omega !== 'hard' && Math.abs(entry) > largestScore(gamma))
    throw gammaTooSmall(gamma, name, entry);
}

function sameType<X extends MaxScores>(like: X, values: Float64Array): ArrayLikeOf<X> {
  return (isFloat32(like) ? Float32Array.from(values) : values) as ArrayLikeOf<X>;
}
