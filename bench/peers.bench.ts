import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { translationBatch } from '../src/data/text/parallel-batches.js';
import { special } from '../src/data/text/parallel-vocabulary.js';
import { startBackend } from '../src/engine/index.js';
import { makeBatch } from '../src/experiments/ner/batches.js';
import { trainingSteps as translatorSteps, translatorWork } from './attention.bench.js';
import { onKernels, rowName, type Work } from './chains.bench.js';
import { inPlace as warping } from './dtw.bench.js';
import type { Bench, Measurement } from './harness.js';
import { taggerWork, trainingSteps as taggerSteps } from './ner.bench.js';
import { measureStarts } from './start.bench.js';
import { layerOnce, layers, onArrays, work as layerWork } from './recurrent.bench.js';

const adam = { optimiser: { kind: 'adam' } };

/** Chains, each on arrays in the kernels' memory and, where `copied`, also on plain ones. */
const chains: readonly (Work & { copied?: true })[] = [
  { kind: 'factored', batch: 960, time: 30, states: 2, omega: 'hard', copied: true },
  { kind: 'factored', batch: 32, time: 50, states: 64, omega: 'negentropy' },
  { kind: 'linear', batch: 32, time: 50, states: 64, omega: 'negentropy', copied: true },
  { kind: 'linear', batch: 32, time: 50, states: 19, omega: 'negentropy' },
  { kind: 'linear', batch: 32, time: 5000, states: 19, omega: 'negentropy' },
];

export const bench: Bench = {
  title: 'Chains, DTW, trainings and the start of processes beside PyTorch and JAX, in one run',
  notes:
    'Rows of Python libraries are measured by bench/peers.py ($PYTHON, default python3) with what is installed ' +
    'there, a process for each number of threads: the same shapes and the same batches, float32, best ' +
    'and median after a warm-up. PyTorch’s tagger and translator are plain modules with fused Adam: ' +
    '“packed” hands its LSTMs packed sequences, “padded” has them run over the padding too. JAX compiles a ' +
    'scan over time, of factored chains with a matrix product a step. Rows of the native engine (kernels, ' +
    'tensorflow) are measured in a process for each number of threads, which TensorFlow has as well.',
  async run(report) {
    // Arrays in place make the kernels' memory a shared one, and copies to it slower: they come last.
    for (const inPlace of [false, true]) {
      for (const chain of chains) {
        if (!inPlace && !chain.copied) continue;
        for (const threads of [1, 2]) await onKernels(report, chain, 'gradient', threads, inPlace);
      }
    }
    for (const n of [1000, 8000]) {
      const work = { batch: 1, n, omega: 'negentropy' as const };
      for (const threads of [1, 2]) await warping(report, work, 'value', threads);
    }
    await startBackend('wasm');
    for (const threads of [1, 2]) {
      await taggerSteps(report, 'wasm', threads, adam);
      await translatorSteps(report, 'wasm', threads, 'softmax');
      for (const layer of layers) {
        const by = 'kernels, wasm';
        await layerOnce(report, layer, { backend: 'wasm', by, threads, kernels: true });
        await onArrays(report, layer, threads);
        await startBackend('wasm');
      }
    }
    const native = fileURLToPath(new URL('native-rows.js', import.meta.url));
    for (const threads of [1, 2]) {
      const env = { TF_NUM_INTRAOP_THREADS: String(threads) };
      for (const row of rowsOf(process.execPath, [native, String(threads)], env)) report.add(row);
    }
    const given = {
      chains: chains.map((chain) => ({ ...chain, ...rowName(chain, 'gradient') })),
      layers: layers.map((layer) => ({ ...layer, work: layerWork })),
      tagger: await taggerGiven(),
      translator: await translatorGiven(),
    };
    measureStarts(report);
    for (const threads of [1, 2])
      for (const row of inPython({ ...given, threads })) report.add(row);
  },
};

/** What the tagger of the rows is and reads. */
async function taggerGiven() {
  const { model, config, batches, work, size } = await taggerWork(adam);
  const { learningRate, clipNorm } = config.optimiser;
  return {
    ...{ work, size, sizes: model.sizes, model: model.config, learningRate, clipNorm },
    batches: batches.map((sentences) => plain(makeBatch(sentences))),
  };
}

/** The same of the translator. */
async function translatorGiven() {
  const { config, translator, training, batches, work, size } = await translatorWork('softmax');
  const { source, target } = translator.vocabularies;
  const { learningRate, clipNorm } = config.optimiser;
  return {
    ...{ work, size, model: config.model, learningRate, clipNorm },
    sizes: { source: source.size, target: target.size },
    batches: batches.map((pairs) =>
      plain(
        translationBatch(
          Array.from(pairs, (at) => training.at(at)),
          special,
        ),
      ),
    ),
  };
}

/** Typed arrays as JSON's. */
const plain = (batch: object) =>
  Object.fromEntries(
    Object.entries(batch).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof Int32Array ? Array.from(value) : value,
    ]),
  );

/** The rows of Python libraries. */
function inPython(given: { threads: number }): Measurement[] {
  const env = {
    ...{ OMP_NUM_THREADS: String(given.threads), JAX_PLATFORMS: 'cpu' },
    ...(given.threads === 1 && {
      XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1',
    }),
  };
  const python = process.env['PYTHON'] ?? 'python3';
  return rowsOf(python, ['bench/peers.py'], env, JSON.stringify(given));
}

/** The rows that a process prints; none where it fails, which is said. */
function rowsOf(
  command: string,
  words: readonly string[],
  env: Record<string, string>,
  input = '',
): Measurement[] {
  const { stdout, stderr, error } = spawnSync(command, words, {
    ...{ input, encoding: 'utf8', env: { ...process.env, ...env } },
  });
  if (error || stderr) console.error(error?.message ?? stderr.trim());
  const lines = (stdout ?? '').split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Measurement);
}
