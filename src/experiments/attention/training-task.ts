import type { EncodedPairs } from '../../data/text/encoded-pairs.js';
import { batchOrder, translationBatch } from '../../data/text/parallel-batches.js';
import { special } from '../../data/text/parallel-vocabulary.js';
import type { SeededRandom } from '../../random.js';
import { Optimiser } from '../../layers/index.js';
import type { NamedArrays } from '../../runner/checkpoint/checkpoint.js';
import type { Evaluation } from '../../runner/checkpoint/best-model.js';
import type { TrainingTask } from '../../runner/training/training-task.js';
import type { AttentionConfig } from './config.js';
import type { TestSet } from './corpus.js';
import { perplexity, tokenBleu } from './evaluation.js';
import type { Translator } from './translator.js';

/** What a translation model is trained and chosen on. */
export interface TrainingData {
  training: EncodedPairs;
  development: TestSet;
}

export class TranslationTask implements TrainingTask<Int32Array> {
  readonly unit = 'target tokens';
  readonly #translator: Translator;
  readonly #data: TrainingData;
  readonly #config: AttentionConfig;
  readonly #optimiser: Optimiser;

  constructor(translator: Translator, data: TrainingData, config: AttentionConfig) {
    this.#translator = translator;
    this.#data = data;
    this.#config = config;
    const { kind, learningRate, clipNorm } = config.optimiser;
    this.#optimiser = new Optimiser(translator.model.parameters, { kind, learningRate, clipNorm });
  }

  batches(_epoch: number, random: SeededRandom): readonly Int32Array[] {
    return batchOrder(this.#data.training, this.#config.training.batchSize, random);
  }

  startEpoch(epoch: number): void {
    const { learningRate, decay } = this.#config.optimiser;
    const decays = decay ? Math.max(0, epoch + 1 - decay.after) : 0;
    this.#optimiser.learningRate = learningRate * (decay?.factor ?? 1) ** decays;
  }

  step(pairs: Int32Array, random: SeededRandom) {
    const batch = translationBatch(
      Array.from(pairs, (at) => this.#data.training.at(at)),
      special,
    );
    const { labelSmoothing } = this.#config.training;
    const { model } = this.#translator;
    const { loss, words, gradients } = model.gradients(batch, random, labelSmoothing);
    this.#optimiser.step(gradients);
    return { loss, size: words };
  }

  /** Greedy: development only has to rank the epochs. */
  async evaluate(): Promise<Evaluation> {
    const { development } = this.#data;
    const encoded = development.pairs.map((pair) => this.#translator.encode(pair));
    const greedy = { ...this.#config.decoding, beam: 1 };
    return {
      score: await tokenBleu(this.#translator, development, greedy),
      perplexity: perplexity(this.#translator.model, encoded),
    };
  }

  parameters(): NamedArrays {
    return this.#translator.model.parameters;
  }

  setParameters(arrays: NamedArrays): void {
    for (const [name, array] of Object.entries(this.parameters())) array.set(arrays[name]!);
  }

  optimiserState(): NamedArrays {
    return this.#optimiser.stateArrays();
  }

  setOptimiserState(arrays: NamedArrays): void {
    this.#optimiser.restoreArrays(arrays);
  }
}
