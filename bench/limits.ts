import { withKernels } from '../src/kernels/module.js';
import { multiply } from '../src/kernels/matmul.js';
import { measure, numbers, withThreads } from './harness.js';

/** What one thread of the kernels reaches here, measured in this run. */
export interface Limits {
  /** Elements a second of exp alone, in cache. */
  exponentials: number;
  /** Floating-point operations a second of a large matrix product. */
  flops: number;
  /** Bytes a second, read and written, of the copy of an array that is in no cache. */
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
      const params = arena.block('MapCall', { f: 0, x: from, y: to, n, block: n });
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
  const x = new Float32Array(2 * n).fill(1);
  const { bestMilliseconds } = await measure(() => x.copyWithin(n, 0, n));
  return (8 * n * 1000) / bestMilliseconds;
}
