import { describe, expect, it } from 'vitest';
import { englishNumber, englishOrdinal, englishYear, frenchNumber } from './number-names.js';
import { syntheticTranslation } from './translation.js';

describe('number names', () => {
  it.each([
    [0, 'zéro', 'zero'],
    [16, 'seize', 'sixteen'],
    [21, 'vingt et un', 'twenty-one'],
    [60, 'soixante', 'sixty'],
    [61, 'soixante et un', 'sixty-one'],
    [70, 'soixante-dix', 'seventy'],
    [71, 'soixante et onze', 'seventy-one'],
    [77, 'soixante-dix-sept', 'seventy-seven'],
    [80, 'quatre-vingts', 'eighty'],
    [81, 'quatre-vingt-un', 'eighty-one'],
    [91, 'quatre-vingt-onze', 'ninety-one'],
    [97, 'quatre-vingt-dix-sept', 'ninety-seven'],
    [100, 'cent', 'one hundred'],
    [105, 'cent cinq', 'one hundred and five'],
    [200, 'deux cents', 'two hundred'],
    [201, 'deux cent un', 'two hundred and one'],
    [1000, 'mille', 'one thousand'],
    [1980, 'mille neuf cent quatre-vingts', 'one thousand nine hundred and eighty'],
    [2005, 'deux mille cinq', 'two thousand and five'],
    [80_000, 'quatre-vingt mille', 'eighty thousand'],
    [200_000, 'deux cent mille', 'two hundred thousand'],
    [
      999_999,
      'neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf',
      'nine hundred and ninety-nine thousand nine hundred and ninety-nine',
    ],
  ])('of %i', (value, french, english) => {
    expect(frenchNumber(value)).toBe(french);
    expect(englishNumber(value)).toBe(english);
  });

  it('are all different', () => {
    const values = Array.from({ length: 30_000 }, (_, at) => (at < 10_000 ? at : at * 33));
    expect(new Set(values.map(frenchNumber)).size).toBe(new Set(values).size);
    expect(new Set(values.map(englishNumber)).size).toBe(new Set(values).size);
  });

  it('of ordinals and years', () => {
    const days = [1, 2, 3, 5, 8, 9, 12, 20, 21, 30, 31].map(englishOrdinal);
    expect(days.join(' ')).toBe(
      'first second third fifth eighth ninth twelfth twentieth twenty-first thirtieth thirty-first',
    );
    expect([1905, 1900, 1066 + 100, 2000, 2009, 2014].map(englishYear)).toEqual([
      'nineteen oh five',
      'nineteen hundred',
      'eleven sixty-six',
      'two thousand',
      'two thousand and nine',
      'twenty fourteen',
    ]);
  });

  it('refuse what has none', () => {
    expect(() => frenchNumber(1_000_000)).toThrow('from 0 to 999,999');
    expect(() => englishNumber(-1)).toThrow(RangeError);
  });
});

describe('the synthetic pair', () => {
  const options = { training: 3000, development: 200, test: 200, seed: 4 };
  const data = syntheticTranslation(options);

  it('has as many pairs as asked for, the same from the same seed', () => {
    expect(data.training.length).toBe(3000);
    expect(data.test.length).toBe(200);
    expect(syntheticTranslation(options)).toEqual(data);
    expect(syntheticTranslation({ ...options, seed: 5 })).not.toEqual(data);
  });

  it('never repeats a source, within a part or between parts', () => {
    const sources = [...data.training, ...data.development, ...data.test].map((p) => p.source);
    expect(new Set(sources).size).toBe(sources.length);
  });

  it('sets the parts of a date in the order of each language', () => {
    const dated = syntheticTranslation({ training: 20_000, development: 0, test: 0, seed: 1 });
    const bastille = dated.training.filter(({ source }) => source.includes('juillet deux mille'));
    expect(bastille.length).toBeGreaterThan(5);
    for (const { target } of bastille)
      expect(target).toMatch(/^(\w+day, )?july the \w+(-\w+)?, tw/);
  });
});
