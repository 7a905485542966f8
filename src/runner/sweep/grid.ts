import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../../errors.js';
import { quoted, shortened } from '../../visible.js';
import type { ConfigValue } from '../config/config.js';
import { cutName, mostNameLength } from './cut-name.js';

/** What is wrong with a grid, and with which key of its sweep. */
export class GridError extends UsageError {
  override name = 'GridError';
  readonly path: readonly PropertyKey[];
  readonly problem: string;

  constructor(path: readonly PropertyKey[], problem: string) {
    super(`${path.map(String).join('.')}: ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

/** The values of a cell by key, in the grid's order. */
export type CellValues = Record<string, ConfigValue>;

/** Which values the cells have. */
export interface Grid {
  grid: Record<string, readonly ConfigValue[]>;
  exclude: readonly CellValues[];
  include: readonly CellValues[];
}

/** Every combination of the values of a grid, the last key varying fastest. */
export function combinations<Grid extends Record<string, readonly unknown[]>>(
  grid: Grid,
): { [Key in keyof Grid]: Grid[Key][number] }[] {
  let settings: Record<string, unknown>[] = [{}];
  for (const [key, values] of Object.entries(grid)) {
    settings = settings.flatMap((setting) => values.map((value) => ({ ...setting, [key]: value })));
  }
  return settings as { [Key in keyof Grid]: Grid[Key][number] }[];
}

/**
 * The cells of a grid: every combination but the excluded ones, the last key varying fastest, then
 * the included ones. Each has a name made of its values that can be a folder's.
 * @throws GridError for an empty grid, one of more than 10,000 cells, an exclusion that leaves
 *   nothing out, or two cells of one name, whatever the case of its letters
 */
export function expandGrid({
  grid,
  exclude,
  include,
}: Grid): { name: string; values: CellValues }[] {
  const count = Object.values(grid).reduce((product, { length }) => product * length, 1);
  if (count + include.length > mostCells) {
    throw new GridError(
      ['grid'],
      `the sweep has ${count + include.length} cells: at most ${mostCells} can be`,
    );
  }
  const all: CellValues[] = combinations(grid);
  for (const [at, rule] of exclude.entries()) {
    if (!all.some((cell) => matches(cell, rule))) {
      throw new GridError(
        ['exclude', at],
        `no cell has ${quoted(rule)}; the keys are ${shortened(Object.keys(grid).join(', '))}`,
      );
    }
  }
  const kept = all.filter((cell) => !exclude.some((rule) => matches(cell, rule)));
  const cells = Object.keys(grid).length > 0 ? [...kept, ...include] : [...include];
  if (cells.length === 0) {
    const isEmpty = Object.keys(grid).length === 0;
    throw isEmpty
      ? new GridError(['grid'], 'the sweep has no cell: its grid is empty')
      : new GridError(['exclude'], 'the sweep has no cell: all of its grid is excluded');
  }
  const parts = partsOfCells(cells);
  const named = cells.map((values, at) => ({ name: cellName(parts[at]!), values }));
  const known = new Map<string, CellValues>();
  const first = cells.length - include.length;
  for (const [at, { name, values }] of named.entries()) {
    // The same values in another order; and many file systems take A and a for one folder.
    const ordered = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const key of [JSON.stringify(ordered), name.toLowerCase()]) {
      const other = known.get(key);
      if (other) throw twoCells(name, [other, values], grid, at < first ? undefined : at - first);
    }
    known.set(JSON.stringify(ordered), values).set(name.toLowerCase(), values);
  }
  return named;
}

/** @param included the index of the second one, if it is of `include` */
function twoCells(
  name: string,
  [one, other]: readonly [CellValues, CellValues],
  grid: Grid['grid'],
  included: number | undefined,
): GridError {
  const why = isDeepStrictEqual(one, other)
    ? ''
    : `: ${quoted(one)} and ${quoted(other)}; the name of its folder keeps letters, digits and ._+=- alone, and ` +
      'their case does not count';
  if (included !== undefined) {
    return new GridError(['include', included], `the sweep has two cells ${name}${why}`);
  }
  for (const [key, values] of Object.entries(grid)) {
    const at = values.findIndex((one, index) =>
      values.slice(0, index).some((other) => isDeepStrictEqual(one, other)),
    );
    if (at < 0) continue;
    const why = `${quoted(values[at])} is twice in this list`;
    return new GridError(['grid', key], `${why}, so that the sweep has two cells ${name}`);
  }
  return new GridError(['grid'], `the sweep has two cells ${name}${why}`);
}

/** Each has a folder of its own. */
const mostCells = 10_000;

function matches(cell: CellValues, rule: CellValues): boolean {
  return Object.entries(rule).every(
    ([key, value]) => Object.hasOwn(cell, key) && isDeepStrictEqual(cell[key], value),
  );
}

/** The last part of each dotted key where that tells it from the others, else the whole. */
function shortKeys(keys: readonly string[]): Map<string, string> {
  const last = (key: string) => key.split('.').at(-1)!;
  const count = (name: string) => keys.filter((key) => last(key) === name).length;
  return new Map(keys.map((key) => [key, count(last(key)) === 1 ? last(key) : key]));
}

/**
 * The values of cells as their names and tables show them: short keys, and letters that no file system or
 * shell minds.
 */
export function partsOfCells(cells: readonly CellValues[]): Map<string, string>[] {
  const short = shortKeys([...new Set(cells.flatMap((cell) => Object.keys(cell)))]);
  const plain = (text: string) => text.replaceAll(/[^\w.+=-]+/g, '-');
  const textOf = (key: string, value: ConfigValue) =>
    key === 'base' ? basename(String(value), extname(String(value))) : nameOf(value);
  return cells.map(
    (cell) =>
      new Map(
        Object.entries(cell).map(([key, value]) => [
          plain(short.get(key)!),
          plain(textOf(key, value)),
        ]),
      ),
  );
}

/** 'omega=l2,epochs=3', cut where it would be too long. */
function cellName(parts: ReadonlyMap<string, string>): string {
  const name = Array.from(parts, ([key, text]) => `${key}=${text}`).join(',') || 'base';
  if (name.length <= mostNameLength) return name;
  return cutName(name, createHash('sha256').update(name).digest('hex'));
}

function nameOf(value: ConfigValue): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value !== 'object') return String(value);
  const text = JSON.stringify(value);
  if (text.length <= 40) return text.replaceAll(/[[\]{}"]/g, '');
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
