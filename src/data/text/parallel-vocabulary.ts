import { quoted } from '../../visible.js';

/** What every vocabulary begins with: an unknown word, the beginning and the end of a sentence. */
export const special = { unknown: 0, begin: 1, end: 2 } as const;
const specialNames = ['<unk>', '<s>', '</s>'] as const;

/** The words that a side of the model knows, by index. */
export class TranslationVocabulary {
  readonly words: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  /** @param words the special ones first, as `words` of another one gives them */
  constructor(words: readonly string[]) {
    specialNames.forEach((name, index) => {
      if (words[index] !== name) {
        throw new RangeError(`word ${index} is ${quoted(words[index])}: it must be '${name}'`);
      }
    });
    this.words = words;
    this.#indices = new Map(words.map((word, index) => [word, index]));
  }

  /**
   * The words that occur at least `minimumCount` times, the most frequent first (equals by code
   * unit), and at most `maximumSize` of them.
   */
  static of(
    sentences: Iterable<readonly string[]>,
    { minimumCount, maximumSize = Infinity }: { minimumCount: number; maximumSize?: number },
  ): TranslationVocabulary {
    const counts = new Map<string, number>();
    for (const sentence of sentences) {
      for (const word of sentence) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    // A text may well contain '<unk>': as tokens of one character it cannot be mistaken.
    const kept = [...counts]
      .filter(([, count]) => count >= minimumCount)
      .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
      .slice(0, maximumSize)
      .map(([word]) => word);
    return new TranslationVocabulary([...specialNames, ...kept]);
  }

  get size(): number {
    return this.words.length;
  }

  index(word: string): number {
    return this.#indices.get(word) ?? special.unknown;
  }

  /** The indices of a sentence's words. */
  encode(tokens: readonly string[]): Int32Array {
    return Int32Array.from(tokens, (token) => this.index(token));
  }
}
