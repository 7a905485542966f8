import type { RealArray, Smoothing } from '../program.js';

/**
 * A strongly convex regulariser Ω of the user's own, by its maximum and that maximum's first two
 * derivatives at γ = 1. `x` holds finite numbers only, shifted so that its largest entry is 0;
 * forbidden entries never arrive here.
 */
export interface Regularizer {
  /** max_Ω(x) = max over the simplex of ⟨p, x⟩ − Ω(p). */
  max(x: Float64Array): number;
  /** ∇max_Ω(x): the maximising point of the simplex, same length as `x`. */
  argmax(x: Float64Array): ArrayLike<number>;
  /** ∇²max_Ω(x)·z, same length as `x`. */
  product(x: Float64Array, z: Float64Array): ArrayLike<number>;
  /**
   * Ω at a vertex of the simplex, default 0: what one step of a 0/1 path costs, for the convex
   * (Fenchel–Young) loss.
   */
  vertex?: number;
}

/**
 * The regulariser Ω. negentropy: Ω(p) = Σ p log p, max_Ω is log-sum-exp; l2: Ω(p) = ½‖p‖², the
 * maximiser is the projection on the simplex and sparse; hard: Ω = 0.
 */
export type Omega = 'negentropy' | 'l2' | 'hard' | Regularizer;

/**
 * max_γΩ with its derivatives on buffers: what every recursion is written over. `x`, `q`, `z` and
 * `out` are used on [0, n); entries of `x` that are -Infinity are forbidden and get probability 0.
 */
export interface Smoother {
  /** Writes the local argmax of `x` to `q` and returns max_γΩ(x); all forbidden: -Infinity, q = 0. */
  max(x: Float64Array, n: number, q: Float64Array): number;
  /** Writes ∇²max_γΩ(x)·z to `out`; `q` is the local argmax at `x`. Where q = 0, z may be anything. */
  product(x: Float64Array, q: Float64Array, z: Float64Array, n: number, out: Float64Array): void;
  /**
   * log of one share `q` of the local argmax, at score `x` where the maximum is `value`: finite
   * also where a softmax's share itself underflows to 0.
   */
  logShare(x: number, q: number, value: number): number;
  /** γ·Ω at a vertex of the simplex: what each max on a 0/1 path contributes to Ω(Y). */
  readonly vertexCost: number;
}

/**
 * Checks Ω and γ and returns their smoother.
 * @throws RangeError for a γ that is not a positive finite number or an unknown Ω
 */
export function createSmoother({ omega, gamma = 1 }: Smoothing): Smoother {
  if (!(gamma > 0 && gamma < Infinity)) {
    throw new RangeError(`gamma is ${gamma}: it must be a finite number greater than 0`);
  }
  if (omega === 'negentropy') return negentropy(gamma);
  if (omega === 'l2') return l2(gamma);
  if (omega === 'hard') return hard;
  if (isRegularizer(omega)) return custom(omega, gamma);
  throw new RangeError(
    `omega is ${JSON.stringify(omega)}: it must be 'negentropy', 'l2', 'hard' ` +
      'or an object { max, argmax, product }',
  );
}

function isRegularizer(omega: unknown): omega is Regularizer {
  if (typeof omega !== 'object' || omega === null) return false;
  const { max, argmax, product } = omega as Partial<Regularizer>;
  return [max, argmax, product].every((member) => typeof member === 'function');
}

/** Shares that are 0 by definition, not by underflow. */
const logOfShare = (_x: number, q: number) => Math.log(q);

/** Log-sum-exp and softmax; the Hessian is (diag(q) − qqᵀ)/γ. */
function negentropy(gamma: number): Smoother {
  return {
    vertexCost: 0,
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
      if (q > 1e-300) return Math.log(q);
      return x === -Infinity ? -Infinity : (x - value) / gamma;
    },
  };
}

/**
 * Projection on the simplex (Michelot 1986: drop what falls below the threshold until nothing
 * does); the Hessian is (I − 11ᵀ/|support|)/γ on the support {q > 0}.
 */
function l2(gamma: number): Smoother {
  return {
    vertexCost: gamma / 2,
    logShare: logOfShare,
    max(x, n, q) {
      const top = largest(x, n);
      if (top === -Infinity) return forbidAll(q, n);
      // Only entries within γ of the largest can be in the support: its threshold is at least −1.
      let support = 0;
      let total = 0;
      for (let i = 0; i < n; i++) {
        q[i] = (x[i]! - top) / gamma;
        if (q[i]! > -1) {
          support++;
          total += q[i]!;
        }
      }
      let threshold = (total - 1) / support;
      // The threshold rises and the support shrinks, but for rounding: an entry that lies exactly
      // on the threshold may seem to come back, and then stays out.
      for (let before = Infinity; support < before;) {
        before = support;
        support = 0;
        total = 0;
        for (let i = 0; i < n; i++) {
          if (q[i]! > threshold) {
            support++;
            total += q[i]!;
          }
        }
        if (support < before) threshold = (total - 1) / support;
      }
      let value = 0;
      for (let i = 0; i < n; i++) {
        const scaled = q[i]!;
        const p = Math.max(0, scaled - threshold);
        if (p > 0) value += p * scaled - 0.5 * p * p;
        q[i] = p;
      }
      return top + gamma * value;
    },
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

/** The maximum itself; the first maximiser takes all (one element of the subdifferential). */
const hard: Smoother = {
  vertexCost: 0,
  logShare: logOfShare,
  max(x, n, q) {
    let best = -1;
    let top = -Infinity;
    for (let i = 0; i < n; i++) {
      q[i] = 0;
      if (x[i]! > top) {
        top = x[i]!;
        best = i;
      }
    }
    if (best >= 0) q[best] = 1;
    return top;
  },
  product(_x, _q, _z, n, out) {
    out.fill(0, 0, n);
  },
};

/** A user's regulariser: forbidden entries are left out and the largest entry is shifted to 0. */
function custom(regularizer: Regularizer, gamma: number): Smoother {
  const gather = (x: Float64Array, n: number) => {
    const top = largest(x, n);
    const allowed: number[] = [];
    for (let i = 0; i < n; i++) if (x[i]! > -Infinity) allowed.push(i);
    return { top, allowed, scaled: Float64Array.from(allowed, (i) => (x[i]! - top) / gamma) };
  };
  return {
    vertexCost: gamma * (regularizer.vertex ?? 0),
    logShare: logOfShare,
    max(x, n, q) {
      const { top, allowed, scaled } = gather(x, n);
      if (allowed.length === 0) return forbidAll(q, n);
      const p = regularizer.argmax(scaled.slice());
      q.fill(0, 0, n);
      allowed.forEach((i, k) => (q[i] = p[k]!));
      return top + gamma * regularizer.max(scaled);
    },
    product(x, q, z, n, out) {
      const { allowed, scaled } = gather(x, n);
      out.fill(0, 0, n);
      if (allowed.length === 0) return;
      const direction = Float64Array.from(allowed, (i) => (q[i]! > 0 ? z[i]! : 0));
      const product = regularizer.product(scaled, direction);
      allowed.forEach((i, k) => (out[i] = product[k]! / gamma));
    },
  };
}

function largest(x: Float64Array, n: number): number {
  let top = -Infinity;
  for (let i = 0; i < n; i++) if (x[i]! > top) top = x[i]!;
  return top;
}

function forbidAll(q: Float64Array, n: number): number {
  q.fill(0, 0, n);
  return -Infinity;
}

/**
 * max_γΩ(x) over the simplex and its gradient, the local argmax.
 *
 * @param x scores [n], n ≥ 1; -Infinity forbids an entry
 * @returns value, and argmax [n] of the type of `x`, non-negative with sum 1
 * @throws RangeError for an empty x, a NaN or +Infinity (with its index), nothing but -Infinity,
 *   or a bad γ
 *
 * O(n) for negentropy and hard, expected O(n) for l2. Mensch & Blondel 2018, section 2.
 */
export function smoothMax<A extends RealArray>(
  x: A,
  smoothing: Smoothing,
): { value: number; argmax: A } {
  const smoother = createSmoother(smoothing);
  const scores = checkedScores(x);
  const q = new Float64Array(x.length);
  const value = smoother.max(scores, x.length, q);
  return { value, argmax: sameType(x, q) };
}

/**
 * ∇²max_γΩ(x)·z, the derivative of the local argmax in direction z. l2 is piecewise quadratic: at
 * a kink this is the element of the generalised Hessian with support {argmax > 0}.
 *
 * @param x scores [n], as for `smoothMax`
 * @param z direction [n]
 * @returns product [n] of the type of `x`, with sum 0
 */
export function smoothMaxProduct<A extends RealArray>(x: A, z: A, smoothing: Smoothing): A {
  const smoother = createSmoother(smoothing);
  const scores = checkedScores(x);
  if (z.length !== x.length) {
    throw new RangeError(`z has ${z.length} entries: it must have as many as x, ${x.length}`);
  }
  const q = new Float64Array(x.length);
  const out = new Float64Array(x.length);
  smoother.max(scores, x.length, q);
  smoother.product(scores, q, Float64Array.from(z), x.length, out);
  return sameType(x, out);
}

function checkedScores(x: RealArray): Float64Array {
  if (x.length === 0) throw new RangeError('x is empty: a maximum needs at least one entry');
  let allowed = false;
  for (let i = 0; i < x.length; i++) {
    if (!(x[i]! < Infinity)) {
      throw new RangeError(`x[${i}] is ${x[i]}: scores must be finite, or -Infinity to forbid`);
    }
    allowed ||= x[i]! > -Infinity;
  }
  if (!allowed) throw new RangeError('every entry of x is -Infinity: at least one must be allowed');
  return Float64Array.from(x);
}

function sameType<A extends RealArray>(like: A, values: Float64Array): A {
  return (like instanceof Float32Array ? Float32Array.from(values) : values) as A;
}
