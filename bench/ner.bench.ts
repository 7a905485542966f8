import { DataFiles } from '../src/runner/run/data-files.js';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../src/random.js';
import { startBackend } from '../src/engine/index.js';
import { nerSchema } from '../src/experiments/ner/config.js';
import { loadCorpus, loadVectors } from '../src/experiments/ner/corpus.js';
import { Lexicon } from '../src/experiments/ner/lexicon.js';
import { newModel } from '../src/experiments/ner/new-model.js';
import { nerTask } from '../src/experiments/ner/training.js';
import { loadConfig } from '../src/runner/config/config.js';
import { measure, withThreads, type Bench, type Report } from './harness.js';

/** Steps that one repeat times: batches of all lengths. */
const steps = 60;
const dataFolder = process.env['DIDYPROG_DATA'] ?? 'data';
const english = existsSync(join(dataFolder, 'conll2003-en', 'eng.train'));

export const bench: Bench = {
  title: 'The whole training step of the tagger: batch, dropout, layers, loss, update',
  async run(report) {
    if (!english) {
      console.error(`CoNLL-2003 is not in ${dataFolder}: generated sentences in its place`);
    }
    for (const backend of ['wasm', 'cpu'] as const) {
      await startBackend(backend);
      for (const optimiser of ['sgd', 'adam'] as const) {
        for (const threads of [1, 2]) {
          await trainingSteps(report, backend, threads, { optimiser: { kind: optimiser } });
        }
      }
    }
    await startBackend('wasm');
    for (const omega of ['negentropy', 'l2'] as const) {
      for (const loss of ['convex', 'cost'] as const) {
        if (omega !== 'negentropy' || loss !== 'convex') {
          await trainingSteps(report, 'wasm', 2, { omega, loss });
        }
      }
    }
  },
};

/** How the work of a row differs from the config of English. */
interface Changes {
  omega?: string;
  loss?: string;
  optimiser?: { kind: string; learningRate?: number };
}

/** A row: the tagger's training by an engine and a number of threads. */
export async function trainingSteps(
  report: Report,
  backend: string,
  threads: number,
  changes: Changes,
): Promise<void> {
  const { task, batches, tokens, work, size } = await taggerWork(changes);
  const random = new SeededRandom(1);
  const run = async () => {
    for (const batch of batches) await task.step(batch, random);
  };
  const times = await withThreads(threads, () => measure(run, { budget: 3000, warmUp: 1500 }));
  report.add({
    ...{ work, size, by: `kernels, ${backend}`, threads },
    ...times,
    unit: { name: 'token', nanoseconds: (times.bestMilliseconds * 1e6) / tokens },
  });
}

/** The tagger, its training, and the batches that a row is of. */
export async function taggerWork(changes: Changes) {
  const config = await loadConfig(nerSchema, 'configs/ner/en.yaml', {
    overrides: {
      ...changes,
      ...(!english && {
        language: 'synthetic',
        vectors: null,
        data: { source: 'synthetic', train: 3000, development: 1, test: 1, seed: 1 },
      }),
    },
  });
  const corpus = await loadCorpus(config, new DataFiles(dataFolder));
  const vectors = await loadVectors(config, corpus, new DataFiles(dataFolder));
  const lexicon = Lexicon.ofCorpus(corpus, vectors, config.model);
  const model = newModel(config, lexicon, vectors?.dimension ?? config.model.wordSize);
  const { train, development } = corpus;
  const task = nerTask({ config, model, lexicon, train, development });
  task.startEpoch?.(0, []);
  const batches = task.batches(0, new SeededRandom(7)).slice(0, steps);
  const tokens = batches.flat().reduce((sum, { words }) => sum + words.length, 0);
  return {
    ...{ config, model, task, batches, tokens },
    work: `${steps} training steps, ${config.omega}, ${config.loss}, ${config.optimiser.kind}`,
    size: `${english ? 'English' : 'generated'}, B=${config.batch}, ${tokens} tokens`,
  };
}
