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
