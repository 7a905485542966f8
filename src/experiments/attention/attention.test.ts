import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EncodedPair } from '../../data/text/encoded-pairs.js';
import { translationBatch } from '../../data/text/parallel-batches.js';
import type { Writing } from '../../data/text/parallel-tokens.js';
import { special, TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import { SeededRandom } from '../../random.js';
import { startBackend } from '../../engine/index.js';
import { expectClose } from '../../../test/expect-close.js';
import { attentionKinds, type AttentionKind } from '../../layers/index.js';
import { silenceProgress } from '../../runner/quiet.js';
import { countBlocks } from './attention-statistics.js';
import { beamSearch } from './beam-search.js';
import { runExperiment } from '../run-experiment.js';
import { attentionSchema, decodingSchema, modelSchema } from './config.js';
import { attentionExperiment } from './experiment.js';
import { TranslationModel } from './model.js';
import { initialParameters } from './parameters.js';
import { loadTranslator } from './saved-translator.js';
import { Translator } from './translator.js';

silenceProgress();
beforeAll(async () => {
  await startBackend('wasm');
});

const sizes = { source: 9, target: 6 };

function model(
  attention: AttentionKind,
  { dropout = 0, inputFeeding = false } = {},
): TranslationModel {
  const sizesAndRate = { embedding: 5, encoder: 3, decoder: 4, dropout };
  const config = modelSchema.parse({ ...sizesAndRate, attention, inputFeeding });
  const parameters = initialParameters(config, sizes, 2);
  // Far from uniform, so that what is attended to and what is written matters.
  for (const array of Object.values(parameters)) {
    array.forEach((value, at) => (array[at] = 2 * value + 0.1 * Math.sin(at)));
  }
  return new TranslationModel(config, sizes, parameters);
}

const pairs: EncodedPair[] = [
  { source: Int32Array.of(3, 4, 8), target: Int32Array.of(4, 5) },
  { source: Int32Array.of(7), target: Int32Array.of(0, 3, 5) },
  { source: Int32Array.of(5, 5, 0, 6), target: Int32Array.of() },
];

const kinds = attentionKinds.flatMap((kind) => [
  { kind, name: kind, inputFeeding: false },
  { kind, name: `${kind}, input feeding`, inputFeeding: true },
]);

describe.each(kinds)('the translation model with attention $name', ({ kind, inputFeeding }) => {
  it('has the gradients of its loss that finite differences give', () => {
    const translation = model(kind, { inputFeeding });
    const batch = translationBatch(pairs, special);
    const { loss, words, gradients } = translation.gradients(batch, new SeededRandom(1));
    expect(words).toBe(8);
    expect(Math.abs(loss - translation.loss(batch))).toBeLessThan(1e-4);
    const step = 1e-2;
    for (const [name, array] of Object.entries(translation.parameters)) {
      const gradient = gradients[name]!;
      for (const at of [0, Math.floor(array.length / 2), array.length - 1]) {
        const kept = array[at]!;
        const lossAt = (value: number) => {
          array[at] = value;
          return translation.loss(batch) / words;
        };
        const difference = (lossAt(kept + step) - lossAt(kept - step)) / (2 * step);
        array[at] = kept;
        expect(Math.abs(gradient[at]! - difference), `${name}[${at}]`).toBeLessThan(2e-3);
      }
    }
  });

  it('gives a sentence the same loss alone and beside longer ones', () => {
    const translation = model(kind, { inputFeeding });
    const alone = pairs.map((pair) => translation.loss(translationBatch([pair], special)));
    const together = translation.loss(translationBatch(pairs, special));
    expect(Math.abs(together - alone.reduce((sum, loss) => sum + loss, 0))).toBeLessThan(1e-4);
  });

  it('finds by a wide beam the best of all translations, as their losses rank them', () => {
    const translation = model(kind, { inputFeeding });
    const parameters = translation.tensors();
    const words = [special.unknown, 3, 4, 5];
    const candidates = [
      [],
      ...words.map((a) => [a]),
      ...words.flatMap((a) => words.map((b) => [a, b])),
    ];
    const config = decodingSchema.parse({ beam: 64, maximumLength: 3, lengthPenalty: 0.7 });
    const sentences = pairs.map(({ source }) => source);
    const found = beamSearch(translation, parameters, sentences, config);
    sentences.forEach((source, at) => {
      const scores = candidates.map((target) => {
        const batch = translationBatch([{ source, target: Int32Array.from(target) }], special);
        return -translation.loss(batch) / (target.length + 1) ** 0.7;
      });
      const best = scores.indexOf(Math.max(...scores));
      expect([...found[at]!.words]).toEqual(candidates[best]);
      const length = candidates[best]!.length + 1;
      const score = found[at]!.logProbability / length ** 0.7;
      expect(Math.abs(score - scores[best]!)).toBeLessThan(1e-4);
      expect(found[at]!.weights.map((row) => row.length)).toEqual(
        new Array(length).fill(source.length),
      );
    });
    tf.dispose(Object.values(parameters));
  });

  it('never writes more than the limit, and leaves no tensor behind', () => {
    const translation = model(kind, { inputFeeding });
    const parameters = translation.tensors();
    const before = tf.memory().numTensors;
    const config = decodingSchema.parse({ beam: 2, maximumLength: 4 });
    const sentences = [...pairs.map(({ source }) => source), Int32Array.of()];
    for (const { words } of beamSearch(translation, parameters, sentences, config)) {
      expect(words.length).toBeLessThanOrEqual(4);
    }
    translation.loss(translationBatch(pairs, special));
    translation.weightsOf(pairs);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(parameters));
  });
});

describe.each(attentionKinds)('input feeding with %s attention', (kind) => {
  it('of weights that are 0 changes neither loss nor gradients, with dropout or padding', () => {
    const plain = model(kind, { dropout: 0.4 });
    const fed = model(kind, { dropout: 0.4, inputFeeding: true });
    for (const [name, array] of Object.entries(plain.parameters)) {
      const own = fed.parameters[name as keyof typeof fed.parameters];
      own.fill(0);
      own.set(array);
    }
    const batch = translationBatch(pairs, special);
    expect(Math.abs(fed.loss(batch) - plain.loss(batch))).toBeLessThan(1e-5);
    const ours = fed.gradients(batch, new SeededRandom(3));
    const theirs = plain.gradients(batch, new SeededRandom(3));
    expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(1e-5);
    for (const [name, expected] of Object.entries(theirs.gradients)) {
      const got = ours.gradients[name]!;
      // The rows behind those of the word's vector are the readout's.
      expect(got.length - expected.length).toBe(name === 'decoder/kernel' ? 4 * 4 * 4 : 0);
      expectClose(got.subarray(0, expected.length), expected, 1e-5);
    }
    fed.weightsOf(pairs).forEach((rows, item) =>
      rows.forEach((row, word) => {
        expectClose(row, plain.weightsOf(pairs)[item]![word]!, 1e-6);
      }),
    );
  });
});

describe('label smoothing', () => {
  it('mixes the loss of the words with the mean loss of all words in their place', () => {
    const translation = model('softmax');
    const batch = translationBatch(pairs, special);
    const instead = (word: number) =>
      translation.loss({ ...batch, output: batch.output.map(() => word) });
    const words = Array.from({ length: sizes.target }, (_, word) => word);
    const alike = words.reduce((sum, word) => sum + instead(word) / words.length, 0);
    const { loss } = translation.gradients(batch, new SeededRandom(1), 0.2);
    expect(loss).toBeCloseTo(0.8 * translation.loss(batch) + 0.2 * alike, 4);
  });
});

describe('the translator', () => {
  it('writes the source word that was attended to for an unknown one', async () => {
    const config = modelSchema.parse({
      embedding: 5,
      encoder: 3,
      decoder: 4,
      attention: 'softmax',
    });
    const words = new TranslationVocabulary(['<unk>', '<s>', '</s>']);
    const own = { source: 3, target: 3 };
    const parameters = initialParameters(config, own, 1);
    // Only the unknown word and the end can be written; the unknown one is likelier.
    parameters['output/bias'].set([9, 0, 0]);
    const make = (writing?: Writing) =>
      new Translator(
        new TranslationModel(config, own, parameters),
        { source: words, target: words },
        { source: 'fr', target: 'en' },
        { lowercase: true, minimumCount: 1, maximumLength: 50 },
        writing,
      );
    const translator = make();
    const decoding = decodingSchema.parse({ beam: 1, maximumLength: 3 });
    const [translation] = await translator.translate(['Chien'], decoding);
    expect(translation!.tokens).toEqual(['chien', 'chien', 'chien']);
    expect(translation!.text).toBe('Chien chien chien');
    // Each as the texts of training are written.
    const small = make({ capital: false, marks: { '¿': [true, true] } });
    expect(await small.translate(['¿'], decoding)).toMatchObject([{ text: '¿¿¿' }]);
    expect(await small.translate(['Chien'], decoding)).toMatchObject([
      { text: 'chien chien chien' },
    ]);
    expect(await translator.translate([''], decoding)).toMatchObject([{ tokens: [], text: '' }]);
  });
});

describe('a run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'didyprog-attention-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const config = attentionSchema.parse({
    name: 'small',
    corpus: { source: 'synthetic', pair: 'fr-en', training: 120, development: 10, test: 10 },
    text: { minimumCount: 1 },
    model: { embedding: 8, encoder: 6, decoder: 10, attention: 'crf-l2', dropout: 0.2 },
    training: { epochs: 2, batchSize: 16, logSteps: 3 },
    decoding: { beam: 2, maximumLength: 12 },
  });
  const run = (name: string, resume = false) =>
    runExperiment(attentionExperiment, config, {
      ...{ out: join(folder, name), dataFolder: folder, resume },
      ...{ startEngine: () => Promise.resolve('test'), command: 'test' },
    });
  const numbers = async (name: string) => {
    const result = JSON.parse(await readFile(join(folder, name, 'result.json'), 'utf8')) as {
      training: { seconds?: number };
      provenance?: object;
    };
    delete result.provenance;
    delete result.training.seconds;
    return result;
  };

  it('that is stopped and resumed ends with the numbers of one left alone', async () => {
    await run('whole');
    const stopped = run('stopped');
    // As soon as a line of metrics shows that steps are being taken.
    const metrics = join(folder, 'stopped', 'metrics.jsonl');
    const stop = setInterval(() => {
      if (!existsSync(metrics) || readFileSync(metrics).length === 0) return;
      clearInterval(stop);
      process.emit('SIGTERM', 'SIGTERM');
    }, 1);
    const outcome = await stopped.then(
      () => 'finished',
      (error: Error) => error.message,
    );
    clearInterval(stop);
    expect(outcome).toContain('--resume');
    await run('stopped', true);
    expect(await numbers('stopped')).toEqual(await numbers('whole'));
    const { translator } = await loadTranslator(join(folder, 'stopped'));
    const [translation] = await translator.translate(['deux mille'], config.decoding);
    expect(translation!.sourceTokens).toEqual(['deux', 'mille']);
    // Its numbers and dates are in lower case and have no marks.
    expect(translator.writing).toEqual({ capital: false, marks: {} });
  });
});

describe('blocks', () => {
  it('are runs of neighbours above a threshold', () => {
    expect(countBlocks([0, 0.2, 0.3, 0, 0.05, 0], 0)).toBe(2);
    expect(countBlocks([0, 0.2, 0.3, 0, 0.05, 0], 0.1)).toBe(1);
    expect(countBlocks([], 0)).toBe(0);
  });
});
