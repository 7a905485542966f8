import { checkOptions } from '../../option-names.js';
import { checkNumber, checkNumbers } from '../../value-checks.js';
import { checkSize, smoothingOptions } from '../checks.js';
import { isFloat32, isRealArray } from '../real-array.js';
import type { RealArray, Smoothing } from '../program.js';
import { dtw } from './dtw.js';
import { longestOf } from './dtw-potentials.js';

/** The options of `dtwBarycenter`. */
export interface BarycenterOptions extends Partial<Smoothing> {
  /** The length d of a feature vector; default 1. */
  dimensions?: number;
  /** Of each series, not negative; default 1 / series. */
  weights?: ArrayLike<number>;
  /** The vectors of the barycenter; default as many as `initial` has, or the longest series. */
  length?: number;
  /** Where the search starts, [length, d]; default the mean of the series, each stretched to `length`. */
  initial?: RealArray;
  /** Steps of the search; default 100. */
  maximumIterations?: number;
  /**
   * The search ends where no entry of the gradient is larger, or where a step lowers the value by less
   * than this share of it; default 1e-6.
   */
  tolerance?: number;
}
const optionNames = [
  ...['dimensions', 'weights', 'length', 'initial', 'maximumIterations', 'tolerance'],
  ...smoothingOptions,
] as const;

/** What `dtwBarycenter` found. */
export interface Barycenter {
  /** [length, d] */
  barycenter: Float64Array;
  /** Σ weight · DTW_Ω(barycenter, series), with squared distances. */
  value: number;
  iterations: number;
  /** Whether the stopping rule ended the search, not `maximumIterations`. */
  converged: boolean;
}

/**
 * A barycenter of series under smoothed DTW: a local minimum over x of Σ wᵢ DTW_Ω(x, yᵢ), found by
 * L-BFGS. Smoother and deeper minima come with a larger γ (default 1; Ω by default negentropy).
 *
 * The series, each [lengthᵢ, d], may have different lengths; Float32Arrays run on the kernels. Each step
 * takes one gradient of a batch, O(series · length · longest · d).
 *
 * @throws RangeError for a series that is empty or no multiple of `dimensions`, for weights that do not
 *   fit, and for an entry that is not finite, naming the series
 *
 * Sources: Cuturi & Blondel, Soft-DTW, 2017, section 3; Nocedal & Wright, Numerical optimization,
 * algorithm 7.4.
 *
 * @example
 * ```ts
 * import { dtwBarycenter } from 'didyprog';
 *
 * const series = [Float64Array.of(0, 1, 0), Float64Array.of(0, 3, 0)];
 * const { barycenter } = dtwBarycenter(series, { gamma: 0.01 });
 * console.log(barycenter.length); // 3
 * ```
 */
export function dtwBarycenter(
  series: readonly RealArray[],
  options: BarycenterOptions = {},
): Barycenter {
  checkOptions('dtwBarycenter', options, optionNames);
  const { dimensions = 1, maximumIterations = 100, tolerance = 1e-6 } = options;
  checkSize('dimensions', dimensions, 1);
  checkSize('maximumIterations', maximumIterations, 0);
  checkNumber('tolerance', tolerance, 'notNegative');
  const lengths = checkSeries(series, dimensions);
  const weights = checkWeights(options.weights, series.length);
  const cols = longestOf(lengths);
  const { initial } = options;
  const started = initial === undefined ? cols : checkOne('initial', initial, dimensions);
  const rows = options.length ?? started;
  checkSize('length', rows, 1);
  if (initial && initial.length !== rows * dimensions) {
    throw new RangeError(
      `initial has ${initial.length} entries: length ${rows} needs ${rows * dimensions}`,
    );
  }
  const single = series.every(isFloat32);
  const array = (size: number) => (single ? new Float32Array(size) : new Float64Array(size));
  const colFeatures = array(series.length * cols * dimensions);
  series.forEach((one, item) => colFeatures.set(one, item * cols * dimensions));
  const { omega = 'negentropy', gamma = 1 } = options;
  const sizes = { batch: series.length, rows, cols, colLengths: lengths, omega, gamma };
  const program = dtw(sizes);

  /** The value at x and, in `slope`, its gradient. */
  const evaluate = (x: Float64Array, slope: Float64Array): number => {
    slope.fill(0);
    // A copy of x for each series: a shared one's gradient would be a sum without weights.
    const rowFeatures = array(series.length * x.length);
    for (let item = 0; item < series.length; item++) rowFeatures.set(x, item * x.length);
    const { value, gradient } = program.gradient({ rowFeatures, colFeatures });
    let total = 0;
    for (let item = 0; item < series.length; item++) {
      total += weights[item]! * value[item]!;
      for (let k = 0; k < x.length; k++) {
        slope[k]! += weights[item]! * gradient.rowFeatures[item * x.length + k]!;
      }
    }
    return total;
  };
  const start = initial
    ? Float64Array.from(initial)
    : stretchedMean(series, weights, rows, dimensions);
  return minimise(evaluate, start, maximumIterations, tolerance);
}

function checkSeries(series: readonly RealArray[], dimensions: number): number[] {
  if (!Array.isArray(series) || series.length === 0) {
    throw new RangeError('series must be a list of one series or more');
  }
  return series.map((one: RealArray, item) => checkOne(`series[${item}]`, one, dimensions));
}

/** @returns the length of a series, checked */
function checkOne(name: string, series: RealArray, dimensions: number): number {
  if (!isRealArray(series)) throw new TypeError(`${name} must be a Float32Array or a Float64Array`);
  const { length } = series;
  if (length === 0 || length % dimensions !== 0) {
    throw new RangeError(
      `${name} has ${length} entries: it must have a multiple of ${dimensions}, not 0`,
    );
  }
  const wrong = series.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return length / dimensions;
  throw new RangeError(`${name}[${wrong}] is ${series[wrong]}: it must be finite`);
}

function checkWeights(weights: ArrayLike<number> | undefined, count: number): Float64Array {
  if (weights === undefined) return new Float64Array(count).fill(1 / count);
  checkNumbers('weights', weights, 'weights');
  if (weights.length !== count) {
    throw new RangeError(`${weights.length} weights: there are ${count} series`);
  }
  const checked = Float64Array.from(weights, (weight, item) => {
    checkNumber(`weights[${item}]`, weight, 'notNegative');
    return weight;
  });
  if (checked.some((weight) => weight > 0)) return checked;
  throw new RangeError('every weight is 0: at least one must be greater');
}

/** The weighted mean of the series, each read at `length` evenly spaced places. */
function stretchedMean(
  series: readonly RealArray[],
  weights: Float64Array,
  length: number,
  dimensions: number,
): Float64Array {
  const mean = new Float64Array(length * dimensions);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  series.forEach((one, item) => {
    const last = one.length / dimensions - 1;
    for (let i = 0; i < length; i++) {
      const place = length > 1 ? (i * last) / (length - 1) : last / 2;
      const before = Math.floor(place);
      const after = Math.min(before + 1, last);
      for (let k = 0; k < dimensions; k++) {
        const [a, b] = [one[before * dimensions + k]!, one[after * dimensions + k]!];
        mean[i * dimensions + k]! += (weights[item]! / total) * (a + (b - a) * (place - before));
      }
    }
  });
  return mean;
}

/** Steps and changes of the gradient that L-BFGS remembers. */
const MEMORY = 10;

/** L-BFGS with a backtracking search for a sufficient decrease. */
function minimise(
  evaluate: (x: Float64Array, slope: Float64Array) => number,
  start: Float64Array,
  maximumIterations: number,
  tolerance: number,
): Barycenter {
  let x = start;
  let slope = new Float64Array(x.length);
  let value = evaluate(x, slope);
  const past: { step: Float64Array; change: Float64Array; product: number }[] = [];
  let iterations = 0;
  let converged = largest(slope) <= tolerance;
  while (!converged && iterations < maximumIterations) {
    const direction = descent(slope, past);
    let decrease = dot(direction, slope);
    if (!(decrease < 0)) {
      past.length = 0;
      direction.set(slope.map((s) => -s));
      decrease = dot(direction, slope);
    }
    // The first step knows nothing of the curvature: at most 1 along any axis, of large series a thousandth.
    const most = Math.max(1, largest(x) / 1000);
    let length = past.length > 0 ? 1 : Math.min(1, most / largest(slope));
    const nextSlope = new Float64Array(x.length);
    let next = x;
    let nextValue = Infinity;
    for (let halvings = 0; halvings < 40; halvings++, length /= 2) {
      next = x.map((at, k) => at + length * direction[k]!);
      nextValue = evaluate(next, nextSlope);
      if (nextValue <= value + 1e-4 * length * decrease) break;
    }
    iterations++;
    if (!(nextValue < value)) {
      converged = true;
      break;
    }
    const step = next.map((at, k) => at - x[k]!);
    const change = nextSlope.map((s, k) => s - slope[k]!);
    const product = dot(step, change);
    if (product > 1e-12 * dot(change, change)) past.push({ step, change, product });
    if (past.length > MEMORY) past.shift();
    const gain = value - nextValue;
    [x, slope, value] = [next, nextSlope, nextValue];
    converged = largest(slope) <= tolerance || gain <= tolerance * Math.abs(value);
  }
  return { barycenter: x, value, iterations, converged };
}

/** −H·slope, H the estimate of the inverse Hessian by the last steps. */
function descent(
  slope: Float64Array,
  past: readonly { step: Float64Array; change: Float64Array; product: number }[],
): Float64Array {
  const direction = slope.map((s) => -s);
  const shares: number[] = [];
  for (const { step, change, product } of past.toReversed()) {
    const share = dot(step, direction) / product;
    shares.unshift(share);
    change.forEach((c, k) => (direction[k]! -= share * c));
  }
  const last = past.at(-1);
  if (last) {
    const scale = last.product / dot(last.change, last.change);
    direction.forEach((d, k) => (direction[k] = scale * d));
  }
  past.forEach(({ step, change, product }, at) => {
    const share = shares[at]! - dot(change, direction) / product;
    step.forEach((s, k) => (direction[k]! += share * s));
  });
  return direction;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
const largest = (a: Float64Array) => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
