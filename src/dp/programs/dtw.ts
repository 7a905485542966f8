import { checkLengths, checkSize, zerosLike } from '../checks.js';
import { createCorridor, type Moves } from './corridor.js';
import { float32Program } from '../fast/dtw-float32.js';
import { type Lattice, latticeGradient, latticeProduct, latticeValue } from './dtw-lattice.js';
import { latticeArgmax, latticeBest, latticeLogProbability, latticeSample } from './dtw-paths.js';
import {
  arrayPotentials,
  type DtwFeatures,
  type DtwShape,
  featurePotentials,
  type Potentials,
} from './dtw-potentials.js';
import { createSmoother } from '../omega/index.js';
import { writesToTargets } from '../targets.js';
import {
  regularisationByEntries,
  type HessianTargets,
  type Path,
  type PathRegularisation,
  type RankedPath,
  type RealArray,
  type Smoothing,
} from '../program.js';

export type { Moves } from './corridor.js';
export { type Cost, type CostName, squaredEuclidean } from './costs.js';
export type { DtwFeatures } from './dtw-potentials.js';

const DEFAULT_MEMORY = 512 * 2 ** 20;

/** The problem and the smoothing of `dtw`. */
export interface DtwOptions extends Smoothing {
  batch: number;
  rows: number;
  cols: number;
  /** The rows of each item, 1 … rows; default all. */
  rowLengths?: ArrayLike<number>;
  /** The columns of each item, 1 … cols; default all. */
  colLengths?: ArrayLike<number>;
  /**
   * 'classic' (default): diagonal, down, right. 'advance': each new row stays in the column or goes
   * on to the next, so that every row belongs to exactly one column.
   */
  moves?: Moves;
  /** The largest |i·(cols−1)/(rows−1) − j|, in columns of the item's own size; default any. */
  band?: number;
  /** Bytes for what a backward pass keeps; default 512 MiB. Past it, rows are recomputed. */
  memory?: number;
}

/** The costs of a batch: [batch, rows, cols], or the features they come from. */
export type DtwPotentials<A extends RealArray = RealArray> = A | DtwFeatures<A>;

/**
 * `DynamicProgram` for costs as an array and from features alike: gradient, z and product have the
 * structure of theta.
 */
export interface DtwProgram extends PathRegularisation {
  value<A extends RealArray>(theta: DtwPotentials<A>): A;
  gradient<A extends RealArray>(theta: A, target?: A): { value: A; gradient: A };
  gradient<A extends RealArray>(
    theta: DtwFeatures<A>,
    target?: DtwFeatures<A>,
  ): { value: A; gradient: DtwFeatures<A> };
  hessianProduct<A extends RealArray>(
    theta: A,
    z: A,
    targets?: HessianTargets<A>,
  ): { value: A; gradient: A; directional: A; product: A };
  hessianProduct<A extends RealArray>(
    theta: DtwFeatures<A>,
    z: DtwFeatures<A>,
    targets?: HessianTargets<DtwFeatures<A>>,
  ): { value: A; gradient: DtwFeatures<A>; directional: A; product: DtwFeatures<A> };
  /** The path of least cost as i0, j0, i1, j1, …; ties go to the diagonal, then up, then left. */
  argmax(theta: DtwPotentials): Path[];
  sample(theta: DtwPotentials, random: () => number): Path[];
  kBest(theta: DtwPotentials, k: number): RankedPath[][];
  logProbability<A extends RealArray>(theta: DtwPotentials<A>, paths: Path[]): A;
}

/**
 * Smoothed dynamic time warping: the smoothed minimum, min_γΩ(x) = −max_γΩ(−x), of the cost of a
 * monotone path from the first to the last corner of a rows × cols rectangle. DTW_Ω is concave in
 * the costs. One minimum is taken at each cell, the first included.
 *
 * Costs may be +Infinity to forbid a cell. What lies beyond an item's lengths is ignored and has
 * gradient and product exactly 0. Results have theta's type.
 *
 * A Float64Array is computed here, in float64: the definition. A Float32Array goes to the kernels
 * (value, gradient, Hessian product, best path; a hard path is the definition's to the last bit),
 * on all threads, with the same bits on any number of them. What they do not take is computed here
 * too: a regulariser of the user's own, costs above 10^6 γ, and the methods about paths.
 *
 * `value` takes O(rows · cols) time and two rows of memory. The others keep the local argmax of
 * each cell, 8 bytes a move (`hessianProduct` 16, `argmax` 1 byte a cell), and past the `memory`
 * budget only that of about √rows rows at a time, recomputed from checkpoints. On the kernels a
 * gradient takes a fifth of a byte a cell beside theta and the result. `kBest` always takes
 * O(rows · cols · k).
 *
 * @throws RangeError for bad sizes, lengths or γ; for a band that does not connect the corners and
 *   for 'advance' with more columns than rows, at once; later for a NaN (with its index) and for a
 *   batch item without an allowed path
 *
 * Sources: Mensch & Blondel 2018, sections 3 and 4 and appendix; soft-DTW: Cuturi & Blondel 2017.
 */
export function dtw(options: DtwOptions): DtwProgram {
  const { batch, rows, cols, moves = 'classic', band, memory = DEFAULT_MEMORY } = options;
  checkSize('batch', batch, 1);
  checkSize('rows', rows, 1);
  checkSize('cols', cols, 1);
  if (moves !== 'classic' && moves !== 'advance') {
    throw new RangeError(`moves is '${String(moves)}': it must be 'classic' or 'advance'`);
  }
  if (band !== undefined && !(band >= 0)) {
    throw new RangeError(`band is ${band}: it must be a number of columns of at least 0`);
  }
  if (!(memory > 0)) throw new RangeError(`memory is ${memory}: it must be a number of bytes`);
  const smoother = createSmoother(options);
  const shape: DtwShape = {
    batch,
    rows,
    cols,
    rowLengths: checkLengths('rowLengths', options.rowLengths, batch, 1, rows),
    colLengths: checkLengths('colLengths', options.colLengths, batch, 1, cols),
  };
  const lattices = Array.from({ length: batch }, (_, item): Omit<Lattice, 'costs'> => {
    const own = { rows: shape.rowLengths[item]!, cols: shape.colLengths[item]! };
    return {
      item,
      ...own,
      corridor: createCorridor(item, own.rows, own.cols, moves, band),
      moveCount: moves === 'classic' ? 3 : 2,
      memory,
    };
  });

  const potentials = (theta: DtwPotentials): Potentials<DtwPotentials> =>
    isArray(theta) ? arrayPotentials(shape, theta) : featurePotentials(shape, theta);
  const perItem = <R>(source: Potentials<unknown>, solve: (lattice: Lattice) => R): R[] =>
    lattices.map((lattice) => solve({ ...lattice, costs: source.costs(lattice.item) }));

  function gradient(theta: DtwPotentials) {
    const source = potentials(theta);
    const values = perItem(source, (lattice) =>
      latticeGradient(lattice, smoother, source.writer(lattice.item)),
    );
    return { value: arrayLike(source.like, values), gradient: source.gradient() };
  }

  function hessianProduct(theta: DtwPotentials, z: DtwPotentials) {
    if (isArray(theta) !== isArray(z)) {
      throw new TypeError('z must have the structure of theta: both arrays, or both features');
    }
    const source: Potentials<DtwPotentials> = isArray(theta)
      ? arrayPotentials(shape, theta, z as RealArray)
      : featurePotentials(shape, theta, z as DtwFeatures);
    const results = perItem(source, (lattice) => {
      const { item } = lattice;
      return latticeProduct(lattice, smoother, source.slopes(item), source.writer(item));
    });
    return {
      value: arrayLike(
        source.like,
        results.map((result) => result.value),
      ),
      gradient: source.gradient(),
      directional: arrayLike(
        source.like,
        results.map((result) => result.directional),
      ),
      product: source.product(),
    };
  }

  const definition = {
    sense: -1,
    pathRegularisation: (y: RealArray) => regularisationByEntries(y, batch, smoother.vertexCost, 0),
    value(theta: DtwPotentials) {
      const source = potentials(theta);
      return arrayLike(
        source.like,
        perItem(source, (lattice) => latticeValue(lattice, smoother)),
      );
    },
    gradient,
    hessianProduct,
    argmax: (theta: DtwPotentials) => perItem(potentials(theta), latticeArgmax),
    sample: (theta: DtwPotentials, random: () => number) =>
      perItem(potentials(theta), (lattice) => latticeSample(lattice, smoother, random)),
    kBest(theta: DtwPotentials, k: number) {
      checkSize('k', k, 1);
      return perItem(potentials(theta), (lattice) => latticeBest(lattice, smoother, k));
    },
    logProbability(theta: DtwPotentials, paths: Path[]) {
      if (paths.length !== batch) {
        throw new RangeError(`${paths.length} paths: the batch has ${batch} items`);
      }
      const source = potentials(theta);
      return arrayLike(
        source.like,
        perItem(source, (lattice) =>
          latticeLogProbability(lattice, smoother, paths[lattice.item]!),
        ),
      );
    },
  };
  const fast = float32Program(options, shape, lattices);
  const program = fast && {
    ...definition,
    value: (theta: DtwPotentials) => fast.value(theta) ?? definition.value(theta),
    gradient: (theta: DtwPotentials, target?: DtwPotentials) =>
      fast.gradient(theta, target) ?? definition.gradient(theta),
    hessianProduct: (
      theta: DtwPotentials,
      z: DtwPotentials,
      targets?: HessianTargets<DtwPotentials>,
    ) => fast.hessianProduct(theta, z, targets) ?? definition.hessianProduct(theta, z),
    argmax: (theta: DtwPotentials) => fast.argmax(theta) ?? definition.argmax(theta),
  };
  // The structure and the type of theta decide those of the results, which only overloads can say.
  return writesToTargets((program ?? definition) as DtwProgram);
}

function isArray(theta: DtwPotentials): theta is RealArray {
  return ArrayBuffer.isView(theta);
}

function arrayLike<A extends RealArray>(like: A, values: number[]): A {
  const out = zerosLike(like, values.length);
  out.set(values);
  return out;
}
