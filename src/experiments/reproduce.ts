import { join, resolve } from 'node:path';
import { loadCatalogue, stateOf } from '../data/acquire/catalogue.js';
import { DataError, UsageError } from '../errors.js';
import { projectFile } from '../project-file.js';
import { configYaml, readYaml, type ConfigValue } from '../runner/config/config.js';
import type { Sweep } from '../runner/sweep/definition.js';
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
  const sweep = (await readYaml(shipped)) as { [key: string]: ConfigValue };
  const grid = sweep['grid'] as { [key: string]: ConfigValue };
  const choices = sweep['choices'] as { [key: string]: ConfigValue } | undefined;
  const include = (sweep['include'] ?? []) as { [key: string]: ConfigValue }[];
  const seeded = include.flatMap((cell) =>
    all.map((seed): { [key: string]: ConfigValue } => ({ ...cell, seed })),
  );
  // Cells that differed in their seeds alone are the same ones now.
  const cells = [...new Map(seeded.map((cell) => [JSON.stringify(cell), cell])).values()];
  // A second seed of a shipped cell is one of these.
  const inGrid = (cell: { [key: string]: ConfigValue }) =>
    Object.keys(grid).every((key) => {
      const values = key === 'seed' ? all : grid[key];
      return Array.isArray(values) && values.includes(cell[key] as string);
    });
  const copy = {
    ...sweep,
    ...(sweep['base'] !== undefined && { base: absolute(sweep['base']) }),
    ...(choices !== undefined && { choices: { ...choices, file: absolute(choices['file']) } }),
    grid: {
      ...grid,
      ...(grid['base'] !== undefined && { base: absolute(grid['base']) }),
      seed: all,
    },
    include: cells
      .filter((cell) => !inGrid(cell) || isExcluded(cell, sweep['exclude']))
      .map((cell) =>
        cell['base'] === undefined ? cell : { ...cell, base: absolute(cell['base']) },
      ),
    exclude: ((sweep['exclude'] ?? []) as { [key: string]: ConfigValue }[]).map((rule) =>
      rule['base'] === undefined ? rule : { ...rule, base: absolute(rule['base']) },
    ),
  };
  const file = join(folder, `${name}-${seeds}-seeds.yaml`);
  await makeOutputFolder(folder);
  await writeAside(file, configYaml(copy));
  return file;
}

function isExcluded(cell: { [key: string]: ConfigValue }, rules: ConfigValue): boolean {
  return ((rules ?? []) as { [key: string]: ConfigValue }[]).some((rule) =>
    Object.entries(rule).every(([key, value]) => cell[key] === value),
  );
}

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
