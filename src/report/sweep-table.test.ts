import { describe, expect, it } from 'vitest';
import { cellsTable, seedsTable } from './sweep-table.js';
import { groupings } from './swept-keys.js';

const cell = (name: string, f1?: number) => ({
  name,
  state: f1 === undefined ? 'waiting' : 'done',
  measures: f1 === undefined ? undefined : { F1: f1 },
});
const runs = [
  cell('omega=l2,seed=0', 90),
  cell('omega=l2,seed=1', 92),
  cell('omega=hard,seed=0', 80),
  cell('omega=hard,seed=1'),
];

describe('the tables of a sweep', () => {
  it('have a column for each swept key', () => {
    const { columns, rows } = cellsTable(runs, 'sweep');
    expect(columns.map((column) => (typeof column === 'string' ? column : column.heading))).toEqual(
      [...['omega', 'seed', 'state', 'F1']],
    );
    expect(rows[1]).toEqual(['l2', '1', 'done', '92.00']);
    expect(cellsTable([cell('base', 1)], 'one').rows).toEqual([['base', 'done', '1.000']]);
  });

  it('give mean and sample standard deviation over seeds: of 90 and 92, 91 and √2', () => {
    expect(seedsTable(runs)!.rows).toEqual([
      ['l2', '2', `91.00 ± ${Math.SQRT2.toFixed(2)}`],
      ['hard', '1', '80.00'],
    ]);
    expect(seedsTable([runs[0]!, runs[2]!])).toBeUndefined();
    const small = seedsTable([cell('seed=0', 0.0123), cell('seed=1', 0.0125)]);
    expect(small!.rows[0]!.at(-1)).toBe('0.01240 ± 0.00014');
  });

  it('keep cells on other data apart, and name it', () => {
    const data = ['train (SHA-256 1…)', 'train (SHA-256 2…)', '', ''];
    const mixed = runs.map((run, at) => ({ ...run, data: data[at]! }));
    expect(cellsTable(mixed, 'sweep').rows[0]).toEqual(['l2', '0', data[0], 'done', '90.00']);
    expect(seedsTable(mixed)).toBeUndefined();
    const more = [...mixed, { ...cell('omega=l2,seed=2', 94), data: data[1]! }];
    const { rows, notes } = seedsTable(more)!;
    expect(rows).toEqual([
      ['l2', data[0], '1', '90.00'],
      ['l2', data[1], '2', `93.00 ± ${Math.SQRT2.toFixed(2)}`],
      ['hard', '', '1', '80.00'],
    ]);
    expect(notes!.at(-1)).toContain('did not all read the same data');
  });

  it('take values from the sweep, since a long name does not tell all', () => {
    const long = [0, 1].map((seed) => ({
      ...cell(`data.train=${'x'.repeat(95)}~0123456789${seed}`, 90 + 2 * seed),
      values: { base: '../ner/es.yaml', 'data.train': 'a/b c.conll', 'model.units': 3, seed },
    }));
    expect(cellsTable(long, 'sweep').rows[1]).toEqual([
      ...['es', 'a-b-c.conll', '3', '1', 'done', '92.00'],
    ]);
    expect(seedsTable(long)!.rows).toEqual([
      ['es', 'a-b-c.conll', '3', '2', `91.00 ± ${Math.SQRT2.toFixed(2)}`],
    ]);
    // Without them nothing is pooled by what is left of the names.
    const cut = [90, 92].map((f1, at) => cell(`train=${'x'.repeat(95)},seed~012345678${at}`, f1));
    expect(seedsTable(cut)).toBeUndefined();
    expect(cellsTable(cut, 'sweep').rows[0]![0]).toBe(cut[0]!.name);
  });

  it('cut what is wrong with a cell with a sign that it goes on', () => {
    const failed = { ...cell('seed=0'), state: 'failed', problem: 'x'.repeat(80) };
    expect(cellsTable([failed], 'sweep').rows[0]![1]).toBe(`failed: ${'x'.repeat(60)}…`);
  });

  it('group cells by every key that has few values, for figures', () => {
    const names = Array.from({ length: 40 }, (_, i) => `omega=${i % 4},gamma=${i >> 2}`);
    expect([...groupings(names).keys()]).toEqual(['omega']);
    expect(groupings(names).get('omega')!.slice(0, 5)).toEqual([
      ...['omega=0', 'omega=1', 'omega=2', 'omega=3', 'omega=0'],
    ]);
    expect(groupings(['a', 'b']).size).toBe(0);
  });
});
