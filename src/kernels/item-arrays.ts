import type { Arena } from './arena.js';
import { addressOf, currentView } from './kernel-array.js';
import type { Kernels } from './module.js';

/**
 * The arrays of a call whose jobs are the items of a batch: used where they lie if that is in the
 * kernels' memory, else copied item by item while other jobs run.
 */
export class ItemArrays {
  readonly #inputs: Copy[] = [];
  readonly #outputs: Copy[] = [];

  constructor(
    readonly kernels: Kernels,
    readonly arena: Arena,
    readonly batch: number,
  ) {}

  /** The address of an array that is read. */
  input(array: Float32Array): number {
    return this.#place(array, this.#inputs);
  }

  /**
   * The address of one that is written.
   * @param over an input of its size whose copy is not needed when it is written
   */
  output(array: Float32Array, over?: Float32Array): number {
    const shared = this.#inputs.find((copy) => copy.array === over)?.address;
    return this.#place(array, this.#outputs, shared);
  }

  #place(array: Float32Array, copies: Copy[], shared?: number): number {
    const known = addressOf(this.kernels, currentView(array));
    if (known !== undefined) return known;
    const address = shared ?? this.arena.reserve(array.byteLength);
    copies.push({ array, address, view: undefined });
    return address;
  }

  /** What `Kernels.run` calls for each job. */
  get copies(): { feed?: (job: number) => void; drain?: (job: number) => void } {
    return {
      ...(this.#inputs.length > 0 && { feed: (job) => this.#feed(job) }),
      ...(this.#outputs.length > 0 && { drain: (job) => this.#drain(job) }),
    };
  }

  #feed(job: number): void {
    for (const copy of this.#inputs) {
      const [from, to] = this.#rangeOf(copy, job);
      this.#viewOf(copy).set(copy.array.subarray(from, to), from);
    }
  }

  #drain(job: number): void {
    for (const copy of this.#outputs) {
      const [from, to] = this.#rangeOf(copy, job);
      copy.array.set(this.#viewOf(copy).subarray(from, to), from);
    }
  }

  #rangeOf({ array }: Copy, job: number): [from: number, to: number] {
    const size = array.length / this.batch;
    return [job * size, (job + 1) * size];
  }

  /** Taken at the first job: until then the memory may grow. */
  #viewOf(copy: Copy): Float32Array {
    return (copy.view ??= this.arena.view(copy.address, copy.array.length));
  }
}

interface Copy {
  readonly array: Float32Array;
  readonly address: number;
  view: Float32Array | undefined;
}
