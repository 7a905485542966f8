import type { EncodedPair, EncodedPairs } from './encoded-pairs.js';
import type { SeededRandom } from '../../random.js';

/** Sentences of about the same length side by side, filled up with −1. */
export interface TranslationBatch {
  /** [sentences, sourceTime] */
  source: Int32Array;
  sourceLengths: Int32Array;
  sourceTime: number;
  /** [sentences, targetTime]: what the decoder reads, beginning with the mark of a beginning. */
  input: Int32Array;
  /** The words to predict, of all sentences behind each other, each with its mark of the end. */
  output: Int32Array;
  /** Words to predict of each sentence. */
  targetLengths: Int32Array;
  targetTime: number;
}

/** Batches whose pairs are sorted together. */
const POOL = 20;

/**
 * The order of one epoch: pairs in random order, cut into pools, each sorted by length and cut into
 * batches, all batches in random order. Little is filled up, every pair occurs exactly once, and a
 * batch has other companions in every epoch.
 * @returns the indices of each batch
 */
export function batchOrder(
  pairs: EncodedPairs,
  batchSize: number,
  random: SeededRandom,
): Int32Array[] {
  const order = Int32Array.from(random.shuffled([...Array(pairs.length).keys()]));
  const length = (at: number) => {
    const { source, target } = pairs.lengthsAt(at);
    return target * 1024 + source;
  };
  const batches = batchesOf(order, POOL * batchSize).flatMap((pool) =>
    batchesOf(
      pool.sort((a, b) => length(a) - length(b)),
      batchSize,
    ),
  );
  return random.shuffled(batches);
}

/** Indices in batches, one after the other. */
export function batchesOf(order: Int32Array, batchSize: number): Int32Array[] {
  return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, batch) =>
    order.subarray(batch * batchSize, (batch + 1) * batchSize),
  );
}

/** Sets pairs side by side. */
export function translationBatch(
  pairs: readonly EncodedPair[],
  { begin, end }: { begin: number; end: number },
): TranslationBatch {
  const sources = sideBySide(pairs.map(({ source }) => source));
  const inputs = sideBySide(pairs.map(({ target }) => [begin, ...target]));
  return {
    source: sources.values,
    sourceLengths: sources.lengths,
    sourceTime: sources.time,
    input: inputs.values,
    output: Int32Array.from(pairs.flatMap(({ target }) => [...target, end])),
    targetLengths: inputs.lengths,
    targetTime: inputs.time,
  };
}

/** Sentences filled up with −1: [sentences, time]. */
export function sideBySide(sentences: readonly ArrayLike<number>[]): {
  values: Int32Array;
  lengths: Int32Array;
  time: number;
} {
  const lengths = Int32Array.from(sentences, (sentence) => sentence.length);
  const time = Math.max(1, ...lengths);
  const values = new Int32Array(sentences.length * time).fill(-1);
  sentences.forEach((sentence, item) => values.set(sentence, item * time));
  return { values, lengths, time };
}
