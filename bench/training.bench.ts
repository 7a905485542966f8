import { spawnSync } from 'node:child_process';
import { startBackend, type Backend } from '../src/engine/index.js';
import { trainingSteps as translatorSteps } from './attention.bench.js';
import type { Bench, Measurement } from './harness.js';
import { trainingSteps as taggerSteps } from './ner.bench.js';
import { layerOnce, layers, onArrays, work } from './recurrent.bench.js';

const engines: readonly Backend[] = ['wasm', 'tensorflow'];

export const bench: Bench = {
  title: 'Training: the tagger, the translator and their LSTM, by engine and threads',
  async run(report) {
    for (const backend of engines) {
      const { available, problem } = await startBackend(backend);
      if (!available) {
        console.error(`${backend}: ${problem}`);
        continue;
      }
      for (const threads of [1, 2]) {
        await taggerSteps(report, backend, threads, { optimiser: { kind: 'adam' } });
        await translatorSteps(report, backend, threads, 'softmax');
        for (const layer of layers) {
          const by = `kernels, ${backend}`;
          await layerOnce(report, layer, { backend, by, threads, kernels: true });
          if (backend === 'wasm') {
            await onArrays(report, layer, threads);
            await startBackend(backend);
          }
        }
      }
    }
    for (const threads of [1, 2]) for (const row of inPyTorch(threads)) report.add(row);
  },
};

/** The layers by torch.nn.LSTM, where Python has it: PYTHON, else python3. */
function inPyTorch(threads: number): Measurement[] {
  const python = process.env['PYTHON'] ?? 'python3';
  const { stdout, stderr, error } = spawnSync(python, ['bench/training-peers.py'], {
    input: JSON.stringify({ work, layers, threads }),
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  if (error || stderr) console.error(error?.message ?? stderr.trim());
  const lines = (stdout ?? '').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Measurement);
}
