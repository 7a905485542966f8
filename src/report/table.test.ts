import { describe, expect, it } from 'vitest';
import { paperAlign } from './paper.js';
import { formatSpread, tableToMarkdown, tableToText, type Table } from './table.js';

const table: Table = {
  caption: 'Onset errors',
  columns: ['model', { heading: 'test RMSE (s)', align: 'right' }],
  rows: [
    ['random', '14.64'],
    ['end-to-end | area', '1.26 ± 0.64'],
  ],
  notes: ['± is the population standard deviation.'],
};

describe('tables', () => {
  it('are Markdown with numbers to the right and bars escaped', () => {
    expect(tableToMarkdown(table)).toBe(
      [
        '**Onset errors**',
        '',
        '| model              | test RMSE (s) |',
        '| :----------------- | ------------: |',
        '| random             |         14.64 |',
        '| end-to-end \\| area |   1.26 ± 0.64 |',
        '',
        '± is the population standard deviation.',
      ].join('\n'),
    );
  });

  it('are aligned text on a terminal', () => {
    expect(tableToText(table)).toBe(
      [
        'Onset errors',
        '',
        'model              test RMSE (s)',
        '─────────────────  ─────────────',
        'random                     14.64',
        'end-to-end | area    1.26 ± 0.64',
        '',
        '± is the population standard deviation.',
      ].join('\n'),
    );
  });

  it('refuse a row that does not fill the columns', () => {
    const ragged: Table = { columns: ['a', 'b'], rows: [['1', '2'], ['3']] };
    expect(() => tableToMarkdown(ragged)).toThrow('row 1 has 1 cells: the table has 2 columns');
    expect(() => tableToText(ragged)).toThrow(RangeError);
  });
});

describe('formatSpread', () => {
  it('writes mean ± deviation, the mean alone where there is no deviation', () => {
    expect(formatSpread({ mean: 1.264, deviation: 0.638 })).toBe('1.26 ± 0.64');
    expect(formatSpread({ mean: 0.934, deviation: 0.02 }, { digits: 1, scale: 100 })).toBe(
      '93.4 ± 2.0',
    );
    expect(formatSpread({ mean: NaN, deviation: NaN })).toBe('–');
    expect(formatSpread(paperAlign.rows.random.test)).toBe('14.64');
    expect(formatSpread(paperAlign.rows.nonStructured.test)).toBe('3.70 ± 2.85');
    expect(formatSpread(paperAlign.rows.endToEnd.training)).toBe('0.17 ± 0.01');
  });
});
