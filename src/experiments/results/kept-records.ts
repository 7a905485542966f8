import { readFile, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { parseJson, readTextIfThere } from '../../read-file.js';
import { recordFiles } from '../../runner/run/recorded-run.js';
import { choiceFile } from '../../runner/sweep/choices.js';
import { SweepDirectory } from '../../runner/sweep/sweep-directory.js';
import { makeOutputFolder, writeAside } from '../../runner/write-aside.js';
import { experimentNamed } from '../registry.js';
import { testScoresFile } from './sentence-scores.js';

/** The folder in results/ with what is kept of runs, a folder for each page. */
export const recordsFolder = 'records';

/** What of a run directory tells what it did. Models and checkpoints, a hundred times as large, do not. */
const keptFiles = [...recordFiles, choiceFile, testScoresFile];

/** @throws UsageError when a run of another config is kept in `into` */
export async function checkPlace(run: string, into: string): Promise<void> {
  const before = await readTextIfThere(join(into, 'config.yaml'));
  const own = await readTextIfThere(join(run, 'config.yaml'));
  if (before !== undefined && before !== own) {
    throw new UsageError(`${into} keeps a run of another config: move it away, or rename ${run}`);
  }
}

/**
 * Copies of a run what its page and tests of significance are made of.
 * @param more files that the pages of its experiment read
 */
export async function keepRun(
  run: string,
  into: string,
  more: readonly string[] = [],
): Promise<void> {
  if (resolve(run) === resolve(into)) return;
  await makeOutputFolder(into);
  for (const name of keptFiles) {
    const text = await readTextIfThere(join(run, name));
    if (text === undefined) continue;
    await writeAside(join(into, name), name === 'metrics.jsonl' ? withoutSteps(text) : text);
  }
  for (const name of more) await copy(join(run, name), join(into, name));
}

/** Copies a file, or what is in a folder, where it is there. */
async function copy(from: string, to: string): Promise<void> {
  const kind = await stat(from).catch(() => undefined);
  if (kind?.isFile()) await writeAside(to, await readFile(from));
  if (!kind?.isDirectory()) return;
  await makeOutputFolder(to);
  for (const name of await readdir(from)) await copy(join(from, name), join(to, name));
}

/** `checkPlace` for every cell of a sweep that is done. */
export async function checkSweepPlace(sweep: string, into: string): Promise<void> {
  for (const [cell, place] of await doneCells(sweep, into)) await checkPlace(cell, place);
}

/** Keeps the cells of a sweep that are done, also for pages of their own, and what it was to try. */
export async function keepSweep(sweep: string, into: string): Promise<void> {
  if (resolve(sweep) === resolve(into)) return;
  const { file: own } = await SweepDirectory.open(sweep);
  const { pageFiles } = experimentNamed(own.experiment);
  for (const [cell, place] of await doneCells(sweep, into)) await keepRun(cell, place, pageFiles);
  // Where the data was is of this machine.
  const file = { ...own, dataFolder: 'data' };
  await writeAside(join(into, 'sweep.json'), `${JSON.stringify(file, undefined, 1)}\n`);
}

/** The cells of a sweep that are done, each with the folder where it is kept. */
async function doneCells(sweep: string, into: string): Promise<(readonly [string, string])[]> {
  const directory = await SweepDirectory.open(sweep);
  const done = (await directory.status()).filter(({ state }) => state === 'done');
  return done.map(({ name }) => [directory.cellPath(name), join(into, 'cells', name)] as const);
}

/** The lines of metrics.jsonl that end an epoch: a long training has thousands of others. */
const withoutSteps = (metrics: string) =>
  metrics
    .split('\n')
    .filter((line) => line !== '' && !isStep(line))
    .map((line) => `${line}\n`)
    .join('');

function isStep(line: string): boolean {
  try {
    return (parseJson(line, 'metrics.jsonl') as { kind?: unknown }).kind === 'step';
  } catch {
    // A torn last line.
    return true;
  }
}
