import { groupBy } from './group-by.js';
import { isSeed } from '../runner/run/run-keys.js';
import { isCutName } from '../runner/sweep/cut-name.js';
import { partsOfCells, type CellValues } from '../runner/sweep/grid.js';
import { shortened } from '../visible.js';
import { partsOfName } from './swept-keys.js';
import { formatSample, type Column, type Table } from './table.js';

/** A cell of a sweep, as its tables show it. */
export interface SweptRun {
  /** Made of its values: 'omega=l2,seed=1'. */
  name: string;
  /** What sweep.json says of it; a long name does not tell all of them. */
  values?: Readonly<Record<string, unknown>> | undefined;
  /** What tells its data from that of other cells, as `dataLabels` gives it. */
  data?: string | undefined;
  state: string;
  epoch?: number | undefined;
  problem?: string | undefined;
  /** Its numbers by heading; none while it is not done. */
  measures?: Readonly<Record<string, number>> | undefined;
}

/** Every cell: a column for each swept key, its state, and what it measured. */
export function cellsTable(runs: readonly SweptRun[], caption: string): Table {
  const { columns, rows } = valueColumns(runs, partsOfRuns(runs));
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
    rows: runs.map((run, at) => [
      ...rows[at]!,
      run.problem === undefined ? run.state : `${run.state}: ${shortened(run.problem, 60)}`,
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
  const parts = partsOfRuns(done).map(withoutSeeds);
  // Cells on other data are no further seeds.
  const groups = [
    ...groupBy(done.keys(), (at) => JSON.stringify([...parts[at]!, done[at]!.data])).values(),
  ];
  if (groups.length === done.length) return undefined;
  const firsts = groups.map(([at]) => at!);
  const { columns, rows } = valueColumns(
    firsts.map((at) => ({ ...done[at]!, name: nameOf(parts[at]!) })),
    firsts.map((at) => parts[at]!),
  );
  const headings = measuresOf(done);
  const digits = new Map(headings.map((heading) => [heading, digitsOf(done, heading)]));
  return {
    caption: 'Mean ± standard deviation over seeds',
    columns: [
      ...columns,
      { heading: 'seeds', align: 'right' },
      ...headings.map((heading, rank): Column => ({ heading, align: 'right', rank })),
    ],
    rows: groups.map((own, at) => [
      ...rows[at]!,
      String(own.length),
      ...headings.map((heading) =>
        formatSample(
          own.flatMap((at) => done[at]!.measures?.[heading] ?? []),
          { digits: digits.get(heading)! },
        ),
      ),
    ]),
    notes: [
      '± is the sample standard deviation (n − 1); a single seed has none.',
      ...(done.some(({ data }) => data)
        ? ['Cells did not all read the same data: a mean is over seeds on the same.']
        : []),
    ],
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

/** The values of cells: as their sweep says, else as far as their names tell. */
function partsOfRuns(
  runs: readonly Pick<SweptRun, 'name' | 'values'>[],
): ReadonlyMap<string, string>[] {
  const values = runs.flatMap((run) => run.values ?? []);
  if (values.length === runs.length) return partsOfCells(values as CellValues[]);
  const parts = runs.map(({ name }) => partsOfName(name));
  // A name that was too long does not tell all of them.
  const isCut = runs.some(({ name }) => isCutName(name));
  return isCut || parts.some(({ size }) => size === 0)
    ? runs.map(({ name }) => new Map([['cell', name]]))
    : parts;
}

const withoutSeeds = (parts: ReadonlyMap<string, string>) =>
  new Map([...parts].filter(([key]) => !isSeed(key)));

/** Each cell by its values but for the seeds: 'omega=l2'. */
export const settingsOfRuns = (runs: readonly Pick<SweptRun, 'name' | 'values'>[]): string[] =>
  partsOfRuns(runs).map((parts) => nameOf(withoutSeeds(parts)));

const nameOf = (parts: ReadonlyMap<string, string>) =>
  Array.from(parts, ([key, value]) => `${key}=${value}`).join(',');

/** A column for each key where all cells have some, else the name; and one for the data where it differs. */
function valueColumns(
  runs: readonly SweptRun[],
  parts: readonly ReadonlyMap<string, string>[],
): { columns: Column[]; rows: string[][] } {
  const keys = parts.every(({ size }) => size > 0)
    ? [...new Set(parts.flatMap((one) => [...one.keys()]))]
    : [];
  const hasData = runs.some(({ data }) => data);
  const headings = [...(keys.length > 0 ? keys : ['cell']), ...(hasData ? ['data'] : [])];
  return {
    columns: headings.map((heading) => ({ heading })),
    rows: runs.map(({ name, data = '' }, at) => [
      ...(keys.length > 0 ? keys.map((key) => parts[at]!.get(key) ?? '') : [name]),
      ...(hasData ? [data] : []),
    ]),
  };
}

/** Four digits, one under the other where the numbers are of one size. */
const shortNumber = (value: number) =>
  value === 0 || Math.abs(value) >= 1e4 ? String(Math.round(value)) : value.toPrecision(4);
