import { describe, expect, it } from 'vitest';
import { Lexicon, vectorKeys } from './lexicon.js';

const sentence = (text: string) => ({
  words: text.split(' '),
  tags: text.split(' ').map((word) => (/^[A-Z]/.test(word) ? 'S-PER' : 'O')),
});
const corpus = {
  train: [sentence('Anna saw 12 12'), sentence('Anna saw Bob')],
  development: [sentence('Anna saw PARIS')],
  test: [sentence('Paris slept')],
};
const vectors = { dimension: 2, vectors: new Map([['paris', Float32Array.of(1, 2)]]) };
const lexicon = Lexicon.ofCorpus(corpus, vectors, { zeroDigits: true });

describe('the lexicon', () => {
  it('has the training words, digits as 0, and evaluation words only where they have a vector', () => {
    expect(lexicon.words.entries).toEqual(['<unk>', 'Anna', 'saw', '00', 'Bob', 'PARIS', 'Paris']);
    expect(lexicon.tags.entries).toEqual(['O', 'S-PER']);
    expect(vectorKeys('B2B', { zeroDigits: true })).toEqual(['B0B', 'b0b']);
  });

  it('knows which words training has once; a word it does not have is unknown', () => {
    const index = (word: string) => lexicon.words.index(word);
    expect(['Anna', 'Bob', 'PARIS'].map((word) => lexicon.isSingleton(index(word)))).toEqual([
      false,
      true,
      false,
    ]);
    const { words, spellings } = lexicon.encode(['Zoë', '31']);
    expect(words).toEqual([0, index('00')]);
    // Z and ë occur nowhere in training, o in no word either.
    expect(spellings[0]).toEqual([0, 0, 0].map((_, at) => (at === 1 ? spellings[0]![1]! : 0)));
    expect(() => lexicon.encode(['a'], ['S-LOC'])).toThrow("'S-LOC' is not among O, S-PER");
  });

  it('knows words and characters in either Unicode form, whichever training has', () => {
    const [composed, decomposed] = ['Zo\u00eb', 'Zoe\u0308'];
    for (const [trained, given] of [
      [composed, decomposed],
      [decomposed, composed],
    ] as const) {
      const train = [sentence(`${trained} saw`)];
      const vectors = { dimension: 1, vectors: new Map([[composed, Float32Array.of(1)]]) };
      const splits = { train, development: [sentence(given)], test: [] };
      const own = Lexicon.ofCorpus(splits, vectors, { zeroDigits: true });
      expect(own.words.entries).not.toContain(given);
      expect(own.encode([given])).toEqual(own.encode([trained]));
      // A word that training does not have, by the characters that it has.
      expect(own.encode([`saw${given}`]).spellings).toEqual(
        own.encode([`saw${trained}`]).spellings,
      );
      expect(vectorKeys(given, { zeroDigits: true })).toContain(composed);
    }
  });

  it('comes back from JSON', () => {
    const again = Lexicon.fromJson(JSON.parse(JSON.stringify(lexicon.toJson())));
    expect(again.encode(['Bob', 'x1'])).toEqual(lexicon.encode(['Bob', 'x1']));
  });
});
