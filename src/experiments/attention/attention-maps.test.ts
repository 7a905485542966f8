import { describe, expect, it } from 'vitest';
import type { EncodedPair } from '../../data/text/encoded-pairs.js';
import { TranslationVocabulary } from '../../data/text/parallel-vocabulary.js';
import { exampleMaps } from './attention-maps.js';
import type { Translator } from './translator.js';

const words = new TranslationVocabulary(['<unk>', '<s>', '</s>']);
/** Attends to every word alike. */
const translator = {
  text: { lowercase: true, minimumCount: 1, maximumLength: 50 },
  vocabularies: { source: words, target: words },
  model: {
    weightsOf: (pairs: readonly EncodedPair[]) =>
      pairs.map(({ source, target }) =>
        Array.from({ length: target.length + 1 }, () => new Float32Array(source.length)),
      ),
  },
} as unknown as Translator;

/** Which sentences are drawn, by their numbers of words. */
const drawn = (...lengths: number[]) =>
  exampleMaps(
    translator,
    lengths.map((length) => ({ source: 'a '.repeat(length), target: 'b '.repeat(length) })),
  ).map(({ source }) => source.length);

describe('the sentences whose attention is drawn', () => {
  it('are the first four of 5 to 14 words', () => {
    expect(drawn(3, 20, 9, 5, 0, 14, 15, 6, 7)).toEqual([9, 5, 14, 6]);
  });

  it('are shorter ones where no sentence has as many words', () => {
    expect(drawn(3, 0, 20, 1)).toEqual([3, 1]);
  });

  it('are the shortest where all are long, unless none fits a picture', () => {
    expect(drawn(30, 20, 61, 25)).toEqual([20, 25, 30]);
    expect(drawn(61, 0)).toEqual([]);
  });
});
