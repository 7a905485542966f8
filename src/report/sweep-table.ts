import { groupBy } from './group-by.js';
import { isSeed } from '../runner/run-keys.js';
import { partsOfName } from './swept-keys.js';
import { formatSample, type Column, type Table } from './table.js';

/** A cell of a sweep, as its tables show it. */
export interface SweptRun {
  /** Made of its values: 'omega=l2,seed=1'. */
  name: string;
  state: string;
  epoch?: number | undefined;
  problem?: string | undefined;
  /** Its numbers by heading; none while it is not done. */
  measures?: Readonly<Record<string, number>> | undefined;
}

/** Every cell: a column for each swept key, its state, and what it measured. */
export function cellsTable(runs: readonly SweptRun[], caption: string): Table {
  const { columns, cellsOf } = nameColumns(runs);
  const headings = measuresOf(runs);
  const hasEpochs = runs.some(({ epoch }) => epoch !== undefined);
  return {
    caption,
    columns: [
      ...columns,
      { heading: 'state' },
      ...(hasEpochs
        ? [{ heading: 'epoch', align: 'right', rank: headings.length + 1 } as const]
        : []),
      ...headings.map((heading, rank): Column => ({ heading, align: 'right', rank })),
    ],
    rows: runs.map((run) => [
      ...cellsOf(run.name),
      run.problem === undefined ? run.state : `${run.state}: ${run.problem.slice(0, 60)}`,
      ...(hasEpochs ? [run.epoch === undefined ? '' : String(run.epoch)] : []),
      ...headings.map((heading) => {
        const value = run.measures?.[heading];
        return value === undefined ? '' : shortNumber(value);
      }),
    ]),
  };
}

/** Means and standard deviations over seeds; undefined where no two done cells differ in seed alone. */
export function seedsTable(runs: readonly SweptRun[]): Table | undefined {
  const done = runs.filter(({ measures }) => measures !== undefined);
  const withoutSeed = ({ name }: SweptRun) =>
    [...partsOfName(name)]
      .filter(([key]) => !isSeed(key))
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
  const groups = groupBy(done, withoutSeed);
  if (groups.size === done.length) return undefined;
  const named = [...groups.keys()].map((name) => ({ name, state: '' }));
  const { columns, cellsOf } = nameColumns(named);
  const headings = measuresOf(done);
  const digits = new Map(headings.map((heading) => [heading, digitsOf(done, heading)]));
  return {
    caption: 'Mean ± standard deviation over seeds',
    columns: [
      ...columns,
      { heading: 'seeds', align: 'right' },
      ...headings.map((heading, rank): Column => ({ heading, align: 'right', rank })),
    ],
    rows: [...groups].map(([name, own]) => [
      ...cellsOf(name),
      String(own.length),
      ...headings.map((heading) =>
        formatSample(
          own.flatMap(({ measures }) => measures?.[heading] ?? []),
          { digits: digits.get(heading)! },
        ),
      ),
    ]),
    notes: ['± is the sample standard deviation (n − 1); a single seed has none.'],
  };
}

/** Decimal places by which the largest value of a column has four digits. */
function digitsOf(runs: readonly SweptRun[], heading: string): number {
  const values = runs.flatMap(({ measures }) => Math.abs(measures?.[heading] ?? 0));
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(most)))) : 0;
}

const measuresOf = (runs: readonly SweptRun[]) => [
  ...new Set(runs.flatMap(({ measures }) => Object.keys(measures ?? {}))),
];

/** A column for each key of the names where all are made of the same keys, else the name. */
function nameColumns(runs: readonly SweptRun[]): {
  columns: Column[];
  cellsOf(name: string): string[];
} {
  const keys = [...new Set(runs.flatMap(({ name }) => [...partsOfName(name).keys()]))];
  const whole = runs.some(
    ({ name }) => /~[0-9a-f]{10}$/.test(name) || partsOfName(name).size === 0,
  );
  if (whole || keys.length === 0) {
    return { columns: [{ heading: 'cell' }], cellsOf: (name) => [name] };
  }
  return {
    columns: keys.map((heading) => ({ heading })),
    cellsOf: (name) => keys.map((key) => partsOfName(name).get(key) ?? ''),
  };
}

/** Four digits, one under the other where the numbers are of one size. */
const shortNumber = (value: number) =>
  value === 0 || Math.abs(value) >= 1e4 ? String(Math.round(value)) : value.toPrecision(4);
