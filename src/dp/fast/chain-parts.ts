import { currentKernels } from '../../kernels/module.js';
import { addressOf, currentView } from '../../kernels/kernel-array.js';
import type { Path } from '../program.js';
import type { ChainArrays, ChainBatch, ChainTask } from './chain-call.js';
import { ChainKernels, type ChainResults, zerosOf } from './chain-kernels.js';

const PARTS = ['moves', 'unary', 'start', 'end'] as const;
/** Memory for a call, at most: the kernels keep it from call to call only as far as it is small. */
const MOST_BYTES = 1.2e9;

/** The bytes of the kernels' memory that a thread works in, and that an item's arrays take. */
function bytesOf({ time, states, factored, omega }: ChainBatch) {
  const hard = omega === 'hard';
  return {
    thread: hard ? 32 * (time + 2) * states : 2 * 16 * (time + 2) * states * states,
    item: 4 * (time + 1) * states * (factored ? 16 : (hard ? 1 : 2) * states),
  };
}

/** Whether a group of four items fits into the kernels' memory. */
export function fitsKernels(shape: ChainBatch): boolean {
  const { thread, item } = bytesOf(shape);
  return thread + 4 * item < MOST_BYTES;
}

/**
 * The chain programs on the kernels, as `ChainKernels`; a batch that is too large for their memory in
 * parts, whose shares in the gradient of a shared transition are added up.
 */
export class ChainPrograms {
  readonly #shape: ChainBatch;
  readonly #whole: ChainKernels;

  constructor(shape: ChainBatch) {
    this.#shape = shape;
    this.#whole = new ChainKernels(shape);
  }

  run(task: ChainTask, check: () => void): ChainResults {
    const { mode, theta, targets } = task;
    const parts = this.#parts([
      theta,
      ...(task.z ? [task.z] : []),
      ...(mode === 'value' ? [] : [targets?.gradient]),
      ...(mode === 'product' ? [targets?.product] : []),
    ]);
    if (parts.length === 1) return this.#whole.run(task, check);
    const { batch } = this.#shape;
    const results: ChainResults = {
      value: new Float32Array(batch),
      ...(mode !== 'value' && { gradient: zerosOf(theta, targets?.gradient) }),
      ...(mode === 'product' && {
        directional: new Float32Array(batch),
        product: zerosOf(theta, targets?.product),
      }),
    };
    for (const part of parts) {
      const some = (arrays: ChainArrays) => this.#some(arrays, part);
      const found = part.kernels.run(
        { mode, theta: some(theta), ...(task.z && { z: some(task.z) }) },
        check,
      );
      results.value.set(found.value, part.from);
      results.directional?.set(found.directional!, part.from);
      for (const name of ['gradient', 'product'] as const) {
        if (found[name]) this.#gather(found[name], some(results[name]!));
      }
    }
    return {
      ...results,
      ...(results.gradient && { gradient: mapped(results.gradient, currentView) }),
      ...(results.product && { product: mapped(results.product, currentView) }),
    };
  }

  best(theta: ChainArrays, check: () => void): Path[] {
    const parts = this.#parts([theta]);
    if (parts.length === 1) return this.#whole.best(theta, check);
    return parts.flatMap((part) => part.kernels.best(this.#some(theta, part), check));
  }

  /** @param arrays those that the call needs; undefined: still to be made */
  #parts(arrays: readonly (ChainArrays | undefined)[]): Part[] {
    const { batch, lengths } = this.#shape;
    const { thread, item } = bytesOf(this.#shape);
    const kernels = currentKernels();
    const inPlace = arrays.every(
      (one) => one && addressOf(kernels, currentView(one.moves)) !== undefined,
    );
    if (inPlace) return [{ from: 0, to: batch, kernels: this.#whole }];
    const room = Math.min(MOST_BYTES, kernels.arena.room);
    const most = Math.max(4, 4 * Math.floor((room - thread) / item / 4));
    if (batch <= most) return [{ from: 0, to: batch, kernels: this.#whole }];
    return Array.from({ length: Math.ceil(batch / most) }, (_, n) => {
      const [from, to] = [n * most, Math.min(batch, (n + 1) * most)];
      const own = { batch: to - from, lengths: lengths.subarray(from, to), first: from };
      return { from, to, kernels: new ChainKernels({ ...this.#shape, ...own }) };
    });
  }

  /** Whether the batch shares the transition of a factored chain. */
  #shares({ moves }: ChainArrays): boolean {
    const { factored, states } = this.#shape;
    return factored && moves.length === states * states;
  }

  /** The parts of arrays that some items have, in the same memory. */
  #some(arrays: ChainArrays, { from, to }: Part): ChainArrays {
    const { batch } = this.#shape;
    const cut = (array: Float32Array) => {
      // Memory that is not shared leaves its views behind when it grows.
      const current = currentView(array);
      const size = current.length / batch;
      return current.subarray(from * size, to * size);
    };
    const shared = this.#shares(arrays);
    return mapped(arrays, (array, name) =>
      shared && name === 'moves' ? currentView(array) : cut(array),
    );
  }

  /** Takes over the results of a part. */
  #gather(found: ChainArrays, to: ChainArrays): void {
    for (const name of PARTS) {
      const [values, target] = [found[name], to[name]];
      if (!values || !target) continue;
      if (name === 'moves' && this.#shares(to)) {
        for (let at = 0; at < values.length; at++) target[at]! += values[at]!;
      } else {
        target.set(values);
      }
    }
  }
}

/** Items [from, to) of a batch. */
interface Part {
  from: number;
  to: number;
  kernels: ChainKernels;
}

function mapped(
  { moves, unary, start, end }: ChainArrays,
  map: (array: Float32Array, name: keyof ChainArrays) => Float32Array,
): ChainArrays {
  return {
    moves: map(moves, 'moves'),
    ...(unary && { unary: map(unary, 'unary') }),
    ...(start && { start: map(start, 'start') }),
    ...(end && { end: map(end, 'end') }),
  };
}
