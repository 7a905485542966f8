import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../src/engine/index.js';
import { factoredChain, KernelArray, linearChain } from '../src/index.js';
import { eagerFactoredChain, eagerLinearChain, type OmegaName } from './eager-chain.js';
import { measure, numbers, withThreads, type Bench, type Report } from './harness.js';
import { limits } from './limits.js';

const omegas: OmegaName[] = ['negentropy', 'l2', 'hard'];
const sizes = [2, 5, 9, 19, 33, 64];

/** Measured elsewhere at T=50, B=32, S=19 with public code on one 2-core machine, 2 threads. */
const published: Record<string, { name: string; milliseconds: number }> = {
  'linear negentropy gradient': { name: 'authors’ PyTorch', milliseconds: 6.2 },
  'linear l2 gradient': { name: 'authors’ PyTorch', milliseconds: 18.7 },
  'linear hard gradient': { name: 'authors’ PyTorch', milliseconds: 5.8 },
  'linear negentropy product': { name: 'authors’ PyTorch', milliseconds: 11.4 },
  'linear l2 product': { name: 'authors’ PyTorch', milliseconds: 25.6 },
  'linear hard product': { name: 'authors’ PyTorch', milliseconds: 10.3 },
  'factored negentropy gradient 19': { name: 'JAX, 2 threads', milliseconds: 0.37 },
  'factored negentropy gradient 64': { name: 'JAX, 2 threads', milliseconds: 0.75 },
};

const methods = { value: 'value', gradient: 'value + gradient', product: 'with Hessian product' };
type Method = keyof typeof methods;

/** A chain that is measured. */
export interface Work {
  kind: 'linear' | 'factored';
  batch: number;
  /** Moves, or positions of a factored chain. */
  time: number;
  states: number;
  omega: OmegaName;
}

/** The same on arrays in the kernels' memory. */
function prepareInPlace({ kind, batch, time, states, omega }: Work) {
  const array = (length: number, seed: number) => {
    const held = new KernelArray(length);
    held.data.set(numbers(length, 2, seed));
    return held;
  };
  // `data` is taken at each call: the threads may change before the first. Arrays that no call takes
  // are never there: those of long chains fill the kernels' memory.
  const whenFirst = <Held>(make: () => Held) => {
    let held: Held | undefined;
    return () => (held ??= make());
  };
  if (kind === 'linear') {
    const program = linearChain({ batch, time, states, omega });
    const [theta, z, gradient, product] = [1, 2, 3, 4].map((seed) => {
      const held = whenFirst(() => array(batch * time * states * states, seed));
      return () => held().data;
    });
    return {
      value: () => program.value(theta!()),
      gradient: () => program.gradient(theta!(), gradient!()),
      product: () =>
        program.hessianProduct(theta!(), z!(), { gradient: gradient!(), product: product!() }),
    };
  }
  const program = factoredChain({ batch, positions: time, states, omega });
  const [theta, z, gradient, product] = [1, 3, 5, 7].map((seed) => {
    const unary = whenFirst(() => array(batch * time * states, seed));
    const transition = whenFirst(() => array(states * states, seed + 1));
    return () => ({ unary: unary().data, transition: transition().data });
  });
  return {
    value: () => program.value(theta!()),
    gradient: () => program.gradient(theta!(), gradient!()),
    product: () =>
      program.hessianProduct(theta!(), z!(), { gradient: gradient!(), product: product!() }),
  };
}

/** The program and its input, as calls. */
function prepare({ kind, batch, time, states, omega }: Work, double = false) {
  const array = (n: number, seed: number) => {
    const floats = numbers(n, 2, seed);
    return double ? Float64Array.from(floats) : floats;
  };
  if (kind === 'linear') {
    const program = linearChain({ batch, time, states, omega });
    const theta = array(batch * time * states * states, 1);
    const z = array(theta.length, 2);
    return {
      value: () => program.value(theta),
      gradient: () => program.gradient(theta),
      product: () => program.hessianProduct(theta, z),
    };
  }
  const program = factoredChain({ batch, positions: time, states, omega });
  const input = (seed: number) => ({
    unary: array(batch * time * states, seed),
    transition: array(states * states, seed + 1),
  });
  const [theta, z] = [input(1), input(3)];
  return {
    value: () => program.value(theta),
    gradient: () => program.gradient(theta),
    product: () => program.hessianProduct(theta, z),
  };
}

/** What a row is called. */
export const rowName = ({ kind, omega, batch, time, states }: Work, method: Method) => ({
  work: `${kind} chain, ${omega}, ${methods[method]}`,
  size: `B=${batch} T=${time} S=${states}`,
});

/** A row: a method of a chain on the kernels. */
export async function onKernels(
  report: Report,
  work: Work,
  method: Method,
  threads: number,
  inPlace = false,
) {
  const { kind, batch, time, states, omega } = work;
  const call = (inPlace ? prepareInPlace : prepare)(work)[method];
  const times = await withThreads(threads, () => measure(call));
  const edges = batch * (kind === 'linear' ? time : time - 1) * states ** 2;
  const name = `${kind} ${omega} ${method}`;
  const reference =
    time === 50 && batch === 32
      ? (published[`${name} ${states}`] ?? (states === 19 ? published[name] : undefined))
      : undefined;
  report.add({
    ...rowName(work, method),
    by: inPlace ? 'kernels, in place' : 'kernels',
    threads,
    ...times,
    unit: { name: 'edge', nanoseconds: (times.bestMilliseconds * 1e6) / edges },
    ...(threads === 1 && (await limitOf(work, method, times.bestMilliseconds))),
    ...(reference && { published: reference }),
  });
}

/** What bounds the work: products, exponentials, or memory where potentials stream through. */
async function limitOf(work: Work, method: Method, milliseconds: number) {
  const { kind, batch, time, states, omega } = work;
  const { exponentials, flops, bytes } = await limits();
  const seconds = milliseconds / 1000;
  const edges = batch * time * states ** 2;
  const passes = { value: 1, gradient: 3, product: 9 }[method];
  if (kind === 'factored' && omega === 'negentropy') {
    return { limit: { name: 'flops', share: (2 * edges * passes) / seconds / flops } };
  }
  if (omega === 'negentropy') {
    return { limit: { name: 'exponentials', share: edges / seconds / exponentials } };
  }
  if (kind === 'factored') return {};
  const arrays = { value: 1, gradient: 2, product: 4 }[method];
  return { limit: { name: 'bytes', share: (4 * edges * arrays) / seconds / bytes } };
}

async function inFloat64(report: Report, work: Work, method: Method) {
  const call = prepare(work, true)[method];
  report.add({
    ...rowName(work, method),
    by: 'float64 definition',
    threads: 1,
    ...(await measure(call, { budget: 200, warmUp: 50 })),
  });
}

async function inTensorFlow(report: Report, work: Work, backend: 'tensorflow' | 'wasm') {
  const { kind, batch, time, states, omega } = work;
  if (!(await startBackend(backend)).available) return;
  const theta = tf.tensor4d(
    numbers(kind === 'linear' ? batch * time * states ** 2 : batch * time * states, 2),
    kind === 'linear' ? [batch, time, states, states] : [batch, time, states, 1],
  );
  const unary = theta.reshape([batch, time, -1]) as tf.Tensor3D;
  const transition = tf.tensor2d(numbers(states ** 2, 2, 2), [states, states]);
  const loss =
    kind === 'linear'
      ? () => tf.grad((x) => eagerLinearChain(x as tf.Tensor4D, omega).sum())(theta)
      : () =>
          tf.grads((x, y) => eagerFactoredChain(x as tf.Tensor3D, y as tf.Tensor2D, omega).sum())([
            unary,
            transition,
          ])[0]!;
  const times = await measure(() => tf.tidy(() => void loss().dataSync()), { warmUp: 50 });
  tf.dispose([theta, unary, transition]);
  report.add({
    ...rowName(work, 'gradient'),
    by: `TensorFlow.js ${backend === 'wasm' ? 'wasm' : 'native'}, eager`,
    threads: backend === 'wasm' ? 1 : 2,
    ...times,
  });
}

export const bench: Bench = {
  title: 'Chains: kernels against the float64 definition and eager TensorFlow.js',
  async run(report) {
    for (const kind of ['linear', 'factored'] as const) {
      for (const omega of omegas) {
        for (const states of sizes) {
          const work = { kind, batch: 32, time: 50, states, omega };
          for (const method of ['value', 'gradient', 'product'] as const) {
            await onKernels(report, work, method, 1);
            if (states === 19 || states === 64) await onKernels(report, work, method, 2);
            if (states === 19) await inFloat64(report, work, method);
          }
        }
        const work = { kind, batch: 32, time: 50, states: 19, omega };
        await inTensorFlow(report, work, 'wasm');
        await inTensorFlow(report, work, 'tensorflow');
      }
    }
    // A batch that two threads share, and attention's many short chains of two states.
    for (const omega of omegas) {
      const large = { kind: 'linear' as const, batch: 64, time: 50, states: 19, omega };
      const many = { kind: 'factored' as const, batch: 960, time: 20, states: 2, omega };
      for (const threads of [1, 2]) {
        await onKernels(report, large, 'gradient', threads);
        await onKernels(report, many, 'gradient', threads);
      }
    }
    // Last: arrays in place make the kernels' memory a shared one, and copies to it slower.
    for (const kind of ['linear', 'factored'] as const) {
      for (const omega of omegas) {
        for (const threads of [1, 2]) {
          for (const states of kind === 'linear' ? [19] : [19, 64]) {
            const work = { kind, batch: 32, time: 50, states, omega };
            for (const method of ['value', 'gradient', 'product'] as const) {
              await onKernels(report, work, method, threads, true);
            }
          }
          const large = { kind, batch: 64, time: 50, states: 19, omega };
          await onKernels(report, large, 'gradient', threads, true);
        }
      }
    }
  },
  async scaling() {
    const base = { batch: 32, time: 50, states: 19 };
    const grow = {
      states: [2, 4, 8, 16, 32, 64],
      time: [12, 25, 50, 100, 200, 400],
      batch: [4, 8, 16, 32, 64, 128],
    };
    const lines = (['linear', 'factored'] as const).flatMap((kind) =>
      omegas.map((omega) => ({ kind, omega })),
    );
    const panels = [];
    for (const axis of ['states', 'time', 'batch'] as const) {
      const drawn = [];
      for (const line of lines) {
        const points = [];
        for (const x of grow[axis]) {
          const call = prepareInPlace({ ...base, ...line, [axis]: x }).gradient;
          const { bestMilliseconds } = await withThreads(1, () =>
            measure(call, { budget: 60, warmUp: 30 }),
          );
          points.push({ x, milliseconds: bestMilliseconds });
        }
        drawn.push({ name: `${line.kind}, ${line.omega}`, points });
      }
      panels.push({ axis, lines: drawn });
    }
    return panels;
  },
};
