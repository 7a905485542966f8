import { describe, expect, it } from 'vitest';
import { recorded } from '../../../test/recorded.js';
import { tableToMarkdown, type Table } from '../../report/table.js';
import { combineFolds } from '../align/results/combine.js';
import type { AlignResult } from '../align/results/result.js';
import type { AttentionResult } from '../attention/result.js';
import { attentionTables } from '../attention/tables.js';
import { nerTables } from '../ner/page.js';
import type { NerResult } from '../ner/result.js';

/** A run on files of one's own: `sum` is what the training file holds. */
const onFile = <R extends { config: { seed: number } }>(result: R, seed: number, sum: string) => ({
  ...result,
  config: { ...result.config, seed },
  files: [
    { use: 'train', name: 'mine/train', bytes: 1, sha256: sum.repeat(64) },
    { use: 'test', name: 'mine/test', bytes: 1, sha256: 'f'.repeat(64) },
  ],
});
const textOf = (tables: readonly Table[]) => tables.map(tableToMarkdown).join('\n\n');
const [a, b] = ['a', 'b'].map((sum) => `mine/train (SHA-256 ${sum.repeat(12)}…)`);

describe('runs that read a file before and after it changed', () => {
  it('are different rows of taggers, each with the sum of the file', () => {
    const [first] = recorded<NerResult>('ner');
    const data = { ...first!.config.data, source: 'files', train: 'mine/train' } as const;
    const own = { ...first!, config: { ...first!.config, data } } as NerResult;
    const runs = [onFile(own, 0, 'a'), onFile(own, 1, 'a'), onFile(own, 2, 'b')];
    const text = textOf(nerTables(runs));
    expect(text).toMatch(new RegExp(`${escaped(a!)} +\\| .* 2 \\| .* ± `));
    expect(text).toMatch(new RegExp(`${escaped(b!)} +\\| .* 1 \\| (?!.*±)`));
    expect(text).toContain(`seed 2, ${b!}`);
    const same = runs.slice(0, 2);
    expect(textOf(nerTables(same))).not.toContain('SHA-256 a');
  });

  it('are different tables of translators', () => {
    const [first] = recorded<AttentionResult>('attention');
    const runs = [onFile(first!, 0, 'a'), onFile(first!, 1, 'b')];
    const tables = attentionTables(runs);
    const scores = tables.filter(({ caption }) => caption?.endsWith(': BLEU'));
    expect(scores.map(({ caption }) => caption!.match(/mine.*…\)/)?.[0])).toEqual([a, b]);
    expect(textOf(scores)).not.toContain('±');
  });

  it('are no folds of one alignment', () => {
    const [first] = recorded<AlignResult>('align');
    const folds = [1, 2, 3, 4].map((fold) => {
      const result = onFile(first!, 0, fold > 2 ? 'b' : 'a');
      const own = [first!.folds[fold - 1]!];
      return { ...result, config: { ...result.config, fold }, folds: own };
    });
    expect(combineFolds(folds).map(({ folds }) => folds.length)).toEqual([2, 2]);
  });
});

const escaped = (text: string) => text.replace(/[()]/g, '\\$&');
