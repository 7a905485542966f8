import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../src/engine/index.js';
import { dtw, KernelArray } from '../src/index.js';
import { eagerSoftDtw } from './eager-dtw.js';
import { measure, numbers, withThreads, type Bench, type Report } from './harness.js';
import { limits } from './limits.js';

type OmegaName = 'negentropy' | 'l2' | 'hard';
const omegas: OmegaName[] = ['negentropy', 'l2', 'hard'];

/** Measured elsewhere with public code on one 2-core machine. */
const published: Record<string, { name: string; milliseconds: number }> = {
  '1 1000 value': { name: 'Cython (float64)', milliseconds: 41.7 },
  '1 1000 gradient': { name: 'Cython (float64)', milliseconds: 57.3 },
  '16 200 gradient': { name: 'numba behind PyTorch', milliseconds: 48.8 },
};

const methods = { value: 'value', gradient: 'value + gradient', product: 'with Hessian product' };
type Method = keyof typeof methods;

interface Work {
  batch: number;
  n: number;
  omega: OmegaName;
}

/** The program and random costs, as calls. */
function prepare({ batch, n, omega }: Work, double = false) {
  const array = (seed: number) => {
    const costs = numbers(batch * n * n, 1, seed);
    return double ? Float64Array.from(costs) : costs;
  };
  const program = dtw({ batch, rows: n, cols: n, omega });
  const [theta, z] = [array(1), array(2)];
  return {
    value: () => program.value(theta),
    gradient: () => program.gradient(theta),
    product: () => program.hessianProduct(theta, z),
  };
}

/** The same on arrays in the kernels' memory. */
function prepareInPlace({ batch, n, omega }: Work) {
  const program = dtw({ batch, rows: n, cols: n, omega });
  const length = batch * n * n;
  const [theta, gradient] = [new KernelArray(length), new KernelArray(length)];
  theta.data.set(numbers(length, 1, 1));
  // `data` is taken at each call: the threads may change before the first.
  return {
    value: () => program.value(theta.data),
    gradient: () => program.gradient(theta.data, gradient.data),
  };
}

const sizeOf = ({ batch, n }: Work) => `${batch} × (${n} × ${n})`;

/** A row: on arrays in the kernels' memory. */
export async function inPlace(
  report: Report,
  work: Work,
  method: 'value' | 'gradient',
  threads: number,
) {
  await onKernels(report, work, method, threads, prepareInPlace(work)[method]);
}

async function onKernels(
  report: Report,
  work: Work,
  method: Method,
  threads: number,
  inPlace?: () => void,
) {
  const { batch, n, omega } = work;
  const times = await withThreads(threads, () =>
    measure(inPlace ?? prepare(work)[method], { budget: n > 1000 ? 3000 : 1000 }),
  );
  const cells = batch * n * n;
  const reference = omega === 'negentropy' ? published[`${batch} ${n} ${method}`] : undefined;
  report.add({
    work: `DTW, ${omega}, ${methods[method]}`,
    size: sizeOf(work),
    by: inPlace ? 'kernels, in place' : 'kernels',
    threads,
    ...times,
    unit: { name: 'cell', nanoseconds: (times.bestMilliseconds * 1e6) / cells },
    ...(threads === 1 && { limit: await limitOf(work, method, times.bestMilliseconds) }),
    ...(reference && { published: reference }),
  });
}

/**
 * What bounds the work. negentropy: one exponential a cell and pass, of which a gradient makes two.
 * Else memory: costs are read, and once more for the gradient, which is written.
 */
async function limitOf({ batch, n, omega }: Work, method: Method, milliseconds: number) {
  const { exponentials, bytes } = await limits();
  const seconds = milliseconds / 1000;
  const cells = batch * n * n;
  if (omega === 'negentropy') {
    const passes = method === 'value' ? 1 : 2;
    return { name: 'exponentials', share: (cells * passes) / seconds / exponentials };
  }
  const arrays = { value: 1, gradient: 3, product: 6 }[method];
  return { name: 'bytes', share: (4 * cells * arrays) / seconds / bytes };
}

async function inFloat64(report: Report, work: Work, method: Method) {
  const call = prepare(work, true)[method];
  report.add({
    work: `DTW, ${work.omega}, ${methods[method]}`,
    size: sizeOf(work),
    by: 'float64 definition',
    threads: 1,
    ...(await measure(call, { budget: 200, warmUp: 50 })),
  });
}

async function inTensorFlow(report: Report, work: Work, backend: 'tensorflow' | 'wasm') {
  if (!(await startBackend(backend)).available) return;
  const { batch, n } = work;
  const theta = tf.tensor3d(numbers(batch * n * n), [batch, n, n]);
  const gradient = () =>
    tf.tidy(
      () =>
        void tf
          .grad((x) => eagerSoftDtw(x as tf.Tensor3D).sum())(theta)
          .dataSync(),
    );
  const times = await measure(gradient, { warmUp: 50 });
  theta.dispose();
  report.add({
    work: `DTW, negentropy, ${methods.gradient}`,
    size: sizeOf(work),
    by: `TensorFlow.js ${backend === 'wasm' ? 'wasm' : 'native'}, eager`,
    threads: backend === 'wasm' ? 1 : 2,
    ...times,
  });
}

/** From features, never materialised: 16 dimensions, two slow random walks. */
async function fromFeatures(report: Report, n: number, method: 'value' | 'gradient') {
  const depth = 16;
  const walk = (seed: number) => {
    const steps = numbers(n * depth, 0.5, seed);
    for (let at = depth; at < steps.length; at++) steps[at]! += 0.95 * steps[at - depth]!;
    return steps;
  };
  const theta = { rowFeatures: walk(1), colFeatures: walk(2) };
  const program = dtw({ batch: 1, rows: n, cols: n, omega: 'negentropy' });
  for (const threads of [1, 2]) {
    const times = await withThreads(threads, () =>
      measure(() => (method === 'value' ? program.value(theta) : program.gradient(theta)), {
        budget: 100,
        warmUp: 0,
      }),
    );
    report.add({
      work: `DTW from 16 features, negentropy, ${methods[method]}`,
      size: `1 × (${n} × ${n})`,
      by: 'kernels',
      threads,
      ...times,
      unit: { name: 'cell', nanoseconds: (times.bestMilliseconds * 1e6) / n ** 2 },
    });
  }
}

export const bench: Bench = {
  title: 'DTW: kernels against the float64 definition and eager TensorFlow.js',
  async run(report) {
    for (const omega of omegas) {
      for (const [batch, n] of [
        [1, 200],
        [16, 200],
        [1, 1000],
        [1, 4000],
      ] as const) {
        const work = { batch, n, omega };
        for (const method of ['value', 'gradient', 'product'] as const) {
          if (n === 4000 && method === 'product') continue;
          await onKernels(report, work, method, 1);
          await onKernels(report, work, method, 2);
          if (n <= 1000) await inFloat64(report, work, method);
        }
      }
    }
    for (const batch of [1, 16]) {
      const work = { batch, n: 200, omega: 'negentropy' as const };
      await inTensorFlow(report, work, 'wasm');
      await inTensorFlow(report, work, 'tensorflow');
    }
    await fromFeatures(report, 4000, 'value');
    await fromFeatures(report, 4000, 'gradient');
    // Last: arrays in place make the kernels' memory a shared one, and copies to it slower.
    for (const omega of omegas) {
      for (const [batch, n] of [
        [16, 200],
        [1, 1000],
        [1, 4000],
      ] as const) {
        for (const method of ['value', 'gradient'] as const) {
          for (const threads of [1, 2]) await inPlace(report, { batch, n, omega }, method, threads);
        }
      }
    }
  },
  async scaling() {
    const grow = {
      'rows = columns': [50, 100, 200, 400, 800, 1600, 3200],
      'batch of 100 × 100': [1, 4, 16, 64, 256],
    };
    const panels = [];
    for (const [axis, sizes] of Object.entries(grow)) {
      const lines = [];
      for (const omega of omegas) {
        const points = [];
        for (const x of sizes) {
          const work = axis.startsWith('batch') ? { batch: x, n: 100 } : { batch: 1, n: x };
          const call = prepareInPlace({ ...work, omega }).gradient;
          const { bestMilliseconds } = await withThreads(1, () =>
            measure(call, { budget: 60, warmUp: 30 }),
          );
          points.push({ x, milliseconds: bestMilliseconds });
        }
        lines.push({ name: omega, points });
      }
      panels.push({ axis, lines });
    }
    return panels;
  },
};
