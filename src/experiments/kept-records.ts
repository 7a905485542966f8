import { readFile, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { parseJson, readTextIfThere } from '../read-file.js';
import { recordFiles } from '../runner/recorded-run.js';
import { choiceFile } from '../runner/sweep/choices.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { writeAside } from '../runner/write-aside.js';
import { testScoresFile } from './sentence-scores.js';

/** The folder in results/ with what is kept of runs, a folder for each page. */
export const recordsFolder = 'records';

/** What of a run directory tells what it did. Models and checkpoints, a hundred times as large, do not. */
const keptFiles = [...recordFiles, 'provenance.json', 'data.json', choiceFile, testScoresFile];

/**
 * Copies of a run what its page and tests of significance are made of.
 * @param more files that the pages of its experiment read
 * @throws UsageError when another run is kept there
 */
export async function keepRun(
  run: string,
  into: string,
  more: readonly string[] = [],
): Promise<void> {
  if (resolve(run) === resolve(into)) return;
  const before = await readTextIfThere(join(into, 'config.yaml'));
  const own = await readTextIfThere(join(run, 'config.yaml'));
  if (before !== undefined && before !== own) {
    throw new UsageError(`${into} keeps a run of another config: move it away, or rename ${run}`);
  }
  await makeFolder(into);
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
  await makeFolder(to);
  for (const name of await readdir(from)) await copy(join(from, name), join(to, name));
}

/** Keeps the cells of a sweep that are done, and what it was to try. */
export async function keepSweep(sweep: string, into: string): Promise<void> {
  if (resolve(sweep) === resolve(into)) return;
  const directory = await SweepDirectory.open(sweep);
  for (const { name, state } of await directory.status()) {
    if (state === 'done') await keepRun(directory.cellPath(name), join(into, 'cells', name));
  }
  // Where the data was is of this machine.
  const file = { ...directory.file, dataFolder: 'data' };
  await writeAside(join(into, 'sweep.json'), `${JSON.stringify(file, undefined, 1)}\n`);
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
