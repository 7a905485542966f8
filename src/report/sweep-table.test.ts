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

  it('group cells by every key that has few values, for figures', () => {
    const names = Array.from({ length: 40 }, (_, i) => `omega=${i % 4},gamma=${i >> 2}`);
    expect([...groupings(names).keys()]).toEqual(['omega']);
    expect(groupings(names).get('omega')!.slice(0, 5)).toEqual([
      ...['omega=0', 'omega=1', 'omega=2', 'omega=3', 'omega=0'],
    ]);
    expect(groupings(['a', 'b']).size).toBe(0);
  });
});
