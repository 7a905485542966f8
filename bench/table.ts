import { markdownTable } from 'markdown-table';
import type { Measurement } from './harness.js';

/**
 * The rows as a table, each with its ratio to the kernels on one thread at the same work; where versions
 * are compared, to this one's on as many threads.
 */
export function benchTable(rows: readonly Measurement[]): string {
  const base = (row: Measurement) =>
    rows.find(
      ({ work, size, by, threads }) =>
        work === row.work &&
        size === row.size &&
        by.startsWith('kernels') &&
        threads === (by === 'kernels now' ? row.threads : 1),
    )?.bestMilliseconds;
  const digits = (value: number) => value.toPrecision(3).replace(/e\+?(-?\d+)/, '·10^$1');
  const body = rows.map((row) => {
    const reference = base(row);
    return [
      row.work,
      row.size,
      row.by,
      String(row.threads),
      digits(row.bestMilliseconds),
      digits(row.medianMilliseconds),
      row.unit ? `${digits(row.unit.nanoseconds)} ns/${row.unit.name}` : '',
      row.limit ? `${Math.round(100 * row.limit.share)} % of ${row.limit.name}` : '',
      reference === undefined ? '' : `${digits(row.bestMilliseconds / reference)} ×`,
      row.published
        ? `${row.published.name}: ${Number(row.published.milliseconds.toPrecision(4))} ms`
        : '',
    ];
  });
  const head = [
    'work',
    'size',
    'by',
    'threads',
    'best ms',
    'median ms',
    'a unit',
    'limit',
    'ratio',
  ];
  return markdownTable([[...head, 'published'], ...body], {
    align: ['l', 'l', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'],
  });
}
