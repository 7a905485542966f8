import { checkOptions } from '../../option-names.js';
import { zerosLike } from '../checks.js';
import { formsOf } from '../potentials.js';
import type { PotentialForm, RealArray, Smoothing } from '../program.js';
import { dtw, type DtwOptions } from './dtw.js';
import { dtwOptionNames, layoutOf, type DtwFeatures } from './dtw-potentials.js';

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
    z: Partial<DtwFeatures<A>>,
  ): { value: A; gradient: DtwFeatures<A>; directional: A; product: DtwFeatures<A> };
}

/**
 * The soft-DTW divergence D(x, y) = DTW_Ω(x, y) − ½ DTW_Ω(x, x) − ½ DTW_Ω(y, y) of series of feature
 * vectors. Soft-DTW itself is negative for near series and smallest at another series than y; D is 0 at
 * x = y, and its gradient too: use it as a loss. No negative value of it is known for negentropy with
 * squared distances.
 *
 * theta is { rowFeatures: x [batch, rows, d], colFeatures: y [batch, cols, d], cost? }, the cost a
 * symmetric one; a series that the batch shares, [rows, d], is aligned with itself once. Three programs of
 * `dtw`: O(batch · (rows + cols)² · d) time; the costs are never materialised. Float32Arrays run on the kernels.
 *
 * With `moves: 'advance'` a series has one alignment with itself, but several with a shorter one, so that D
 * would be negative: both must have one length, and D is the sum of the costs along the diagonal.
 *
 * @throws as `dtw`; RangeError, naming the item, for series of unequal lengths under 'advance'
 *
 * Source: Blondel, Mensch & Vert, Differentiable divergences between time series, 2021.
 *
 * @example
 * ```ts
 * import { dtwDivergence } from 'didyprog';
 *
 * const x = Float64Array.of(0, 1, 2);
 * const sizes = { batch: 1, rows: 3, cols: 3 };
 * const divergence = dtwDivergence({ ...sizes, omega: 'negentropy' });
 * console.log(Math.abs(divergence.value({ rowFeatures: x, colFeatures: x })[0]!) < 1e-12); // true
 * ```
 */
export function dtwDivergence(options: DtwOptions & Smoothing): DtwDivergenceProgram {
  checkOptions('dtwDivergence', options, dtwOptionNames);
  const { batch, rows, cols } = options;
  const between = dtw(options);
  if (options.moves === 'advance') checkEqual(options);
  const ofRows = selfAlignments(options, rows, options.rowLengths);
  const ofCols = selfAlignments(options, cols, options.colLengths);

  // Of costs there is no divergence.
  const forms = formsOf(
    between.potentials.filter(({ parts }) => parts[0]!.name === 'rowFeatures'),
    batch,
  );

  /** The two series of features that fit, each against itself. */
  function selves(theta: DtwFeatures): [rows: SelfAlignment, cols: SelfAlignment] {
    const { rowStep, colStep } = layoutOf({ batch, rows, cols }, theta);
    return [ofRows(rowStep === 0), ofCols(colStep === 0)];
  }
  const differences = <A extends RealArray>(own: A, x: A, y: A) => {
    for (let item = 0; item < own.length; item++) own[item]! -= (x[item]! + y[item]!) / 2;
    return own;
  };

  return {
    batch: between.batch,
    potentials: forms.all,
    value<A extends RealArray>(theta: DtwFeatures<A>) {
      forms.of('theta', theta);
      const value = between.value(theta);
      const { rowFeatures, colFeatures, cost } = theta;
      const [x, y] = selves(theta);
      return differences(value, x.value(rowFeatures, cost), y.value(colFeatures, cost));
    },
    gradient<A extends RealArray>(theta: DtwFeatures<A>) {
      forms.of('theta', theta);
      const { value, gradient } = between.gradient(theta);
      const { rowFeatures, colFeatures, cost } = theta;
      const [ofX, ofY] = selves(theta);
      const x = ofX.gradient(rowFeatures, cost, gradient.rowFeatures);
      const y = ofY.gradient(colFeatures, cost, gradient.colFeatures);
      return { value: differences(value, x, y), gradient };
    },
    hessianProduct<A extends RealArray>(theta: DtwFeatures<A>, z: Partial<DtwFeatures<A>>) {
      forms.of('theta', theta);
      const found = between.hessianProduct(theta, z);
      const { gradient, product } = found;
      const [ofX, ofY] = selves(theta);
      const ofSeries = (self: SelfAlignment, part: 'rowFeatures' | 'colFeatures') =>
        self.hessianProduct([theta[part], z[part] ?? zerosLike(theta[part])], theta.cost, [
          gradient[part],
          product[part],
        ]);
      const x = ofSeries(ofX, 'rowFeatures');
      const y = ofSeries(ofY, 'colFeatures');
      return {
        value: differences(found.value, x.value, y.value),
        gradient,
        directional: differences(found.directional, x.directional, y.directional),
        product,
      };
    },
  };
}

/** @throws RangeError that names the first item whose series have unequal lengths */
function checkEqual({ batch, rows, cols, rowLengths, colLengths }: DtwOptions): void {
  for (let item = 0; item < batch; item++) {
    const [x, y] = [rowLengths?.[item] ?? rows, colLengths?.[item] ?? cols];
    if (x === y) continue;
    throw new RangeError(
      `batch item ${item} has ${x} rows and ${y} columns: with moves 'advance' a divergence needs as many of both`,
    );
  }
}

type CostOf = DtwFeatures['cost'];

/**
 * The series of a batch against themselves: values by item; of derivatives it takes half, for both places of
 * a series, from what the caller has.
 */
interface SelfAlignment {
  value<A extends RealArray>(series: A, cost: CostOf): A;
  gradient<A extends RealArray>(series: A, cost: CostOf, from: A): A;
  hessianProduct<A extends RealArray>(
    series: readonly [x: A, z: A],
    cost: CostOf,
    from: readonly [gradient: A, product: A],
  ): { value: A; directional: A };
}

/** Self-alignments of a series for each item, or of one that they share, which is aligned once a length. */
function selfAlignments(
  options: DtwOptions & Smoothing,
  size: number,
  given: ArrayLike<number> | undefined,
): (isShared: boolean) => SelfAlignment {
  const lengths = given ? Array.from(given) : Array<number>(options.batch).fill(size);
  const distinct = [...new Set(lengths)];
  const places = lengths.map((length) => distinct.indexOf(length));
  const ofEach = selfAlignment(square(options, size, lengths));
  const ofShared = selfAlignment(square(options, size, distinct), places);
  return (isShared) => (isShared ? ofShared : ofEach);
}

/** @param places of a series that the items share: each item's place in the program's batch */
function selfAlignment(options: DtwOptions & Smoothing, places?: readonly number[]): SelfAlignment {
  const program = dtw(options);
  const copies = places ? options.batch : 1;
  const copied = <A extends RealArray>(series: A): A => {
    if (copies === 1) return series;
    const all = zerosLike(series, copies * series.length);
    for (let copy = 0; copy < copies; copy++) all.set(series, copy * series.length);
    return all;
  };
  const twice = <A extends RealArray>(series: A, cost?: CostOf): DtwFeatures<A> => {
    const all = copied(series);
    return { rowFeatures: all, colFeatures: all, ...(cost !== undefined && { cost }) };
  };
  const uses = Array.from({ length: copies }, (_, copy) =>
    places ? places.filter((place) => place === copy).length : 1,
  );
  const byItem = <A extends RealArray>(found: A): A => {
    if (!places) return found;
    const values = zerosLike(found, places.length);
    places.forEach((place, item) => (values[item] = found[place]!));
    return values;
  };
  const subtract = (from: RealArray, self: DtwFeatures) => {
    const { rowFeatures, colFeatures } = self;
    for (let copy = 0; copy < copies; copy++) {
      const half = uses[copy]! / 2;
      const first = copy * from.length;
      for (let k = 0; k < from.length; k++) {
        from[k]! -= half * (rowFeatures[first + k]! + colFeatures[first + k]!);
      }
    }
  };
  return {
    value: (series, cost) => byItem(program.value(twice(series, cost))),
    gradient<A extends RealArray>(series: A, cost: CostOf, from: A) {
      const { value, gradient } = program.gradient(twice(series, cost));
      subtract(from, gradient);
      return byItem(value);
    },
    hessianProduct([x, z], cost, [fromGradient, fromProduct]) {
      const found = program.hessianProduct(twice(x, cost), twice(z));
      subtract(fromGradient, found.gradient);
      subtract(fromProduct, found.product);
      return { value: byItem(found.value), directional: byItem(found.directional) };
    },
  };
}

/** The options of series of these lengths against themselves. */
function square(
  options: DtwOptions & Smoothing,
  size: number,
  lengths: readonly number[],
): DtwOptions & Smoothing {
  const batch = lengths.length;
  return { ...options, batch, rows: size, cols: size, rowLengths: lengths, colLengths: lengths };
}
