import { quoted } from '../visible.js';
import { HeldFloats } from './held-floats.js';
import { currentKernels, hasKernels, shareMemory, type Kernels } from './module.js';

/** The array that each view belongs to; a view keeps its array from being collected. */
const owners = new WeakMap<Float32Array, KernelArray>();

/**
 * A Float32Array in the memory of the kernels. Programs read potentials and directions there, and
 * write gradients and products there, where other arrays are copied in and out: for large problems
 * the copies take as long as the work, and they are made by one thread.
 *
 * Only `data` itself is known to programs, not a part of it that `subarray` makes. After
 * `setThreads`, and in a page without cross-origin isolation after every call, take `data` anew.
 * From the first one on, memory is of the kind that threads share, on one thread too, where there is
 * any: copies of other arrays then take twice as long.
 * Its memory is given back by `free`, else when neither the array nor `data` can be reached. Where there
 * are no kernels (`hasKernels`) `data` is an ordinary array.
 *
 * @example
 * ```ts
 * import { KernelArray, linearChain } from 'didyprog';
 *
 * const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
 * const theta = new KernelArray(4);
 * const gradient = new KernelArray(4);
 * theta.data.set([1, 0, 0, 2]);
 * chain.gradient(theta.data, gradient.data);
 * console.log(gradient.data.join()); // 0,0,0,1
 * ```
 */
export class KernelArray {
  readonly length: number;
  /** None where there are no kernels. */
  readonly #held: HeldFloats | undefined;
  #view: Float32Array | undefined;
  #freed = false;

  /**
   * @param length floats; all are 0 at first
   * @throws RangeError for what is no length, and when the memory cannot grow that far (2 GiB in all)
   */
  constructor(length: number) {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(`length is ${quoted(length)}: it must be an integer of at least 0`);
    }
    this.length = length;
    if (!hasKernels()) {
      this.#view = new Float32Array(length);
      return;
    }
    shareMemory();
    this.#held = new HeldFloats(length, 'zeros');
  }

  /**
   * The floats.
   * @throws Error after `free`
   */
  get data(): Float32Array {
    const held = this.#held;
    if (!held) {
      if (this.#freed) throw new Error('the array was freed');
      return this.#view!;
    }
    const { kernels } = held;
    const address = held.address();
    // Memory that is not shared leaves its views behind when it grows.
    const stale = kernels !== held.kernels || this.#view?.length !== this.length;
    if (!this.#view || stale) {
      this.#view = held.kernels.arena.view(address, this.length);
      owners.set(this.#view, this);
    }
    return this.#view;
  }

  /** Gives the memory back; `data` taken before must not be used any more. */
  free(): void {
    this.#freed = true;
    this.#held?.free();
    if (this.#view) owners.delete(this.#view);
  }

  /**
   * The address of `view` in these kernels' memory, if it is what `data` is now.
   * @internal
   */
  addressIn(kernels: Kernels, view: Float32Array): number | undefined {
    return kernels === this.#held?.kernels && view === this.#view ? view.byteOffset : undefined;
  }
}

/** Where in the kernels' memory the floats of an array are, if it is the `data` of a `KernelArray`. */
export function addressOf(kernels: Kernels, array: Float32Array): number | undefined {
  return owners.get(array)?.addressIn(kernels, array);
}

/** What an array is called now: memory that is not shared leaves its views behind when it grows. */
export function currentView(array: Float32Array): Float32Array {
  return owners.get(array)?.data ?? array;
}

/** Zeros: in the array given for them, or in a new one. */
export function zerosIn(array: Float32Array | undefined, length: number): Float32Array {
  if (!array) return new Float32Array(length);
  if (!owners.has(array)) return array.fill(0);
  const kernels = currentKernels();
  const view = currentView(array);
  const address = addressOf(kernels, view);
  // JavaScript takes eight times as long to clear memory that threads share.
  if (address === undefined) view.fill(0);
  else kernels.clear(address, view.byteLength);
  return view;
}
