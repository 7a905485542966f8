import type { EncodedPair, EncodedPairs } from './encoded-pairs.js';
import type { SeededRandom } from '../../random.js';

/** Sentences of about the same length side by side, filled up with −1. */
export interface TranslationBatch {
  size: number;
  /** [size, sourceTime] */
  source: Int32Array;
  sourceLengths: Int32Array;
  sourceTime: number;
  /** [size, targetTime]: what the decoder reads, beginning with the mark of a beginning. */
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
  const size = pairs.length;
  const {
    values: source,
    lengths: sourceLengths,
    time: sourceTime,
  } = sideBySide(pairs.map((pair) => pair.source));
  const targetLengths = Int32Array.from(pairs, ({ target }) => target.length + 1);
  const targetTime = Math.max(...targetLengths);
  const input = new Int32Array(size * targetTime).fill(-1);
  const output = new Int32Array(targetLengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  pairs.forEach(({ target }, item) => {
    input[item * targetTime] = begin;
    input.set(target, item * targetTime + 1);
    output.set(target, at);
    at += targetLengths[item]!;
    output[at - 1] = end;
  });
  return {
    ...{ size, source, sourceLengths, sourceTime },
    ...{ input, output, targetLengths, targetTime },
  };
}

/** Sentences filled up with −1: [sentences, time]. */
export function sideBySide(sentences: readonly Int32Array[]): {
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
