import type { EncodedPairs } from '../../data/text/encoded-pairs.js';
import { batchOrder, translationBatch } from '../../data/text/parallel-batches.js';
import { special } from '../../data/text/parallel-vocabulary.js';
import { Optimiser } from '../../layers/index.js';
import type { TrainingTask } from '../../runner/training/training-task.js';
import type { AttentionConfig } from './config.js';
import type { TestSet } from './corpus.js';
import { perplexity, tokenBleu } from './evaluation.js';
import type { Translator } from './translator.js';

/** What a translation model is trained and chosen on. */
export interface TrainingData {
  translator: Translator;
  training: EncodedPairs;
  development: TestSet;
}

/** The training of a translator as the loop of the runner takes it. */
export function translationTask(
  config: AttentionConfig,
  { translator, training, development }: TrainingData,
): TrainingTask<Int32Array> {
  const { model } = translator;
  const { kind, learningRate, clipNorm, decay } = config.optimiser;
  const { batchSize, labelSmoothing } = config.training;
  const optimiser = new Optimiser(model.parameters, { kind, learningRate, clipNorm });
  return {
    unit: 'target tokens',
    batches: (_, random) => batchOrder(training, batchSize, random),
    startEpoch(epoch) {
      const decays = decay ? Math.max(0, epoch + 1 - decay.after) : 0;
      optimiser.learningRate = learningRate * (decay?.factor ?? 1) ** decays;
    },
    step(pairs, random) {
      const some = Array.from(pairs, (at) => training.at(at));
      const batch = translationBatch(some, special);
      const { loss, words, gradients } = model.gradients(batch, random, labelSmoothing);
      optimiser.step(gradients);
      return { loss, size: words };
    },
    /** Greedy: development only has to rank the epochs. */
    async evaluate() {
      const encoded = development.pairs.map((pair) => translator.encode(pair));
      const greedy = { ...config.decoding, beam: 1 };
      return {
        score: await tokenBleu(translator, development, greedy),
        perplexity: perplexity(model, encoded),
      };
    },
    parameters: () => model.parameters,
    setParameters(arrays) {
      for (const [name, array] of Object.entries(model.parameters)) array.set(arrays[name]!);
    },
    optimiserState: () => optimiser.stateArrays(),
    setOptimiserState(arrays) {
      optimiser.restoreArrays(arrays);
    },
  };
}
