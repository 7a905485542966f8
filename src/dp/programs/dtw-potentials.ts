import { checkLength, indexOf } from '../checks.js';
import type { Layer } from '../graph.js';
import { gammaTooSmall, largestScore } from '../omega/index.js';
import type { ItemPotentials, OpenPotentials, PotentialForm, ScoreRange } from '../potentials.js';
import type { RealArray } from '../program.js';
import { type Cost, type CostName, resolveCost } from './costs.js';

/** In place of an axis that is as long as the array says. */
const ANY = -1;

/** The sizes of a batch of DTW problems; an item may use less than `rows` and `cols`. */
export interface DtwShape {
  readonly batch: number;
  readonly rows: number;
  readonly cols: number;
  readonly rowLengths: Int32Array;
  readonly colLengths: Int32Array;
}

/**
 * DTW costs by their features: theta[i][j] = cost(rowFeatures[i], colFeatures[j]), never
 * materialised. `cost` belongs to theta; directions, gradients and products go without.
 */
export interface DtwFeatures<A extends RealArray = RealArray> {
  /** [batch, rows, d] */
  rowFeatures: A;
  /** [batch, cols, d] */
  colFeatures: A;
  /** Default 'squaredEuclidean'. */
  cost?: Cost | CostName;
}

/**
 * The form of theta for features: costs are computed a row at a time and differentiated by the chain
 * rule.
 */
export function featureForm(shape: DtwShape): PotentialForm {
  const { rows, cols } = shape;
  return {
    parts: [
      { name: 'rowFeatures', shape: [rows, ANY] },
      { name: 'colFeatures', shape: [cols, ANY] },
    ],
    settings: ['cost'],
    open: (theta, z, range) =>
      new FeaturePotentials(shape, theta as DtwFeatures, z as DtwFeatures, range),
  };
}

/** A row of costs as the recursion asks for it: its first and its last column. */
function rowOf({ slices }: Layer, cols: number) {
  const { start, length } = slices[0]!;
  const i = Math.floor(start / cols);
  const first = start - i * cols;
  return { i, first, last: first + length - 1 };
}

class FeaturePotentials implements OpenPotentials {
  readonly #shape: DtwShape;
  readonly #cost: Cost;
  readonly #depth: number;
  readonly #theta: DtwFeatures;
  readonly #rows: Vectors;
  readonly #cols: Vectors;
  readonly #zRows: Vectors | undefined;
  readonly #zCols: Vectors | undefined;
  #gradient: DtwFeatures<Float64Array> | undefined;
  #product: DtwFeatures<Float64Array> | undefined;

  constructor(
    shape: DtwShape,
    theta: DtwFeatures,
    z: DtwFeatures | undefined,
    readonly range: ScoreRange,
  ) {
    this.#shape = shape;
    this.#theta = theta;
    this.#cost = resolveCost(theta.cost ?? 'squaredEuclidean');
    this.#depth = checkFeatures('theta', shape, theta);
    this.#rows = new Vectors(theta.rowFeatures, shape.rows, this.#depth);
    this.#cols = new Vectors(theta.colFeatures, shape.cols, this.#depth);
    if (!z) return;
    if (checkFeatures('z', shape, z) !== this.#depth) {
      throw new RangeError(`z must have as many features as theta, ${this.#depth}`);
    }
    this.#zRows = new Vectors(z.rowFeatures, shape.rows, this.#depth);
    this.#zCols = new Vectors(z.colFeatures, shape.cols, this.#depth);
  }

  item(item: number): ItemPotentials {
    const { rows, cols } = this.#shape;
    const cost = this.#cost;
    const depth = this.#depth;
    const { gamma, precision } = this.range;
    const limit = largestScore(gamma, precision);
    const xs = this.#rows.ofItem(item);
    const ys = this.#cols.ofItem(item);
    const zxs = this.#zRows?.ofItem(item);
    const zys = this.#zCols?.ofItem(item);
    const into = (result: DtwFeatures<Float64Array>) => ({
      rows: views(result.rowFeatures, item * rows, rows, depth),
      cols: views(result.colFeatures, item * cols, cols, depth),
    });
    let results:
      { gradient: ReturnType<typeof into>; product?: ReturnType<typeof into> } | undefined;
    return {
      read(layer, scores) {
        if (layer.slices.length === 0) return;
        const { i, first, last } = rowOf(layer, cols);
        for (let j = first; j <= last; j++) {
          const value = cost.value(xs[i]!, ys[j]!);
          if (!(value > -Infinity)) {
            throw new RangeError(
              `cost ${cost.name} of row ${i} and column ${j} of batch item ${item} is ${value}: ` +
                'costs must be finite, or Infinity to forbid',
            );
          }
          if (value < Infinity && Math.abs(value) > limit) {
            const which = `the cost of row ${i} and column ${j} of batch item ${item}`;
            throw gammaTooSmall(gamma, which, value, precision);
          }
          scores[j - first] = -value;
        }
      },
      readDirection(layer, slopes) {
        if (layer.slices.length === 0) return;
        const { i, first, last } = rowOf(layer, cols);
        for (let j = first; j <= last; j++) {
          const slope = cost.directional(xs[i]!, ys[j]!, zxs![i]!, zys![j]!);
          // A forbidden pair may have no derivative; nothing flows through it.
          slopes[j - first] = Number.isFinite(slope) ? -slope : 0;
        }
      },
      write: (layer, expected, product) => {
        if (layer.slices.length === 0) return;
        const { i, first, last } = rowOf(layer, cols);
        results ??= {
          gradient: into((this.#gradient ??= this.#zeros())),
          ...(product && { product: into((this.#product ??= this.#zeros())) }),
        };
        const dx = results.gradient;
        const dxDot = results.product;
        for (let j = first; j <= last; j++) {
          const mass = expected[j - first]!;
          if (mass !== 0) cost.addGradient(xs[i]!, ys[j]!, mass, dx.rows[i]!, dx.cols[j]!);
          if (!dxDot) continue;
          const massDot = product![j - first]!;
          const pair = [dxDot.rows[i]!, dxDot.cols[j]!] as const;
          if (massDot !== 0) cost.addGradient(xs[i]!, ys[j]!, massDot, ...pair);
          if (mass !== 0) cost.addProduct(xs[i]!, ys[j]!, zxs![i]!, zys![j]!, mass, ...pair);
        }
      },
    };
  }

  gradient(): DtwFeatures {
    return this.#rounded((this.#gradient ??= this.#zeros()));
  }

  product(): DtwFeatures {
    return this.#rounded((this.#product ??= this.#zeros()));
  }

  #zeros(): DtwFeatures<Float64Array> {
    return {
      rowFeatures: new Float64Array(this.#theta.rowFeatures.length),
      colFeatures: new Float64Array(this.#theta.colFeatures.length),
    };
  }

  #rounded(result: DtwFeatures<Float64Array>): DtwFeatures {
    return {
      rowFeatures: sameType(this.#theta.rowFeatures, result.rowFeatures),
      colFeatures: sameType(this.#theta.colFeatures, result.colFeatures),
    };
  }
}

/**
 * Checks the sizes of features, and their entries as far as an item's lengths go. Returns the length
 * of their vectors.
 */
export function checkFeatures(name: string, shape: DtwShape, features: DtwFeatures): number {
  const { batch, rows, cols, rowLengths, colLengths } = shape;
  const { rowFeatures, colFeatures } = features;
  const depth = Math.max(1, Math.floor(rowFeatures.length / (batch * rows)));
  checkVectors(`${name}.rowFeatures`, rowFeatures, [batch, rows, depth], rowLengths);
  checkVectors(`${name}.colFeatures`, colFeatures, [batch, cols, depth], colLengths);
  return depth;
}

function checkVectors(
  name: string,
  array: RealArray,
  shape: readonly [batch: number, count: number, depth: number],
  lengths: Int32Array,
): void {
  checkLength(name, array, shape);
  const [batch, count, depth] = shape;
  for (let item = 0; item < batch; item++) {
    const first = item * count * depth;
    for (let at = first; at < first + lengths[item]! * depth; at++) {
      if (Number.isFinite(array[at]!)) continue;
      throw new RangeError(
        `${name}[${indexOf(at, shape).join('][')}] is ${array[at]} (flat index ${at}): it must be finite`,
      );
    }
  }
}

/** The feature vectors of a batch in float64. */
class Vectors {
  readonly #values: Float64Array;
  constructor(
    values: RealArray,
    readonly count: number,
    readonly depth: number,
  ) {
    this.#values = values instanceof Float64Array ? values : Float64Array.from(values);
  }
  ofItem(item: number): Float64Array[] {
    return views(this.#values, item * this.count, this.count, this.depth);
  }
}

function views(values: Float64Array, start: number, count: number, depth: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) =>
    values.subarray((start + i) * depth, (start + i + 1) * depth),
  );
}

function sameType<A extends RealArray>(like: A, values: Float64Array): A {
  return (like instanceof Float32Array ? Float32Array.from(values) : values) as A;
}
