import { UsageError } from '../../errors.js';
import type { RecordedRun, RunSummary } from './recorded-run.js';
import { nearest } from '../../nearest.js';
import { entryOf } from '../config/schema-keys.js';

/** A run of a list, or why it cannot be read: one damaged directory does not hide the others. */
export type ListedRun =
  | { path: string; name: string; run: RecordedRun; summary: RunSummary }
  | { path: string; name: string; problem: string };

/** What every run has beside the keys of its config and its result. */
const ownValues: Record<string, (listed: ListedRun) => unknown> = {
  run: ({ name }) => name,
  what: (listed) => ('summary' in listed ? listed.summary.kind : ''),
  state: (listed) => ('summary' in listed ? listed.summary.state : 'unreadable'),
  score: (listed) => ('summary' in listed ? listed.summary.score?.value : undefined),
  measure: (listed) => ('summary' in listed ? listed.summary.score?.name : listed.problem),
  epoch: (listed) =>
    'run' in listed
      ? listed.run.metrics.findLast((record) => 'epoch' in record)?.['epoch']
      : undefined,
  started: (listed) =>
    'summary' in listed ? listed.summary.started?.slice(0, 16).replace('T', ' ') : undefined,
};

/** The columns that a list of runs has unless others are asked for. */
export const standardColumns = ['run', 'what', 'state', 'score', 'measure', 'started'];

/**
 * The value of a run under a name: state, score and the like, a key of its config (model.dropout), or
 * one of its result (test.f1).
 */
export function valueOf(listed: ListedRun, column: string): unknown {
  const own = Object.hasOwn(ownValues, column) ? ownValues[column] : undefined;
  if (own) return own(listed);
  if (!('run' in listed)) return undefined;
  const path = column.split('.');
  const { config, result } = listed.run;
  return path.reduce<unknown>(entryOf, config) ?? path.reduce<unknown>(entryOf, result);
}

/**
 * @throws UsageError for a column that no run has a value of, with the one that was probably meant
 */
export function checkColumns(runs: readonly ListedRun[], columns: readonly string[]): void {
  for (const column of columns) {
    const known = Object.hasOwn(ownValues, column);
    if (known || runs.length === 0 || runs.some((run) => valueOf(run, column) !== undefined))
      continue;
    const keys = new Set(Object.keys(ownValues));
    for (const listed of runs) {
      if ('run' in listed) {
        keysWithin(listed.run.config, '', keys);
        keysWithin({ ...listed.run.result, config: undefined }, '', keys);
      }
    }
    const near = [...keys].find((key) => key.endsWith(`.${column}`)) ?? nearest(column, keys);
    throw new UsageError(
      `${column}: no run here has such a key${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
}

function keysWithin(value: unknown, path: string, keys: Set<string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (path !== '' && value !== undefined) keys.add(path);
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    keysWithin(entry, path === '' ? key : `${path}.${key}`, keys);
  }
}

/** A value as a table or a CSV file shows it. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object'
    ? JSON.stringify(value)
    : String(value as string | number | boolean);
}

/** Numbers by size, words by the alphabet, what is missing at the end. */
export function compareValues(a: unknown, b: unknown): number {
  const missing = (value: unknown) => value === undefined || value === null;
  if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return valueText(a).localeCompare(valueText(b), 'en', { numeric: true });
}

/** Whether a run has a value that was written as text: 3 is 3.0, true is true. */
export function hasValue(
  listed: ListedRun,
  { key, value }: { key: string; value: string },
): boolean {
  const own = valueOf(listed, key);
  if (typeof own === 'number') return own === Number(value);
  return valueText(own) === value;
}

/** Rows as CSV (RFC 4180, but for line feeds as line ends). */
export function csvText(rows: readonly (readonly string[])[]): string {
  const field = (text: string) =>
    /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('');
}
