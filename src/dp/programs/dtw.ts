import { checkOptions } from '../../option-names.js';
import { quoted } from '../../visible.js';
import { checkLengths, checkSizes } from '../checks.js';
import { createProgram } from '../definition.js';
import { followed } from '../paths.js';
import { formsOf } from '../potentials.js';
import { sweepLayers } from '../sweep.js';
import { dtwFastPath } from '../fast/dtw-float32.js';
import { dtwKernels } from '../../kernels/binaries.js';
import { whyNoKernels } from '../fast/fast-path.js';
import { guarded } from '../fast/guarded.js';
import type { DynamicProgram, RealArray, Smoothing } from '../program.js';
import type { Cost, CostName } from './costs.js';
import { createCorridor, type Moves } from './corridor.js';
import { alignmentGraph, checkAlignment, type Rectangle } from './dtw-graph.js';
import { type DtwFeatures, type DtwShape, dtwOptionNames, featureForm } from './dtw-potentials.js';

export type { Moves } from './corridor.js';
export { type Cost, type CostName, squaredEuclidean } from './costs.js';
export type { DtwFeatures } from './dtw-potentials.js';

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

/** The structure of `DtwFeatures`. */
export interface FeatureStructure {
  rowFeatures: 'array';
  colFeatures: 'array';
  cost?: Cost | CostName;
}

/**
 * `DynamicProgram` for costs as an array and from features alike: gradient, z and product have the
 * structure of theta.
 */
export type DtwProgram = DynamicProgram<'array'> &
  DynamicProgram<FeatureStructure> &
  DynamicProgram<'array' | FeatureStructure>;

/**
 * Smoothed dynamic time warping: the smoothed minimum, min_γΩ(x) = −max_γΩ(−x), of the cost of a
 * monotone path from the first to the last corner of a rows × cols rectangle. DTW_Ω is concave in
 * the costs. One minimum is taken at each cell, the first included.
 *
 * Costs may be +Infinity to forbid a cell. What lies beyond an item's lengths is ignored and has
 * gradient and product exactly 0. Paths are i0, j0, i1, j1, …; ties go to the diagonal, then up,
 * then left.
 *
 * A Float64Array is computed in float64: the definition. A Float32Array goes to the kernels
 * (value, gradient, Hessian product, best path; a hard path is the definition's to the last bit),
 * on all threads, with the same bits on any number of them. What they do not take is computed in
 * float64 too: a regulariser of the user's own, costs above 10^6 γ or 3·10^8 γ along a path, and the
 * methods about paths.
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
 *
 * @example
 * ```ts
 * import { dtw } from 'didyprog';
 *
 * const program = dtw({ batch: 1, rows: 2, cols: 2, omega: 'hard' });
 * const costs = Float64Array.of(1, 5, 5, 1);
 * console.log(program.value(costs)[0], program.gradient(costs).gradient.join()); // 2 1,0,0,1
 * ```
 */
export function dtw(options: DtwOptions): DtwProgram {
  checkOptions('dtw', options, dtwOptionNames);
  const { batch, rows, cols, moves = 'classic', band, memory } = options;
  checkSizes({ batch, rows, cols });
  if (moves !== 'classic' && moves !== 'advance') {
    throw new RangeError(`moves is ${quoted(moves)}: it must be 'classic' or 'advance'`);
  }
  if (band !== undefined && !(typeof band === 'number' && band >= 0)) {
    throw new RangeError(`band is ${quoted(band)}: it must be a number of columns of at least 0`);
  }
  if (memory !== undefined && !(typeof memory === 'number' && memory > 0)) {
    throw new RangeError(`memory is ${quoted(memory)}: it must be a number of bytes`);
  }
  const shape: DtwShape = {
    batch,
    rows,
    cols,
    rowLengths: checkLengths('rowLengths', options.rowLengths, batch, 1, rows),
    colLengths: checkLengths('colLengths', options.colLengths, batch, 1, cols),
  };
  const rectangles = Array.from({ length: batch }, (_, item): Rectangle => {
    const own = { rows: shape.rowLengths[item]!, cols: shape.colLengths[item]! };
    return { ...own, corridor: createCorridor(item, own.rows, own.cols, moves, band) };
  });
  return createProgram({
    ...options,
    sense: -1,
    forms: formsOf([{ parts: [{ name: '', shape: [rows, cols] }] }, featureForm(shape)], batch),
    paths: followed,
    sweep: sweepLayers,
    graph: (item) => alignmentGraph(rectangles[item]!, moves, cols),
    checkPath: (path, item) => checkAlignment(path, item, rectangles[item]!, moves),
    fast: guarded(dtwFastPath(options, shape, rectangles) ?? whyNoKernels(dtwKernels)),
  }) as DtwProgram;
}
