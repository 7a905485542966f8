import { createHash } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { fileProblem } from '../../input-file.js';
import { projectFile } from '../../project-file.js';
import { firstIssue, parseJson, readTextFile } from '../../read-file.js';
import { quoted } from '../../visible.js';
import { type ConfigValue } from '../config/config.js';
import { notice } from '../notice.js';
import { isSeed } from '../run/run-keys.js';
import type { CellValues } from './grid.js';

/** `choices` of a sweep file. */
export const choicesKey = z
  .strictObject({
    file: z
      .string()
      .describe('summary.json of the sweep that tried settings, relative to this file'),
    highest: z.string().optional().describe('the measure there whose highest mean wins'),
    lowest: z.string().optional().describe('or the one whose lowest mean wins'),
  })
  .refine(({ highest, lowest }) => (highest === undefined) !== (lowest === undefined), {
    message: 'must have one of highest and lowest: a measure, such as highest: development F1',
  });

export const triedCell = z.object({
  name: z.string(),
  values: z.record(z.string(), z.json()),
  /** These are there once the cell is done. */
  measures: z.record(z.string(), z.number()).optional(),
  /** What tells its data from that of other cells: such cells are no seeds of one setting. */
  data: z.string().optional(),
});

/** What of a sweep's summary.json a choice is made by. */
const triedSchema = z.object({ sweep: z.string(), cells: z.array(triedCell).min(1) });

export const choiceSchema = z.object({
  /** Relative to the project where it is below it, else its name. */
  file: z.string(),
  sha256: z.string(),
  sweep: z.string(),
  measure: z.string(),
  better: z.enum(['higher', 'lower']),
  /** The settings that were tried, the chosen one first. */
  tried: z
    .array(
      z.object({
        settings: z.record(z.string(), z.json()),
        /** Mean over seeds. */
        score: z.number(),
        seeds: z.number(),
      }),
    )
    .min(1),
});

/** Settings of a cell that another sweep chose: choice.json of its run. */
export type Choice = z.output<typeof choiceSchema>;

/** The file of a run directory with what was chosen for it. */
export const choiceFile = 'choice.json';

type ChoicesKey = z.output<typeof choicesKey>;

/**
 * Reads what another sweep tried.
 * @returns a function that chooses for the values of a cell: of the cells there that have the same
 *   values as far as they name the same keys, seeds aside, the settings with the best mean
 * @throws UsageError (of `choices.file`) when the file cannot be read or is no summary.json; the function
 *   when a cell that counts is not done, or none does, or they did not read the same data, or leave nothing to choose
 * @param say told, once each, of what makes a choice doubtful
 */
export async function loadTried(
  folder: string,
  { file, highest, lowest }: ChoicesKey,
  say: (text: string) => void = notice,
): Promise<(values: CellValues) => Choice> {
  const path = resolve(folder, file);
  let text: string;
  let value: unknown;
  try {
    text = await readTextFile(path);
    value = parseJson(text, path);
  } catch (error) {
    if (!(error instanceof DataError) && (error as NodeJS.ErrnoException).code === undefined) {
      throw error;
    }
    throw new UsageError(
      // A DataError names the file.
      (error instanceof DataError
        ? error.message
        : `cannot read ${path}: ${(await fileProblem(path)) ?? (error as Error).message}`) +
        '; it is summary.json of the sweep that tries the settings: didyprog sweep FILE writes it',
    );
  }
  const parsed = triedSchema.safeParse(value);
  if (!parsed.success) {
    throw new UsageError(`${path} is no summary.json of a sweep: ${firstIssue(parsed.error)}`);
  }
  const { sweep, cells } = parsed.data;
  const measure = (highest ?? lowest)!;
  const better = highest === undefined ? 'lower' : 'higher';
  const about = {
    ...{ file: nameOf(path), sweep, measure, better: better as Choice['better'] },
    sha256: createHash('sha256').update(text).digest('hex'),
  };
  const said = new Set<string>();
  const doubt = (text: string) => {
    if (!said.has(text)) say(text);
    said.add(text);
  };
  return (values) => {
    const tried = new Map<string, { settings: Record<string, ConfigValue>; scores: number[] }>();
    const counting = cells.filter((cell) => agrees(cell.values, values));
    const data = new Set(counting.flatMap((cell) => cell.data ?? []));
    if (data.size > 1) {
      throw new UsageError(
        `choices: the cells of ${path} did not read the same data (${[...data].join('; ')}): their ` +
          'scores do not tell which setting is better',
      );
    }
    for (const cell of counting) {
      const score = scoreOf(cell, measure, path);
      const settings = Object.fromEntries(
        Object.entries(cell.values).filter(([key]) => !isSeed(key) && !Object.hasOwn(values, key)),
      );
      const own = tried.get(JSON.stringify(settings));
      if (own) own.scores.push(score);
      else tried.set(JSON.stringify(settings), { settings, scores: [score] });
    }
    if (tried.size === 0) {
      throw new UsageError(`choices: no cell of ${path} has the values of this one`);
    }
    if ([...tried.values()].every(({ settings }) => Object.keys(settings).length === 0)) {
      throw new UsageError(
        `choices: ${path} tried no key that is not swept here: there is nothing to choose`,
      );
    }
    const means = [...tried.values()].map(({ settings, scores }) => ({
      settings: settings as Choice['tried'][number]['settings'],
      score: scores.reduce((sum, score) => sum + score, 0) / scores.length,
      seeds: scores.length,
    }));
    const sign = better === 'higher' ? -1 : 1;
    const sorted = means.toSorted((a, b) => sign * (a.score - b.score));
    const [best, second] = sorted;
    if (second?.score === best!.score) {
      doubt(
        `choices: ${quoted(best!.settings)} and ${quoted(second.settings)} have the same ${measure} in ${path}, ` +
          `${best!.score}: the first is taken`,
      );
    }
    const counts = new Set(sorted.map(({ seeds }) => seeds));
    if (counts.size > 1) {
      const numbers = [...counts].sort((a, b) => a - b).join(', ');
      doubt(`choices: the settings in ${path} have different numbers of seeds: ${numbers}`);
    }
    return { ...about, tried: sorted };
  };
}

/** Whether a tried cell has the values of another one where both name the key. */
const agrees = (tried: Record<string, unknown>, values: CellValues) =>
  Object.entries(values).every(
    ([key, value]) =>
      isSeed(key) ||
      !Object.hasOwn(tried, key) ||
      (key === 'base' ? isSameFile(tried[key], value) : isDeepStrictEqual(tried[key], value)),
  );

/** Whether two paths end alike, up to what leads out of a folder: each is relative to its own sweep. */
function isSameFile(a: unknown, b: unknown): boolean {
  const [shorter, longer] = [a, b]
    .map((path) =>
      String(path)
        .split(/[\\/]/)
        .filter((part) => !/^(\.{0,2}|[A-Za-z]:)$/.test(part)),
    )
    .sort((one, other) => one.length - other.length) as [string[], string[]];
  return shorter.length > 0 && isDeepStrictEqual(shorter, longer.slice(-shorter.length));
}

function scoreOf(
  { name, measures }: z.output<typeof triedSchema>['cells'][number],
  measure: string,
  path: string,
): number {
  if (!measures) throw new UsageError(`choices: cell ${name} of ${path} is not done`);
  if (Object.hasOwn(measures, measure)) return measures[measure]!;
  throw new UsageError(
    `choices: cell ${name} of ${path} has no ${JSON.stringify(measure)}, but ` +
      Object.keys(measures).join(', '),
  );
}

/** A path that means the same on other machines. */
function nameOf(path: string): string {
  const below = relative(projectFile('.'), path).replaceAll('\\', '/');
  return /^(\.\.|\/|[A-Za-z]:)/.test(below) ? path.split(/[\\/]/).at(-1)! : below;
}
