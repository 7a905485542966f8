import type { RunCurves } from './source.js';

interface Line {
  label: string;
  run: string;
  points: readonly { step: number; value: number }[];
}

export interface Chart {
  measure: string;
  isLog: boolean;
  /** How many curves there are; no more lines than can be told apart. */
  count: number;
  lines: readonly Line[];
}

/** Measures that count rather than tell how good a run is. */
const counts = /(^|\/)(epoch|step|seconds)$/;
/** A measure that falls by more than this factor is drawn on a log scale. */
const logFrom = 50;
/** More lines than this cannot be told apart. */
const mostLines = 20;

/** The names without the folders and the values that all of them have: what tells them apart. */
export function shortNames(runs: readonly string[]): Map<string, string> {
  const parts = runs.map((run) => run.split(/[/,]/));
  const isCommon = (part: string) => parts.every((own) => own.includes(part));
  return new Map(
    runs.map((run, n) => {
      const own = parts[n]!.filter((part) => runs.length === 1 || !isCommon(part));
      return [run, own.join(', ') || run || 'this run'];
    }),
  );
}

/** A chart for each measure that any of the runs has taken. */
export function chartsOf(runs: ReadonlyMap<string, RunCurves>): Chart[] {
  const measures = new Map<string, Line[]>();
  const names = shortNames([...runs.keys()]);
  for (const [run, { curves }] of runs) {
    for (const { measure, labels, steps, values } of curves.values()) {
      if (counts.test(measure)) continue;
      const label = [...(runs.size > 1 ? [names.get(run)!] : []), ...labels].join(', ') || measure;
      const points = steps.map((step, n) => ({ step, value: values[n]! }));
      const line = { label, run, points };
      measures.set(measure, [...(measures.get(measure) ?? []), line]);
    }
  }
  return [...measures].map(([measure, lines]) => {
    const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
    const [low, high] = values.reduce(
      ([least, most], value) => [Math.min(least!, value), Math.max(most!, value)],
      [Infinity, -Infinity],
    );
    const isLog = low! > 0 && high! / low! > logFrom;
    return { measure, isLog, count: lines.length, lines: lines.slice(0, mostLines) };
  });
}
