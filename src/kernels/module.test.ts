import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pretendCores } from '../../test/cores.js';
import type { Arena } from './arena.js';
import { type Kernels, setThreads, withKernels } from './module.js';

function scaled(n: number, factor: number, nanoseconds: number): Float32Array {
  return withKernels((kernels, arena) => {
    const x = arena.floats(Float32Array.from({ length: n }, (_, i) => i));
    const params = arena.block('ScaleCall', { x, n, block: 16, factor });
    kernels.run('scale', { params, jobs: Math.ceil(n / 16), workspace: 100, nanoseconds });
    return arena.view(x, n).slice();
  });
}

describe('the kernels', () => {
  beforeEach(() => pretendCores(3));
  afterEach(() => {
    vi.restoreAllMocks();
    setThreads(1);
  });

  it.each([1, 2, 3])('do every job exactly once on %i threads', (threads) => {
    setThreads(threads);
    for (let round = 0; round < 200; round++) {
      const n = 1 + ((round * 37) % 500);
      const result = scaled(n, 2, 1e9);
      expect(result.length).toBe(n);
      expect(result.every((value, i) => value === 2 * i)).toBe(true);
    }
  });

  it.each([1, 2, 3])('are fed in order and drained once a job, on %i threads', (threads) => {
    setThreads(threads);
    const n = 640;
    for (let round = 0; round < 50; round++) {
      const fed: number[] = [];
      const drained: number[] = [];
      const result = new Float32Array(n);
      withKernels((kernels, arena) => {
        const x = arena.reserve(4 * n);
        const params = arena.block('ScaleCall', { x, n, block: 16, factor: 3 });
        kernels.run('scale', {
          params,
          jobs: n / 16,
          workspace: 100,
          nanoseconds: 1e9,
          feed(job) {
            fed.push(job);
            arena.view(x + 64 * job, 16).fill(job + round);
          },
          drain(job) {
            drained.push(job);
            result.set(arena.view(x + 64 * job, 16), 16 * job);
          },
        });
      });
      expect(fed).toEqual(Array.from({ length: n / 16 }, (_, job) => job));
      expect(drained.toSorted((a, b) => a - b)).toEqual(fed);
      expect(result.every((value, at) => value === 3 * (Math.floor(at / 16) + round))).toBe(true);
    }
  });

  it('throw what feeding a job throws, and go on working', () => {
    setThreads(2);
    const refused = () =>
      withKernels((kernels, arena) => {
        const params = arena.block('ScaleCall', {
          x: arena.zeros(64),
          n: 64,
          block: 16,
          factor: 1,
        });
        kernels.run('scale', {
          params,
          jobs: 4,
          nanoseconds: 1e9,
          feed(job) {
            if (job === 2) throw new RangeError('no more input');
          },
        });
      });
    expect(refused).toThrow('no more input');
    expect(scaled(100, 2, 1e9)[99]).toBe(198);
  });

  it('do not grow in a loop of calls', () => {
    scaled(1000, 2, 0);
    const bytes = withKernels((kernels) => kernels.bytes);
    for (let round = 0; round < 20_000; round++) scaled(1000, 2, 0);
    expect(withKernels((kernels) => kernels.bytes)).toBe(bytes);
  });

  it('give a large memory back after the call', () => {
    withKernels((_, arena) => arena.reserve(300 * 2 ** 20));
    expect(withKernels((kernels) => kernels.bytes)).toBeLessThan(2 ** 21);
  });

  it('refuse a number of threads that is none', () => {
    expect(() => setThreads(0)).toThrow('threads is 0: it must be an integer of at least 1');
    expect(() => setThreads('2' as never)).toThrow('threads is "2": it must be an integer');
  });

  it('say how much memory was wanted and what the limit is', () => {
    const wanted = 'the kernels’ memory would have to grow to'.replace('’', "'");
    const take = (bytes: number) => () => withKernels((_, arena) => arena.reserve(bytes));
    expect(take(3 * 2 ** 30)).toThrow(`${wanted} 3073 MiB: its limit is 2048 MiB`);
    expect(take(NaN)).toThrow(RangeError);
    // A system that gives no more.
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('Maximum memory size exceeded');
    });
    expect(take(500 * 2 ** 20)).toThrow(/to 501 MiB, and the system does not give that much/);
    grow.mockRestore();
    expect(scaled(100, 2, 0)[99]).toBe(198);
  });

  it('are known to the compiler, by their names and the fields of their parameters', () => {
    const unused = (kernels: Kernels, arena: Arena) => {
      const params = arena.block('ScaleCall', { x: 0, n: 0, block: 4, factor: 1 });
      // @ts-expect-error: no kernel has this name
      kernels.run('scales', { params, jobs: 1, nanoseconds: 0 });
      // @ts-expect-error: a block of parameters has this one's type
      kernels.run('graph', { params, jobs: 1, nanoseconds: 0 });
      // @ts-expect-error: fields are missing
      arena.block('GraphCall', { mode: 0 });
    };
    expect(unused).toBeTypeOf('function');
  });
});
