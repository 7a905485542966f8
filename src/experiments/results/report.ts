import { basename, join, resolve } from 'node:path';
import { DataError } from '../../errors.js';
import type { ReportedRun } from '../../report/pages/run-page.js';
import type { Table } from '../../report/table.js';
import { checkOutputs } from '../../output-places.js';
import { dataLabels } from '../../runner/run/data-files.js';
import { notice } from '../../runner/notice.js';
import {
  findRuns,
  readRun,
  recordFiles,
  runName,
  summariseRun,
} from '../../runner/run/recorded-run.js';
import { stretchesOf } from '../../runner/run/provenance.js';
import { SweepDirectory } from '../../runner/sweep/sweep-directory.js';
import { writeAside } from '../../runner/write-aside.js';
import { groupBy } from '../../report/group-by.js';
import { checkResult, resultFile } from '../experiment.js';
import { findExperiment } from '../registry.js';
import { withoutRepeats } from './repeated-runs.js';

/**
 * Writes one self-contained page about a run, or about all runs of a folder.
 * @param options.dataFolder where the data sets are, for what can be listened to
 * @param options.out default: report.html in the folder
 * @returns the page's path
 * @throws DataError as `reportPage`
 */
export async function writeReport(
  folder: string,
  options: { dataFolder: string; out?: string | undefined },
): Promise<string> {
  const out = options.out ?? join(folder, 'report.html');
  const inputs = (await findRuns(folder)).flatMap((path) =>
    recordFiles.map((file) => ({ path: join(path, file), name: 'a file of the run' })),
  );
  await checkOutputs(
    [{ path: out, option: '--out', isDefault: options.out === undefined }],
    inputs,
  );
  const page = await reportPage(folder, options.dataFolder);
  await writeAside(out, page);
  return out;
}

/**
 * The same page as a text.
 * @param folder a run directory, or a folder that holds some: a sweep
 * @throws DataError when there is no run, or none that can be read
 */
export async function reportPage(folder: string, dataFolder: string): Promise<string> {
  const paths = await findRuns(folder);
  if (paths.length === 0) {
    throw new DataError(
      `there is no run directory in ${folder}: didyprog runs lists those you have`,
    );
  }
  // Loaded once there is something to draw.
  const { mostInFull, runPage, sweepPage } = await import('../../report/pages/run-page.js');
  const runs: ReportedRun[] = [];
  const values = await cellValues(folder);
  // One after the other: each may read recordings of many megabytes.
  for (const path of paths) {
    const inFull = paths.length <= mostInFull;
    try {
      const reported = await reportedRun(path, folder, inFull ? dataFolder : undefined);
      runs.push({ ...reported, values: values.get(reported.name) });
    } catch (error) {
      // One damaged run does not hide the others.
      if (!(error instanceof DataError) || paths.length === 1) throw error;
      notice(`left out: ${error.message}`);
    }
  }
  if (runs.length === 0) {
    throw new DataError(`none of the ${paths.length} runs in ${folder} can be read`);
  }
  const isRun = paths.length === 1 && resolve(paths[0]!) === resolve(folder);
  return isRun
    ? await runPage(runs[0]!)
    : await sweepPage(basename(resolve(folder)), runs, jointTables(runs));
}

/** The values of a sweep's cells by their names; none of another folder, or where sweep.json is damaged. */
async function cellValues(folder: string) {
  const sweep = await SweepDirectory.open(folder).catch(() => undefined);
  return new Map(sweep?.file.cells.map(({ name, values }) => [name, values] as const));
}

/** @param dataFolder undefined for a run that is not shown in full */
async function reportedRun(
  path: string,
  folder: string,
  dataFolder: string | undefined,
): Promise<ReportedRun> {
  const run = await readRun(path);
  const experiment = findExperiment(run.result?.['experiment']);
  const result = experiment && checkResult(experiment, run.result, resultFile(path));
  return {
    run,
    summary: await summariseRun(run),
    name: runName(path, folder).replace(/^cells[\\/]/, ''),
    title: result && experiment.title(result),
    tables: result ? experiment.tables([result]) : [],
    measures: result && experiment.columns(result),
    sections:
      (result && dataFolder !== undefined
        ? await experiment.sections?.({ path, result, recorded: run.result! }, dataFolder)
        : undefined) ?? [],
  };
}

/**
 * The tables over all finished runs of each experiment. Runs that belong together, such as the
 * folds of a leave-one-out, are one row or one table.
 */
function jointTables(runs: readonly ReportedRun[]): Table[] {
  const tables: Table[] = [];
  for (const [experiment, own] of groupBy(runs, ({ run }) =>
    findExperiment(run.result?.['experiment']),
  )) {
    if (!experiment) continue;
    const checked = own.map(({ run: { path, result } }) => ({
      path,
      result: checkResult(experiment, result, resultFile(path)),
    }));
    const results = withoutRepeats(checked).map(({ result }) => result);
    const combined = experiment.combine?.(results) ?? [];
    const data = dataLabels(combined.map(({ files }) => files));
    if (combined.length === 0) tables.push(...experiment.tables(results));
    for (const [at, result] of combined.entries()) {
      const cell = [cellOf(result), data[at]].filter(Boolean).join(', ');
      tables.push(
        ...experiment.tables([result]).map((table) => ({
          ...table,
          caption: [cell, table.caption].filter(Boolean).join(': '),
        })),
      );
    }
  }
  return tables;
}

/** The values of the sweep's cell that a combined result is made of, but for the fold. */
function cellOf({ provenance }: { provenance: unknown }): string | undefined {
  const command = stretchesOf(provenance)[0]?.command ?? '';
  return /^didyprog sweep cell \S+ (\S+)/.exec(command)?.[1]?.replace(/,?\bfold=\d+/, '');
}
