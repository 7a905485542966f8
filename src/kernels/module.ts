import { askedThreads } from '../asked-threads.js';
import { quoted } from '../visible.js';
import { Arena } from './arena.js';
import { heapBase, maximumPages, memoryKernels } from './binaries.js';
import { compiledKernels, hasKernels, type KernelFamily } from './compiled.js';
import { availableCores, canShareMemory, environment, workersForbidden } from './machine.js';
import { CONTROL_BYTES, Pool, runAlone, WorkerLost } from './pool.js';
import type { KernelFunctions, KernelParameters } from './signatures.js';

export { hasKernels, kernelBuild, kernelFault } from './compiled.js';

/** A kernel takes its parameters' address, its job and a workspace; plain functions return a number. */
type Kernel = (...parameters: number[]) => number;

/** What threads share the jobs of. */
export type KernelName = keyof KernelParameters;

/** A call of a kernel: `jobs` independent parts over one block of parameters. */
export interface KernelCall<Name extends KernelName = KernelName> {
  params: KernelParameters[Name];
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
/** Workers take some tens of milliseconds to start. */
const WORTH_WAITING = 1e8;
/** Nanoseconds of such work before the workers are started, which takes the calling thread as long. */
const WORTH_STARTING = 2e7;
/** How long a worker may take for its last job, beside a hundred times what the call should take. */
const PATIENCE_MS = 60_000;
/** A memory that grew beyond this is given back after the call. */
const KEEP_BYTES = 256 * 2 ** 20;

/** What a job of `clearParts` clears. */
const CLEARED_BYTES = 2 ** 20;

/** The families whose kernels can be called. */
const families: KernelFamily[] = [memoryKernels];

/**
 * Lets the kernels of a family be called. Who calls them does this when it is loaded, so that a page
 * holds the families that it needs.
 */
export function useFamily(family: KernelFamily): void {
  if (families.includes(family)) return;
  families.push(family);
  // Its workers do not know the family.
  if (current?.started) discard();
}

let threads: number | undefined;
/** Whether the program has said how many: its workers then start with the first call that is worth it. */
let isChosen = false;
let current: Kernels | undefined;
/** Whether the memory is a shared one for a single thread too: see `shareMemory`. */
let sharing = false;
/** Whether there can be no workers: they are forbidden, cannot start, or one has died. */
let alone = false;

/**
 * How many threads the kernels use, the calling one included; at most as many as the machine has
 * cores for this process. Results do not depend on it.
 * @throws RangeError for what is not an integer of at least 1
 *
 * @example
 * ```ts
 * import { getThreads, setThreads } from 'didyprog';
 *
 * setThreads(1);
 * console.log(getThreads()); // 1
 * ```
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`threads is ${quoted(count)}: it must be an integer of at least 1`);
  }
  const before = getThreads();
  threads = Math.min(count, availableCores());
  isChosen = true;
  if (getThreads() !== before) discard();
}

/**
 * Has the kernels' memory be of the kind that threads can share, wherever there is one: views of it
 * then stay valid when it grows. Copies to and from it take twice as long.
 */
export function shareMemory(): void {
  if (alone || sharing || !canShareMemory()) return;
  sharing = true;
  if (getThreads() === 1) discard();
}

/** Forgets the kernels that were used so far. */
function discard(): void {
  current?.release();
  current = undefined;
}

/**
 * The threads in use: by `setThreads`, else the environment's DIDYPROG_THREADS, else the cores, and
 * never more than these. Always 1 where memory cannot be shared (a page without cross-origin
 * isolation), workers are forbidden or there are no kernels. That a page's policy forbids workers is
 * known only once they have been tried: after the first large call and a turn of the event loop.
 *
 * @example
 * ```ts
 * import { getThreads } from 'didyprog';
 *
 * console.log(getThreads() >= 1); // true
 * ```
 */
export function getThreads(): number {
  if (alone || !canShareMemory() || workersForbidden() || !hasKernels()) return 1;
  const asked = () => askedThreads(environment('DIDYPROG_THREADS'));
  return (threads ??= Math.min(asked() ?? Infinity, availableCores()));
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

/**
 * The kernels that the next call will use.
 * @throws Error where WebAssembly is missing or forbidden; RangeError where there is no memory
 */
export function currentKernels(): Kernels {
  return (current ??= startedKernels());
}

function startedKernels(): Kernels {
  const count = getThreads();
  if (count > 1 || sharing) {
    try {
      return new Kernels(count, true);
    } catch (error) {
      // Memory that is shared reserves all the address space that it may ever need.
      if (!(error instanceof RangeError)) throw error;
      [alone, sharing] = [true, false];
    }
  }
  return new Kernels(1, false);
}

/** One instance of the compiled kernels with its memory and its threads. */
export class Kernels {
  readonly arena: Arena;
  readonly #threads: number;
  readonly #memory: WebAssembly.Memory;
  readonly #form: 'single' | 'shared';
  readonly #exports: Record<string, Kernel> = {};
  readonly #control = Math.ceil(heapBase / 64) * 64;
  #names: string[] = [];
  #pool: Pool | undefined;
  /** About how many nanoseconds of work there has been for several threads. */
  #worked = 0;
  #planned: ReturnType<typeof setTimeout> | undefined;

  constructor(threads: number, share: boolean) {
    this.#threads = threads;
    this.#form = share ? 'shared' : 'single';
    // Says first that there are no kernels, where that is so.
    compiledKernels(memoryKernels, this.#form);
    this.#memory = startingMemory(share);
    this.#start(memoryKernels);
    this.arena = new Arena(this.#memory, this.#control + CONTROL_BYTES);
  }

  /** Whether there are workers, which know the families of their start. */
  get started(): boolean {
    return this.#pool !== undefined;
  }

  /** The families work on one memory, each with static data of its own. */
  #start(family: KernelFamily): void {
    const module = compiledKernels(family, this.#form);
    const imports = { env: { memory: this.#memory, abort() {} } };
    Object.assign(this.#exports, new WebAssembly.Instance(module, imports).exports);
  }

  /** A kernel by its name; its family is decoded and compiled when it is first called. */
  #function(name: string): Kernel {
    const family =
      name in this.#exports
        ? undefined
        : families.find(({ names }) => names.split(' ').includes(name));
    if (family) this.#start(family);
    const found = this.#exports[name];
    if (!found) throw new Error(`no family of kernels in use has ${name}`);
    return found;
  }

  /** The threads of a large call. */
  get threads(): number {
    return alone ? 1 : this.#threads;
  }

  /** The size of the memory. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Runs every job of a kernel, on all threads where that is worth while and there is memory for
   * their workspaces.
   * @throws RangeError when the memory cannot grow as far as one thread needs; Error when a kernel
   *   or a worker fails
   */
  run<Name extends KernelName>(name: Name, call: KernelCall<Name>): void {
    const { params, jobs, workspace = 0, nanoseconds, feed, drain } = call;
    const kernel = this.#function(name);
    const bytes = Math.ceil(workspace / 64) * 64;
    this.arena.scope((arena) => {
      const threads = nanoseconds > WORTH_A_THREAD ? this.#threadsFor(jobs, bytes) : 1;
      const address = arena.reserve(bytes * threads);
      const pool = threads > 1 ? this.#startedPool(nanoseconds) : undefined;
      if (pool) {
        const index = this.#names.indexOf(name);
        const space = { workspace: address, workspaceBytes: bytes, threads };
        const patience = PATIENCE_MS + nanoseconds * 1e-4;
        const waits = nanoseconds > WORTH_WAITING;
        const effort = { nanoseconds, patience, waits };
        const task = { kernel: index, params, jobs, ...space, ...effort, feed, drain };
        try {
          pool.run(task, kernel);
        } catch (error) {
          // The worker may still write to this memory: others take over.
          if (error instanceof WorkerLost) {
            alone = true;
            if (current === this) current = undefined;
          }
          throw error;
        }
        return;
      }
      runAlone({ params, jobs, workspace: address, feed, drain }, kernel);
    });
  }

  #threadsFor(jobs: number, workspace: number): number {
    const fitting = Math.floor(this.arena.room / Math.max(1, workspace));
    return Math.max(1, Math.min(this.threads, jobs, fitting));
  }

  /**
   * The workers. Where the program has not chosen their number they are started when there has been work
   * enough for them, or else when what runs now gives way: its first call does not wait for them. None
   * before that, and where they cannot be.
   */
  #startedPool(nanoseconds: number): Pool | undefined {
    if (this.#pool) return this.#pool;
    this.#worked += nanoseconds;
    if (isChosen || this.#worked >= WORTH_STARTING) return this.#startPool();
    this.#planned ??= setTimeout(() => {
      if (current === this && !alone) this.#startPool();
    }, 0);
    // A process that has nothing else to do ends without them. Timers of a page, or of a test that puts its
    // own in their place, have no unref.
    this.#planned.unref?.();
    return undefined;
  }

  #startPool(): Pool | undefined {
    const lost = () => {
      alone = true;
      this.#pool = undefined;
    };
    try {
      this.#pool ??= this.#newPool(lost);
    } catch {
      lost();
    }
    return this.#pool;
  }

  #newPool(lost: () => void): Pool {
    const modules = families.map((family) => compiledKernels(family, this.#form));
    const exported = modules.flatMap((module) => WebAssembly.Module.exports(module));
    this.#names = [...new Set(exported.map(({ name }) => name))];
    const start = { modules, memory: this.#memory, control: this.#control, kernels: this.#names };
    return new Pool(start, this.#threads - 1, lost);
  }

  /** Calls a kernel's plain function on this thread, for what is not split into jobs. */
  call<Name extends keyof KernelFunctions>(
    name: Name,
    ...parameters: KernelFunctions[Name]
  ): number {
    return this.#function(name)(...parameters);
  }

  /**
   * The bytes of a workspace by a kernel's own function, which counts them in 32 bits.
   * @param least most of them by a formula: where the memory cannot have as many, these are given, and
   *   reserving them is a RangeError
   */
  workspace<Name extends keyof KernelFunctions>(
    name: Name,
    least: number,
    ...parameters: KernelFunctions[Name]
  ): number {
    return least < 2 ** 31 ? this.call(name, ...parameters) >>> 0 : least;
  }

  /** Writes zeros, on all threads where that is worth while. */
  clear(address: number, bytes: number): void {
    const jobs = Math.ceil(bytes / CLEARED_BYTES);
    if (this.threads === 1 || jobs < 4) {
      this.call('clear', address, bytes);
      return;
    }
    this.arena.scope((arena) => {
      const params = arena.block('ClearCall', { address, bytes });
      this.run('clearParts', { params, jobs, nanoseconds: bytes / 20 });
    });
  }

  /** Ends the threads; the memory is freed with the object. */
  release(): void {
    clearTimeout(this.#planned);
    this.#pool?.stop();
    this.#pool = undefined;
  }
}

/** @throws RangeError where the system does not give the address space */
function startingMemory(share: boolean): WebAssembly.Memory {
  try {
    const shared = share && { shared: true, maximum: maximumPages };
    return new WebAssembly.Memory({ initial: 16, ...shared });
  } catch (cause) {
    throw new RangeError(
      'the system gives the kernels no memory: they want 1 MiB and address space to grow in',
      { cause },
    );
  }
}
