import { isDeepStrictEqual } from 'node:util';
import type { RecordedRun } from './recorded-run.js';
import { secondsOf, type Stretch } from './provenance.js';
import { measuredScalars } from './tensorboard.js';

/** One measure over a run: what TensorBoard would draw as one curve. */
export interface RecordedCurve {
  /** As in the event file: the record's texts and the measure's key, joined by '/'. */
  name: string;
  labels: readonly string[];
  measure: string;
  steps: number[];
  values: number[];
}

/** A value of each of two runs under one name; undefined where a run has none. */
export interface Difference<T> {
  name: string;
  a: T | undefined;
  b: T | undefined;
}

/** A value of each of several runs under one name; undefined where a run has none. */
export interface Row<T> {
  name: string;
  values: (T | undefined)[];
}

/** Several runs side by side, as `Comparison`. */
export type RunsComparison = {
  [Part in keyof Comparison]: Comparison[Part] extends Difference<infer T>[] ? Row<T>[] : never;
};

export interface Comparison {
  /** The keys of the config whose values differ. */
  config: Difference<unknown>[];
  /** Where the runs were made, as far as it differs: commit, engine, cores, time. */
  provenance: Difference<unknown>[];
  /** The data files that differ, by their use: name and SHA-256. */
  data: Difference<string>[];
  /** The last value of every curve of metrics.jsonl. */
  metrics: Difference<number>[];
  /** Every number of result.json outside config and provenance. */
  results: Difference<number>[];
}

/** The curves of a run's metrics, in the order in which they began. */
export function curvesOf(metrics: readonly object[]): RecordedCurve[] {
  const curves = new Map<string, RecordedCurve>();
  metrics.forEach((record, index) => {
    const { step, labels, scalars } = measuredScalars(record, index);
    for (const [measure, value] of scalars) {
      const name = [...labels, measure].join('/');
      const curve = curves.get(name) ?? { name, labels, measure, steps: [], values: [] };
      curve.steps.push(step);
      curve.values.push(value);
      curves.set(name, curve);
    }
  });
  return [...curves.values()];
}

export function compareRuns(a: RecordedRun, b: RecordedRun): Comparison {
  const { config, provenance, data, metrics, results } = compareAll([a, b]);
  return {
    config: config.map(differenceOf),
    provenance: provenance.map(differenceOf),
    data: data.map(differenceOf),
    metrics: metrics.map(differenceOf),
    results: results.map(differenceOf),
  };
}

const differenceOf = <T>({ name, values: [a, b] }: Row<T>): Difference<T> => ({ name, a, b });

export function compareAll(runs: readonly RecordedRun[]): RunsComparison {
  const each = <T>(of: (run: RecordedRun) => Map<string, T>) => sideBySide(runs.map(of));
  const differing = ({ values: [first, ...others] }: Row<unknown>) =>
    others.some((other) => !isDeepStrictEqual(first, other));
  return {
    config: each(({ config }) => leavesOf(config, 'index')).filter(differing),
    provenance: each(provenanceOf).filter(({ name, values }) =>
      differing({ name, values: values.map(inOrder) }),
    ),
    data: each(dataOf).filter(({ name, values }) =>
      differing({ name, values: values.map((file) => sumIn(file)) }),
    ),
    metrics: each(({ metrics }) => lastValues(metrics)),
    results: each(({ result }) => numbersOf(result ?? {})),
  };
}

/** The values of two configs that differ, by their keys with dots. */
export function differingKeys(before: unknown, now: unknown): Difference<unknown>[] {
  const both = sideBySide([before, now].map((config) => leavesOf(config, 'index')));
  return both.map(differenceOf).filter(({ a, b }) => !isDeepStrictEqual(a, b));
}

/**
 * Of a run with one start its values; of one with several, those of all: the time is their sum, where
 * it began and ended is of the first and the last, and all else each different value.
 */
function provenanceOf({ provenance }: RecordedRun): Map<string, unknown> {
  const [first, last] = [provenance.at(0), provenance.at(-1)];
  if (!first || !last) return new Map();
  const { startedAt } = first;
  const { endedAt, reached } = last;
  const starts = provenance.length;
  const wallSeconds = Math.round(secondsOf(provenance) * 10) / 10;
  const keys = new Set(provenance.flatMap((stretch) => Object.keys(stretch) as (keyof Stretch)[]));
  const values = [...keys].map((key): [string, unknown] => {
    const known = provenance.map((stretch) => stretch[key]).filter((one) => one !== undefined);
    const different = [...new Set(known)];
    return [key, different.length === 1 ? different[0] : different];
  });
  const shared = { startedAt, endedAt, reached, ...(keys.has('wallSeconds') && { wallSeconds }) };
  const flat = { ...Object.fromEntries(values), ...shared, starts };
  return new Map(
    Object.entries(flat).flatMap(([key, value]): [string, unknown][] =>
      Array.isArray(value) ? [[key, value]] : [...leavesOf(value, 'index', [key])],
    ),
  );
}

const dataOf = ({ files = [] }: RecordedRun) =>
  new Map(files.map(({ use, name, sha256 }) => [use, `${name} ${sha256}`]));

/** The values of several starts in any order. */
const inOrder = (value: unknown) => (Array.isArray(value) ? value.toSorted() : value);

const sumIn = (file: string | undefined) => file?.slice(-64);

function sideBySide<T>(runs: readonly Map<string, T>[]): Row<T>[] {
  const names = [...new Set(runs.flatMap((run) => [...run.keys()]))];
  return names.map((name) => ({ name, values: runs.map((run) => run.get(name)) }));
}

function lastValues(metrics: readonly object[]): Map<string, number> {
  return new Map(curvesOf(metrics).map(({ name, values }) => [name, values.at(-1)!]));
}

/** The numbers of a result by their path. */
export function numbersOf(result: Record<string, unknown>): Map<string, number> {
  const measured = { ...result, config: undefined, provenance: undefined, files: undefined };
  const numbers = [...leavesOf(measured, 'name')].filter(([, value]) => typeof value === 'number');
  return new Map(numbers as [string, number][]);
}

/**
 * The values of a nested object by their path.
 * @param entries how the entries of a list are called: by the name they have, or by their index
 */
export function leavesOf(
  value: unknown,
  entries: 'name' | 'index' = 'index',
  path: readonly string[] = [],
): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return new Map(value === undefined ? [] : [[path.join('.'), value]]);
  }
  const byName = Array.isArray(value) && entries === 'name';
  return new Map(
    Object.entries(value).flatMap(([key, entry]) => {
      const name = byName ? nameOf(entry) : undefined;
      return [...leavesOf(entry, entries, [...path, name ?? key])];
    }),
  );
}

function nameOf(entry: unknown): string | undefined {
  const { name } = (entry ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : undefined;
}
