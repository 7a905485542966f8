/** Where the fields of the pool's control block are, in 32-bit words. */
const GENERATION = 0;
const KERNEL = 1;
const PARAMS = 2;
const JOBS = 3;
const NEXT = 4;
/** The workers at a task, and whether it takes no more of them. */
const ACTIVE = 5;
const READY = 6;
const FAILED = 7;
const WORKSPACE = 8;
const WORKSPACE_BYTES = 9;
/** How many jobs have their input: see `Task.feed`. */
const FED = 10;
const CLOSED = 2 ** 30;
/** Looks at a word before going to sleep: some tens of microseconds. */
const SPINS = 20_000;
/** The size of the control block in bytes. */
export const CONTROL_BYTES = 64;

/** What a call of a kernel runs: `jobs` independent parts, each thread with its own workspace. */
export interface Task {
  kernel: number;
  params: number;
  jobs: number;
  /** The address of the first thread's workspace; the others' follow. */
  workspace: number;
  workspaceBytes: number;
  /** Brings a job's input; called for every job in order, while the workers are at the first ones. */
  feed?: ((job: number) => void) | undefined;
  /** Takes the results of a job that is done; called once for every job. */
  drain?: ((job: number) => void) | undefined;
}

/** The worker's program: plain JavaScript, since it is started from its text in Node and in a page. */
const workerSource = `
const run = ({ module, memory, control, index, kernels }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
  const list = kernels.map((name) => exports[name]);
  const c = new Int32Array(memory.buffer, control, ${CONTROL_BYTES / 4});
  let seen = Atomics.load(c, ${GENERATION});
  Atomics.add(c, ${READY}, 1);
  Atomics.notify(c, ${READY});
  for (;;) {
    for (let spin = 0; spin < ${SPINS} && Atomics.load(c, ${GENERATION}) === seen; spin++);
    while (Atomics.load(c, ${GENERATION}) === seen) Atomics.wait(c, ${GENERATION}, seen);
    seen = Atomics.load(c, ${GENERATION});
    let active = Atomics.load(c, ${ACTIVE});
    while (active < ${CLOSED}) {
      const before = Atomics.compareExchange(c, ${ACTIVE}, active, active + 1);
      if (before === active) break;
      active = before;
    }
    if (active >= ${CLOSED}) continue;
    const kernel = list[c[${KERNEL}]];
    const workspace = c[${WORKSPACE}] + index * c[${WORKSPACE_BYTES}];
    try {
      for (let job; (job = Atomics.add(c, ${NEXT}, 1)) < c[${JOBS}]; ) {
        while (Atomics.load(c, ${FED}) <= job);
        kernel(c[${PARAMS}], job, workspace);
      }
    } catch {
      Atomics.store(c, ${FAILED}, 1);
    }
    Atomics.sub(c, ${ACTIVE}, 1);
    Atomics.notify(c, ${ACTIVE});
  }
};
if (typeof process === 'object' && process.versions && process.versions.node) {
  run(require('node:worker_threads').workerData);
} else {
  onmessage = ({ data }) => run(data);
}
`;

/** What a worker is started with. */
export interface WorkerStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** The address of the control block, CONTROL_BYTES of zeros. */
  control: number;
  /** The kernels' names, in the order of `Task.kernel`. */
  kernels: readonly string[];
}

/**
 * Workers that share the kernels' memory. They take jobs by an atomic counter, spin for some
 * microseconds after a task and then sleep. They never keep a process alive.
 */
export class Pool {
  readonly #control: Int32Array;
  readonly #workers: { stop(): void }[];
  readonly #inNode: boolean;
  #ready = false;

  /** @param count the workers beside the calling thread */
  constructor(start: WorkerStart, count: number) {
    this.#control = new Int32Array(start.memory.buffer, start.control, CONTROL_BYTES / 4);
    this.#inNode = nodeWorkers() !== undefined;
    this.#workers = Array.from({ length: count }, (_, at) => startWorker(start, at + 1));
  }

  /**
   * Whether every worker runs. In Node it waits for them; a page's main thread may not, so that its
   * first calls use one thread.
   */
  get ready(): boolean {
    const c = this.#control;
    const deadline = performance.now() + 2000;
    while (!this.#ready) {
      const running = Atomics.load(c, READY);
      this.#ready = running === this.#workers.length;
      if (this.#ready || !this.#inNode || performance.now() > deadline) break;
      Atomics.wait(c, READY, running, 100);
    }
    return this.#ready;
  }

  /** Runs all jobs of a task on the workers and the calling thread; returns when all are done. */
  run(task: Task, kernel: (params: number, job: number, workspace: number) => void): void {
    const c = this.#control;
    c[KERNEL] = task.kernel;
    c[PARAMS] = task.params;
    c[JOBS] = task.jobs;
    c[WORKSPACE] = task.workspace;
    c[WORKSPACE_BYTES] = task.workspaceBytes;
    Atomics.store(c, FAILED, 0);
    Atomics.store(c, NEXT, 0);
    Atomics.store(c, ACTIVE, 0);
    Atomics.store(c, FED, task.feed ? 0 : task.jobs);
    Atomics.add(c, GENERATION, 1);
    Atomics.notify(c, GENERATION);
    const drained = new Set<number>();
    try {
      if (task.feed) {
        for (let job = 0; job < task.jobs; job++) {
          task.feed(job);
          Atomics.store(c, FED, job + 1);
        }
      }
      for (let job; (job = Atomics.add(c, NEXT, 1)) < task.jobs;) {
        kernel(task.params, job, task.workspace);
        task.drain?.(job);
        drained.add(job);
      }
    } finally {
      // Nobody may touch the task's memory after this call, so it waits in every case.
      Atomics.store(c, FED, task.jobs);
      this.#finish();
    }
    if (Atomics.load(c, FAILED) === 1) throw new Error('a kernel failed in a worker thread');
    if (task.drain) {
      for (let job = 0; job < task.jobs; job++) if (!drained.has(job)) task.drain(job);
    }
  }

  /**
   * Closes the task and waits for the workers at it; one that has not woken up yet is not waited
   * for. A short while by spinning, then asleep, since a worker may need this very core; a page's
   * main thread may not sleep.
   */
  #finish(): void {
    const c = this.#control;
    Atomics.or(c, ACTIVE, CLOSED);
    for (let spin = 0; ; spin++) {
      const active = Atomics.load(c, ACTIVE);
      if (active === CLOSED) return;
      if (spin > SPINS && this.#inNode) Atomics.wait(c, ACTIVE, active, 100);
    }
  }

  stop(): void {
    for (const worker of this.#workers) worker.stop();
  }
}

function startWorker(start: WorkerStart, index: number): { stop(): void } {
  const data = { ...start, index };
  const threads = nodeWorkers();
  if (threads) {
    const worker = new threads.Worker(workerSource, { eval: true, workerData: data, execArgv: [] });
    worker.unref();
    return { stop: () => void worker.terminate() };
  }
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.postMessage(data);
  return {
    stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** Node's worker threads, without an import that a page could not resolve. */
function nodeWorkers(): typeof import('node:worker_threads') | undefined {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function')
    return undefined;
  return process.getBuiltinModule('node:worker_threads');
}
