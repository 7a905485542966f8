import type { TaggedSentence } from '../../data/readers/text/conll.js';
import { chunkCounts, chunkScores } from '../../metrics/chunk-scores.js';
import type { RunContext } from '../../runner/run/run-options.js';
import { train } from '../../runner/training/training.js';
import type { Outcome } from '../experiment.js';
import { sentencesHash, type SentenceScores } from '../results/sentence-scores.js';
import type { NerConfig } from './config.js';
import type { Corpus, CoveringVectors } from './corpus.js';
import { Lexicon } from './lexicon.js';
import { predictTags, sparsityOf, type PredictionConfig } from './prediction.js';
import type { NerEvaluation, NerMeasured } from './result.js';
import { newModel } from './new-model.js';
import { saveLexicon, type Tagger } from './saved-model.js';
import { nerTask } from './training.js';

/** Trains a tagger and evaluates its best model. */
export async function trainTagger(
  config: NerConfig,
  prepared: ReturnType<typeof prepareTraining>,
  { directory, interruption, provenance, phase }: RunContext,
): Promise<Outcome<NerMeasured>> {
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
  await phase('scoring the best model');
  const onDevelopment = scored(tagger, development);
  const onTest = test.length > 0 ? scored(tagger, test) : undefined;
  const epochs = summary.history.length;
  const measured: NerMeasured = {
    data: {
      ...{ train: prepared.sentences, development: development.length },
      ...(test.length > 0 && { test: test.length }),
      ...{ words: lexicon.words.size, characters: lexicon.characters.size },
      ...{ tags: lexicon.tags.size, vectors: prepared.withVector },
      ...(prepared.covered && {
        coveredWords: prepared.covered.words,
        coveredTokens: prepared.covered.tokens,
      }),
    },
    training: {
      bestEpoch: summary.bestEpoch,
      epochs,
      steps: summary.steps,
      tokensPerSecond: Math.round((prepared.tokens * epochs) / summary.seconds),
      seconds: Math.round(summary.seconds),
      history: summary.history,
    },
    development: onDevelopment.evaluation,
    ...(onTest && { test: onTest.evaluation }),
  };
  const judged = onTest
    ? { name: 'test F1', ...sentenceScores(onTest, test) }
    : { name: 'development F1', ...sentenceScores(onDevelopment, development) };
  return { measured, sentences: [judged] };
}

/**
 * Model, task and evaluation sentences. The training sentences and the vectors are let go once they
 * are encoded: whatever lives is looked at in every garbage collection, and a step's arrays cause
 * many.
 */
export function prepareTraining(
  config: NerConfig,
  corpus: Corpus,
  vectors: CoveringVectors | undefined,
) {
  const lexicon = Lexicon.ofCorpus(corpus, vectors, config.model);
  const model = newModel(config, lexicon, vectors?.dimension ?? config.model.wordSize);
  const withVector = vectors ? model.usePretrained(lexicon, vectors) : 0;
  const { train, development, test } = corpus;
  const task = nerTask({ config, model, lexicon, train, development });
  const tokens = train.reduce((sum, { words }) => sum + words.length, 0);
  const covered = vectors?.covered;
  const sentences = train.length;
  return { lexicon, model, task, development, test, withVector, covered, sentences, tokens };
}

/** The scores of a tagger on sentences whose tags are known, in IOBES, and the tags that it predicts. */
export function scored(
  { model, lexicon, config }: Tagger,
  sentences: readonly TaggedSentence[],
  prediction: PredictionConfig = config,
): { evaluation: NerEvaluation; predicted: string[][] } {
  const predicted = predictTags(model, lexicon, sentences, prediction);
  const gold = sentences.map(({ tags }) => tags);
  return {
    evaluation: {
      ...chunkScores(gold, predicted),
      sparsity: sparsityOf(model, lexicon, sentences, prediction),
    },
    predicted,
  };
}

/** What a tagger predicted, counted by sentence. */
function sentenceScores(
  { predicted }: ReturnType<typeof scored>,
  sentences: readonly TaggedSentence[],
): Omit<SentenceScores, 'name'> {
  return {
    kind: 'F1',
    sentences: sentencesHash(sentences.map(({ words, tags }) => [words, tags])),
    counts: sentences.map(({ tags }, at) => chunkCounts(tags, predicted[at]!)),
  };
}
