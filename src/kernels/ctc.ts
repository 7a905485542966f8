import { ctcKernels } from './binaries.js';
import { ItemArrays } from './item-arrays.js';
import { currentView } from './kernel-array.js';
import { type Kernels, useFamily, withKernels } from './module.js';
import type { Arena } from './arena.js';
import { omegas, type KernelOmega } from './omega.js';
import { fits, mayErr, readValue, type ScoreRange, unitsOf } from './running-values.js';

useFamily(ctcKernels);

const MODES = { value: 0, gradient: 1 } as const;
const FLAGS = { number: 1, noPath: 2 } as const;
/** Nanoseconds a state and frame. */
const STATE_TIME = { value: 1.5, gradient: 2 } as const;

/** A batch for the CTC kernels. */
export interface CtcTask {
  mode: keyof typeof MODES;
  omega: KernelOmega;
  gamma: number;
  time: number;
  classes: number;
  /** The classes of each item's states: blank, label, blank, …, label, blank. */
  states: readonly (readonly number[])[];
  lengths: Int32Array;
  /** [batch, time, classes] */
  theta: Float32Array;
  /** An array for the gradient; default a new one. */
  target?: Float32Array | undefined;
}

export interface CtcResults {
  /** [batch] */
  value: Float32Array;
  /** [batch, time, classes] */
  gradient?: Float32Array;
  /** Under hard, [batch, time]: the class of each frame of the best path. */
  paths?: Int32Array;
  /** Whether theta holds what is no number that is allowed: the kernels do not know where. */
  suspicious: boolean;
  /** The first item that has no allowed path; −1 if there is none. */
  noPath: number;
}

/**
 * Value and gradient of CTC, in float32 on the kernels, an item a job: the same bits on any number of
 * threads. A value that float32 would spoil is computed again in float64. O(batch · time · labels) time;
 * memory for a job is 12 bytes a state and frame.
 *
 * @returns undefined when scores over γ are too large for the kernels' integers
 * @throws RangeError when the batch is too large for the kernels' memory
 */
export function runCtc(task: CtcTask): CtcResults | undefined {
  return withKernels((kernels, arena) => solve(kernels, arena, task));
}

function solve(kernels: Kernels, arena: Arena, task: CtcTask): CtcResults | undefined {
  const { mode, omega, time, classes, states, lengths, theta } = task;
  const batch = lengths.length;
  const counts = Int32Array.from(states, (own) => own.length);
  const pitch = 4 * Math.ceil(counts.reduce((most, one) => Math.max(most, one), 0) / 4);
  const flat = new Int32Array(batch * pitch);
  states.forEach((own, item) => {
    flat.fill(own[0]!, item * pitch, (item + 1) * pitch);
    flat.set(own, item * pitch);
  });
  const exactScale = unitsOf(task);
  const scale = Math.fround(exactScale);
  const gradient =
    mode === 'gradient' ? (task.target ?? new Float32Array(theta.length)) : undefined;
  const arrays = new ItemArrays(kernels, arena, batch);
  const fields = {
    ...{ omega: omegas[omega].code, time, classes, pitch, scale, scaleRest: exactScale - scale },
    theta: arrays.input(theta),
    gradient: gradient ? arrays.output(gradient, omega === 'hard' ? undefined : theta) : 0,
    // Neighbours of the first states are looked at.
    states: (arena.reserve(64), arena.integers(flat)),
    counts: arena.integers(counts),
    lengths: arena.integers(lengths),
    value: arena.reserve(8 * batch),
    flags: arena.reserve(4 * batch),
    ranges: arena.reserve(8 * batch),
    paths: omega === 'hard' ? arena.reserve(4 * batch * time) : 0,
  };
  const cells = counts.reduce((sum, count, item) => sum + count * lengths[item]!, 0);
  /** Three shares of each state and frame, or a byte for the way to it. */
  const bytesOf = (by: keyof typeof MODES) =>
    (by === 'gradient' && omega !== 'hard' ? 12 : 1) * pitch * time;
  const run = (by: keyof typeof MODES, copies: ItemArrays['copies']) => {
    const params = arena.block('CtcCall', { ...fields, mode: MODES[by] });
    kernels.run('ctc', {
      ...{ params, jobs: batch, ...copies },
      workspace: kernels.workspace('ctcWorkspace', bytesOf(by), params),
      nanoseconds: cells * STATE_TIME[by],
    });
  };
  run(mode, arrays.copies);

  const flags = arena.integerView(fields.flags, batch);
  const ranges = arena.view(fields.ranges, 2 * batch);
  const rangeOf = (item: number): ScoreRange => ({
    least: ranges[2 * item]!,
    greatest: ranges[2 * item + 1]!,
  });
  const results: CtcResults = {
    value: new Float32Array(batch),
    ...(gradient && { gradient: currentView(gradient) }),
    ...(omega === 'hard' && { paths: arena.integerView(fields.paths, batch * time).slice() }),
    suspicious: flags.some((flag) => (flag & FLAGS.number) !== 0),
    noPath: flags.findIndex((flag) => (flag & FLAGS.noPath) !== 0),
  };
  if (results.suspicious) return results;
  for (let item = 0; item < batch; item++) {
    if (!fits(task, rangeOf(item), lengths[item]! + 1)) return undefined;
  }
  if (results.noPath >= 0) return results;
  const read = (by: keyof typeof MODES, item: number) =>
    readValue(arena, fields.value + 8 * item, task, by === 'gradient');
  const spoilt: number[] = [];
  for (let item = 0; item < batch; item++) {
    const value = read(mode, item);
    results.value[item] = value;
    if (mode === 'gradient' && mayErr(task, lengths[item]! + 1, rangeOf(item), value)) {
      spoilt.push(item);
    }
  }
  if (spoilt.length === 0) return results;
  const { feed } = arrays.copies;
  run('value', { ...(feed && { feed }) });
  for (const item of spoilt) results.value[item] = read('value', item);
  return results;
}
