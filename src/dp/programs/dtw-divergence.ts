import { checkOptions } from '../checks.js';
import type { PotentialForm, RealArray, Smoothing } from '../program.js';
import { dtw, type DtwOptions } from './dtw.js';
import type { DtwFeatures } from './dtw-potentials.js';

/** The divergences of a batch of pairs of series, and their derivatives by both. */
export interface DtwDivergenceProgram {
  /** The items of a batch. */
  readonly batch: number;
  /** The one form that theta has: features. */
  readonly potentials: readonly PotentialForm[];
  /** D(x, y), [batch]. */
  value<A extends RealArray>(theta: DtwFeatures<A>): A;
  /** D(x, y) and its gradient by the features of both series, as theta has them. */
  gradient<A extends RealArray>(theta: DtwFeatures<A>): { value: A; gradient: DtwFeatures<A> };
  /** The derivative of D along z, [batch], and the Hessian-vector product. */
  hessianProduct<A extends RealArray>(
    theta: DtwFeatures<A>,
    z: DtwFeatures<A>,
  ): { value: A; gradient: DtwFeatures<A>; directional: A; product: DtwFeatures<A> };
}

/**
 * The soft-DTW divergence D(x, y) = DTW_Ω(x, y) − ½ DTW_Ω(x, x) − ½ DTW_Ω(y, y) of series of feature
 * vectors. Soft-DTW itself is negative for near series and smallest at another series than y; D is 0 at
 * x = y, and its gradient too: use it as a loss. No negative value of it is known for negentropy with
 * squared distances.
 *
 * theta is { rowFeatures: x [batch, rows, d], colFeatures: y [batch, cols, d], cost? }, the cost a
 * symmetric one. Three programs of `dtw`: O(batch · (rows + cols)² · d) time; the costs are never
 * materialised. Float32Arrays run on the kernels.
 *
 * @throws as `dtw`; of `moves: 'advance'` only series of equal lengths have an alignment with each other
 *
 * Source: Blondel, Mensch & Vert, Differentiable divergences between time series, 2021.
 *
 * @example
 * ```ts
 * import { dtwDivergence } from 'didyprog';
 *
 * const x = Float64Array.of(0, 1, 2);
 * const sizes = { batch: 1, rows: 3, cols: 3, features: 1 };
 * const divergence = dtwDivergence({ ...sizes, omega: 'negentropy' });
 * console.log(Math.abs(divergence.value({ rowFeatures: x, colFeatures: x })[0]!) < 1e-12); // true
 * ```
 */
export function dtwDivergence(options: DtwOptions & Smoothing): DtwDivergenceProgram {
  checkOptions('dtwDivergence', options);
  const { rows, cols, rowLengths, colLengths } = options;
  const between = dtw(options);
  const ofRows = dtw(square(options, rows, rowLengths));
  const ofCols = dtw(square(options, cols, colLengths));

  /** Adds −½ of what x against itself has for both its places. */
  function subtract<A extends RealArray>(own: A, self: DtwFeatures<A>): A {
    for (let k = 0; k < own.length; k++) {
      own[k] = own[k]! - (self.rowFeatures[k]! + self.colFeatures[k]!) / 2;
    }
    return own;
  }
  const differences = <A extends RealArray>(own: A, x: A, y: A) => {
    for (let item = 0; item < own.length; item++) own[item]! -= (x[item]! + y[item]!) / 2;
    return own;
  };
  const twice = <A extends RealArray>(series: A, { cost }: DtwFeatures<A>): DtwFeatures<A> => ({
    rowFeatures: series,
    colFeatures: series,
    ...(cost !== undefined && { cost }),
  });
  const joint = <A extends RealArray>(
    pair: DtwFeatures<A>,
    x: DtwFeatures<A>,
    y: DtwFeatures<A>,
  ): DtwFeatures<A> => ({
    rowFeatures: subtract(pair.rowFeatures, x),
    colFeatures: subtract(pair.colFeatures, y),
  });

  return {
    batch: between.batch,
    potentials: between.potentials.filter(({ parts }) => parts[0]!.name === 'rowFeatures'),
    value(theta) {
      const { rowFeatures, colFeatures } = theta;
      const value = between.value(theta);
      return differences(
        value,
        ofRows.value(twice(rowFeatures, theta)),
        ofCols.value(twice(colFeatures, theta)),
      );
    },
    gradient(theta) {
      const { rowFeatures, colFeatures } = theta;
      const pair = between.gradient(theta);
      const x = ofRows.gradient(twice(rowFeatures, theta));
      const y = ofCols.gradient(twice(colFeatures, theta));
      return {
        value: differences(pair.value, x.value, y.value),
        gradient: joint(pair.gradient, x.gradient, y.gradient),
      };
    },
    hessianProduct(theta, z) {
      const { rowFeatures, colFeatures } = theta;
      const pair = between.hessianProduct(theta, z);
      const x = ofRows.hessianProduct(twice(rowFeatures, theta), twice(z.rowFeatures, z));
      const y = ofCols.hessianProduct(twice(colFeatures, theta), twice(z.colFeatures, z));
      return {
        value: differences(pair.value, x.value, y.value),
        gradient: joint(pair.gradient, x.gradient, y.gradient),
        directional: differences(pair.directional, x.directional, y.directional),
        product: joint(pair.product, x.product, y.product),
      };
    },
  };
}

/** The options of a series against itself. */
function square(
  options: DtwOptions & Smoothing,
  size: number,
  lengths: ArrayLike<number> | undefined,
): DtwOptions & Smoothing {
  const own = { ...options, rows: size, cols: size };
  delete own.rowLengths;
  delete own.colLengths;
  return lengths ? { ...own, rowLengths: lengths, colLengths: lengths } : own;
}
