import { DataFiles } from '../src/runner/run/data-files.js';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../src/random.js';
import { startBackend } from '../src/engine/index.js';
import { attentionKinds, type AttentionKind } from '../src/layers/index.js';
import { attentionSchema } from '../src/experiments/attention/config.js';
import { loadCorpus } from '../src/experiments/attention/corpus.js';
import { prepare } from '../src/experiments/attention/run.js';
import { translationTask } from '../src/experiments/attention/training-task.js';
import { loadConfig } from '../src/runner/config/config.js';
import { measure, withThreads, type Bench, type Report } from './harness.js';

/** Steps that one repeat times: batches of all lengths. */
const steps = 8;

const dataFolder = process.env['DIDYPROG_DATA'] ?? 'data';
const captions = existsSync(join(dataFolder, 'multi30k-fr-en', 'train.fr'));

export const bench: Bench = {
  title:
    'The whole training step of the translator: batch, dropout, layers, attention, loss, update',
  async run(report) {
    if (!captions) console.error(`Multi30k is not in ${dataFolder}: generated text in its place`);
    for (const backend of ['wasm', 'tensorflow'] as const) {
      const { available, problem } = await startBackend(backend);
      if (!available) {
        console.error(`${backend}: ${problem}`);
        continue;
      }
      for (const threads of [1, 2]) {
        for (const attention of attentionKinds) {
          await trainingSteps(report, backend, threads, attention);
        }
      }
    }
  },
};

/** A row: the translator's training by an engine and a number of threads. */
export async function trainingSteps(
  report: Report,
  backend: string,
  threads: number,
  attention: AttentionKind,
): Promise<void> {
  const { task, batches, tokens, work, size } = await translatorWork(attention);
  const random = new SeededRandom(1);
  const run = () => {
    for (const batch of batches) task.step(batch, random);
  };
  const times = await withThreads(threads, () => measure(run, { budget: 4000, warmUp: 2000 }));
  report.add({
    ...{ work, size, by: `kernels, ${backend}`, threads },
    ...times,
    unit: { name: 'token', nanoseconds: (times.bestMilliseconds * 1e6) / tokens },
  });
}

/** The translator, its training, and the batches that a row is of. */
export async function translatorWork(attention: AttentionKind) {
  const name = captions ? 'multi30k-fr-en' : 'synthetic-fr-en';
  const config = await loadConfig(attentionSchema, `configs/attention/${name}.yaml`, {
    overrides: {
      model: { ...(!captions && { embedding: 256, encoder: 128, decoder: 256 }), attention },
      training: { batchSize: 64 },
    },
  });
  const corpus = await loadCorpus(config.corpus, new DataFiles(dataFolder));
  const { translator, training } = prepare(corpus, config);
  const { development } = corpus;
  const task = translationTask(config, { translator, training, development });
  const batches = task.batches(0, new SeededRandom(7)).slice(0, steps);
  const tokens = batches.reduce((sum, batch) => {
    return sum + batch.reduce((words, at) => words + training.lengthsAt(at).target + 1, 0);
  }, 0);
  return {
    ...{ config, translator, training, task, batches, tokens },
    work: `${steps} training steps, ${attention}`,
    size: `${captions ? 'Multi30k' : 'generated'}, B=${config.training.batchSize}, ${tokens} tokens`,
  };
}
