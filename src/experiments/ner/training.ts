import type { SeededRandom } from '../../random.js';
import type { TaggedSentence } from '../../data/readers/text/conll.js';
import { chunkScores } from '../../metrics/chunk-scores.js';
import { Optimiser } from '../../layers/optimiser.js';
import type { EpochRecord, TrainingTask } from '../../runner/training/training-task.js';
import { epochBatches, makeBatch } from './batches.js';
import type { NerConfig, NerModelConfig } from './config.js';
import type { EncodedSentence, Lexicon } from './lexicon.js';
import type { NerModel } from './model.js';
import { predictTags } from './prediction.js';

export interface NerTraining {
  config: NerConfig;
  model: NerModel;
  lexicon: Lexicon;
  train: readonly TaggedSentence[];
  development: readonly TaggedSentence[];
}

/**
 * The training of a tagger as the loop of the runner takes it: shuffled batches of sentences of
 * like length, words seen once sometimes unknown, SGD or Adam on the summed loss of a batch with
 * clipping and a warm-up, the rate halved when the development F1 stalls.
 */
export function nerTask(training: NerTraining): TrainingTask<readonly EncodedSentence[]> {
  const { config, model, lexicon, development } = training;
  const sentences = training.train.map(({ words, tags }) => lexicon.encode(words, tags));
  const { learningRate, kind, clipNorm, warmUp, halveAfter } = config.optimiser;
  const optimiser = new Optimiser(model.parameters, {
    kind,
    learningRate,
    ...(clipNorm !== undefined && { clipNorm }),
    ...(warmUp !== undefined && { warmUp }),
  });
  return {
    unit: 'tokens',
    batches: (_, random) => epochBatches(sentences, config.batch, random),
    startEpoch(epoch, history) {
      const { epochs } = config.training;
      const share = config.optimiser.decay === 'linear' ? (epochs - epoch) / epochs : 1;
      optimiser.learningRate = learningRate * share * 0.5 ** halvings(history, halveAfter);
    },
    step(sentences, random) {
      const batch = makeBatch(sentences);
      hideWords(batch.words, lexicon, config.model, random);
      const { loss, gradients } = model.lossAndGradients(batch, config, random);
      optimiser.step(gradients);
      return { loss, size: batch.tokens };
    },
    evaluate() {
      const predicted = predictTags(model, lexicon, development, config);
      const { f1, precision, recall, accuracy } = chunkScores(
        development.map(({ tags }) => tags),
        predicted,
      );
      const { learningRate } = optimiser;
      return { score: f1, precision, recall, accuracy, learningRate };
    },
    parameters: () => model.parameters,
    setParameters: (arrays) => {
      model.setParameters(arrays);
    },
    optimiserState: () => optimiser.stateArrays(),
    setOptimiserState: (arrays) => {
      // The rate follows from the history: `startEpoch` sets it.
      optimiser.restoreArrays(arrays);
    },
  };
}

/**
 * How often the rate was halved: once whenever `after` epochs have passed since the best score and
 * since the last halving.
 */
export function halvings(
  history: readonly EpochRecord[],
  after: number | null | undefined,
): number {
  if (!after) return 0;
  let count = 0;
  let stalled = 0;
  for (const { best } of history) {
    stalled = best ? 0 : stalled + 1;
    if (stalled < after) continue;
    count++;
    stalled = 0;
  }
  return count;
}

/** Makes words unknown in place: any with one probability, those seen once with another as well. */
export function hideWords(
  words: Int32Array,
  lexicon: Lexicon,
  { singletonsUnknown, wordsUnknown }: Pick<NerModelConfig, 'singletonsUnknown' | 'wordsUnknown'>,
  random: SeededRandom,
): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word <= 0) continue;
    const hidden =
      (lexicon.isSingleton(word) && random.chance(singletonsUnknown)) ||
      (wordsUnknown > 0 && random.chance(wordsUnknown));
    if (hidden) words[at] = 0;
  }
}
