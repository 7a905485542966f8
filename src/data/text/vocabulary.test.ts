import { describe, expect, it } from 'vitest';
import { countEntries, Vocabulary } from './vocabulary.js';

describe('a vocabulary', () => {
  it('is sorted by frequency after the unknown entry, which stands for all others', () => {
    const vocabulary = Vocabulary.ofCounts(countEntries(['b', 'a', 'a', 'c']), '<unk>');
    expect(vocabulary.entries).toEqual(['<unk>', 'a', 'b', 'c']);
    expect(['a', 'c', 'z'].map((entry) => vocabulary.index(entry))).toEqual([1, 3, 0]);
    expect(() => vocabulary.known('z')).toThrow("'z' is not among <unk>, a, b, c");
    expect(() => new Vocabulary(['a', 'a'])).toThrow('"a" twice');
  });

  it('keeps entries that are names of what every object has', () => {
    const words = ['__proto__', 'constructor', 'toString', '__proto__'];
    const vocabulary = Vocabulary.ofCounts(countEntries(words), '<unk>');
    expect(vocabulary.entries).toEqual(['<unk>', '__proto__', 'constructor', 'toString']);
    expect(vocabulary.index('__proto__')).toBe(1);
    expect(vocabulary.index('hasOwnProperty')).toBe(0);
  });
});
