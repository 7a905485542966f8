import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapLines } from '../wrap.js';
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

  it('show in Markdown what stands in their cells, whatever it looks like', () => {
    const cell = (text: string) =>
      tableToMarkdown({ columns: ['x'], rows: [[text]] })
        .split('\n')[2]!
        .slice(2, -2);
    expect(cell('<b>x</b>')).toBe('\\<b>x\\</b>');
    expect(cell('a`b` &lt; *c* ~d~')).toBe('a\\`b\\` \\&lt; \\*c\\* \\~d\\~');
    expect(cell('[a](javascript:b) _c_ d\\|e')).toBe('\\[a](javascript:b) \\_c\\_ d\\\\\\|e');
    // What is no mark stays readable.
    const plain = 'test_2016 R&D [1, 2] a < 0.5 & b';
    expect(cell(plain)).toBe(plain);
    const caption = 'a <i>';
    expect(tableToMarkdown({ ...table, caption })).toMatch(/^\*\*a \\<i>\*\*\n/);
    const marked = { columns: ['x'], rows: [['`a` | <b>']], marked: true };
    expect(tableToMarkdown(marked)).toContain('| `a` \\| <b> |');
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

describe('a table on a screen that it is too wide for', () => {
  const wide: Table = {
    columns: [
      'run',
      { heading: 'score', align: 'right' },
      { heading: 'state', rank: 1 },
      { heading: 'what it is', rank: 2 },
    ],
    rows: [
      ['first', '1.5', 'done', 'named entities'],
      ['second', '12.25', 'stopped', 'x'],
    ],
  };
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

  it('leaves out the columns of the highest rank, one by one, and names them', () => {
    expect(tableToText(wide, 80)).toBe(tableToText(wide));
    expect(tableToText(wide, 28)).toBe(
      [
        'run     score  state',
        '──────  ─────  ───────',
        'first     1.5  done',
        'second  12.25  stopped',
        '',
        'Not shown for want of width:',
        'what it is.',
      ].join('\n'),
    );
    expect(tableToText(wide, 18).replace(/\s+/g, ' ')).toContain('state, what it is.');
  });

  it('breaks the lines of words, then has a column for each row', () => {
    const words: Table = {
      columns: ['key', 'what it is'],
      rows: [['gamma', 'strength of the regulariser, a number greater than 0']],
    };
    expect(tableToText(words, 30)).toBe(
      [
        'key    what it is',
        '─────  ───────────────────────',
        'gamma  strength of the',
        '       regulariser, a number',
        '       greater than 0',
      ].join('\n'),
    );
    const right = (heading: string) => ({ heading, align: 'right' as const });
    const numbers: Table = {
      columns: ['model', ...['precision', 'recall', 'F1', 'accuracy'].map(right)],
      rows: [
        ['softmax', '1.25', '2.5', '3', '4'],
        ['sparse', '5', '6', '7', '8.125'],
        ['another', '9', '10', '11', '12'],
      ],
    };
    expect(tableToText(numbers, 28)).toBe(
      [
        'model      softmax  sparse',
        '─────────  ───────  ──────',
        'precision     1.25       5',
        'recall         2.5       6',
        'F1               3       7',
        'accuracy         4   8.125',
        '',
        'model      another',
        '─────────  ───────',
        'precision  9',
        'recall     10',
        'F1         11',
        'accuracy   12',
      ].join('\n'),
    );
  });

  it('is never wider than the screen, whatever is in it', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    const column = fc.record({
      heading: text,
      align: fc.constantFrom('left' as const, 'right' as const),
      rank: fc.nat(2),
    });
    const tables = fc.array(column, { minLength: 1, maxLength: 6 }).chain((columns) =>
      fc.record({
        columns: fc.constant(columns),
        rows: fc.array(fc.array(text, { minLength: columns.length, maxLength: columns.length }), {
          maxLength: 4,
        }),
        notes: fc.array(text, { maxLength: 2 }),
      }),
    );
    fc.assert(
      fc.property(tables, (one) => {
        expect(widest(tableToText(one, 60))).toBeLessThanOrEqual(60);
      }),
    );
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

describe('text on a screen', () => {
  it('is broken at spaces, indented as its line, but for commands', () => {
    const text = '  one two three four five six\n  didyprog train ner --lang en\nshort';
    expect(wrapLines(text, 22)).toBe(
      '  one two three four\n  five six\n  didyprog train ner --lang en\nshort',
    );
    expect(wrapLines(text, Infinity)).toBe(text);
  });
});

it('a table for a screen without width ends', () => {
  for (const width of [0, -1, 1, 9]) {
    const text = tableToText({ columns: ['a word', 'another'], rows: [['x', 'y']] }, width);
    expect(text).toContain('x');
  }
});
