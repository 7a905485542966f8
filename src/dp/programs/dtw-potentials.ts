import { checkDirection, checkPotentials, zerosLike } from '../checks.js';
import { type Cost, type CostName, resolveCost } from './costs.js';
import type { RowReader, RowWriter } from './dtw-lattice.js';
import type { RealArray } from '../program.js';

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

/** Where a batch's costs and their slopes come from and where gradient and product go. */
export interface Potentials<T> {
  /** An array of the type of the results. */
  readonly like: RealArray;
  costs(item: number): RowReader;
  /** The derivative of the costs along z. */
  slopes(item: number): RowReader;
  /** Takes an item's expected alignment; the rows may come in any order. */
  writer(item: number): RowWriter;
  gradient(): T;
  product(): T;
}

/** Costs [batch, rows, cols], read where they are. */
export function arrayPotentials<A extends RealArray>(
  shape: DtwShape,
  theta: A,
  z?: A,
): Potentials<A> {
  const { batch, rows, cols } = shape;
  checkPotentials('theta', theta, [batch, rows, cols], Infinity);
  if (z) checkDirection('z', z, [batch, rows, cols]);
  let gradient: A | undefined;
  const product = z && zerosLike(theta);
  const reader =
    (values: A) =>
    (item: number): RowReader =>
    (i, from, to, out) => {
      const start = (item * rows + i) * cols;
      for (let j = from; j <= to; j++) out[j] = values[start + j]!;
    };
  return {
    like: theta,
    costs: reader(theta),
    slopes: reader(z ?? theta),
    writer(item) {
      const expected = (gradient ??= zerosLike(theta));
      return (i, from, to, e, eDot) => {
        const start = (item * rows + i) * cols;
        for (let j = from; j <= to; j++) expected[start + j] = e[j + 1]!;
        if (product) for (let j = from; j <= to; j++) product[start + j] = eDot[j + 1]!;
      };
    },
    gradient: () => (gradient ??= zerosLike(theta)),
    product: () => product ?? zerosLike(theta),
  };
}

/** Costs of feature pairs, computed a row at a time and differentiated by the chain rule. */
export function featurePotentials<A extends RealArray>(
  shape: DtwShape,
  theta: DtwFeatures<A>,
  z?: DtwFeatures<A>,
): Potentials<DtwFeatures<A>> {
  const cost = resolveCost(theta.cost ?? 'squaredEuclidean');
  const depth = checkFeatures('theta', shape, theta);
  const rowVectors = new Vectors(theta.rowFeatures, shape.rows, depth);
  const colVectors = new Vectors(theta.colFeatures, shape.cols, depth);
  if (z && checkFeatures('z', shape, z) !== depth) {
    throw new RangeError(`z must have as many features as theta, ${depth}`);
  }
  const zRows = z && new Vectors(z.rowFeatures, shape.rows, depth);
  const zCols = z && new Vectors(z.colFeatures, shape.cols, depth);
  const created = (): DtwFeatures<Float64Array> => ({
    rowFeatures: new Float64Array(theta.rowFeatures.length),
    colFeatures: new Float64Array(theta.colFeatures.length),
  });
  let gradient: DtwFeatures<Float64Array> | undefined;
  const product = z && created();
  const rounded = (result: DtwFeatures<Float64Array>): DtwFeatures<A> => ({
    rowFeatures: sameType(theta.rowFeatures, result.rowFeatures),
    colFeatures: sameType(theta.colFeatures, result.colFeatures),
  });

  return {
    like: theta.rowFeatures,
    costs(item) {
      const xs = rowVectors.ofItem(item);
      const ys = colVectors.ofItem(item);
      return (i, from, to, out) => {
        for (let j = from; j <= to; j++) {
          const value = cost.value(xs[i]!, ys[j]!);
          if (!(value > -Infinity)) {
            throw new RangeError(
              `cost ${cost.name} of row ${i} and column ${j} of batch item ${item} is ${value}: ` +
                'costs must be finite, or Infinity to forbid',
            );
          }
          out[j] = value;
        }
      };
    },
    slopes(item) {
      const xs = rowVectors.ofItem(item);
      const ys = colVectors.ofItem(item);
      const zxs = zRows!.ofItem(item);
      const zys = zCols!.ofItem(item);
      return (i, from, to, out) => {
        for (let j = from; j <= to; j++) {
          const slope = cost.directional(xs[i]!, ys[j]!, zxs[i]!, zys[j]!);
          // A forbidden pair may have no derivative; nothing flows through it.
          out[j] = Number.isFinite(slope) ? slope : 0;
        }
      };
    },
    writer(item) {
      const xs = rowVectors.ofItem(item);
      const ys = colVectors.ofItem(item);
      const zxs = zRows?.ofItem(item);
      const zys = zCols?.ofItem(item);
      const into = (result: DtwFeatures<Float64Array>) => ({
        rows: views(result.rowFeatures, item * shape.rows, shape.rows, depth),
        cols: views(result.colFeatures, item * shape.cols, shape.cols, depth),
      });
      const dx = into((gradient ??= created()));
      const dxDot = product && into(product);
      return (i, from, to, e, eDot) => {
        const x = xs[i]!;
        for (let j = from; j <= to; j++) {
          const y = ys[j]!;
          const mass = e[j + 1]!;
          if (mass !== 0) cost.addGradient(x, y, mass, dx.rows[i]!, dx.cols[j]!);
          if (!dxDot) continue;
          const massDot = eDot[j + 1]!;
          const pair = [dxDot.rows[i]!, dxDot.cols[j]!] as const;
          if (massDot !== 0) cost.addGradient(x, y, massDot, ...pair);
          if (mass !== 0) cost.addProduct(x, y, zxs![i]!, zys![j]!, mass, ...pair);
        }
      };
    },
    gradient: () => rounded((gradient ??= created())),
    product: () => rounded(product ?? created()),
  };
}

/** Checks the sizes and entries of features. Returns the length of their vectors. */
export function checkFeatures(name: string, shape: DtwShape, features: DtwFeatures): number {
  const { batch, rows, cols } = shape;
  const { rowFeatures, colFeatures } = features;
  const depth = Math.max(1, Math.floor(rowFeatures.length / (batch * rows)));
  checkDirection(`${name}.rowFeatures`, rowFeatures, [batch, rows, depth]);
  checkDirection(`${name}.colFeatures`, colFeatures, [batch, cols, depth]);
  return depth;
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
