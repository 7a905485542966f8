import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pretendCores } from '../../test/cores.js';
import { maximumPages, memoryKernels } from './binaries.js';
import { compiledKernels } from './compiled.js';
import { ACTIVE, CONTROL_BYTES, Pool } from './pool.js';

type Module = typeof import('./module.js');

/** A fresh copy of the kernels, with no pool yet and no worker lost; by default nobody chose its threads. */
async function freshModule(threads?: number): Promise<Module> {
  vi.resetModules();
  const module = await import('./module.js');
  if (threads !== undefined) module.setThreads(threads);
  return module;
}

function busyFor(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/** Doubles numbers in jobs of 16, each fed just before it is needed unless that is done before. */
function doubled(
  { withKernels }: Module,
  jobs: number,
  first: number,
  feed?: (job: number) => void,
): Float32Array {
  return withKernels((kernels, arena) => {
    const n = 16 * jobs;
    const x = arena.floats(new Float32Array(n).fill(-1));
    const params = arena.block('ScaleCall', { x, n, block: 16, factor: 2 });
    const bring = (job: number) => {
      feed?.(job);
      arena.view(x + 64 * job, 16).fill(first + job);
    };
    if (!feed) for (let job = 0; job < jobs; job++) bring(job);
    kernels.run('scale', {
      params,
      jobs,
      workspace: 64,
      nanoseconds: 1e6,
      ...(feed && { feed: bring }),
    });
    return arena.view(x, n).slice();
  });
}

function isDoubled(result: Float32Array, first: number): boolean {
  return result.every((value, at) => value === 2 * (first + Math.floor(at / 16)));
}

const { store } = Atomics;
const threads = process.getBuiltinModule('node:worker_threads');
const { Worker } = threads;

/** The workers that are started from now on. */
function watchWorkers(): InstanceType<typeof Worker>[] {
  const started: InstanceType<typeof Worker>[] = [];
  threads.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      started.push(this);
    }
  };
  return started;
}

beforeEach(() => pretendCores(4));
afterEach(() => {
  Atomics.store = store;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the pool of threads', () => {
  it('lets a worker that is late for one task into the next only with its input', async () => {
    const module = await freshModule(2);
    let wide = false;
    // After every store a worker is woken, by the first word, as if it were late for the task
    // before, and this thread dawdles: a store in the wrong order is seen.
    Atomics.store = ((control: Int32Array, at: number, value: number) => {
      store(control, at, value);
      if (wide) {
        Atomics.add(control, 0, 1);
        Atomics.notify(control, 0);
        busyFor(0.2);
      }
      return value;
    }) as typeof store;
    let wrong = 0;
    for (let round = 0; round < 50; round++) {
      wide = false;
      doubled(module, 64, round);
      wide = true;
      if (
        !isDoubled(
          doubled(module, 4, round, () => undefined),
          round,
        )
      )
        wrong++;
    }
    module.setThreads(1);
    expect(wrong).toBe(0);
  });

  it('starts under timers without `unref`, as a page has', async () => {
    const module = await freshModule();
    vi.stubGlobal('setTimeout', () => ({}));
    expect(isDoubled(doubled(module, 64, 1), 1)).toBe(true);
  });

  it('has at most as many threads as the machine has cores', async () => {
    const { setThreads, getThreads } = await freshModule(64);
    expect(getThreads()).toBe(4);
    setThreads(3);
    expect(getThreads()).toBe(3);
    vi.stubEnv('DIDYPROG_THREADS', '64');
    vi.resetModules();
    const { getThreads: fresh } = await import('./module.js');
    expect(fresh()).toBe(4);
    vi.stubEnv('DIDYPROG_THREADS', '1.5');
    vi.resetModules();
    const { getThreads: wrong } = await import('./module.js');
    expect(() => wrong()).toThrow('DIDYPROG_THREADS is "1.5": it must be an integer of at least 1');
    vi.unstubAllEnvs();
  });

  it('takes no more workers than there are workspaces for', async () => {
    const module = await freshModule(4);
    // A limit of 2 GiB leaves room for two of 800 MiB.
    module.withKernels((kernels, arena) => {
      const x = arena.floats(new Float32Array(1600).fill(1));
      const params = arena.block('ScaleCall', { x, n: 1600, block: 16, factor: 2 });
      kernels.run('scale', { params, jobs: 100, workspace: 800 * 2 ** 20, nanoseconds: 1e6 });
      expect(arena.view(x, 1600).every((value) => value === 2)).toBe(true);
      expect(kernels.bytes).toBeLessThan(1700 * 2 ** 20);
    });
    module.setThreads(1);
  });
});

describe('workers are started', () => {
  it('when what runs gives way after the first call, which does not wait for them', async () => {
    const module = await freshModule();
    const started = watchWorkers();
    doubled(module, 64, 0);
    expect(started).toHaveLength(0);
    await vi.waitFor(() => expect(started).toHaveLength(3));
    module.setThreads(1);
  });

  it('at once when a program that never gives way has work enough', async () => {
    const module = await freshModule();
    const started = watchWorkers();
    for (let round = 0; round < 20; round++) doubled(module, 64, round);
    expect(started).toHaveLength(3);
    module.setThreads(1);
  });

  it('with the first call where the program has chosen their number', async () => {
    const module = await freshModule(2);
    const started = watchWorkers();
    doubled(module, 64, 0);
    expect(started).toHaveLength(1);
    module.setThreads(1);
  });

  it('not once the threads are given up', async () => {
    const module = await freshModule();
    const started = watchWorkers();
    doubled(module, 64, 0);
    module.setThreads(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(started).toHaveLength(0);
  });
});

it('workers that cost more than they save are left alone for a while', async () => {
  const taken = new Int32Array(new SharedArrayBuffer(8));
  // A worker that has no core: each of its jobs takes 30 ms.
  threads.Worker = class extends Worker {
    constructor(...[source, options]: ConstructorParameters<typeof Worker>) {
      const slow = `const taken = process.getBuiltinModule('node:worker_threads').workerData.taken;
        ${String(source).replace('kernel(c[', 'Atomics.add(taken, 0, 1); Atomics.wait(taken, 1, 0, 30); kernel(c[')}`;
      super(slow, { ...options, workerData: { ...(options!.workerData as object), taken } });
    }
  };
  try {
    const module = await freshModule(2);
    // It takes a while to start.
    while (taken[0] === 0) doubled(module, 20_000, 0);
    for (let round = 0; round < 40; round++) {
      expect(isDoubled(doubled(module, 20_000, round), round)).toBe(true);
    }
    module.setThreads(1);
  } finally {
    threads.Worker = Worker;
  }
  // Of 40 calls, the first few and the trials now and then; how many trials depends on how slow the machine is.
  expect(taken[0]).toBeLessThan(20);
});

describe('without workers', () => {
  afterEach(() => {
    threads.Worker = Worker;
  });

  /** Works on one thread, now and after the event loop has told what it knows. */
  async function expectAlone(module: Module): Promise<void> {
    expect(isDoubled(doubled(module, 64, 1), 1)).toBe(true);
    await vi.waitFor(
      () => {
        expect(isDoubled(doubled(module, 64, 2), 2)).toBe(true);
        expect(module.getThreads()).toBe(1);
      },
      { timeout: 20_000 },
    );
    expect(isDoubled(doubled(module, 64, 3), 3)).toBe(true);
  }

  it('that the runtime refuses to start, the kernels run on one thread', async () => {
    const module = await freshModule(3);
    threads.Worker = function () {
      throw new Error('Access to this API has been restricted');
    } as unknown as typeof Worker;
    await expectAlone(module);
  });

  it('since the system gives no address space to share, the kernels run on one thread', async () => {
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if (descriptor.shared) throw new RangeError('could not allocate memory');
        super(descriptor);
      }
    };
    try {
      await expectAlone(await freshModule(2));
    } finally {
      WebAssembly.Memory = Memory;
    }
  });

  it('that fail as they start, the kernels run on one thread', async () => {
    const module = await freshModule(2);
    threads.Worker = class extends Worker {
      constructor(_: string, options: object) {
        super('throw new Error("a worker that cannot start")', options);
      }
    };
    await expectAlone(module);
  });

  it('that end between calls, the kernels run on one thread', async () => {
    const module = await freshModule(2);
    const started = watchWorkers();
    expect(isDoubled(doubled(module, 64, 1), 1)).toBe(true);
    expect(started).toHaveLength(1);
    void started[0]!.terminate();
    await expectAlone(module);
  });

  it('that end within a call, the call is lost with an error', async () => {
    const started = watchWorkers();
    const memory = new WebAssembly.Memory({ initial: 16, maximum: maximumPages, shared: true });
    const module = compiledKernels(memoryKernels, 'shared');
    const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
    const scale = exports['scale'] as (params: number, job: number, workspace: number) => void;
    const control = 256 * 1024;
    const [params, x] = [control + 1024, control + 2048];
    new Int32Array(memory.buffer, params, 4).set([x, 64, 16]);
    const words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
    const lost = vi.fn();
    const pool = new Pool({ modules: [module], memory, control, kernels: ['scale'] }, 1, lost);
    const run = () =>
      pool.run(
        {
          kernel: 0,
          params,
          jobs: 4,
          workspace: x + 1024,
          workspaceBytes: 64,
          threads: 2,
          nanoseconds: 1e6,
          patience: 300,
          waits: true,
          // The worker is at the first job, whose input does not come before it has ended.
          feed(job) {
            if (job > 0) return;
            while (Atomics.load(words, ACTIVE) === 0) busyFor(1);
            void started[0]!.terminate();
            busyFor(1000);
          },
        },
        scale,
      );
    expect(run).toThrow('a worker thread of the kernels has not come back');
    await new Promise((resolve) => setTimeout(resolve, 50));
    // That it ended is known already.
    expect(lost).not.toHaveBeenCalled();
  });
});
