import type { TaggedSentence } from '../../data/conll.js';
import { chunkScores, type ChunkScores } from '../../metrics/chunk-scores.js';
import type { DataFiles, Fingerprint } from '../../runner/data-files.js';
import type { Stretch } from '../../runner/provenance.js';
import type { Score } from '../../runner/recorded-run.js';
import { inRunDirectory, type RunContext, type RunOptions } from '../../runner/run-options.js';
import { train, type EpochRecord } from '../../runner/training.js';
import type { NerConfig } from './config.js';
import { loadCorpus, loadVectors } from './corpus.js';
import { Lexicon } from './lexicon.js';
import { predictTags, sparsityOf, type PredictionConfig, type Sparsity } from './prediction.js';
import { newModel, saveLexicon, type Tagger } from './saved-model.js';
import { nerTask } from './training.js';

/** Scores of a part of the corpus, and how sparse the marginals are there. */
export interface NerEvaluation extends ChunkScores {
  sparsity: Sparsity;
}

/** What a run measured: result.json. */
export interface NerResult {
  experiment: 'ner';
  config: NerConfig;
  /** One object in results of version 0.1.0; `stretchesOf` reads both. */
  provenance: Stretch[] | Stretch;
  /** The files that were read; left out by version 0.1.0. */
  files?: Fingerprint[];
  /** The test F1 in per cent. */
  score: Score;
  /** Sentences of each part, sizes of the vocabularies, and how many words have a vector. */
  data: Record<
    'train' | 'development' | 'test' | 'words' | 'characters' | 'tags' | 'vectors',
    number
  >;
  training: {
    bestEpoch: number;
    epochs: number;
    steps: number;
    /** Tokens of the training sentences, times the epochs, a second of the loop. */
    tokensPerSecond: number;
    seconds: number;
    history: EpochRecord[];
  };
  development: NerEvaluation;
  test: NerEvaluation;
}

/** Trains a tagger, evaluates its best model, and writes it all to the run directory. */
export async function runNer(config: NerConfig, options: RunOptions): Promise<NerResult> {
  return inRunDirectory(config, options, {
    load: (files) => prepare(config, files),
    work: (prepared, context) => trainIn(config, prepared, context),
  });
}

async function trainIn(
  config: NerConfig,
  prepared: Awaited<ReturnType<typeof prepare>>,
  { directory, interruption, provenance, data }: RunContext,
): Promise<NerResult> {
  const { lexicon, model, task, development, test } = prepared;
  await saveLexicon(directory, config, lexicon, model);
  const summary = await train(task, {
    title: config.name,
    config: config.training,
    seed: config.seed,
    directory,
    interruption,
    onSave: (reached) => provenance.save(reached),
  });
  const tagger = { config, lexicon, model };
  const scores = { development: evaluate(tagger, development), test: evaluate(tagger, test) };
  const epochs = summary.history.length;
  const result: NerResult = {
    experiment: 'ner',
    config,
    provenance: provenance.stretches,
    files: data,
    score: { name: 'test F1', value: scores.test.f1, better: 'higher' },
    data: {
      ...{ train: prepared.sentences, development: development.length, test: test.length },
      ...{ words: lexicon.words.size, characters: lexicon.characters.size },
      ...{ tags: lexicon.tags.size, vectors: prepared.withVector },
    },
    training: {
      bestEpoch: summary.bestEpoch,
      epochs,
      steps: summary.steps,
      tokensPerSecond: Math.round((prepared.tokens * epochs) / summary.seconds),
      seconds: Math.round(summary.seconds),
      history: summary.history,
    },
    ...scores,
  };
  await directory.write('result.json', `${JSON.stringify(result, undefined, 1)}\n`);
  await directory.log('finished');
  return result;
}

/**
 * Model, task and evaluation sentences. The training sentences and the vectors are let go once they
 * are encoded: whatever lives is looked at in every garbage collection, and a step's arrays cause
 * many.
 */
async function prepare(config: NerConfig, files: DataFiles) {
  const corpus = await loadCorpus(config, files);
  const vectors = await loadVectors(config, corpus, files);
  const lexicon = Lexicon.ofCorpus(corpus, vectors, config.model);
  const model = newModel(config, lexicon, vectors?.dimension ?? config.model.wordSize);
  const withVector = vectors ? model.usePretrained(lexicon, vectors) : 0;
  const { train, development, test } = corpus;
  const task = nerTask({ config, model, lexicon, train, development });
  const tokens = train.reduce((sum, { words }) => sum + words.length, 0);
  return { lexicon, model, task, development, test, withVector, sentences: train.length, tokens };
}

/** The scores of a tagger on sentences whose tags are known, in IOBES. */
export function evaluate(
  { model, lexicon, config }: Tagger,
  sentences: readonly TaggedSentence[],
  prediction: PredictionConfig = config,
): NerEvaluation {
  const predicted = predictTags(model, lexicon, sentences, prediction);
  const gold = sentences.map(({ tags }) => tags);
  return {
    ...chunkScores(gold, predicted),
    sparsity: sparsityOf(model, lexicon, sentences, prediction),
  };
}
