import {
  inspect,
  needsPrecision,
  place,
  preciseTask,
  type Problem,
  readPath,
  readResult,
  type Rectangle,
  reserveWithMargin,
  type Source,
  type Task,
  workspaceBytes,
} from '../../kernels/dtw.js';
import { fits } from '../../kernels/running-values.js';
import type { Arena } from '../../kernels/arena.js';
import { addressOf, currentView, zerosIn } from '../../kernels/kernel-array.js';
import { getThreads, type Kernels, withKernels } from '../../kernels/module.js';
import { checkDirection, checkPotentials, noPath } from '../checks.js';
import type { DtwShape } from '../programs/dtw-potentials.js';
import type { HessianTargets, Path } from '../program.js';

/** The batch that the float32 path works on, and how. */
export interface KernelBatch {
  readonly shape: DtwShape;
  readonly rectangles: readonly Rectangle[];
  readonly task: Task;
}

/** What the kernels found; gradients and paths where they were wanted. */
export interface KernelSolution {
  values: number[];
  directional: number[];
  gradient?: Float32Array;
  product?: Float32Array;
  paths: Path[];
}

/** Of each array of costs, gradients, … about this much is in the kernels' memory at a time. */
const BLOCK_BYTES = 32 * 2 ** 20;
/** A smaller rectangle is solved in one job also when it is alone: its strips would only wait. */
const WORTH_STRIPS = 2 ** 16;

/** Nanoseconds a cell: forward, and backward with the second forward pass that it needs. */
export const forwardTime = 1.5;
export const backwardTime = 3;

/**
 * Solves a batch of costs [batch, rows, cols] on the kernels: small problems many at a time, a job
 * each; a large one by strips, its rows streamed through the kernels' memory.
 *
 * @param z a direction, for a task with tangents
 * @param targets arrays that gradient and product go to
 * @returns undefined when costs over γ are too large for the kernels' integers (2^21, or 2^29 along
 *   a path): the definition has no such limit
 * @throws RangeError for a NaN (with its index) and for a batch item without an allowed path
 */
export function solveArray(
  batch: KernelBatch,
  theta: Float32Array,
  z?: Float32Array,
  targets: HessianTargets<Float32Array> = {},
): KernelSolution | undefined {
  const { shape, rectangles, task } = batch;
  const size = shape.rows * shape.cols;
  const dimensions = [shape.batch, shape.rows, shape.cols];
  const check = () => checkPotentials('theta', theta, dimensions, Infinity);
  if (theta.length !== shape.batch * size || z) check();
  if (z) checkDirection('z', z, dimensions);
  const soft = task.backward && task.omega !== 'hard';
  const solution: KernelSolution = { values: [], directional: [], paths: [] };
  const { rowLengths, colLengths } = shape;
  const ragged =
    rowLengths.some((n) => n !== shape.rows) || colLengths.some((n) => n !== shape.cols);
  // What lies beyond an item's lengths is never written.
  if (ragged) {
    for (const target of [targets.gradient, targets.product])
      if (target) zerosIn(target, target.length);
  }
  const arrays: Arrays = { shape, task, theta, z, targets, solution, check, soft, ragged };

  const perGroup = Math.max(1, Math.floor(BLOCK_BYTES / (4 * size)));
  const alone =
    size * 4 > BLOCK_BYTES ||
    (size >= WORTH_STRIPS && getThreads() > 1 && shape.batch < 2 * getThreads());
  return withKernels((kernels, arena) => {
    for (let item = 0; item < shape.batch; item += alone ? 1 : perGroup) {
      const solved = arena.scope(() =>
        alone
          ? solveStrips(kernels, arena, arrays, rectangles[item]!, item)
          : solveGroup(kernels, arena, arrays, rectangles.slice(item, item + perGroup), item),
      );
      if (!solved) {
        check();
        return undefined;
      }
    }
    return solution;
  });
}

interface Arrays {
  shape: DtwShape;
  task: Task;
  theta: Float32Array;
  z: Float32Array | undefined;
  targets: HessianTargets<Float32Array>;
  solution: KernelSolution;
  /** Throws what the definition would throw for theta. */
  check: () => void;
  /** Whether gradients are wanted as arrays. */
  soft: boolean;
  /** Whether items have entries beyond their lengths, which nothing is written to. */
  ragged: boolean;
}

/** Solves the items from `start` on, a job each. Whether all of them fit. */
function solveGroup(
  kernels: Kernels,
  arena: Arena,
  arrays: Arrays,
  rectangles: readonly Rectangle[],
  start: number,
): boolean {
  const { shape, task, solution } = arrays;
  const size = shape.rows * shape.cols;
  const [from, to] = [start * size, (start + rectangles.length) * size];
  const block = new Block(kernels, arena, arrays, to - from);
  block.copyIn(from, to);
  const { good, ...range } = inspect(kernels, arena, block.costsAt(from), to - from);
  if (!good) arrays.check();
  if (!fits(task, range, shape.rows + shape.cols)) return false;

  const items = rectangles.map((rectangle, at) => ({
    rectangle,
    source: block.source(from + at * size),
  }));
  solveProblems(kernels, arena, task, items).forEach((found, at) => {
    collect(arrays, found, start + at);
  });
  // Whether a value stands depends on its item alone, not on what shares the group with it.
  const spoilt = items.flatMap((item, at) => {
    const value = solution.values[start + at]!;
    if (!needsPrecision(task, item.rectangle, range, value)) return [];
    const own = inspect(kernels, arena, item.source.costs!, item.rectangle.rows * shape.cols);
    return needsPrecision(task, item.rectangle, own, value) ? [at] : [];
  });
  if (spoilt.length > 0) {
    const again = spoilt.map((at) => items[at]!);
    solveProblems(kernels, arena, preciseTask(task), again).forEach(({ value }, at) => {
      solution.values[start + spoilt[at]!] = value;
    });
  }
  block.copyOut(from, to);
  return true;
}

/** Solves problems whose costs are in the kernels' memory, a job each. */
function solveProblems(
  kernels: Kernels,
  arena: Arena,
  task: Task,
  items: readonly { rectangle: Rectangle; source: Source }[],
): Found[] {
  return arena.scope(() => {
    const problems = items.map(({ rectangle }) => place(arena, rectangle, task, true));
    const params = arena.blocks(
      'Problem',
      problems.map((problem, at) => problem.block(0, problem.tiling.strips, items[at]!.source)),
    );
    const cells = items.reduce((sum, { rectangle: { rows, cols } }) => sum + rows * cols, 0);
    kernels.run('dtwProblem', {
      params,
      jobs: problems.length,
      workspace: workspaceBytes(problems),
      nanoseconds: cells * (forwardTime + (task.backward ? backwardTime : 0)),
    });
    return problems.map((problem) => readFound(arena, problem, task));
  });
}

/** Solves one item by strips, a block of its rows at a time. Whether it fits. */
function solveStrips(
  kernels: Kernels,
  arena: Arena,
  arrays: Arrays,
  rectangle: Rectangle,
  item: number,
): boolean {
  const { shape, task, solution } = arrays;
  const { rows, cols } = shape;
  const problem = place(arena, rectangle, task, false);
  const { stripRows, strips } = problem.tiling;
  const fitting = Math.max(1, Math.floor(BLOCK_BYTES / (4 * stripRows * cols)));
  const perBlock = allInPlace(kernels, arrays) ? strips : Math.min(strips, fitting);
  const lastFirst = Math.floor((strips - 1) / perBlock) * perBlock;
  const block = new Block(kernels, arena, arrays, perBlock * stripRows * cols);
  const start = item * rows * cols;
  let held = -1;
  /** Brings the rows of some strips in, unless they are there, and says where row 0 would be. */
  const bring = (firstStrip: number) => {
    const count = Math.min(perBlock, strips - firstStrip);
    const firstRow = firstStrip * stripRows;
    const lastRow = Math.min(rectangle.rows, firstRow + count * stripRows);
    const [from, to] = [start + firstRow * cols, start + lastRow * cols];
    if (held !== firstStrip) block.copyIn(from, to);
    held = firstStrip;
    return { firstStrip, count, from, to, source: block.source(start) };
  };
  const run = (
    kernel: 'dtwForward' | 'dtwBackward' | 'dtwPath',
    problem: Problem,
    { firstStrip, count, source }: ReturnType<typeof bring>,
    nanosecondsPerCell: number,
  ) =>
    arena.scope(() => {
      const params = arena.block('Problem', problem.block(firstStrip, count, source));
      const jobs = kernel === 'dtwPath' ? 1 : count;
      const nanoseconds = count * stripRows * rectangle.cols * nanosecondsPerCell;
      kernels.run(kernel, { params, jobs, workspace: workspaceBytes([problem]), nanoseconds });
    });

  const range = { least: 0, greatest: 0 };
  for (let first = 0; first < strips; first += perBlock) {
    const rowsIn = bring(first);
    const { from, to } = rowsIn;
    const { good, least, greatest } = inspect(kernels, arena, block.costsAt(from), to - from);
    if (!good) arrays.check();
    range.least = Math.min(range.least, least);
    range.greatest = Math.max(range.greatest, greatest);
    if (!fits(task, range, rows + cols)) return false;
    run('dtwForward', problem, rowsIn, forwardTime);
  }
  if (rectangle.rows < rows) arrays.check();
  // Without a path nothing below makes sense, nor is it wanted.
  const { value } = readResult(arena, problem, task);
  if (value === Infinity) collect(arrays, readFound(arena, problem, task), item);
  if (task.backward) {
    const kernel = task.omega === 'hard' ? 'dtwPath' : 'dtwBackward';
    for (let first = lastFirst; first >= 0; first -= perBlock) {
      const rowsIn = bring(first);
      run(kernel, problem, rowsIn, backwardTime);
      block.copyOut(rowsIn.from, rowsIn.to);
    }
  }
  collect(arrays, readFound(arena, problem, task), item);
  if (needsPrecision(task, rectangle, range, value)) {
    const again = preciseTask(task);
    const values = place(arena, rectangle, again, false);
    for (let first = 0; first < strips; first += perBlock) {
      run('dtwForward', values, bring(first), forwardTime);
    }
    solution.values[item] = readResult(arena, values, again).value;
  }
  return true;
}

/** An item's results. */
interface Found {
  value: number;
  directional: number;
  path?: Path;
}

function readFound(arena: Arena, problem: Problem, task: Task): Found {
  const found = readResult(arena, problem, task);
  const traced = task.omega === 'hard' && task.backward && found.value !== Infinity;
  return traced ? { ...found, path: readPath(arena, problem) } : found;
}

/** Takes an item's results over. */
function collect(arrays: Arrays, { value, directional, path }: Found, item: number): void {
  const { solution } = arrays;
  if (value === Infinity) {
    arrays.check();
    throw noPath(item);
  }
  solution.values[item] = value;
  solution.directional[item] = directional;
  if (path) solution.paths[item] = path;
}

/** An array's entries in the kernels' memory: all where they lie, or some that are copied. */
class Window {
  /** Whether they are copied. */
  readonly copied: boolean;
  readonly #address: number;
  /** The entry at the address. */
  #first = 0;

  /** @param room takes memory for the entries that are held at a time */
  constructor(kernels: Kernels, array: Float32Array | undefined, room: () => number) {
    const address = array && addressOf(kernels, array);
    this.copied = address === undefined;
    this.#address = address ?? room();
  }

  /** Makes `first` the first entry of those that are held. */
  moveTo(first: number): void {
    if (this.copied) this.#first = first;
  }

  /** Where an entry is, or would be. */
  at(entry: number): number {
    return this.#address + 4 * (entry - this.#first);
  }
}

/** The arrays of a problem: costs, and slopes, gradient and product where they are needed. */
class Block {
  readonly #arena: Arena;
  readonly #arrays: Arrays;
  readonly #costs: Window;
  readonly #slopes: Window | undefined;
  readonly #gradient: Window | undefined;
  readonly #product: Window | undefined;

  /** @param count how many entries of those arrays it holds that are not in the kernels' memory */
  constructor(kernels: Kernels, arena: Arena, arrays: Arrays, count: number) {
    const { theta, z, soft, targets, ragged } = arrays;
    this.#arena = arena;
    this.#arrays = arrays;
    const input = (array: Float32Array) =>
      new Window(kernels, array, () => reserveWithMargin(arena, count));
    const output = (target: Float32Array | undefined) =>
      new Window(kernels, target, () => {
        const address = arena.reserve(4 * count);
        // What lies beyond an item's lengths is never written.
        if (ragged) arena.view(address, count).fill(0);
        return address;
      });
    this.#costs = input(theta);
    this.#slopes = z && input(z);
    this.#gradient = soft ? output(targets.gradient) : undefined;
    this.#product = soft && z ? output(targets.product) : undefined;
  }

  /** Makes entries [from, to) those that are held. */
  copyIn(from: number, to: number): void {
    const { theta, z } = this.#arrays;
    for (const window of [this.#costs, this.#slopes, this.#gradient, this.#product]) {
      window?.moveTo(from);
    }
    const copy = (window: Window | undefined, array: Float32Array | undefined) => {
      if (!window?.copied) return;
      this.#arena.view(window.at(from), to - from).set(array!.subarray(from, to));
    };
    copy(this.#costs, theta);
    copy(this.#slopes, z);
  }

  /** Takes the gradient and the product of entries [from, to) over. */
  copyOut(from: number, to: number): void {
    const { solution, targets, theta } = this.#arrays;
    const take = (
      window: Window | undefined,
      target: Float32Array | undefined,
      known: Float32Array | undefined,
    ) => {
      if (!window) return undefined;
      if (!window.copied) return currentView(target!);
      const found = this.#arena.view(window.at(from), to - from);
      // A copy of the whole need not be zeroed first.
      if (!target && to - from === theta.length) return new Float32Array(found);
      const out = known ?? target ?? new Float32Array(theta.length);
      out.set(found, from);
      return out;
    };
    solution.gradient = take(this.#gradient, targets.gradient, solution.gradient);
    solution.product = take(this.#product, targets.product, solution.product);
  }

  /** The address of an entry's cost. */
  costsAt(entry: number): number {
    return this.#costs.at(entry);
  }

  /** The addresses of an entry: an item's first. */
  source(entry: number): Source {
    return {
      costs: this.#costs.at(entry),
      stride: this.#arrays.shape.cols,
      gradient: this.#gradient?.at(entry) ?? 0,
      slopes: this.#slopes?.at(entry) ?? 0,
      product: this.#product?.at(entry) ?? 0,
    };
  }
}

/** Whether all arrays of a call are in the kernels' memory already. */
function allInPlace(kernels: Kernels, { theta, z, soft, targets }: Arrays): boolean {
  const inPlace = (array: Float32Array | undefined) =>
    array !== undefined && addressOf(kernels, array) !== undefined;
  const inputs = inPlace(theta) && (!z || inPlace(z));
  return inputs && (!soft || (inPlace(targets.gradient) && (!z || inPlace(targets.product))));
}
