import type { Arena } from '../../kernels/arena.js';
import {
  costCodes,
  type FeatureAddresses,
  needsPrecision,
  place,
  preciseTask,
  type Problem,
  readPath,
  readResult,
  type Rectangle,
  workspaceBytes,
} from '../../kernels/dtw.js';
import { fits } from '../../kernels/running-values.js';
import { type Kernels, withKernels } from '../../kernels/module.js';
import type { KernelOmega } from '../../kernels/omega.js';
import { noPath } from '../checks.js';
import { resolveCost } from '../programs/costs.js';
import { isFloat32 } from '../real-array.js';
import { backwardTime, forwardTime, type KernelBatch, type KernelSolution } from './dtw-kernels.js';
import { checkFeatures, type DtwFeatures } from '../programs/dtw-potentials.js';

/** Columns and rows of zeros around the features: tiles read whole vectors beyond the rectangle. */
const MARGIN = 128;
/** Costs beyond this may overflow on the way. */
const LARGEST_COST = 1e30;

/** A solution whose gradient is with respect to the features. */
export interface FeatureSolution extends Omit<KernelSolution, 'gradient' | 'product'> {
  gradient?: DtwFeatures<Float32Array>;
}

/**
 * Solves a batch of costs of feature pairs on the kernels, by strips, each tile's costs computed
 * where they are needed: O(rows + cols) memory for the value, and two borders a tile for gradients.
 *
 * @returns undefined for a cost of the user's own, features that are not float32, and costs over γ
 *   that are too large for the kernels' integers
 * @throws RangeError for a NaN (with its index)
 */
export function solveFeatures(batch: KernelBatch, theta: DtwFeatures): FeatureSolution | undefined {
  const { shape, rectangles, task } = batch;
  const { rowFeatures, colFeatures } = theta;
  const { name } = resolveCost(theta.cost ?? 'squaredEuclidean');
  if (!isFloat32(rowFeatures) || !isFloat32(colFeatures)) {
    return undefined;
  }
  if (!isKernelCost(name) || resolveCost(name) !== resolveCost(theta.cost ?? name))
    return undefined;
  const { depth, rowStep, colStep } = checkFeatures('theta', shape, theta);
  const [x, y] = [longest(rowFeatures, depth), longest(colFeatures, depth)];
  const largest = name === 'innerProduct' ? x * y : (x + y) ** 2;
  const range = { least: name === 'innerProduct' ? -largest : 0, greatest: largest };
  if (!(largest < LARGEST_COST) || !fits(task, range, shape.rows + shape.cols)) return undefined;

  const solution: FeatureSolution = { values: [], directional: [], paths: [] };
  if (task.backward && task.omega !== 'hard') {
    solution.gradient = {
      rowFeatures: new Float32Array(rowFeatures.length),
      colFeatures: new Float32Array(colFeatures.length),
    };
  }
  withKernels((kernels, arena) => {
    rectangles.forEach((rectangle, item) =>
      arena.scope(() => {
        const own = (features: Float32Array, step: number, count: number) =>
          features.subarray(item * step * depth, (item * step + count) * depth);
        const features = {
          x: own(rowFeatures, rowStep, shape.rows),
          y: own(colFeatures, colStep, shape.cols),
          depth,
        };
        const addresses = placeFeatures(arena, features, rectangle, costCodes[name]);
        const problem = place(arena, rectangle, task, false);
        solve(kernels, arena, problem, addresses, task.backward ? task.omega : undefined);
        const { value } = readResult(arena, problem, task);
        if (value === Infinity) throw noPath(item);
        solution.values[item] = value;
        if (needsPrecision(task, rectangle, range, value)) {
          const again = preciseTask(task);
          const values = place(arena, rectangle, again, false);
          solve(kernels, arena, values, addresses, undefined);
          solution.values[item] = readResult(arena, values, again).value;
        }
        solution.directional[item] = 0;
        if (task.backward && task.omega === 'hard') solution.paths[item] = readPath(arena, problem);
        const { gradient } = solution;
        if (!gradient) return;
        const { rows, cols } = rectangle;
        addVectors(
          arena,
          addresses.rowGradient,
          rows,
          own(gradient.rowFeatures, rowStep, shape.rows),
          depth,
        );
        addVectors(
          arena,
          addresses.colGradient,
          cols,
          own(gradient.colFeatures, colStep, shape.cols),
          depth,
        );
      }),
    );
  });
  return solution;
}

function isKernelCost(name: string): name is keyof typeof costCodes {
  return Object.hasOwn(costCodes, name);
}

/** The largest Euclidean length of a vector. */
function longest(features: Float32Array, depth: number): number {
  let most = 0;
  for (let at = 0; at < features.length; at += depth) {
    let square = 0;
    for (let k = at; k < at + depth; k++) square += features[k]! ** 2;
    most = Math.max(most, square);
  }
  return Math.sqrt(most);
}

function solve(
  kernels: Kernels,
  arena: Arena,
  problem: Problem,
  features: FeatureAddresses,
  backward: KernelOmega | undefined,
): void {
  const { strips } = problem.tiling;
  const { rows, cols } = problem.rectangle;
  const params = arena.block('Problem', problem.block(0, strips, { features }));
  const workspace = workspaceBytes([problem]);
  // The features take a tenth of a nanosecond a cell and dimension.
  const time = (cell: number) => rows * cols * (cell + features.depth / 10);
  const call = { params, jobs: strips, workspace };
  kernels.run('dtwForward', { ...call, nanoseconds: time(forwardTime) });
  if (backward === 'hard') kernels.run('dtwPath', { ...call, jobs: 1, nanoseconds: 0 });
  else if (backward) kernels.run('dtwBackward', { ...call, nanoseconds: time(backwardTime) });
}

/** Lays a problem's features out as the kernels read them. */
function placeFeatures(
  arena: Arena,
  { x, y, depth }: { x: Float32Array; y: Float32Array; depth: number },
  { rows, cols }: Rectangle,
  cost: number,
): FeatureAddresses {
  const rowPitch = rows + MARGIN;
  const colPitch = cols + 2 * MARGIN;
  const depthPadded = Math.ceil(depth / 4) * 4;
  const byRow = arena.zeros(depth * rowPitch);
  const byCol = arena.zeros(depth * colPitch);
  const rowVectors = arena.zeros(rows * depthPadded);
  const colVectors = arena.zeros(cols * depthPadded);
  const rowGradient = arena.zeros(rows * depthPadded);
  const colGradient = arena.zeros(cols * depthPadded);
  const rowsOut = arena.view(byRow, depth * rowPitch);
  const colsOut = arena.view(byCol, depth * colPitch);
  const rowPadded = arena.view(rowVectors, rows * depthPadded);
  const colPadded = arena.view(colVectors, cols * depthPadded);
  const lastColumn = cols - 1 + MARGIN;
  for (let k = 0; k < depth; k++) {
    for (let i = 0; i < rows; i++) {
      rowsOut[k * rowPitch + i] = rowPadded[i * depthPadded + k] = x[i * depth + k]!;
    }
    for (let j = 0; j < cols; j++) {
      const value = (colPadded[j * depthPadded + k] = y[j * depth + k]!);
      colsOut[k * colPitch + lastColumn - j] = value;
    }
  }
  const addresses = { rowVectors, colVectors, rowGradient, colGradient };
  const layout = { cost, depth, depthPadded, rowPitch, colPitch };
  return { ...layout, ...addresses, rows: byRow, cols: byCol + 4 * lastColumn };
}

/** Adds padded vectors from the kernels' memory: items may share a series. */
function addVectors(
  arena: Arena,
  address: number,
  count: number,
  out: Float32Array,
  depth: number,
): void {
  const padded = Math.ceil(depth / 4) * 4;
  const vectors = arena.view(address, count * padded);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < depth; k++) out[i * depth + k]! += vectors[i * padded + k]!;
  }
}
