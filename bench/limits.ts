import { f32, withKernels } from '../src/kernels/module.js';
import { multiply } from '../src/kernels/matmul.js';
import { measure, numbers, withThreads } from './harness.js';

/** What one thread of the kernels reaches here, measured in this run. */
export interface Limits {
  /** Elements a second of exp alone, in cache. */
  exponentials: number;
  /** Floating-point operations a second of a large matrix product. */
  flops: number;
  /** Bytes a second, read and written, of a scaled array that is in no cache. */
  bytes: number;
}

let known: Promise<Limits> | undefined;

/** The limits of one thread, measured once a run. */
export function limits(): Promise<Limits> {
  return (known ??= withThreads(1, async () => ({
    exponentials: await exponentials(),
    flops: await flops(),
    bytes: await bytes(),
  })));
}

async function exponentials(): Promise<number> {
  const n = 4096;
  const x = numbers(n, 20);
  const rounds = 100;
  const { bestMilliseconds } = await measure(() =>
    withKernels((kernels, arena) => {
      const from = arena.floats(x);
      const to = arena.reserve(4 * n);
      const params = arena.parameters([0, from, to, n, n]);
      for (let round = 0; round < rounds; round++) {
        kernels.run('map', { params, jobs: 1, nanoseconds: 0 });
      }
    }),
  );
  return (n * rounds * 1000) / bestMilliseconds;
}

async function flops(): Promise<number> {
  const n = 384;
  const [a, b] = [numbers(n * n), numbers(n * n)];
  const { bestMilliseconds } = await measure(() =>
    withKernels((kernels, arena) => {
      const matrix = (x: Float32Array) => ({ address: arena.floats(x), rows: n, columns: n });
      multiply(kernels, arena, matrix(a), matrix(b), { address: arena.reserve(4 * n * n) });
    }),
  );
  return (2 * n ** 3 * 1000) / bestMilliseconds;
}

async function bytes(): Promise<number> {
  const n = 2 ** 24;
  const { bestMilliseconds } = await withKernels((kernels, arena) => {
    const x = arena.zeros(n);
    const params = arena.parameters([x, n, n, f32(1)]);
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = performance.now();
      kernels.run('scale', { params, jobs: 1, nanoseconds: 0 });
      times.push(performance.now() - start);
    }
    return { bestMilliseconds: Math.min(...times) };
  });
  return (8 * n * 1000) / bestMilliseconds;
}
