import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tableToText } from '../../report/table.js';
import { differencesOf, differencesTable } from './differences.js';
import { sentenceScoresText, testScoresFile, type SentenceScores } from './sentence-scores.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('differences');

const f1 = ([gold, found, correct]: readonly number[]) => (200 * correct!) / (gold! + found!);

/** Gold, found and correct chunks of five sentences: two systems, from two seeds each. */
const counts = {
  'a-0': ['2 2 1', '1 2 1', '3 3 2', '1 0 0', '2 2 2'],
  'a-1': ['2 3 1', '1 1 1', '3 3 1', '1 1 0', '2 2 2'],
  'b-0': ['2 2 2', '1 1 1', '3 3 3', '1 1 1', '2 1 1'],
  'b-1': ['2 2 1', '1 1 1', '3 3 2', '1 1 1', '2 2 1'],
};
type Name = keyof typeof counts;
const rowsOf = (name: Name) => counts[name].map((row) => row.split(' ').map(Number));

function runOf(name: Name, change: Partial<SentenceScores> = {}) {
  const path = join(folder, `${name}${Object.values(change).join('')}`);
  mkdirSync(path, { recursive: true });
  const scores = { name: 'test F1', kind: 'F1' as const, sentences: 'same', counts: rowsOf(name) };
  writeFileSync(join(path, testScoresFile), sentenceScoresText([{ ...scores, ...change }]));
  return { path, seed: Number(name.at(-1)), table: 'en', row: name[0]! };
}

/** Mean F1 over seeds where the systems have changed places in the sentences of a mask. */
function meanF1(systems: readonly (readonly [Name, Name])[], side: 0 | 1, mask: number) {
  const scores = systems.map((pair) => {
    const sums = [0, 0, 0];
    for (let sentence = 0; sentence < 5; sentence++) {
      const from = ((mask >> sentence) & 1) === 1 ? 1 - side : side;
      rowsOf(pair[from]!)[sentence]!.forEach((count, k) => (sums[k]! += count));
    }
    return f1(sums);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

describe('the difference between two rows', () => {
  it('has the p of all exchanges of sentences, in the runs of all seeds at once', async () => {
    const pairs = [
      ['a-0', 'b-0'],
      ['a-1', 'b-1'],
    ] as const;
    const observed = meanF1(pairs, 1, 0) - meanF1(pairs, 0, 0);
    let asLarge = 0;
    for (let mask = 0; mask < 32; mask++) {
      const difference = meanF1(pairs, 1, mask) - meanF1(pairs, 0, mask);
      if (Math.abs(difference) >= observed - 1e-9) asLarge++;
    }
    const runs = (['a-0', 'a-1', 'b-1', 'b-0'] as const).map((name) => runOf(name));
    const { tested, notes } = await differencesOf(runs);
    expect(notes).toEqual([]);
    expect(tested).toHaveLength(1);
    expect(tested[0]).toMatchObject({ row: 'b', against: 'a', score: 'test F1', pairs: 2 });
    expect(tested[0]!.difference).toBeCloseTo(observed, 12);
    expect(tested[0]!.p).toBeCloseTo(asLarge / 32, 12);
    const text = tableToText(differencesTable({ tested, notes })!);
    expect(text).toContain(`+${observed.toFixed(2)}`);
    expect(text).toContain((asLarge / 32).toFixed(4));
    expect(text).toContain('± about the choice of seeds');
    expect(text).toContain('all exchanges of the sentences that differ are counted');
    const random = differencesTable({ tested: [{ ...tested[0]!, exact: false }], notes })!;
    expect(tableToText(random)).toContain('in 10000 trials both systems change places');
    expect(tableToText(random)).not.toContain('all exchanges');
  });

  it('is against the reference of its table where there is one, and between runs in their order where no seed is in both', async () => {
    const [first, second] = [runOf('a-0'), runOf('b-1')];
    const { tested } = await differencesOf([first, { ...second, isReference: true }]);
    // A row of two seeds against one of one: that only one counts is in the table.
    const table = differencesTable(await differencesOf([first, runOf('a-1'), second]))!;
    expect(table.columns).toContainEqual({ heading: 'seeds', align: 'right' });
    expect(table.rows[0]!.slice(0, 2)).toEqual(['b', '1']);
    expect(table.notes?.join()).toContain('the seeds that both rows have');
    expect(tested[0]).toMatchObject({ row: 'a', against: 'b', pairs: 1 });
    expect(tested[0]!.difference).toBeCloseTo(
      meanF1([['a-0', 'b-1']], 0, 0) - meanF1([['a-0', 'b-1']], 1, 0),
      12,
    );
  });

  it('has none where a run kept no counts or was scored on other sentences, with the reason', async () => {
    const old = join(folder, 'old');
    mkdirSync(old);
    const [a, b] = [runOf('a-0'), runOf('b-0', { sentences: 'other' })];
    const { tested, notes } = await differencesOf([a, { ...a, path: old, row: 'old' }, b]);
    expect(tested).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(/^No test for .*old: no counts of each sentence are there/),
      'No test of b against a: they were not scored on the same sentences.',
    ]);
    expect(differencesTable({ tested, notes })).toBeUndefined();
  });

  it('refuses counts that are not those of its score, with the file', async () => {
    const broken = runOf('a-1', { counts: [[1, 2]] });
    await expect(differencesOf([broken, runOf('b-1')])).rejects.toThrow(
      /test-scores\.json: 0: each sentence must have 3 counts for F1/,
    );
  });
});
