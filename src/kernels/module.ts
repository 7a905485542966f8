import { Arena } from './arena.js';
import { maximumPages } from './binaries.js';
import { compiledKernels } from './compiled.js';
import { CONTROL_BYTES, Pool } from './pool.js';

export { f32 } from './arena.js';
export { kernelBuild } from './compiled.js';

type Kernel = (params: number, job: number, workspace: number) => void;

/** A call of a kernel: `jobs` independent parts over one block of parameters. */
export interface KernelCall {
  params: number;
  jobs: number;
  /** Bytes of a workspace of its own for each thread; default 0. */
  workspace?: number;
  /** About how many nanoseconds the whole takes on one thread: short calls stay on one. */
  nanoseconds: number;
  /**
   * Brings a job's input into the kernels' memory. Called on this thread for every job in order,
   * just before the job or while other threads are at the first ones: copies then cost less.
   */
  feed?: (job: number) => void;
  /** Takes a job's results from the kernels' memory. Called on this thread once for every job. */
  drain?: (job: number) => void;
}

/** Waking a worker takes about 25 µs. */
const WORTH_A_THREAD = 60_000;
/** A memory that grew beyond this is given back after the call. */
const KEEP_BYTES = 256 * 2 ** 20;

/** What a job of `clearParts` clears. */
const CLEARED_BYTES = 2 ** 20;

let threads: number | undefined;
let current: Kernels | undefined;
/** Whether the memory is a shared one for a single thread too: see `shareMemory`. */
let sharing = false;

/**
 * How many threads the kernels use, the calling one included. Results do not depend on it.
 * @throws RangeError for what is not an integer of at least 1
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`threads is ${count}: it must be an integer of at least 1`);
  }
  if (count === getThreads()) return;
  threads = count;
  discard();
}

/**
 * Has the kernels' memory be of the kind that threads can share, wherever there is one: views of it
 * then stay valid when it grows. Copies to and from it take twice as long.
 */
export function shareMemory(): void {
  if (sharing || !canShare()) return;
  sharing = true;
  if (getThreads() === 1) discard();
}

/** Forgets the kernels that were used so far. */
function discard(): void {
  current?.release();
  current = undefined;
}

/**
 * The threads in use: by `setThreads`, else the environment's DIDYPROG_THREADS, else the cores;
 * always 1 where memory cannot be shared (a page without cross-origin isolation).
 */
export function getThreads(): number {
  if (!canShare()) return 1;
  return (threads ??= defaultThreads());
}

function defaultThreads(): number {
  const asked = typeof process === 'object' ? process.env?.['DIDYPROG_THREADS'] : undefined;
  if (asked !== undefined && asked !== '') {
    const count = Number(asked);
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`DIDYPROG_THREADS is '${asked}': it must be an integer of at least 1`);
    }
    return count;
  }
  // Node 20 has no navigator.
  const inNode = typeof process === 'object' && typeof process.getBuiltinModule === 'function';
  if (inNode) return process.getBuiltinModule('node:os').availableParallelism();
  return Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
}

function canShare(): boolean {
  return (
    typeof SharedArrayBuffer === 'function' &&
    (typeof process === 'object' || globalThis.crossOriginIsolated === true)
  );
}

/**
 * Runs `work` with the kernels and a scope of their memory, which ends with it.
 */
export function withKernels<T>(work: (kernels: Kernels, arena: Arena) => T): T {
  const kernels = currentKernels();
  try {
    return kernels.arena.scope((arena) => work(kernels, arena));
  } finally {
    const { idle, holding } = kernels.arena;
    if (idle && !holding && kernels.bytes > KEEP_BYTES && current === kernels) discard();
  }
}

/** The kernels that the next call will use. */
export function currentKernels(): Kernels {
  return (current ??= new Kernels(getThreads()));
}

/** One instance of the compiled kernels with its memory and its threads. */
export class Kernels {
  readonly arena: Arena;
  readonly threads: number;
  readonly #memory: WebAssembly.Memory;
  readonly #module: WebAssembly.Module;
  readonly #exports: Record<string, Kernel>;
  readonly #names: string[];
  readonly #control: number;
  #pool: Pool | undefined;

  constructor(threads: number) {
    this.threads = threads;
    const share = threads > 1 || sharing;
    this.#module = compiledKernels(share ? 'shared' : 'single');
    this.#memory = new WebAssembly.Memory({
      initial: 16,
      ...(share && { shared: true, maximum: maximumPages }),
    });
    const instance = new WebAssembly.Instance(this.#module, {
      env: { memory: this.#memory, abort() {} },
    });
    this.#exports = instance.exports as unknown as Record<string, Kernel>;
    this.#names = Object.keys(instance.exports);
    this.#control = Math.ceil(this.call('heapBase') / 64) * 64;
    this.arena = new Arena(this.#memory, this.#control + CONTROL_BYTES);
  }

  /** The size of the memory. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Runs every job of a kernel, on all threads where that is worth while. */
  run(name: string, call: KernelCall): void {
    const { params, jobs, workspace = 0, nanoseconds, feed, drain } = call;
    const kernel = this.#exports[name];
    if (!kernel) throw new Error(`there is no kernel ${name}`);
    const bytes = Math.ceil(workspace / 64) * 64;
    this.arena.scope((arena) => {
      if (this.threads > 1 && jobs > 1 && nanoseconds > WORTH_A_THREAD) {
        const address = arena.reserve(bytes * this.threads);
        this.#pool ??= new Pool(
          {
            module: this.#module,
            memory: this.#memory,
            control: this.#control,
            kernels: this.#names,
          },
          this.threads - 1,
        );
        if (this.#pool.ready) {
          const index = this.#names.indexOf(name);
          const space = { workspace: address, workspaceBytes: bytes };
          this.#pool.run({ kernel: index, params, jobs, ...space, feed, drain }, kernel);
          return;
        }
      }
      const address = arena.reserve(bytes);
      for (let job = 0; job < jobs; job++) {
        feed?.(job);
        kernel(params, job, address);
        drain?.(job);
      }
    });
  }

  /** Calls a kernel's plain function on this thread, for what is not split into jobs. */
  call(name: string, ...parameters: number[]): number {
    const kernel = this.#exports[name] as ((...parameters: number[]) => number) | undefined;
    if (!kernel) throw new Error(`there is no kernel ${name}`);
    return kernel(...parameters);
  }

  /** Writes zeros, on all threads where that is worth while. */
  clear(address: number, bytes: number): void {
    const jobs = Math.ceil(bytes / CLEARED_BYTES);
    if (this.threads === 1 || jobs < 4) {
      this.call('clear', address, bytes);
      return;
    }
    this.arena.scope((arena) => {
      const params = arena.parameters([address, bytes]);
      this.run('clearParts', { params, jobs, nanoseconds: bytes / 20 });
    });
  }

  /** Ends the threads; the memory is freed with the object. */
  release(): void {
    this.#pool?.stop();
    this.#pool = undefined;
  }
}
