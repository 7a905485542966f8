import * as tf from '@tensorflow/tfjs';
import { startBackend, type Backend } from '../src/engine/index.js';
import { lstmBackward, lstmForward } from '../src/kernels/lstm.js';
import { multiply, setMatrixProduct } from '../src/kernels/matmul.js';
import { withKernels } from '../src/kernels/module.js';
import { lstm } from '../src/layers/lstm.js';
import { eagerLstm } from './eager-lstm.js';
import { measure, numbers, withThreads, type Bench, type Report } from './harness.js';
import { limits } from './limits.js';

/** [rows, k]·[k, columns] */
interface Product {
  rows: number;
  k: number;
  columns: number;
}

/** A square one; a step of an LSTM and its gradient; small ones; an input projection. */
const products: Product[] = [
  { rows: 512, k: 512, columns: 512 },
  { rows: 32, k: 200, columns: 800 },
  { rows: 32, k: 800, columns: 200 },
  { rows: 8, k: 100, columns: 400 },
  { rows: 120, k: 150, columns: 400 },
];

/** Which operands are transposed in memory. */
const kinds = { NN: [false, false], TN: [true, false], NT: [false, true] } as const;
type Kind = keyof typeof kinds;

export interface Layer {
  time: number;
  batch: number;
  inputs: number;
  units: number;
}

export const layers: readonly Layer[] = [
  { time: 30, batch: 32, inputs: 200, units: 200 },
  { time: 25, batch: 8, inputs: 150, units: 100 },
  { time: 10, batch: 120, inputs: 25, units: 25 },
];

/** Measured elsewhere on one 2-core machine, 2 threads with AVX-512 and fused multiply-add. */
const published = [6.5, 0.78, 0.52];

const engines: { backend: Backend; by: string; threads: number }[] = [
  { backend: 'wasm', by: 'TensorFlow.js wasm', threads: 1 },
  { backend: 'tensorflow', by: 'TensorFlow.js native', threads: 2 },
];

async function addProduct(
  report: Report,
  { kind, size, by, threads }: { kind: Kind; size: Product; by: string; threads: number },
  call: () => void,
) {
  const { rows, k, columns } = size;
  const times = await measure(call, { budget: 250 });
  const operations = 2 * rows * k * columns;
  const rate = (operations * 1000) / times.bestMilliseconds;
  report.add({
    ...{ work: `matrix product ${kind}`, size: `${rows}×${k}·${k}×${columns}`, by, threads },
    ...times,
    unit: { name: 'flop', nanoseconds: 1e9 / rate },
    ...(by === 'kernels' &&
      threads === 1 && { limit: { name: 'flops', share: rate / (await limits()).flops } }),
  });
}

async function productOnKernels(report: Report, kind: Kind, size: Product, threads: number) {
  const { rows, k, columns } = size;
  const [leftTransposed, rightTransposed] = kinds[kind];
  const [a, b] = [numbers(rows * k), numbers(k * columns)];
  // The native engine lends the kernels its product; these rows are of the kernels' own.
  setMatrixProduct(undefined);
  await withThreads(threads, () =>
    addProduct(report, { kind, size, by: 'kernels', threads }, () => {
      // The copies in and out are part of it here: TensorFlow.js keeps its operands.
      withKernels((kernels, arena) => {
        const left = { address: arena.floats(a), rows, columns: k, transposed: leftTransposed };
        const right = { address: arena.floats(b), rows: k, columns, transposed: rightTransposed };
        multiply(kernels, arena, left, right, { address: arena.reserve(rows * columns * 4) });
      });
    }),
  );
}

async function productInTensorFlow(
  report: Report,
  kind: Kind,
  size: Product,
  { backend, by, threads }: (typeof engines)[number],
) {
  if (!(await startBackend(backend)).available) return;
  const { rows, k, columns } = size;
  const [leftTransposed, rightTransposed] = kinds[kind];
  const a = tf.tensor2d(numbers(rows * k), leftTransposed ? [k, rows] : [rows, k]);
  const b = tf.tensor2d(numbers(k * columns), rightTransposed ? [columns, k] : [k, columns]);
  await addProduct(report, { kind, size, by, threads }, () =>
    tf.matMul(a, b, leftTransposed, rightTransposed).dispose(),
  );
  tf.dispose([a, b]);
}

/** What is done with a layer. */
export const work = 'LSTM, forward + backward';

/** Every gradient of Σ y·weight, through a layer given as a function. */
function training(
  { time, batch, inputs, units }: Layer,
  layer: (...tensors: tf.Tensor[]) => tf.Tensor,
): { step: () => void; dispose: () => void } {
  const tensors = [
    tf.tensor3d(numbers(batch * time * inputs), [batch, time, inputs]),
    tf.tensor2d(numbers(inputs * 4 * units, 0.1), [inputs, 4 * units]),
    tf.tensor2d(numbers(units * 4 * units, 0.1), [units, 4 * units]),
    tf.tensor1d(numbers(4 * units, 0.1)),
  ];
  const weight = tf.tensor3d(numbers(batch * time * units), [batch, time, units]);
  const loss = (...all: tf.Tensor[]) =>
    layer(...all)
      .mul(weight)
      .sum();
  const gradients = tf.grads(loss);
  const step = () =>
    tf.tidy(() => {
      for (const gradient of gradients(tensors)) gradient.dataSync();
    });
  return { step, dispose: () => tf.dispose([...tensors, weight]) };
}

/** A row: a layer by an engine and a number of threads, on the kernels or step by step. */
export async function layerOnce(
  report: Report,
  layer: Layer,
  at: { backend: Backend; by: string; threads: number; kernels: boolean },
  reference?: number,
) {
  if (!(await startBackend(at.backend)).available) return;
  const { time, batch, inputs, units } = layer;
  const { step, dispose } = training(layer, (x, kernel, recurrentKernel, bias) => {
    const [input, w, u, b] = [x, kernel, recurrentKernel, bias] as unknown as [
      ...[tf.Tensor3D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D],
    ];
    if (!at.kernels) return eagerLstm(input, w, u, b);
    return lstm(input, { kernel: w, recurrentKernel: u, bias: b });
  });
  const times = await withThreads(at.kernels ? at.threads : 1, () =>
    measure(step, { budget: 1500, warmUp: 300 }),
  );
  dispose();
  const operations = 6 * time * batch * 4 * units * (inputs + units);
  const rate = (operations * 1000) / times.bestMilliseconds;
  report.add({
    ...{ work, size: `T=${time} B=${batch} ${inputs}→${units}`, by: at.by, threads: at.threads },
    ...times,
    unit: { name: 'flop', nanoseconds: 1e9 / rate },
    ...(at.kernels &&
      at.threads === 1 && { limit: { name: 'flops', share: rate / (await limits()).flops } }),
    ...(at.kernels &&
      reference && {
        published: { name: 'PyTorch (AVX-512, 2 threads)', milliseconds: reference },
      }),
  });
}

/** The same work on plain arrays, without TensorFlow.js around it. */
export async function onArrays(report: Report, layer: Layer, threads: number) {
  const { time, batch, inputs, units } = layer;
  setMatrixProduct(undefined);
  const shape = {
    ...{ batch, time, inputs, units, returns: 'sequence' as const },
    lengths: new Int32Array(batch).fill(time),
  };
  const [x, dy] = [numbers(batch * time * inputs), numbers(batch * time * units)];
  const direction = {
    reverse: false,
    kernel: numbers(inputs * 4 * units, 0.1),
    recurrentKernel: numbers(units * 4 * units, 0.1),
    bias: numbers(4 * units, 0.1),
  };
  const step = () => {
    const { tape } = lstmForward(shape, x, [direction], { keep: true });
    lstmBackward(shape, x, [direction], tape, dy);
  };
  const times = await withThreads(threads, () => measure(step, { budget: 1500, warmUp: 300 }));
  const operations = 6 * time * batch * 4 * units * (inputs + units);
  const rate = (operations * 1000) / times.bestMilliseconds;
  report.add({
    ...{ work, size: `T=${time} B=${batch} ${inputs}→${units}`, by: 'kernels, on arrays', threads },
    ...times,
    unit: { name: 'flop', nanoseconds: 1e9 / rate },
    ...(threads === 1 && { limit: { name: 'flops', share: rate / (await limits()).flops } }),
  });
}

export const bench: Bench = {
  title: 'Matrix products and the LSTM: kernels against TensorFlow.js, native and wasm',
  async run(report) {
    for (const size of products) {
      for (const kind of ['NN', 'TN', 'NT'] as const) {
        await productOnKernels(report, kind, size, 1);
        if (size.rows >= 120) await productOnKernels(report, kind, size, 2);
        for (const engine of engines) await productInTensorFlow(report, kind, size, engine);
      }
    }
    for (const [n, layer] of layers.entries()) {
      for (const threads of [1, 2]) {
        const kernels = { backend: 'wasm', by: 'kernels', threads, kernels: true } as const;
        await layerOnce(report, layer, kernels, published[n]);
        await onArrays(report, layer, threads);
      }
      for (const engine of engines) {
        const by = `${engine.by}, eager`;
        await layerOnce(report, layer, { ...engine, by, kernels: false });
      }
    }
  },
};
