// node native-rows.js THREADS: the translator and the LSTM on the native engine, a row as JSON on each line. The
// engine takes its number of threads from TF_NUM_INTRAOP_THREADS once, so each number needs a process.
import { startBackend } from '../src/engine/index.js';
import { trainingSteps } from './attention.bench.js';
import type { Measurement, Report } from './harness.js';
import { layerOnce, layers } from './recurrent.bench.js';

const threads = Number(process.argv[2]);
const report: Report = {
  rows: [],
  add: (row: Measurement) => console.log(JSON.stringify(row)),
};
const { available, problem } = await startBackend('tensorflow');
if (available) {
  await trainingSteps(report, 'tensorflow', threads, 'softmax');
  const at = { backend: 'tensorflow', by: 'kernels, tensorflow', threads, kernels: true } as const;
  for (const layer of layers) await layerOnce(report, layer, at);
} else console.error(`tensorflow: ${problem}`);
// TensorFlow's threads would keep the process alive.
process.exit(0);
