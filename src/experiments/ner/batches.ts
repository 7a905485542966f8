import { sideBySide } from '../../data/text/parallel-batches.js';
import type { SeededRandom } from '../../random.js';
import type { EncodedSentence, Spelling } from './lexicon.js';

/** Sentences side by side, padded to the longest; −1 marks padding in every array of indices. */
export interface Batch {
  batch: number;
  /** The length of the longest sentence. */
  positions: number;
  lengths: Int32Array;
  /** The tokens of all sentences, without padding. */
  tokens: number;
  /** [batch, positions]. */
  words: Int32Array;
  /** [batch, positions]: tags, all −1 for text without. */
  tags: Int32Array;
  /** The distinct words of the batch as characters: [spellings, longest]. */
  characters: Int32Array;
  spellings: number;
  longest: number;
  /** [spellings]. */
  spellingLengths: Int32Array;
  /** [batch, positions]: which spelling a token has. */
  spellingOf: Int32Array;
}

/**
 * One batch of sentences. Words with the same spelling share one row of characters: the character
 * layer, which sees no more than these, then runs once for all of them.
 */
export function makeBatch(sentences: readonly EncodedSentence[]): Batch {
  const batch = sentences.length;
  const lengths = Int32Array.from(sentences, ({ words }) => words.length);
  const positions = Math.max(...lengths);
  const words = new Int32Array(batch * positions).fill(-1);
  const tags = words.slice();
  const spellingOf = words.slice();
  const found = new Map<Spelling, number>();
  sentences.forEach((sentence, item) => {
    const first = item * positions;
    words.set(sentence.words, first);
    if (sentence.tags) tags.set(sentence.tags, first);
    sentence.spellings.forEach((spelling, token) => {
      const place = found.get(spelling) ?? found.size;
      found.set(spelling, place);
      spellingOf[first + token] = place;
    });
  });
  const spelled = [...found.keys()];
  const { values: characters, lengths: spellingLengths, time: longest } = sideBySide(spelled);
  return {
    ...{ batch, positions, lengths, words, tags },
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    ...{ characters, spellings: spelled.length, longest, spellingLengths, spellingOf },
  };
}

/** How many batches are drawn together before they are sorted by length. */
const poolBatches = 64;

/**
 * An epoch's batches: the sentences shuffled, cut into pools, each pool sorted by length and cut
 * into batches of like length, the batches shuffled. Every sentence occurs once; empty ones never.
 */
export function epochBatches<Sentence extends { words: ArrayLike<unknown> }>(
  sentences: readonly Sentence[],
  size: number,
  random: SeededRandom,
): Sentence[][] {
  const order = random.shuffled(sentences.filter(({ words }) => words.length > 0));
  const batches: Sentence[][] = [];
  for (let at = 0; at < order.length; at += size * poolBatches) {
    const pool = order.slice(at, at + size * poolBatches);
    pool.sort((a, b) => a.words.length - b.words.length);
    for (let from = 0; from < pool.length; from += size)
      batches.push(pool.slice(from, from + size));
  }
  return random.shuffled(batches);
}
