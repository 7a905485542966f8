import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../random.js';
import { epochBatches, makeBatch } from './batches.js';
import { Lexicon } from './lexicon.js';

const tagged = (words: string[]) => ({ words, tags: words.map(() => 'O') });
const train = [tagged(['Rosa', 'met', 'Rosa']), tagged(['in', '1997'])];
const lexicon = Lexicon.ofCorpus({ train, development: [], test: [] }, undefined, {
  zeroDigits: true,
});

describe('a batch', () => {
  it('pads to the longest sentence and spells each distinct word once', () => {
    const batch = makeBatch(train.map(({ words, tags }) => lexicon.encode(words, tags)));
    expect(batch).toMatchObject({ batch: 2, positions: 3, tokens: 5, spellings: 4, longest: 4 });
    expect([...batch.lengths]).toEqual([3, 2]);
    expect([...batch.spellingOf]).toEqual([0, 1, 0, 2, 3, -1]);
    expect([...batch.spellingLengths]).toEqual([4, 3, 2, 4]);
    const spelled = (row: number) =>
      [...batch.characters.slice(row * 4, row * 4 + batch.spellingLengths[row]!)]
        .map((character) => lexicon.characters.entries[character])
        .join('');
    expect([0, 1, 2, 3].map(spelled)).toEqual(['Rosa', 'met', 'in', '0000']);
    expect(batch.words[5]).toBe(-1);
    expect(batch.tags[5]).toBe(-1);
  });
});

describe('the batches of an epoch', () => {
  it('hold every sentence with a word exactly once, in batches of at most the size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        (lengths, size, seed) => {
          const sentences = lengths.map((length, at) => ({ words: new Array(length).fill(at) }));
          const batches = epochBatches(sentences, size, new SeededRandom(seed));
          expect(batches.every((batch) => batch.length >= 1 && batch.length <= size)).toBe(true);
          const seen = new Set(batches.flat());
          const full = sentences.filter(({ words }) => words.length > 0);
          expect(batches.flat().length).toBe(full.length);
          expect(seen).toEqual(new Set(full));
        },
      ),
    );
  });

  it('are of like length, and differ from epoch to epoch', () => {
    const sentences = Array.from({ length: 512 }, (_, at) => ({ words: new Array(1 + (at % 50)) }));
    const random = new SeededRandom(1);
    const first = epochBatches(sentences, 8, random);
    const second = epochBatches(sentences, 8, random);
    expect(first).not.toEqual(second);
    const spread = first.map((batch) => {
      const lengths = batch.map(({ words }) => words.length);
      return Math.max(...lengths) - Math.min(...lengths);
    });
    expect(spread.reduce((sum, one) => sum + one, 0) / spread.length).toBeLessThan(2);
  });
});
