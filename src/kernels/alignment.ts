import type { Arena } from './arena.js';
import { alignmentKernels } from './binaries.js';
import { ItemArrays } from './item-arrays.js';
import { currentView } from './kernel-array.js';
import { type Kernels, useFamily, withKernels } from './module.js';
import { omegas, type KernelOmega } from './omega.js';
import { fits, mayErr, readValue, type ScoreRange, unitsOf } from './running-values.js';

useFamily(alignmentKernels);

const FLAGS = { number: 1, noPath: 2 } as const;
/** Nanoseconds a cell. */
const CELL_TIME = 8;

/** Scores of a batch, and so their gradients. */
export interface AlignmentArrays {
  /** [batch, rows, cols] */
  match: Float32Array;
  /** [batch] */
  gapOpen: Float32Array;
  /** [batch] */
  gapExtend: Float32Array;
}

/** A batch for the kernels of alignments. */
export interface AlignmentTask {
  /** Whether the gradient is wanted. */
  backward: boolean;
  omega: KernelOmega;
  gamma: number;
  local: boolean;
  rows: number;
  cols: number;
  rowLengths: Int32Array;
  colLengths: Int32Array;
  theta: AlignmentArrays;
  /** Arrays for the gradient; default new ones. */
  target?: AlignmentArrays | undefined;
}

export interface AlignmentResults {
  /** [batch] */
  value: Float32Array;
  gradient?: AlignmentArrays;
  /** Under hard the best path of each item. */
  paths?: Int32Array[];
  /** Whether theta holds what is no number that is allowed: the kernels do not know where. */
  suspicious: boolean;
  /** The first item that has no allowed path; −1 if there is none. */
  noPath: number;
  /** The items whose values float32 may have spoilt. */
  spoilt: number[];
}

/**
 * Value and gradient of alignments with affine gaps, in float32 on the kernels, an item a job: the same
 * bits on any number of threads. O(batch · rows · cols) time; memory for a job is 32 bytes a cell, 40 of
 * a local alignment, 1 under hard.
 *
 * @returns undefined when scores over γ are too large for the kernels' integers
 * @throws RangeError when the batch is too large for the kernels' memory
 */
export function runAlignment(task: AlignmentTask): AlignmentResults | undefined {
  return withKernels((kernels, arena) => solve(kernels, arena, task));
}

function solve(kernels: Kernels, arena: Arena, task: AlignmentTask): AlignmentResults | undefined {
  const { omega, local, rows, cols, rowLengths, colLengths, theta } = task;
  const batch = rowLengths.length;
  const hard = omega === 'hard';
  const gradient = task.backward
    ? (task.target ?? {
        match: new Float32Array(theta.match.length),
        gapOpen: new Float32Array(batch),
        gapExtend: new Float32Array(batch),
      })
    : undefined;
  const arrays = new ItemArrays(kernels, arena, batch);
  const fields = {
    ...{ omega: omegas[omega].code, local: Number(local), rows, cols },
    scale: Math.fround(unitsOf(task)),
    rowLengths: arena.integers(rowLengths),
    colLengths: arena.integers(colLengths),
    match: arrays.input(theta.match),
    gapOpen: arrays.input(theta.gapOpen),
    gapExtend: arrays.input(theta.gapExtend),
    gMatch: gradient ? arrays.output(gradient.match, hard ? undefined : theta.match) : 0,
    gOpen: gradient ? arrays.output(gradient.gapOpen) : 0,
    gExtend: gradient ? arrays.output(gradient.gapExtend) : 0,
    value: arena.reserve(8 * batch),
    flags: arena.reserve(4 * batch),
    ranges: arena.reserve(8 * batch),
    paths: hard ? arena.reserve(8 * batch * (rows + cols)) : 0,
    pathLengths: hard ? arena.reserve(4 * batch) : 0,
  };
  const params = arena.block('AlignmentCall', fields);
  const cells = rowLengths.reduce((sum, length, item) => sum + length * colLengths[item]!, 0);
  kernels.run('alignment', {
    ...{ params, jobs: batch, ...arrays.copies },
    workspace: kernels.workspace('alignmentWorkspace', bytesOf(task), params),
    nanoseconds: cells * CELL_TIME,
  });

  const flags = arena.integerView(fields.flags, batch);
  const ranges = arena.view(fields.ranges, 2 * batch);
  const results: AlignmentResults = {
    value: new Float32Array(batch),
    ...(gradient && {
      gradient: {
        match: currentView(gradient.match),
        gapOpen: currentView(gradient.gapOpen),
        gapExtend: currentView(gradient.gapExtend),
      },
    }),
    suspicious: flags.some((flag) => (flag & FLAGS.number) !== 0),
    noPath: flags.findIndex((flag) => (flag & FLAGS.noPath) !== 0),
    spoilt: [],
  };
  if (results.suspicious) return results;
  const rangeOf = (item: number): ScoreRange => ({
    least: ranges[2 * item]!,
    greatest: ranges[2 * item + 1]!,
  });
  const longest = (item: number) => rowLengths[item]! + colLengths[item]! + 1;
  for (let item = 0; item < batch; item++) {
    if (!fits(task, rangeOf(item), longest(item))) return undefined;
  }
  if (results.noPath >= 0) return results;
  for (let item = 0; item < batch; item++) {
    const value = readValue(arena, fields.value + 8 * item, task, true);
    results.value[item] = value;
    if (mayErr(task, typical(longest(item)), rangeOf(item), value)) results.spoilt.push(item);
  }
  if (hard) results.paths = readPaths(arena, fields, batch, 2 * (rows + cols));
  return results;
}

/** Most of a job's workspace: a byte a cell under hard, else 128 or 160 for a strip of four rows and a column. */
function bytesOf({ omega, local, rows, cols }: AlignmentTask): number {
  if (omega === 'hard') return (rows + 32) * cols;
  return (local ? 160 : 128) * Math.ceil(rows / 4) * cols;
}

/**
 * As many cells as would err at worst by what a path of so many does usually: it is rounded up as often
 * as down. The graph kernels, which take over, err by as much on a long path.
 */
const typical = (cells: number) => Math.sqrt(cells) / 2;

/** The kernels write paths from their ends. */
function readPaths(
  arena: Arena,
  { paths, pathLengths }: { paths: number; pathLengths: number },
  batch: number,
  pitch: number,
): Int32Array[] {
  const lengths = arena.integerView(pathLengths, batch);
  return Array.from(lengths, (length, item) =>
    arena
      .integerView(paths + 4 * item * pitch, length)
      .slice()
      .reverse(),
  );
}
