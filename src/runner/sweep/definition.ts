import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../errors.js';
import { isOpenPipe } from '../../input-file.js';
import { readTextFile } from '../../read-file.js';
import {
  configFile,
  loadConfig,
  merge,
  readYaml,
  validateConfig,
  type ConfigValue,
} from '../config/config.js';
import { keyError, linesOf, type Origin } from '../config/config-problems.js';
import { namedValues, namedValuesSchema } from '../checkpoint/named-values.js';
import { notice } from '../notice.js';
import { isObject, withOwnFiles } from '../config/own-files.js';
import { runKeys } from '../run/run-keys.js';
import { entryOf, nearestKey, schemaAt } from '../config/schema-keys.js';
import {
  applySettings,
  kindsFirst,
  sayRepeated,
  settingText,
  setTyped,
  type Setting,
} from '../config/settings.js';
import { choicesKey, loadTried, type Choice } from './choices.js';
import { expandGrid, GridError, type CellValues } from './grid.js';
import { saySame } from './same-cells.js';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const value: z.ZodType<ConfigValue> = z.lazy(() =>
  z.union([scalar, z.array(value), namedValuesSchema(value)]),
);
const values = namedValuesSchema(value);
const range = z
  .strictObject({ from: z.int().describe('first value'), to: z.int().describe('last value') })
  .refine(({ from, to }) => from <= to, { message: 'from must not be larger than to' })
  .refine(({ from, to }) => to - from < 10_000, { message: 'there can be at most 10000 values' })
  .transform(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));

/** A list of values, or a range. Unlike a union it says what is wrong with either. */
const listed = z.unknown().transform((input, context): ConfigValue[] => {
  if (typeof input !== 'object' || input === null) {
    context.addIssue({ code: 'custom', message: 'expected a list, or { from, to }', input });
    return z.NEVER;
  }
  const parsed = (Array.isArray(input) ? z.array(value).min(1) : range).safeParse(input);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: 'custom', message, path, input });
  }
  return z.NEVER;
});

/** How the cells run on a cluster; the command line's options win. */
export const slurmSchema = z.strictObject({
  partition: z
    .string()
    .regex(/^[\w.,:@+-]+$/, 'must be the name of a partition')
    .optional()
    .describe('the partition; the cluster’s own by default'),
  time: z
    .string()
    .regex(/^(\d+|(\d+-)?\d+(:\d+){1,2}|\d+-\d+)$/, 'must be a time such as 30 or 2:00:00')
    .optional()
    .describe('the time limit of a start: minutes, or [days-]hours:minutes:seconds'),
  memory: z
    .string()
    .regex(/^\d+[KMGT]?$/i, 'must be a size such as 4G')
    .optional()
    .describe('memory of a cell, as 4G'),
  cpus: z.int().min(1).optional().describe('cores of a cell, and its threads; 1 by default'),
  atOnce: z
    .int()
    .min(1)
    .optional()
    .describe('at most so many cells at a time; no limit by default'),
  setup: z
    .array(z.string())
    .default([])
    .describe('shell lines that run first on the node: module load, a PATH'),
  warningSeconds: z
    .int()
    .min(10)
    .default(120)
    .describe('seconds before the time limit at which a cell saves and is queued again'),
});

/**
 * Makes sure that a start has time to work before it is asked to save. Slurm may ask a minute early.
 * @param limit the settings' own time, or that of a partition for jobs without one
 * @throws UsageError that says how long the time limit must be
 */
export function checkTimeLimit(
  { warningSeconds, ...settings }: SlurmSettings,
  limit: { time?: string | undefined; partition?: string } = settings,
): void {
  const { time, partition } = limit;
  if (time === undefined) return;
  const least = warningSeconds + 120;
  if (secondsOf(time) >= least) return;
  const whose =
    partition === undefined || limit === settings ? '' : ` of the partition ${partition}`;
  throw new UsageError(
    `the time limit ${time}${whose} leaves no time to work: a cell is asked to save ` +
      `${warningSeconds} s (slurm.warningSeconds) before it, by Slurm up to a minute earlier. ` +
      `It must be at least ${Math.ceil(least / 60)} minutes${whose && ': ask for more by --time'}`,
  );
}

/** Of a time as Slurm writes it: minutes, minutes:seconds, hours:minutes:seconds, days-hours… */
function secondsOf(time: string): number {
  const [, days, rest = time] = /^(\d+)-(.*)$/.exec(time) ?? [];
  const parts = rest.split(':').map(Number);
  if (days !== undefined) {
    const [hours = 0, minutes = 0, seconds = 0] = parts;
    return ((Number(days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  }
  const [hours, minutes, seconds] = parts.length === 3 ? parts : [0, ...parts, 0];
  return (hours! * 60 + minutes!) * 60 + seconds!;
}

export type SlurmSettings = z.output<typeof slurmSchema>;

export const sweepSchema = z.strictObject({
  name: runKeys.name.describe('the name of the sweep: letters, digits, - and _'),
  title: z.string().optional().describe('one line for its table: what it varies'),
  experiment: z
    .string()
    .describe('the experiment whose configs these are: align, onsets, ner, attention'),
  base: z
    .string()
    .optional()
    .describe(
      'the config that every cell starts from, relative to this file, or the name of one that ships; ' +
        'else `base` is in the grid',
    ),
  set: namedValuesSchema(value)
    .prefault({})
    .describe(
      'what differs from it in every cell: an object of the same shape, or keys with dots ' +
        '(training.epochs), which come after',
    ),
  grid: namedValuesSchema(listed).describe(
    'values by key, with dots for keys within keys (training.epochs), or { from, to }: every ' +
      'combination is a cell',
  ),
  exclude: z
    .array(values)
    .default([])
    .describe('cells that are left out: those that have all these values'),
  include: z.array(values).default([]).describe('further cells'),
  choices: choicesKey
    .optional()
    .describe(
      'settings that each cell takes from the best of another sweep’s cells with its values: those ' +
        'keys that are swept there and not here',
    ),
  slurm: slurmSchema.prefault({}).describe('how cells run on a cluster; options win'),
});

type SweepDefinition = z.output<typeof sweepSchema>;

/** One run of a sweep. */
export interface Cell {
  /** From its values, and a folder's name: 'omega=l2,epochs=3'. */
  name: string;
  values: CellValues;
  /** The resolved config of the experiment. */
  config: object;
  /** Which of its settings another sweep chose, and by what. */
  choice?: Choice;
}

/** A sweep file with its cells, all valid. */
export interface Sweep {
  definition: SweepDefinition;
  cells: Cell[];
}

/**
 * Reads a sweep file, expands its grid, and validates every cell.
 * @param schemaOf the schema of an experiment's config, by its name; throws for an unknown name
 * @param settings `--set`: the same in every cell
 * @param say told of what is doubtful
 * @throws UsageError that names, for each problem, the cell, the key, the value and what is allowed
 */
export async function loadSweep(
  path: string,
  schemaOf: (experiment: string) => z.ZodType<object>,
  settings: readonly Setting[] = [],
  say: (text: string) => void = notice,
): Promise<Sweep> {
  const definition = await loadConfig(sweepSchema, path);
  // A pipe is read but once.
  const origin = linesOf(isOpenPipe(path) ? '' : await readTextFile(path));
  const wrong = (key: readonly PropertyKey[], problem: string) =>
    keyError(path, origin, { path: key, problem });
  /** What a key names is looked up by others, who know nothing of this file. */
  const located = async <T>(key: readonly string[], look: () => T | Promise<T>): Promise<T> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const prefix = `${key.join('.')}: `;
      const { message } = error;
      throw wrong(key, message.startsWith(prefix) ? message.slice(prefix.length) : message);
    }
  };
  const schema = await located(['experiment'], () => schemaOf(definition.experiment));
  sayRepeated(settings, notice);
  const bases = new Map<string, ConfigValue>();
  const cells: Cell[] = [];
  /** The names of cells by what is wrong with them: mostly it is the same with all. */
  const problems = new Map<string, string[]>();
  checkOverlap(definition, wrong);
  const choose =
    definition.choices &&
    (await located(['choices', 'file'], () => loadTried(dirname(path), definition.choices!, say)));
  for (const { name, values } of cellsOf(definition, schema, wrong)) {
    const { base = definition.base, ...changes } = values;
    if (typeof base !== 'string') {
      throw wrong(['base'], 'the config to start from is missing, here or in the grid');
    }
    const baseKey = Object.hasOwn(values, 'base') ? ['grid', 'base'] : ['base'];
    // A sweep may have thousands of cells of one base.
    if (!bases.has(base)) {
      const basePath = await located(baseKey, () => configFile(base, dirname(path)));
      bases.set(base, withOwnFiles(await readYaml(basePath), dirname(basePath)));
    }
    // Files are relative to what names them: the base, this file, or for --set the working folder.
    const folder = dirname(path);
    const [dotted, nested] = partition(definition.set);
    let config = withOwnFiles(merge(bases.get(base), nested), folder);
    try {
      for (const { key, value } of kindsFirst(schema, config, dotted)) {
        config = setTyped(schema, config, key, value);
      }
      config = withOwnFiles(config, folder);
      const choice = choose?.(values);
      const chosen = choice?.tried[0]!.settings ?? {};
      const originOf = cellOrigin(origin, definition, { settings, values, chosen });
      const fixed = settings.find(({ key }) => Object.hasOwn(chosen, key));
      if (fixed) {
        throw new UsageError(
          `${settingText(fixed)}: the sweep takes ${fixed.key} from ${choice!.file}: change choices`,
        );
      }
      const taken = keysOf(definition.set).find((key) => Object.hasOwn(chosen, key));
      if (taken !== undefined) {
        throw new UsageError(
          `choices: set: ${taken}: the sweep takes ${taken} from ${choice!.file}: it must be in one of them alone`,
        );
      }
      const varied = settings.find(({ key }) => Object.hasOwn(changes, key));
      if (varied) {
        throw new UsageError(
          `${settingText(varied)}: the sweep varies ${varied.key}: change its grid`,
        );
      }
      config = withOwnFiles(applySettings(schema, config, settings), '.');
      const varying = Object.entries({ ...chosen, ...changes });
      for (const { key, value } of kindsFirst(schema, config, varying.map(keyed))) {
        config = setTyped(schema, config, key, value);
      }
      config = withOwnFiles(config, folder);
      cells.push({
        ...{ name, values, config: validateConfig(schema, config, 'cell', originOf) },
        ...(choice && { choice }),
      });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const what = error.message.replace(/^cell: /, '');
      problems.set(what, [...(problems.get(what) ?? []), name]);
    }
  }
  if (problems.size > 0) {
    const all = [...problems];
    const shown = all.slice(0, 10).map(([what, [first, ...others]]) => {
      const more = others.length > 0 ? ` and ${others.length} more` : '';
      return `cell ${first}${more}: ${what}`;
    });
    const count = all.reduce((sum, [, names]) => sum + names.length, 0);
    const more = all.length - shown.length;
    throw new UsageError(
      `${path}: ${count === 1 ? '1 cell is' : `${count} cells are`} not valid, nothing was started\n${shown.join('\n')}` +
        (more > 0 ? `\n… and ${more} more` : ''),
    );
  }
  saySame(path, cells, say);
  return { definition, cells };
}

/** Where the values of a cell's config come from; undefined where it is the config it starts from. */
function cellOrigin(
  lines: Origin,
  { set, grid }: SweepDefinition,
  {
    settings,
    values,
    chosen,
  }: { settings: readonly Setting[]; values: CellValues; chosen: object },
): Origin {
  return (path) => {
    const key = path.map(String).join('.');
    const isWithin = (outer: string) => key === outer || key.startsWith(`${outer}.`);
    const varied = Object.keys(values).find(isWithin);
    if (varied !== undefined) {
      return lines(Object.hasOwn(grid, varied) ? ['grid', varied] : ['include']);
    }
    const setting = settings.findLast((one) => isWithin(one.key));
    if (setting) return settingText(setting);
    if (Object.keys(chosen).some(isWithin)) return lines(['choices']);
    const dotted = Object.keys(set).findLast((one) => one.includes('.') && isWithin(one));
    if (dotted !== undefined) return lines(['set', dotted]);
    const isSet = path.reduce<unknown>(entryOf, set) !== undefined;
    return isSet ? lines(['set', ...path]) : undefined;
  };
}

type Wrong = (key: readonly PropertyKey[], problem: string) => UsageError;

/** `expandGrid`, its errors with where they are; a key that is not there explains what follows. */
function cellsOf(definition: SweepDefinition, schema: z.ZodType, wrong: Wrong) {
  try {
    return expandGrid(definition);
  } catch (error) {
    if (!(error instanceof GridError)) throw error;
    for (const key of Object.keys(definition.grid)) {
      if (key === 'base' || schemaAt(schema, key.split('.'))) continue;
      const near = nearestKey(schema, key.split('.'), {});
      const meant = near === undefined ? '' : `; did you mean ${near}?`;
      throw wrong(['grid', key], `there is no such key in a config${meant}`);
    }
    throw wrong(error.path, error.problem);
  }
}

/**
 * Makes sure that no key of a cell lies within another one, which would take its place with all in it, and
 * that the grid does not overrule `set`. Cells of `include` may: they are exceptions.
 * @throws UsageError that names the key
 */
function checkOverlap({ set, grid, include }: SweepDefinition, wrong: Wrong): void {
  const cells = [
    { at: ['grid'], keys: grid },
    ...include.map((keys, at) => ({ at: ['include', at], keys })),
  ];
  for (const { at, keys } of cells) {
    for (const key of Object.keys(keys)) {
      const outer = Object.keys(keys).find((one) => key.startsWith(`${one}.`));
      if (outer === undefined) continue;
      throw wrong([...at, key], `${outer} has it within: a cell must have one of them alone`);
    }
  }
  for (const key of keysOf(set)) {
    const varied = Object.keys(grid).find((one) => key === one || key.startsWith(`${one}.`));
    if (varied === undefined) continue;
    throw wrong(
      ['set', ...(Object.hasOwn(set, key) ? [key] : key.split('.'))],
      `the grid varies ${varied}: it must be in one of them alone`,
    );
  }
}

/** The keys, with dots, of what an object holds; a list counts as one value. */
const keysOf = (value: ConfigValue, path: readonly string[] = []): string[] =>
  isObject(value)
    ? Object.entries(value).flatMap(([key, entry]) => keysOf(entry, [...path, key]))
    : [path.join('.')];

/** Keys with dots, and the others, which are of the config's own shape. */
function partition(set: Record<string, ConfigValue>) {
  const entries = Object.entries(set);
  const dotted = entries.filter(([key]) => key.includes('.'));
  const nested = namedValues(entries.filter(([key]) => !key.includes('.')));
  return [dotted.map(keyed), nested] as const;
}

const keyed = ([key, value]: [string, ConfigValue]) => ({ key, value });

/** Whether a file is a sweep's, by its keys: to help who hands a sweep to `train`. */
export async function looksLikeSweep(path: string): Promise<boolean> {
  const text = await readTextFile(path).catch(() => '');
  return /^grid:/m.test(text) && /^experiment:/m.test(text);
}

/** The folder a sweep writes unless told otherwise; the same at every start, to go on. */
export const defaultSweepFolder = (path: string) => join('runs', basename(path, extname(path)));
