import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chunkCounts, chunkScores, f1OfCounts } from './chunk-scores.js';

interface GoldenCase {
  sentences: { gold: string[]; predicted: string[] }[];
  accuracy: number;
  precision: number;
  recall: number;
  f1: number;
  perType: Record<string, [precision: number, recall: number, f1: number]>;
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/conlleval.json', import.meta.url), 'utf8'),
) as { cases: GoldenCase[] };

it('sums of counts that are missing, or of another number, are named', () => {
  expect(() => f1OfCounts(undefined as never)).toThrow(
    'counts is nothing: it must be a list of gold',
  );
  expect(() => f1OfCounts([1])).toThrow(
    'counts has 1 entries: it must have 3, gold, found and correct chunks',
  );
  expect(() => f1OfCounts([3, NaN, 1])).toThrow('counts[1] is NaN: it must be a finite number');
});

describe('chunkScores', () => {
  it.each(golden.cases.map((golden, index) => [index, golden] as const))(
    'equals the scorer of the CoNLL shared task in case %i',
    (_, { sentences, perType, ...golden }) => {
      const scores = chunkScores(
        sentences.map(({ gold }) => gold),
        sentences.map(({ predicted }) => predicted),
      );
      const printed = ({ precision, recall, f1 }: typeof scores) =>
        [precision, recall, f1].map((score) => score.toFixed(2));
      expect(scores.accuracy.toFixed(2)).toBe(golden.accuracy.toFixed(2));
      expect(printed(scores)).toEqual(
        [golden.precision, golden.recall, golden.f1].map((score) => score.toFixed(2)),
      );
      expect(Object.keys(scores.perType)).toEqual(Object.keys(perType).sort());
      for (const [type, expected] of Object.entries(perType)) {
        expect(printed({ ...scores, ...scores.perType[type]! })).toEqual(
          expected.map((score) => score.toFixed(2)),
        );
      }
    },
  );

  it('finds the same chunks in every scheme', () => {
    // PER over tokens 0 and 1, PER on 2, LOC on 3, none on 4, ORG over 5 to 7.
    const schemes = {
      IOB1: ['I-PER', 'I-PER', 'B-PER', 'I-LOC', 'O', 'I-ORG', 'I-ORG', 'I-ORG'],
      IOB2: ['B-PER', 'I-PER', 'B-PER', 'B-LOC', 'O', 'B-ORG', 'I-ORG', 'I-ORG'],
      IOBES: ['B-PER', 'E-PER', 'S-PER', 'S-LOC', 'O', 'B-ORG', 'I-ORG', 'E-ORG'],
      BILOU: ['B-PER', 'L-PER', 'U-PER', 'U-LOC', 'O', 'B-ORG', 'I-ORG', 'L-ORG'],
      BMES: ['B-PER', 'E-PER', 'S-PER', 'S-LOC', 'O', 'B-ORG', 'M-ORG', 'E-ORG'],
      BMEWO: ['B-PER', 'E-PER', 'W-PER', 'W-LOC', 'O', 'B-ORG', 'M-ORG', 'E-ORG'],
    };
    for (const gold of Object.values(schemes)) {
      for (const predicted of Object.values(schemes)) {
        expect(chunkScores([gold], [predicted])).toMatchObject({ precision: 100, recall: 100 });
      }
    }
  });

  it('scores sequences that are not well-formed alike in IOBES, BILOU, BMES and BMEWO', () => {
    const gold = ['B-A', 'I-A', 'E-A', 'S-A', 'S-B', 'O', 'B-A', 'E-A'];
    const predicted = ['I-A', 'I-A', 'E-A', 'I-A', 'E-B', 'E-A', 'E-A', 'I-A'];
    const other = (letters: string) => (tags: string[]) =>
      tags.map((tag) => tag.replace(/^[BIES]/, (letter) => letters['BIES'.indexOf(letter)]!));
    const scores = chunkScores([gold], [predicted]);
    // Right are A 0–2, A 3 and B 4. The scorer of the shared task finds A 0–2, A 3, B 4, A 5, A 6, A 7.
    expect(scores).toMatchObject({ precision: 50, recall: 75 });
    for (const letters of ['BILU', 'BMES', 'BMEW']) {
      expect(chunkScores([gold].map(other(letters)), [predicted].map(other(letters)))).toEqual(
        scores,
      );
    }
  });

  it('keeps types that are names of what every object has', () => {
    const gold = [['B-__proto__', 'I-__proto__', 'O', 'S-constructor']];
    const { perType } = chunkScores(gold, gold);
    expect(Object.entries(perType).map(([type, { f1 }]) => [type, f1])).toEqual([
      ['__proto__', 100],
      ['constructor', 100],
    ]);
  });

  it('ends chunks at the end of a sentence', () => {
    const apart = [['B-PER'], ['I-PER']];
    const scores = chunkScores(apart, apart);
    expect(scores.perType.PER).toEqual({ precision: 100, recall: 100, f1: 100 });
    expect(chunkScores([['B-PER', 'I-PER']], [['B-PER', 'O']]).f1).toBe(0);
  });

  it('scores 0 where there is nothing to divide by', () => {
    expect(chunkScores([], [])).toEqual({
      accuracy: 0,
      precision: 0,
      recall: 0,
      f1: 0,
      perType: {},
    });
    expect(chunkScores([['O', 'B-LOC']], [['O', 'O']])).toEqual({
      accuracy: 50,
      precision: 0,
      recall: 0,
      f1: 0,
      perType: { LOC: { precision: 0, recall: 0, f1: 0 } },
    });
  });

  it('refuses counts that differ and tags of another scheme, with their place', () => {
    expect(() => chunkScores([['O']], [])).toThrow('1 gold and 0 predicted sentences');
    expect(() => chunkScores([['O'], ['O', 'O']], [['O'], ['O']])).toThrow(
      'sentence 1 has 2 gold and 1 predicted tags',
    );
    for (const tag of ['X-PER', 'b-PER', 'B-', 'PER', '', 'O-PER', '__proto__']) {
      expect(() => chunkScores([['O']], [[tag]])).toThrow(`predicted[0][0] is "${tag}"`);
    }
    expect(() => chunkScores([['O', 'B']], [['O', 'O']])).toThrow('gold[0][1] is "B"');
    for (const tag of [null, undefined, 3, ['O']]) {
      expect(() => chunkScores([['O']], [[tag as never]])).toThrow('predicted[0][0] is ');
    }
    expect(() => chunkCounts(['O'], new Array<string>(1))).toThrow('predicted[0] is nothing');
    expect(() => chunkCounts(['B-PER'], ['B-PER', 'O'])).toThrow(
      'the sentence has 1 gold and 2 predicted tags',
    );
  });

  it('refuses what is no list of lists', () => {
    const flat = ['B-PER', 'O'] as never;
    expect(() => chunkScores(flat, flat)).toThrow('gold[0] is "B-PER": it must be a list of tags');
    expect(() => chunkScores([['O']], new Array<string[]>(1))).toThrow('predicted[0] is nothing');
    expect(() => chunkScores([['O']], null as never)).toThrow('predicted is null: it must be a');
    expect(() => chunkScores('O' as never, 'O' as never)).toThrow('gold is "O"');
    expect(() => chunkCounts('O' as never, ['O'])).toThrow(
      'gold is "O": it must be a list of tags',
    );
  });
});
