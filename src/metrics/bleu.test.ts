import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bleuOfCounts,
  bleuCounts,
  bleuSignature,
  corpusBleu,
  type BleuOptions,
  type BleuReference,
} from './bleu.js';

interface GoldenCase {
  hypotheses: string[];
  references: BleuReference[];
  scores: (Required<BleuOptions> & { score: number; precisions: number[]; bp: number })[];
}
const goldenOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/golden/${name}.json`, import.meta.url), 'utf8')) as {
    cases: GoldenCase[];
  };

// bleu-ends: segments that end in hyphens, line breaks and white space of every kind.
const all = ['bleu', 'bleu-ends', 'bleu-references'].flatMap((name) => goldenOf(name).cases);
const cases = all.flatMap(({ hypotheses, references, scores }) =>
  scores.map((expected) => ({ hypotheses, references, ...expected, of: hypotheses.length })),
);

describe('corpusBleu', () => {
  it.each(cases)(
    'equals sacrebleu on $of segments, tokenize $tokenize, lowercase $lowercase',
    ({ hypotheses, references, score, precisions, bp, tokenize, lowercase }) => {
      const bleu = corpusBleu(hypotheses, references, { tokenize, lowercase });
      expect(Math.abs(bleu.score - score)).toBeLessThan(1e-9);
      expect(Math.abs(bleu.brevityPenalty - bp)).toBeLessThan(1e-9);
      bleu.precisions.forEach((precision, n) =>
        expect(Math.abs(precision - precisions[n]!)).toBeLessThan(1e-9),
      );
    },
  );

  it('is 100 for the reference itself', () => {
    const text = ['The cat sat on the mat.', 'It cost 1,000.50 dollars, i.e. "a lot".'];
    expect(corpusBleu(text, text).score).toBeCloseTo(100, 10);
  });

  it('sets punctuation apart, and leaves it inside numbers', () => {
    const apart = 'It cost 1,000.50 dollars , i . e . " a lot " - 5 - 6 .';
    const text = 'It cost 1,000.50 dollars, i.e. &quot;a lot&quot; - 5-6.';
    const tokens = corpusBleu([text], [apart]);
    expect(tokens.precisions).toEqual([100, 100, 100, 100]);
    expect(corpusBleu([text], [apart], { tokenize: 'none' }).score).toBeLessThan(50);
  });

  it('halves a missing match for each length without one', () => {
    // Unigrams 2 of 4; then 1/2 of 3, 1/4 of 2 and 1/8 of 1.
    const { precisions, score } = corpusBleu(['a x b y'], ['a b c d']);
    expect(precisions).toEqual([50, 50 / 3, 12.5, 12.5]);
    expect(score).toBeCloseTo((50 * (50 / 3) * 12.5 * 12.5) ** 0.25, 10);
  });

  it('takes of several references the matches of the best and the length of the nearest', () => {
    // 'a a' is in one reference, 'b c' in the other; 4 words lie as near to 3 as to 5.
    const counts = bleuCounts('a a b c', ['a a d', 'x x x b c'], { tokenize: 'none' });
    expect(counts).toEqual([4, 2, 0, 0, 4, 3, 2, 1, 4, 3]);
    expect(bleuSignature({}, '1', { references: 2 })).toMatch(/^nrefs:2\|case:mixed/);
    expect(bleuSignature({}, '1', { references: 'var' })).toMatch(/^nrefs:var\|/);
  });

  it('is 0 without a match, and for hypotheses too short to have four words', () => {
    expect(corpusBleu(['x'], ['a b'])).toEqual({
      score: 0,
      precisions: [0, 0, 0, 0],
      brevityPenalty: Math.exp(-1),
    });
    expect(corpusBleu([''], ['a b'])).toMatchObject({ score: 0, brevityPenalty: 0 });
    expect(corpusBleu(['a b'], ['a b'])).toMatchObject({ score: 0, precisions: [100, 100, 0, 0] });
  });

  it.each(['toString', 'intl', '', null])('refuses the tokenisation %s', (name) => {
    const tokenize = name as 'none';
    const says = `tokenize is ${JSON.stringify(name)}: it must be '13a' or 'none'`;
    expect(() => corpusBleu(['a'], ['a'], { tokenize })).toThrow(says);
    expect(() => bleuCounts('a', 'a', { tokenize })).toThrow(says);
    expect(() => bleuSignature({ tokenize }, '1')).toThrow(says);
  });

  it('refuses misspelt options, and a switch that is a text', () => {
    const misspelt = { lowerCase: true } as never;
    const text = { lowercase: 'false' as never };
    const calls = [
      (options: BleuOptions) => corpusBleu(['a'], ['a'], options),
      (options: BleuOptions) => bleuCounts('a', 'a', options),
      (options: BleuOptions) => bleuSignature(options, '1'),
    ];
    for (const call of calls) {
      expect(() => call(misspelt)).toThrow("has no option 'lowerCase': did you mean 'lowercase'?");
      expect(() => call(text)).toThrow('lowercase is "false": it must be true or false');
      expect(() => call(null as never)).toThrow('takes an object of options: it got null');
    }
  });

  it('refuses what is no text, with its place', () => {
    expect(() => corpusBleu(['a', 'b'], ['a', { b: 1 }] as never)).toThrow(
      'references[1] is {"b":1}: it must be a text or a list of texts',
    );
    expect(() => corpusBleu(['a'], [['a', 1]] as never)).toThrow('references[0][1] is 1');
    expect(() => corpusBleu(['a', 'b'], [['a'], []])).toThrow('references[1] is an empty list');
    expect(() => corpusBleu(new Array<string>(1), ['a'])).toThrow('hypotheses[0] is nothing');
    expect(() => corpusBleu('a' as never, 'a' as never)).toThrow(
      'hypotheses is "a": it must be a list of texts',
    );
    expect(() => corpusBleu(['a'], null as never)).toThrow('references is null');
    expect(() => bleuCounts('a', 3 as never)).toThrow('reference is 3: it must be a text');
  });

  it('refuses counts that differ and an empty corpus', () => {
    expect(() => corpusBleu(['a', 'b'], ['a'])).toThrow('2 hypotheses and 1 references');
    expect(() => corpusBleu([], [])).toThrow(RangeError);
  });
});

it('sums of counts of another number are refused', () => {
  const counts = bleuCounts('a b c d', 'a b c d', { tokenize: 'none' });
  expect(bleuOfCounts(counts).score).toBeGreaterThan(0);
  expect(() => bleuOfCounts(counts.slice(0, 8))).toThrow('sums has 8 entries: it must have 10');
  expect(() => bleuOfCounts(undefined as never)).toThrow('sums is nothing: it must be a list');
  for (const wrong of [NaN, -1, null]) {
    const sums = counts.map((count, at) => (at === 4 ? (wrong as number) : count));
    expect(() => bleuOfCounts(sums)).toThrow(`sums[4] is ${wrong}: it must be a finite number`);
  }
});
