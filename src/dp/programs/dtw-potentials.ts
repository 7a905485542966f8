import { checkLength, indexOf, smoothingOptions } from '../checks.js';
import type { Layer } from '../graph.js';
import { gammaTooSmall, LARGEST, largestScore } from '../omega/table.js';
import type { ItemPotentials, OpenPotentials, PotentialForm, ScoreRange } from '../potentials.js';
import { isFloat32, type RealArray } from '../real-array.js';
import { type Cost, type CostName, isNamed, resolveCost } from './costs.js';

/** The options of `dtw` and of its divergence. */
export const dtwOptionNames = [
  'batch',
  'rows',
  'cols',
  'rowLengths',
  'colLengths',
  'moves',
  'band',
  'memory',
  ...smoothingOptions,
] as const;

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
  /** [batch, rows, d], or [rows, d]: one series against those of a batch. */
  rowFeatures: A;
  /** [batch, cols, d], or [cols, d]; one of the two must have the batch. */
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
      { name: 'rowFeatures', shape: [rows, ANY], shared: true },
      { name: 'colFeatures', shape: [cols, ANY], shared: true },
    ],
    settings: ['cost'],
    noIndicator: 'the paths of features have no indicator: give costs as an array',
    open: (theta, z, range) =>
      new FeaturePotentials(shape, theta as DtwFeatures, z as DtwFeatures, range),
  };
}

/** How features lie in their arrays. */
export interface FeatureLayout {
  /** The length of a vector. */
  readonly depth: number;
  /** The vectors from one item's first row, or column, to the next one's: 0 if items share a series. */
  readonly rowStep: number;
  readonly colStep: number;
}

const isDepth = (depth: number) => Number.isInteger(depth) && depth >= 1;

/** Of features that fit the shape: how they lie in their arrays. */
export function layoutOf(
  { batch, rows, cols }: Pick<DtwShape, 'batch' | 'rows' | 'cols'>,
  features: DtwFeatures,
): FeatureLayout {
  const { rowFeatures, colFeatures } = features;
  const [rowDepth, colDepth] = [
    rowFeatures.length / (batch * rows),
    colFeatures.length / (batch * cols),
  ];
  if (batch > 1 && isDepth(colDepth) && rowFeatures.length === rows * colDepth) {
    return { depth: colDepth, rowStep: 0, colStep: cols };
  }
  if (batch > 1 && isDepth(rowDepth) && colFeatures.length === cols * rowDepth) {
    return { depth: rowDepth, rowStep: rows, colStep: 0 };
  }
  return { depth: Math.max(1, Math.floor(rowDepth)), rowStep: rows, colStep: cols };
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
  readonly #layout: FeatureLayout;
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
    this.#layout = checkFeatures('theta', shape, theta);
    const { depth, rowStep, colStep } = this.#layout;
    this.#rows = new Vectors(theta.rowFeatures, shape.rows, rowStep, depth);
    this.#cols = new Vectors(theta.colFeatures, shape.cols, colStep, depth);
    if (!z) return;
    const own = checkFeatures('z', shape, z);
    if (own.depth !== depth || own.rowStep !== rowStep || own.colStep !== colStep) {
      throw new RangeError(`z must have the shapes of theta, with ${depth} features`);
    }
    this.#zRows = new Vectors(z.rowFeatures, shape.rows, rowStep, depth);
    this.#zCols = new Vectors(z.colFeatures, shape.cols, colStep, depth);
  }

  item(item: number): ItemPotentials {
    const { rows, cols } = this.#shape;
    const cost = this.#cost;
    const { depth, rowStep, colStep } = this.#layout;
    const { gamma, precision } = this.range;
    const limit = largestScore(gamma, precision);
    const xs = this.#rows.ofItem(item);
    const ys = this.#cols.ofItem(item);
    const zxs = this.#zRows?.ofItem(item);
    const zys = this.#zCols?.ofItem(item);
    const into = (result: DtwFeatures<Float64Array>) => ({
      rows: views(result.rowFeatures, item * rowStep, rows, depth),
      cols: views(result.colFeatures, item * colStep, cols, depth),
    });
    const costOf = (i: number, j: number) =>
      `the cost of row ${i} and column ${j} of batch item ${item}`;
    let results:
      | { gradient: ReturnType<typeof into>; product?: ReturnType<typeof into> }
      | undefined;
    return {
      read(layer, scores) {
        if (layer.slices.length === 0) return;
        const { i, first, last } = rowOf(layer, cols);
        for (let j = first; j <= last; j++) {
          const value = cost.value(xs[i]!, ys[j]!);
          if (!(value >= -LARGEST) || (value > LARGEST && value < Infinity)) {
            throw new RangeError(
              `cost ${cost.name} of row ${i} and column ${j} of batch item ${item} is ${value}: ` +
                `costs must be within ±${LARGEST}, or Infinity to forbid`,
            );
          }
          // None of those with a name forbids.
          if (value === Infinity && isNamed(cost))
            throw new RangeError(`${costOf(i, j)} leaves float64`);
          if (value < Infinity && Math.abs(value) > limit) {
            throw gammaTooSmall(gamma, costOf(i, j), value, precision);
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

/** By a loop: a batch may have more items than a function takes arguments. */
export function longestOf(lengths: Iterable<number>): number {
  let longest = 0;
  for (const length of lengths) longest = Math.max(longest, length);
  return longest;
}

/** Checks the sizes of features, and their entries as far as an item's lengths go. */
export function checkFeatures(name: string, shape: DtwShape, features: DtwFeatures): FeatureLayout {
  const { rows, cols, rowLengths, colLengths } = shape;
  const layout = layoutOf(shape, features);
  const { depth, rowStep, colStep } = layout;
  const check = (part: keyof typeof features & string, lengths: Int32Array, step: number) => {
    const array = features[part] as RealArray;
    const count = part === 'rowFeatures' ? rows : cols;
    if (step > 0) checkVectors(`${name}.${part}`, array, [shape.batch, count, depth], lengths);
    // A shared series counts as far as its longest use.
    else checkVectors(`${name}.${part}`, array, [1, count, depth], [longestOf(lengths)]);
  };
  check('rowFeatures', rowLengths, rowStep);
  check('colFeatures', colLengths, colStep);
  return layout;
}

function checkVectors(
  name: string,
  array: RealArray,
  shape: readonly [series: number, count: number, depth: number],
  lengths: ArrayLike<number>,
): void {
  checkLength(name, array, shape);
  const [series, count, depth] = shape;
  for (let item = 0; item < series; item++) {
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
    readonly step: number,
    readonly depth: number,
  ) {
    this.#values = values instanceof Float64Array ? values : Float64Array.from(values);
  }
  ofItem(item: number): Float64Array[] {
    return views(this.#values, item * this.step, this.count, this.depth);
  }
}

function views(values: Float64Array, start: number, count: number, depth: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) =>
    values.subarray((start + i) * depth, (start + i + 1) * depth),
  );
}

function sameType<A extends RealArray>(like: A, values: Float64Array): A {
  return (isFloat32(like) ? Float32Array.from(values) : values) as A;
}
