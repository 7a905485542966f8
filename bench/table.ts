import { markdownTable } from 'markdown-table';
import type { Measurement } from './harness.js';

/**
 * The time of a row over that of the kernels on one thread at the same work; where versions are compared, of
 * this one's on as many threads. Undefined where these were not measured.
 */
export function ratioOf(row: Measurement, rows: readonly Measurement[]): number | undefined {
  const reference = rows.find(
    ({ work, size, by, threads }) =>
      work === row.work &&
      size === row.size &&
      by.startsWith('kernels') &&
      threads === (by === 'kernels now' ? row.threads : 1),
  );
  return reference && row.bestMilliseconds / reference.bestMilliseconds;
}

const digits = (value: number) => value.toPrecision(3).replace(/e\+?(-?\d+)/, '·10^$1');

/** The columns: their heads, how they are aligned, and what a row has in them. */
const columns: readonly [
  head: string,
  align: 'l' | 'r',
  cell: (row: Measurement, rows: readonly Measurement[]) => string,
][] = [
  ['work', 'l', ({ work }) => work],
  ['size', 'l', ({ size }) => size],
  ['by', 'l', ({ by }) => by],
  ['threads', 'r', ({ threads }) => String(threads)],
  ['best ms', 'r', ({ bestMilliseconds }) => digits(bestMilliseconds)],
  ['median ms', 'r', ({ medianMilliseconds }) => digits(medianMilliseconds)],
  ['a unit', 'r', ({ unit }) => (unit ? `${digits(unit.nanoseconds)} ns/${unit.name}` : '')],
  [
    'limit',
    'r',
    ({ limit }) => (limit ? `${Math.round(100 * limit.share)} % of ${limit.name}` : ''),
  ],
  [
    'ratio',
    'r',
    (row, rows) => {
      const ratio = ratioOf(row, rows);
      return ratio === undefined ? '' : `${digits(ratio)} ×`;
    },
  ],
  [
    'published',
    'l',
    ({ published }) =>
      published ? `${published.name}: ${Number(published.milliseconds.toPrecision(4))} ms` : '',
  ],
];

/** The rows as a table, without the columns in which no row has anything. */
export function benchTable(rows: readonly Measurement[]): string {
  const filled = columns
    .map(([head, align, cell]) => ({ head, align, cells: rows.map((row) => cell(row, rows)) }))
    .filter(({ cells }) => cells.some((text) => text !== ''));
  const body = rows.map((_, at) => filled.map(({ cells }) => cells[at]!));
  return markdownTable([filled.map(({ head }) => head), ...body], {
    align: filled.map(({ align }) => align),
  });
}
