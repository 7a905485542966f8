import { join, resolve } from 'node:path';
import { loadCatalogue, stateOf } from '../data/acquire/catalogue.js';
import { DataError, UsageError } from '../errors.js';
import { projectFile } from '../project-file.js';
import { configYaml, readYaml, type ConfigValue } from '../runner/config/config.js';
import type { Sweep } from '../runner/sweep/definition.js';
import type { CellValues } from '../runner/sweep/grid.js';
import { makeOutputFolder, writeAside } from '../runner/write-aside.js';
import { shellCommand } from '../shell-words.js';

/** The tables of the paper, each by the sweeps that have its cells: on the paper's data, and quickly. */
const reproducible = {
  align: { whole: ['align-bach10'], quick: ['quick-align'] },
  ner: { whole: ['ner-losses', 'ner-en-table'], quick: ['quick-ner'] },
  attention: { whole: ['attention-multi30k'], quick: ['quick-attention'] },
} as const satisfies Record<string, Record<'whole' | 'quick', readonly string[]>>;

export type Reproducible = keyof typeof reproducible;

/**
 * The tables that a word names: one, or all.
 * @throws UsageError for another word
 */
export function tablesNamed(word: string): Reproducible[] {
  const names = Object.keys(reproducible) as Reproducible[];
  if (word === 'all') return names;
  const name = names.find((one) => one === word);
  if (name) return [name];
  throw new UsageError(`there is no table ${JSON.stringify(word)}: ${names.join(', ')} or all`);
}

/** The sweeps of a table, by the names of their files. */
export const sweepsOf = (table: Reproducible, quick: boolean): readonly string[] =>
  reproducible[table][quick ? 'quick' : 'whole'];

/**
 * The file of a sweep: the shipped one with its own seeds, or a copy in `folder` that runs each of its cells
 * from each of so many.
 */
export async function sweepFileOf(
  name: string,
  { seeds, folder }: { seeds: number | undefined; folder: string },
): Promise<string> {
  const shipped = projectFile(join('configs', 'sweeps', `${name}.yaml`));
  if (seeds === undefined) return shipped;
  const all = Array.from({ length: seeds }, (_, seed) => seed);
  const sweep = (await readYaml(shipped)) as CellValues;
  const grid = sweep['grid'] as CellValues;
  const choices = sweep['choices'] as CellValues | undefined;
  const include = (sweep['include'] ?? []) as CellValues[];
  const exclude = (sweep['exclude'] ?? []) as CellValues[];
  const seeded = include.flatMap((cell) => all.map((seed): CellValues => ({ ...cell, seed })));
  // Cells that differed in their seeds alone are the same ones now.
  const cells = [...new Map(seeded.map((cell) => [JSON.stringify(cell), cell])).values()];
  // A second seed of a shipped cell is one of these.
  const inGrid = (cell: CellValues) =>
    Object.keys(grid).every((key) => {
      const values = key === 'seed' ? all : grid[key];
      return Array.isArray(values) && values.includes(cell[key] as string);
    });
  const isExcluded = (cell: CellValues) =>
    exclude.some((rule) => Object.entries(rule).every(([key, value]) => cell[key] === value));
  const copy = {
    ...withAbsoluteBase(sweep),
    ...(choices !== undefined && { choices: { ...choices, file: absolute(choices['file']) } }),
    grid: { ...withAbsoluteBase(grid), seed: all },
    include: cells.filter((cell) => !inGrid(cell) || isExcluded(cell)).map(withAbsoluteBase),
    exclude: exclude.map(withAbsoluteBase),
  };
  const file = join(folder, `${name}-${seeds}-seeds.yaml`);
  await makeOutputFolder(folder);
  await writeAside(file, configYaml(copy));
  return file;
}

const withAbsoluteBase = (keys: CellValues): CellValues =>
  keys['base'] === undefined ? keys : { ...keys, base: absolute(keys['base']) };

/** Bases are relative to the shipped sweeps. */
function absolute(base: ConfigValue): ConfigValue {
  if (Array.isArray(base)) return base.map(absolute);
  return resolve(projectFile(join('configs', 'sweeps')), String(base));
}

/** The data sets that a corpus named by its source is in. */
const dataSetOfSource: Record<string, string> = {
  bach10: 'bach10',
  multi30k: 'multi30k-fr-en',
  tatoeba: 'tatoeba-fr-en',
  wmt14: 'wmt14-fr-en',
};

/**
 * Makes sure that the data sets of sweeps are there.
 * @throws DataError that lists what is missing, with the commands that get it
 */
export async function checkDataSets(sweeps: readonly Sweep[], dataFolder: string): Promise<void> {
  const names = new Set(
    sweeps.flatMap(({ cells }) => cells.flatMap(({ config }) => namesIn(config))),
  );
  const missing: string[] = [];
  for (const script of await loadCatalogue()) {
    if (!names.has(script.name)) continue;
    const { state, folder } = await stateOf(script, dataFolder);
    if (state === 'here') continue;
    const command = ['didyprog', 'data', script.name];
    const own = script.addresses.length === 0 && !script.npmPackage;
    const get = own ? `${shellCommand(command)} --from YOUR-COPY` : shellCommand(command);
    missing.push(`  ${script.title}: ${state} in ${folder}; get it with: ${get}`);
  }
  if (missing.length === 0) return;
  throw new DataError(
    `data is missing, nothing was started\n${missing.join('\n')}\n` +
      'Where it is elsewhere, say so by --data; --quick needs none',
  );
}

/** The data sets that a config names, at any depth. */
function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]: [string, unknown]) => {
    if (typeof entry !== 'string') return namesIn(entry);
    if (key === 'dataSet') return [entry];
    return key === 'source' ? (dataSetOfSource[entry] ?? []) : [];
  });
}
