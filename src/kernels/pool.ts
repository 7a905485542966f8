import { maySleep, nodeWorkers } from './machine.js';
import { Weighing } from './weighing.js';

/** Where the fields of the pool's control block are, in 32-bit words. */
const GENERATION = 0;
const KERNEL = 1;
const PARAMS = 2;
const JOBS = 3;
const NEXT = 4;
/** The workers at a task, and whether it takes no more of them. */
export const ACTIVE = 5;
const READY = 6;
const FAILED = 7;
const WORKSPACE = 8;
const WORKSPACE_BYTES = 9;
/** How many jobs have their input: see `Task.feed`. */
const FED = 10;
/** How many workers have come to the task so far, and how many it has workspaces for. */
const COME = 11;
const SEATS = 12;
const CLOSED = 2 ** 30;
/** Looks at a word before going to sleep: some tens of microseconds. */
const SPINS = 20_000;
/** How long the first task waits for the workers to start. */
const START_MS = 2000;
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
  /** The threads that there are workspaces for, the calling one included. */
  threads: number;
  /** About how many nanoseconds the whole takes on one thread. */
  nanoseconds: number;
  /**
   * The milliseconds after the last job was taken in which the workers must have done theirs: one
   * that takes longer is taken for dead.
   */
  patience: number;
  /** Whether to wait for workers that are still starting. */
  waits: boolean;
  /** Brings a job's input; called for every job in order, while the workers are at the first ones. */
  feed?: ((job: number) => void) | undefined;
  /** Takes the results of a job that is done; called once for every job. */
  drain?: ((job: number) => void) | undefined;
}

/** The worker's program: plain JavaScript, since it is started from its text in Node and in a page. */
const workerSource = `
const run = ({ modules, memory, control, kernels }) => {
  const all = {};
  for (const module of modules) {
    Object.assign(all, new WebAssembly.Instance(module, { env: { memory, abort() {} } }).exports);
  }
  const list = kernels.map((name) => all[name]);
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
    const seat = Atomics.add(c, ${COME}, 1) + 1;
    if (seat < c[${SEATS}]) {
      const kernel = list[c[${KERNEL}]];
      const workspace = c[${WORKSPACE}] + seat * c[${WORKSPACE_BYTES}];
      try {
        for (let job; (job = Atomics.add(c, ${NEXT}, 1)) < c[${JOBS}]; ) {
          while (Atomics.load(c, ${FED}) <= job);
          kernel(c[${PARAMS}], job, workspace);
        }
      } catch {
        Atomics.store(c, ${FAILED}, 1);
      }
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
  modules: readonly WebAssembly.Module[];
  memory: WebAssembly.Memory;
  /** The address of the control block, CONTROL_BYTES of zeros. */
  control: number;
  /** The kernels' names, in the order of `Task.kernel`. */
  kernels: readonly string[];
}

/** A worker that takes jobs no more: what the task was to write is not to be trusted. */
export class WorkerLost extends Error {
  override name = 'WorkerLost';
}

/**
 * Workers that share the kernels' memory. They take jobs by an atomic counter, spin for some
 * microseconds after a task and then sleep. They never keep a process alive.
 */
export class Pool {
  readonly #control: Int32Array;
  readonly #workers: { stop(): void }[] = [];
  readonly #maySleep = maySleep();
  #awaited = false;
  #stopped = false;
  /** By kernel: whether the workers pay. */
  readonly #weighings = new Map<number, Weighing>();

  /**
   * @param count the workers beside the calling thread
   * @param lost told once when a worker cannot start or has ended, which may be known only later
   * @throws what the runtime throws where workers are forbidden
   */
  constructor(start: WorkerStart, count: number, lost: () => void) {
    this.#control = new Int32Array(start.memory.buffer, start.control, CONTROL_BYTES / 4);
    const ended = () => {
      if (this.#stopped) return;
      this.stop();
      lost();
    };
    try {
      for (let n = 0; n < count; n++) this.#workers.push(startWorker(start, ended));
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** In Node, waits once for the workers to start: a long task would be without them. */
  #awaitWorkers(): void {
    if (this.#awaited || !this.#maySleep) return;
    this.#awaited = true;
    const c = this.#control;
    const deadline = performance.now() + START_MS;
    for (;;) {
      const running = Atomics.load(c, READY);
      if (running >= this.#workers.length || performance.now() > deadline) return;
      Atomics.wait(c, READY, running, 100);
    }
  }

  /**
   * Runs all jobs of a task on the calling thread and those workers that run, or on the calling thread
   * alone where that has been faster of late; returns when all are done.
   * @throws WorkerLost
   */
  run(task: Task, kernel: (params: number, job: number, workspace: number) => void): void {
    const { nanoseconds } = task;
    const weighing = this.#weighings.get(task.kernel) ?? new Weighing();
    this.#weighings.set(task.kernel, weighing);
    if (!weighing.isAlone && task.waits) this.#awaitWorkers();
    const began = performance.now();
    if (weighing.isAlone) runAlone(task, kernel);
    else this.#runTogether(task, kernel);
    weighing.add(performance.now() - began, nanoseconds);
  }

  #runTogether(task: Task, kernel: (params: number, job: number, workspace: number) => void): void {
    const c = this.#control;
    c[KERNEL] = task.kernel;
    c[PARAMS] = task.params;
    c[JOBS] = task.jobs;
    c[WORKSPACE] = task.workspace;
    c[WORKSPACE_BYTES] = task.workspaceBytes;
    c[SEATS] = task.threads;
    Atomics.store(c, FAILED, 0);
    Atomics.store(c, NEXT, 0);
    Atomics.store(c, COME, 0);
    Atomics.store(c, FED, task.feed ? 0 : task.jobs);
    // Last: from here on a worker may join that is late for the task before this one.
    Atomics.store(c, ACTIVE, 0);
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
      this.#finish(task.patience);
    }
    if (Atomics.load(c, FAILED) === 1) throw new Error('a kernel failed in a worker thread');
    if (!task.drain) return;
    for (let job = 0; job < task.jobs; job++) if (!drained.has(job)) task.drain(job);
  }

  /**
   * Closes the task and waits for the workers at it; one that has not woken up yet is not waited
   * for. A short while by spinning, then asleep, since a worker may need this very core.
   */
  #finish(patience: number): void {
    const c = this.#control;
    Atomics.or(c, ACTIVE, CLOSED);
    let deadline: number | undefined;
    for (let spin = 0; ; spin++) {
      const active = Atomics.load(c, ACTIVE);
      if (active === CLOSED) return;
      if (spin < SPINS) continue;
      const now = performance.now();
      deadline ??= now + patience;
      if (now > deadline) {
        this.stop();
        throw new WorkerLost(
          `a worker thread of the kernels has not come back within ${Math.round(patience / 1000)} s: ` +
            'the results of this call are lost, later calls run on one thread',
        );
      }
      if (this.#maySleep) Atomics.wait(c, ACTIVE, active, 100);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.stop();
  }
}

/** Runs all jobs of a task on the calling thread. */
export function runAlone(
  {
    params,
    jobs,
    workspace,
    feed,
    drain,
  }: Pick<Task, 'params' | 'jobs' | 'workspace' | 'feed' | 'drain'>,
  kernel: (params: number, job: number, workspace: number) => void,
): void {
  for (let job = 0; job < jobs; job++) {
    feed?.(job);
    kernel(params, job, workspace);
    drain?.(job);
  }
}

/** @param ended called when the worker cannot start, fails or exits */
function startWorker(start: WorkerStart, ended: () => void): { stop(): void } {
  const threads = nodeWorkers();
  if (threads) {
    const options = { eval: true, workerData: start, execArgv: [] };
    const worker = new threads.Worker(workerSource, options);
    worker.on('error', ended).on('exit', ended).unref();
    return { stop: () => void worker.terminate() };
  }
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  const worker = new Worker(url);
  // A page's policy without blob: workers is told here, or by an exception above.
  worker.onerror = (event) => {
    event.preventDefault();
    ended();
  };
  worker.postMessage(start);
  return {
    stop() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
