import { isCutName } from '../../../runner/sweep/cut-name.js';
import type { ListedRun } from '../../shown.js';

/** A cell of a sweep: the values that its name or its config tells, and its score. */
interface Cell {
  values: ReadonlyMap<string, string>;
  score: { name: string; value: number } | undefined;
}

/** A folder of runs that differ in their keys. */
export interface Sweep {
  name: string;
  keys: readonly string[];
  /** The measure that most cells are judged by; a cell that trains may have another one. */
  measure: string | undefined;
  cells: readonly Cell[];
  /** Cells of which nothing tells the values. */
  untold: number;
}

/** The sweeps among runs: cells are named by their values, 'omega=l2,fold=1'. */
export function sweepsOf(runs: readonly ListedRun[]): Sweep[] {
  const sweeps = new Map<string, Cell[]>();
  for (const run of runs) {
    const [, folder = '', name] = /^(?:(.*)\/)?cells\/([^/]+)$/.exec(run.name) ?? [];
    if (name === undefined || run.state === 'unreadable') continue;
    const values = run.values ? new Map(Object.entries(run.values)) : valuesInName(name);
    sweeps.set(folder, [...(sweeps.get(folder) ?? []), { values, score: run.score }]);
  }
  return [...sweeps].map(([name, all]) => {
    const cells = all.filter(({ values }) => values.size > 0);
    const keys = [...new Set(cells.flatMap(({ values }) => [...values.keys()]))];
    const count = (key: string) => new Set(cells.map(({ values }) => values.get(key))).size;
    return {
      ...{ name: name || '(this folder)', cells, measure: commonMeasure(cells) },
      untold: all.length - cells.length,
      // Those that vary most first.
      keys: keys.sort((a, b) => count(b) - count(a)),
    };
  });
}

/** The values of 'omega=l2,fold=1'; none of a name that is not such, or cut. */
function valuesInName(name: string): Map<string, string> {
  const pairs = name.split(',').map((part) => /^([^=]+)=(.*)$/.exec(part));
  if (isCutName(name) || !pairs.every((pair) => pair !== null)) return new Map();
  return new Map(pairs.map((pair) => [pair[1]!, pair[2]!]));
}

function commonMeasure(cells: readonly Cell[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { score } of cells) {
    if (score) counts.set(score.name, (counts.get(score.name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** The values of a key, numbers by size. */
export const valuesOf = ({ cells }: Sweep, key: string) =>
  [...new Set(cells.map(({ values }) => values.get(key) ?? '–'))].sort(
    (a, b) => Number(a) - Number(b) || (a < b ? -1 : 1),
  );

/** The scores of the cells with these values of two keys. */
export function scoresAt(sweep: Sweep, where: readonly (readonly [key: string, value: string])[]) {
  const cells = sweep.cells.filter(({ values }) =>
    where.every(([key, value]) => (values.get(key) ?? '–') === value),
  );
  const scores = cells.flatMap(({ score }) =>
    score && score.name === sweep.measure ? [score.value] : [],
  );
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { cells: cells.length, scored: scores.length, mean };
}
