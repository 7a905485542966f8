import { join } from 'node:path';
import { z } from 'zod';
import { counted } from '../../counted.js';
import { DataError, UsageError } from '../../errors.js';
import { parseJson, readTextIfThere } from '../../read-file.js';
import { cellsTable, seedsTable, settingsOfRuns, type SweptRun } from '../../report/sweep-table.js';
import { tableToMarkdown, type Table } from '../../report/table.js';
import { dataLabels, fileText } from '../../runner/run/data-files.js';
import { aboutDuration } from '../../runner/training/estimate.js';
import {
  commandText,
  machineText,
  secondsOf,
  stretchesOf,
  valuesOf,
  type Stretch,
} from '../../runner/run/provenance.js';
import { choiceSchema, triedCell } from '../../runner/sweep/choices.js';
import { SweepDirectory } from '../../runner/sweep/sweep-directory.js';
import { jsonText } from '../../runner/write-aside.js';
import { chosenTables, eachRow, readChoice } from './chosen.js';
import { checkResult, resultFile, type PageFiles } from '../experiment.js';
import { experimentNamed } from '../registry.js';

/**
 * A sweep whose settings were tried for others to be chosen by: NAME.json in results/, which `choices` of
 * another sweep reads, and of which NAME.md follows.
 */
export const triedSchema = z.object({
  sweep: z.string(),
  title: z.string().optional(),
  experiment: z.string(),
  /** The measures that are of a development set. */
  judgedBy: z.array(z.string()).min(1),
  cells: z
    .array(
      triedCell.extend({
        epoch: z.number().optional(),
        configHash: z.string().optional(),
        seconds: z.number().optional(),
      }),
    )
    .min(1),
  /** What another sweep chose for cells, which are named by their values but for the seeds. */
  chosen: z.array(z.object({ row: z.string(), choice: choiceSchema })).optional(),
  /** What ran and on which data, in sentences. */
  ran: z.array(z.string()),
});

type Tried = z.output<typeof triedSchema>;

export const isSweep = async (path: string): Promise<boolean> =>
  (await readTextIfThere(join(path, 'sweep.json'))) !== undefined;

/**
 * The page of what a sweep tried, for `folder`. Its cells that are not done are on it as such, and no other
 * sweep can choose among them.
 * @throws UsageError when no cell is done, no number is of a development set, or the page of other runs
 *   has this name in `folder`; DataError when a result cannot be read
 */
export async function triedPage(path: string, folder: string): Promise<PageFiles> {
  const tried = await readTried(path);
  const { sweep: name } = tried;
  const file = join(folder, `${name}.json`);
  const before = await readTextIfThere(file);
  if (before !== undefined && Array.isArray(parseJson(before, file))) {
    throw new UsageError(
      `${file} holds the results of runs: a sweep of that name would take their place`,
    );
  }
  return { name, files: { [`${name}.json`]: jsonText(tried), [`${name}.md`]: textOf(tried) } };
}

async function readTried(path: string): Promise<Tried> {
  const directory = await SweepDirectory.open(path);
  const { name: sweep, title, cells } = directory.file;
  const experiment = experimentNamed(directory.file.experiment);
  const statuses = await directory.status();
  const unreadable = statuses.find(({ state }) => state === 'unreadable');
  if (unreadable) {
    throw new DataError(`${directory.cellPath(unreadable.name)}: ${unreadable.problem}`);
  }
  const resultOf = statuses.map(({ name, result }) =>
    result === undefined
      ? undefined
      : checkResult(experiment, result, resultFile(directory.cellPath(name))),
  );
  const results = resultOf.filter((result) => result !== undefined);
  if (results.length === 0) throw new UsageError(`${path}: no cell of the sweep is done`);
  const judgedBy = [
    ...new Set(results.flatMap((result) => experiment.developmentColumns?.(result) ?? [])),
  ];
  if (judgedBy.length === 0) {
    throw new UsageError(
      `${path}: a run of ${experiment.name} has no number of a development set, by which settings ` +
        'could be chosen; to publish the cells as results, give their run directories',
    );
  }
  const stretches = results.flatMap(({ provenance }) => stretchesOf(provenance));
  const data = dataLabels(resultOf.map((result) => result?.files));
  const chosen = await chosenRows(directory);
  return {
    ...{ sweep, ...(title !== undefined && { title }), experiment: experiment.name, judgedBy },
    cells: statuses.map(({ name, epoch }, index) => {
      const { values } = cells[index]!;
      const result = resultOf[index];
      if (!result) return { name, values };
      const own = stretchesOf(result.provenance);
      return {
        ...{ name, values, measures: experiment.columns(result) },
        ...(epoch !== undefined && { epoch }),
        configHash: valuesOf(own, ({ configHash }) => configHash),
        seconds: secondsOf(own),
        ...(data[index] && { data: data[index] }),
      };
    }),
    ...(chosen.length > 0 && { chosen }),
    ran: [ranText(stretches), dataText(results)],
  };
}

/** What was chosen for cells, once for all seeds of a setting. */
async function chosenRows(directory: SweepDirectory) {
  const { cells } = directory.file;
  const rows = settingsOfRuns(cells);
  const chosen = await Promise.all(
    cells.map(async ({ name, choice: planned }, at) => {
      const choice = (await readChoice(directory.cellPath(name))) ?? planned;
      return choice ? [{ row: rows[at]!, choice }] : [];
    }),
  );
  return eachRow(chosen.flat());
}

const ranText = (stretches: readonly Stretch[]) =>
  `Run: ${commandText(stretches)}; ${machineText(stretches)}. The cells took ` +
  `${aboutDuration(secondsOf(stretches))} altogether.`;

function dataText(results: readonly { files?: { name: string; sha256: string }[] | undefined }[]) {
  const texts = new Set(results.flatMap(({ files = [] }) => files.map(fileText)));
  return `Data: ${[...texts].join(', ') || 'generated'}.`;
}

/** The settings with what they are judged by: nothing of a test set. */
export function triedTables({ sweep, judgedBy, cells, chosen = [] }: Tried): Table[] {
  const runs = cells.map(({ measures, ...cell }): SweptRun => {
    if (!measures) return { ...cell, state: 'not done' };
    const judged = Object.entries(measures).filter(([name]) => judgedBy.includes(name));
    return { ...cell, state: 'done', measures: Object.fromEntries(judged) };
  });
  const seeds = seedsTable(runs);
  const choices = chosenTables(chosen.map((row) => ({ table: '', ...row })));
  return [cellsTable(runs, sweep), ...(seeds ? [seeds] : []), ...choices];
}

function textOf(tried: Tried): string {
  const { sweep, title, judgedBy, cells, ran } = tried;
  const open = cells.filter(({ measures }) => measures === undefined).length;
  return [
    `# ${title ?? sweep}`,
    `${counted(cells.length, 'setting')}${open > 0 ? `, of which ${open} not done yet` : ''}, judged by ${judgedBy.join(' and ')}: no number here is of ` +
      'a test set. The epoch is the last one.',
    ...triedTables(tried).map(tableToMarkdown),
    ...ran,
  ]
    .join('\n\n')
    .concat('\n');
}
