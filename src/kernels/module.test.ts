import { afterEach, describe, expect, it } from 'vitest';
import { f32, setThreads, withKernels } from './module.js';

function scaled(n: number, factor: number, nanoseconds: number): Float32Array {
  return withKernels((kernels, arena) => {
    const x = arena.floats(Float32Array.from({ length: n }, (_, i) => i));
    const params = arena.parameters([x, n, 16, f32(factor)]);
    kernels.run('scale', { params, jobs: Math.ceil(n / 16), workspace: 100, nanoseconds });
    return arena.view(x, n).slice();
  });
}

describe('the kernels', () => {
  afterEach(() => setThreads(1));

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
        const params = arena.parameters([x, n, 16, f32(3)]);
        kernels.run('scale', {
          ...{ params, jobs: n / 16, workspace: 100, nanoseconds: 1e9 },
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
        const params = arena.parameters([arena.zeros(64), 64, 16, f32(1)]);
        kernels.run('scale', {
          ...{ params, jobs: 4, nanoseconds: 1e9 },
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
  });
});
