import { factoredChain } from '../../dp/programs/factored-chain.js';
import { makeBatch, type Batch } from './batches.js';
import type { NerConfig } from './config.js';
import type { EncodedSentence, Lexicon } from './lexicon.js';
import type { NerModel } from './model.js';
import { perItem, type TagPotentials } from './objective.js';
import type { NerEvaluation } from './result.js';

/** Sentences of a batch in prediction, where memory alone is the limit. */
const batchSize = 32;

/** The keys of a config that prediction depends on. */
export type PredictionConfig = Pick<NerConfig, 'omega' | 'gamma' | 'decode'>;

/**
 * The tags of sentences, by the best path or by each token's most probable tag.
 * @returns a list of IOBES tags for each sentence, in their order
 */
export function predictTags(
  model: NerModel,
  lexicon: Lexicon,
  sentences: readonly { words: readonly string[] }[],
  config: PredictionConfig,
): string[][] {
  const predicted: string[][] = sentences.map(() => []);
  eachPrediction(model, lexicon, sentences, (batch, theta, items) => {
    const paths = decoded(batch, theta, config);
    items.forEach((sentence, item) => {
      predicted[sentence] = Array.from(paths[item]!, (tag) => lexicon.tags.entries[tag]!);
    });
  });
  return predicted;
}

/** @throws as the model does; a hard omega has marginals of 0 and 1 */
export function sparsityOf(
  model: NerModel,
  lexicon: Lexicon,
  sentences: readonly { words: readonly string[] }[],
  config: PredictionConfig,
): NerEvaluation['sparsity'] {
  const tags = lexicon.tags.size;
  let [entries, positive, tokens, single, count] = [0, 0, 0, 0, 0];
  eachPrediction(model, lexicon, sentences, (batch, theta, items) => {
    const marginals = marginalsOf(batch, theta, config);
    items.forEach((_, item) => {
      const length = batch.lengths[item]!;
      const first = item * batch.positions * tags;
      const own = marginals.subarray(first, first + length * tags);
      const above = own.reduce((sum, probability) => sum + (probability > 0 ? 1 : 0), 0);
      entries += own.length;
      positive += above;
      tokens += length;
      count++;
      if (above === length) single++;
    });
  });
  return {
    zeros: (entries - positive) / entries,
    support: positive / tokens,
    singlePaths: single / count,
  };
}

/**
 * Runs the model over sentences in batches of like length and hands each batch's potentials over;
 * `items` are the sentences' places in the list. Empty sentences are left out.
 */
export function eachPrediction(
  model: NerModel,
  lexicon: Lexicon,
  sentences: readonly { words: readonly string[] }[],
  visit: (batch: Batch, theta: TagPotentials<Float32Array>, items: readonly number[]) => void,
): void {
  const encoded: { sentence: EncodedSentence; item: number }[] = sentences.map(
    ({ words }, item) => ({ sentence: lexicon.encode(words), item }),
  );
  const order = encoded
    .filter(({ sentence }) => sentence.words.length > 0)
    .sort((a, b) => a.sentence.words.length - b.sentence.words.length);
  for (let at = 0; at < order.length; at += batchSize) {
    const part = order.slice(at, at + batchSize);
    const batch = makeBatch(part.map(({ sentence }) => sentence));
    visit(
      batch,
      model.potentials(batch),
      part.map(({ item }) => item),
    );
  }
}

export function chainOf(
  { batch, positions, lengths }: Batch,
  theta: TagPotentials,
  { omega, gamma = 1 }: { omega: NerConfig['omega']; gamma?: number },
) {
  return factoredChain({ batch, positions, lengths, states: theta.start.length, omega, gamma });
}

/** μ = ∇DP_Ω by the unary scores, [batch, positions, tags]. */
export function marginalsOf(
  batch: Batch,
  theta: TagPotentials<Float32Array>,
  config: PredictionConfig,
): Float32Array {
  return chainOf(batch, theta, config).gradient(perItem(theta, batch)).gradient.unary;
}

/**
 * The tags of each sentence of a batch, as the config decodes.
 * @param marginals `marginalsOf`, where they are known already
 */
export function decoded(
  batch: Batch,
  theta: TagPotentials<Float32Array>,
  config: PredictionConfig,
  marginals?: Float32Array,
): readonly ArrayLike<number>[] {
  return config.decode === 'viterbi'
    ? chainOf(batch, theta, { omega: 'hard' }).argmax(perItem(theta, batch))
    : likeliestTags(batch, marginals ?? marginalsOf(batch, theta, config));
}

function likeliestTags({ batch, positions, lengths }: Batch, marginals: Float32Array): number[][] {
  const tags = marginals.length / (batch * positions);
  return Array.from({ length: batch }, (_, item) =>
    Array.from({ length: lengths[item]! }, (_, position) => {
      const first = (item * positions + position) * tags;
      const own = marginals.subarray(first, first + tags);
      return own.indexOf(Math.max(...own));
    }),
  );
}
