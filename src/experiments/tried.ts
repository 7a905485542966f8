import { join } from 'node:path';
import { z } from 'zod';
import { counted } from '../counted.js';
import { UsageError } from '../errors.js';
import { parseJson, readTextIfThere } from '../read-file.js';
import { cellsTable, seedsTable, type SweptRun } from '../report/sweep-table.js';
import { tableToMarkdown, type Table } from '../report/table.js';
import { aboutDuration } from '../runner/estimate.js';
import {
  commandText,
  machineText,
  secondsOf,
  stretchesOf,
  valuesOf,
  type Stretch,
} from '../runner/provenance.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { jsonText, writeAside } from '../runner/write-aside.js';
import { checkResult, resultFile } from './experiment.js';
import { experimentNamed } from './registry.js';

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
      z.object({
        name: z.string(),
        values: z.record(z.string(), z.json()),
        measures: z.record(z.string(), z.number()),
        epoch: z.number().optional(),
        configHash: z.string(),
        seconds: z.number(),
      }),
    )
    .min(1),
  /** What ran and on which data, in sentences. */
  ran: z.array(z.string()),
});

type Tried = z.output<typeof triedSchema>;

/** Whether a folder is the directory of a sweep. */
export const isSweep = async (path: string): Promise<boolean> =>
  (await readTextIfThere(join(path, 'sweep.json'))) !== undefined;

/**
 * Writes what a sweep tried into `folder`.
 * @returns the name of the page: the sweep's
 * @throws UsageError when a cell is not done, no number is of a development set, or the page of other
 *   runs has this name
 */
export async function publishTried(path: string, folder: string): Promise<string> {
  const tried = await readTried(path);
  const file = join(folder, tried.sweep);
  const before = await readTextIfThere(`${file}.json`);
  if (before !== undefined && Array.isArray(parseJson(before, `${file}.json`))) {
    throw new UsageError(
      `${file}.json holds the results of runs: a sweep of that name would take their place`,
    );
  }
  await writeAside(`${file}.json`, jsonText(tried));
  await writeAside(`${file}.md`, triedPage(tried));
  return tried.sweep;
}

async function readTried(path: string): Promise<Tried> {
  const directory = await SweepDirectory.open(path);
  const { name: sweep, title, cells } = directory.file;
  const experiment = experimentNamed(directory.file.experiment);
  const statuses = await directory.status();
  const open = statuses.find(({ result }) => result === undefined);
  if (open) {
    const { name, problem } = open;
    throw new UsageError(`${directory.cellPath(name)} is not done${problem ? `: ${problem}` : ''}`);
  }
  const results = statuses.map(({ name, result }) =>
    checkResult(experiment, result, resultFile(directory.cellPath(name))),
  );
  const judgedBy = [
    ...new Set(results.flatMap((result) => experiment.developmentColumns?.(result) ?? [])),
  ];
  if (judgedBy.length === 0) {
    throw new UsageError(
      `${path}: a run of ${experiment.name} has no number of a development set, by which settings ` +
        'could be chosen; to publish the cells as results, give their run directories',
    );
  }
  const stretches = results.map(({ provenance }) => stretchesOf(provenance));
  return {
    ...{ sweep, ...(title !== undefined && { title }), experiment: experiment.name, judgedBy },
    cells: statuses.map(({ name, epoch }, index) => ({
      ...{ name, values: cells[index]!.values },
      measures: experiment.columns(results[index]!),
      ...(epoch !== undefined && { epoch }),
      configHash: valuesOf(stretches[index]!, ({ configHash }) => configHash),
      seconds: secondsOf(stretches[index]!),
    })),
    ran: [ranText(stretches.flat()), dataText(results)],
  };
}

const ranText = (stretches: readonly Stretch[]) =>
  `Run: ${commandText(stretches)}; ${machineText(stretches)}. The cells took ` +
  `${aboutDuration(secondsOf(stretches))} altogether.`;

function dataText(results: readonly { files?: { name: string; sha256: string }[] | undefined }[]) {
  const files = new Map(
    results.flatMap(({ files = [] }) => files.map(({ name, sha256 }) => [name, sha256] as const)),
  );
  const texts = Array.from(files, ([name, sha256]) => `${name} (SHA-256 ${sha256.slice(0, 12)}…)`);
  return `Data: ${texts.join(', ') || 'generated'}.`;
}

/** The settings with what they are judged by: nothing of a test set. */
export function triedTables({ sweep, judgedBy, cells }: Tried): Table[] {
  const runs = cells.map(({ measures, ...cell }): SweptRun => {
    const judged = Object.entries(measures).filter(([name]) => judgedBy.includes(name));
    return { ...cell, state: 'done', measures: Object.fromEntries(judged) };
  });
  const seeds = seedsTable(runs);
  return [cellsTable(runs, sweep), ...(seeds ? [seeds] : [])];
}

function triedPage(tried: Tried): string {
  const { sweep, title, judgedBy, cells, ran } = tried;
  return [
    `# ${title ?? sweep}`,
    `${counted(cells.length, 'setting')}, judged by ${judgedBy.join(' and ')}: no number here is of ` +
      'a test set. The epoch is the last one.',
    ...triedTables(tried).map(tableToMarkdown),
    ...ran,
  ]
    .join('\n\n')
    .concat('\n');
}
