import type { Arena } from './arena.js';
import { dtwKernels } from './binaries.js';
import { maySleep } from './machine.js';
import { type Kernels, useFamily } from './module.js';
import { omegas, type KernelOmega } from './omega.js';
import { mayErr, type ScoreRange, unitsOf, valueOfDouble, valueOfParts } from './running-values.js';
import type { Problem as ProblemBlock } from './signatures.js';

useFamily(dtwKernels);

/** How the kernels name the costs of feature pairs. */
export const costCodes = { squaredEuclidean: 1, innerProduct: 2 } as const;

const MOST_ROWS = 64;
const MOST_COLS = 128;
const PLANE_BYTES = (MOST_ROWS + MOST_COLS) * MOST_ROWS * 4;
const SIDE_BYTES = 512;
const STATE_BYTES = 16384;
/** Room around a block of costs: tiles read some floats beyond it, which must be numbers. */
const MARGIN_BYTES = 64;
/** Weights of up to this many bytes, which a core's own cache holds, are kept for the way back. */
const TAPE_BYTES = 2 ** 20;

/** How a rectangle is cut: strips of rows, and tiles of columns in them. */
interface Tiling {
  stripRows: number;
  tileCols: number;
  strips: number;
  tiles: number;
}

/** Tiles of at most 64 × 128 cells and of even sizes. It depends on nothing but the rectangle. */
function tile(rows: number, cols: number): Tiling {
  const strips = Math.ceil(rows / MOST_ROWS);
  const tiles = Math.ceil(cols / MOST_COLS);
  const stripRows = Math.min(MOST_ROWS, Math.ceil(rows / strips / 4) * 4);
  const tileCols = Math.ceil(cols / tiles);
  return {
    stripRows,
    tileCols,
    strips: Math.ceil(rows / stripRows),
    tiles: Math.ceil(cols / tileCols),
  };
}

/** What a call wants of the kernels. */
export interface Task {
  omega: KernelOmega;
  gamma: number;
  advance: boolean;
  /** Whether a backward pass follows. */
  backward: boolean;
  /** Whether derivatives along a direction are wanted. */
  tangent: boolean;
  /** Bytes that a tape of local weights may take. */
  memory: number;
  /** The value alone, in float64. */
  precise?: boolean;
}

/** One problem of a batch. */
export interface Rectangle {
  rows: number;
  cols: number;
  /** The first and last column of each row that a path may use; undefined: all. */
  corridor?: { first: Int32Array; last: Int32Array };
}

/** Where a problem's costs come from and its gradient goes: the addresses of row 0. */
export interface Source {
  costs?: number;
  stride?: number;
  gradient?: number;
  slopes?: number;
  product?: number;
  features?: FeatureAddresses;
}

/** Addresses of a problem's features, in the layouts that assembly/dtw/problem.ts describes. */
export interface FeatureAddresses {
  cost: number;
  depth: number;
  depthPadded: number;
  rows: number;
  rowPitch: number;
  cols: number;
  colPitch: number;
  rowVectors: number;
  colVectors: number;
  rowGradient: number;
  colGradient: number;
}

/** A problem in the kernels' memory. */
export interface Problem {
  readonly tiling: Tiling;
  readonly rectangle: Rectangle;
  readonly tape: boolean;
  /** The first cell's address of the result; read by `readResult`. */
  readonly result: number;
  readonly path: number;
  readonly pathState: number;
  /** The block of parameters for the strips from `firstStrip` on. */
  block(firstStrip: number, strips: number, source: Source): ProblemBlock;
}

/** Whether a value found in float32 is for the `precise` kernel, which gives the value alone. */
export function needsPrecision(
  task: Task,
  { rows, cols }: Rectangle,
  range: ScoreRange,
  value: number,
): boolean {
  return mayErr(task, rows + cols - 1, range, value);
}

/** The same task for the value alone in float64. */
export function preciseTask(task: Task): Task {
  return { ...task, backward: false, tangent: false, precise: true };
}

/** Whether the weights of all tiles of a rectangle are kept rather than computed again. */
function tapes(task: Task, tiling: Tiling): boolean {
  const bytes = tapeBytes(tiling);
  const wanted = task.backward && !task.tangent && task.omega !== 'hard';
  return wanted && bytes <= TAPE_BYTES && bytes <= task.memory;
}

function tapeBytes({ stripRows, tileCols, strips, tiles }: Tiling): number {
  return strips * tiles * 3 * (stripRows + tileCols) * stripRows * 4;
}

/** The bytes of a thread's workspace for some problems. */
export function workspaceBytes(problems: readonly Problem[]): number {
  let most = 3 * PLANE_BYTES;
  for (const { tape, tiling } of problems) if (tape) most = Math.max(most, tapeBytes(tiling));
  return STATE_BYTES + 5 * PLANE_BYTES + most;
}

/**
 * Takes what a problem needs of the kernels' memory beside its costs: two borders for each strip
 * and tile when a backward pass follows (8/64 + 4/128 bytes a cell), else one row.
 * @param taped whether the problem is solved in one job, which may keep a tape
 */
export function place(arena: Arena, rectangle: Rectangle, task: Task, taped: boolean): Problem {
  const { rows, cols, corridor } = rectangle;
  const tiling = tile(rows, cols);
  const { stripRows, tileCols, strips, tiles } = tiling;
  const tape = taped && tapes(task, tiling);
  const keep = task.backward && !tape;
  const hard = task.omega === 'hard';
  // Costs are scores with the other sign.
  const exactScale = -unitsOf(task);
  const scale = Math.fround(exactScale);
  const scaleRest = exactScale - scale;
  const borderRows = arena.reserve(8 * cols * (keep ? strips + 1 : 1));
  const borderCols = keep ? arena.reserve(SIDE_BYTES * strips * tiles) : 0;
  const borderRowsDot = task.tangent ? arena.reserve(8 * cols * (strips + 1)) : 0;
  const borderColsDot = task.tangent ? arena.reserve(SIDE_BYTES * strips * tiles) : 0;
  const done = arena.zeros(strips);
  const doneBack = arena.zeros(strips);
  const soft = task.backward && !hard;
  const mass = soft ? arena.zeros(cols) : 0;
  if (soft) arena.view(mass, cols)[cols - 1] = 1;
  const massDot = soft && task.tangent ? arena.zeros(cols) : 0;
  const first = corridor ? arena.integers(corridor.first) : 0;
  const last = corridor ? arena.integers(corridor.last) : 0;
  const result = arena.reserve(16);
  const path = hard && task.backward ? arena.reserve(8 * (rows + cols)) : 0;
  const pathState = arena.integers([0, rows - 1, cols - 1]);
  return {
    tiling,
    rectangle,
    tape,
    result,
    path,
    pathState,
    block: (firstStrip, count, { features, ...source }) => ({
      rows,
      cols,
      stripRows,
      tileCols,
      firstStrip,
      strips: count,
      omega: omegas[task.omega].code,
      advance: Number(task.advance),
      keep: Number(keep),
      tangent: Number(task.tangent),
      costs: source.costs ?? 0,
      stride: source.stride ?? 0,
      rowFeatures: features?.rows ?? 0,
      rowPitch: features?.rowPitch ?? 0,
      colFeatures: features?.cols ?? 0,
      colPitch: features?.colPitch ?? 0,
      depth: features?.depth ?? 0,
      cost: features?.cost ?? 0,
      corridorFirst: first,
      corridorLast: last,
      scale,
      inverseGamma: 1 / task.gamma,
      borderRows,
      borderRowBytes: keep ? 8 * cols : 0,
      borderCols,
      borderRowsDot,
      borderColsDot,
      done,
      doneBack,
      gradient: source.gradient ?? 0,
      slopes: source.slopes ?? 0,
      product: source.product ?? 0,
      mass,
      massDot,
      rowVectors: features?.rowVectors ?? 0,
      colVectors: features?.colVectors ?? 0,
      rowGradient: features?.rowGradient ?? 0,
      colGradient: features?.colGradient ?? 0,
      depthPadded: features?.depthPadded ?? 0,
      result,
      path,
      pathState,
      tape: Number(tape),
      precise: Number(hard || (task.precise ?? false)),
      scaleRest,
      maySleep: Number(maySleep()),
    }),
  };
}

/** A block of `count` floats with a margin of zeros; its content is left to be written. */
export function reserveWithMargin(arena: Arena, count: number): number {
  const bytes = count * 4;
  const address = arena.reserve(bytes + 2 * MARGIN_BYTES);
  arena.view(address, MARGIN_BYTES / 4).fill(0);
  arena.view(address + MARGIN_BYTES + bytes, MARGIN_BYTES / 4).fill(0);
  return address + MARGIN_BYTES;
}

/**
 * Looks for what is no cost among `count` floats: whether all are numbers or +Infinity; and how
 * large they are.
 */
export function inspect(
  kernels: Kernels,
  arena: Arena,
  address: number,
  count: number,
): ScoreRange & { good: boolean } {
  return arena.scope(() => {
    const block = 2 ** 16;
    const jobs = Math.ceil(count / block);
    const results = arena.reserve(12 * jobs);
    const params = arena.block('InspectCall', { values: address, count, block, results });
    kernels.run('dtwInspect', { params, jobs, nanoseconds: count / 8 });
    const found = arena.view(results, 3 * jobs);
    const inspected = { good: true, least: 0, greatest: 0 };
    for (let job = 0; job < jobs; job++) {
      inspected.good &&= found[3 * job] === 0;
      inspected.least = Math.min(inspected.least, found[3 * job + 1]!);
      inspected.greatest = Math.max(inspected.greatest, found[3 * job + 2]!);
    }
    return inspected;
  });
}

/** The smoothed minimum and its derivative along the direction; Infinity: there is no path. */
export function readResult(
  arena: Arena,
  problem: Problem,
  task: Task,
): { value: number; directional: number } {
  const { buffer, byteOffset } = arena.view(problem.result, 4);
  const block = new DataView(buffer, byteOffset, 16);
  // Of scores the sign is the other one; what is 0 stays 0, not −0.
  const directional = task.tangent ? 0 - block.getFloat64(8, true) : 0;
  if (task.omega === 'hard') return { value: 0 - block.getFloat64(0, true), directional };
  if (task.precise) {
    const running = block.getFloat64(0, true);
    const value = running === -Infinity ? Infinity : 0 - valueOfDouble(running, task);
    return { value, directional };
  }
  const integer = block.getInt32(4, true);
  if (integer <= -(2 ** 30)) return { value: Infinity, directional };
  return { value: 0 - valueOfParts(block.getFloat32(0, true), integer, task), directional };
}

/** The best path i0, j0, i1, j1, …, once it is traced. */
export function readPath(arena: Arena, problem: Problem): Int32Array {
  const { buffer } = arena.view(problem.pathState, 1);
  const bytes = new Int32Array(buffer, problem.pathState, 1)[0]!;
  const reversed = new Int32Array(buffer, problem.path, bytes / 4);
  const path = new Int32Array(reversed.length);
  for (let at = 0; at < path.length; at += 2) {
    path[at] = reversed[path.length - 2 - at]!;
    path[at + 1] = reversed[path.length - 1 - at]!;
  }
  return path;
}
