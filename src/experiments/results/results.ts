import { mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { groupBy } from '../../report/group-by.js';
import { tableToMarkdown, type Table } from '../../report/table.js';
import { namedValues, namedValuesSchema } from '../../runner/checkpoint/named-values.js';
import { notice } from '../../runner/notice.js';
import { isRunDirectory, readRun, type RecordedRun } from '../../runner/run/recorded-run.js';
import { parseJson, readTextIfThere } from '../../read-file.js';
import { quoted, visible } from '../../visible.js';
import {
  inOutputFolder,
  jsonText,
  makeOutputFolder,
  writeAside,
} from '../../runner/write-aside.js';
import {
  checkResult,
  resultFile,
  type Experiment,
  type FinishedRun,
  type PageFiles,
  type Result,
  type RunConfig,
} from '../experiment.js';
import { checkPlace, checkSweepPlace, keepRun, keepSweep, recordsFolder } from './kept-records.js';
import { findExperiment } from '../registry.js';
import { withoutRepeats } from './repeated-runs.js';
import { isSweep, triedPage, triedSchema, triedTables } from './tried.js';

/** The file in results/ that says which run directories each page was made from. */
const sourcesFile = 'sources.json';

/** By page: run directories, relative to the folder that holds results/, in the page's order. */
const sourcesSchema = namedValuesSchema(z.array(z.string()).min(1));
type Sources = z.output<typeof sourcesSchema>;

/** What became of one page of results/. */
export interface PageState {
  name: string;
  /**
   * rebuilt, or when checking agrees: the same from the run directories. consistent: they are not
   * here, and the page's tables are those of its own JSON. differs: not so. absent: the run
   * directories are not here, and nothing was done.
   */
  state: 'rebuilt' | 'agrees' | 'consistent' | 'differs' | 'absent';
  /** Files that differ, or run directories that are not here. */
  details: string[];
}

/**
 * Publishes finished runs into `folder`, a page for each experiment, and sweeps that tried settings, a
 * page each; notes which they are. What is named twice, or repeats another run, counts once.
 * @param options.keep copies into `folder` what the pages are made of, and notes the copies
 * @param options.say told of what counts once
 * @returns the names of the pages
 * @throws UsageError for a run that is not done, or of an experiment that publishes nothing
 */
export async function publishRuns(
  named: readonly string[],
  folder: string,
  { keep = false, say = notice }: { keep?: boolean; say?: (text: string) => void } = {},
): Promise<string[]> {
  await checkFolder(folder, { mayBeMissing: true });
  const paths = await eachOnce(named, say);
  const kinds = await Promise.all(paths.map((path) => isSweep(path)));
  const runs = await Promise.all(paths.filter((_, at) => !kinds[at]).map((path) => readRun(path)));
  const sources = await readSources(folder);
  const sourceOf = (path: string) => relative(dirname(resolve(folder)), resolve(path));
  const recordsOf = (name: string) => join(folder, recordsFolder, name);
  const pages: PageFiles[] = [];
  const copies: (() => Promise<void>)[] = [];
  // Nothing is written before everything can be.
  for (const path of paths.filter((_, at) => kinds[at])) {
    const page = await triedPage(path, folder);
    const kept = recordsOf(page.name);
    if (keep) {
      await checkSweepPlace(path, kept);
      copies.push(() => keepSweep(path, kept));
    }
    sources[page.name] = [sourceOf(keep ? kept : path)];
    pages.push(page);
  }
  for (const all of groupBy(runs, experimentOf).values()) {
    const { experiment, done } = finishedRuns(all);
    const own = withoutRepeats(done, say);
    const page = await runsPage(experiment, own);
    const kept = ({ path }: Published) => join(recordsOf(page.name), basename(resolve(path)));
    for (const [into, [run, other]] of keep ? groupBy(own, kept) : []) {
      if (other) throw new UsageError(`--keep: ${run!.path} and ${other.path} have one name`);
      await checkPlace(run!.path, into);
      copies.push(() => keepRun(run!.path, into, experiment.pageFiles));
    }
    sources[page.name] = own.map((run) => sourceOf(keep ? kept(run) : run.path));
    pages.push(page);
  }
  const sorted = Object.fromEntries(Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)));
  await inOutputFolder(folder, async () => {
    for (const page of pages) await writePage(page, folder);
    for (const copy of copies) await copy();
    await writeAside(join(folder, sourcesFile), `${JSON.stringify(sorted, undefined, 2)}\n`);
  });
  return pages.map(({ name }) => name);
}

/** Rebuilds every page of `folder` whose run directories are here. */
export async function rebuildResults(folder: string): Promise<PageState[]> {
  return eachPage(folder, async ({ name, publish, missing }) => {
    if (!publish) return { name, state: 'absent', details: missing };
    await writePage(await publish(folder), folder);
    return { name, state: 'rebuilt', details: [] };
  });
}

/** Says of every page of `folder` whether it is what its runs give; changes nothing. */
export async function checkResults(folder: string): Promise<PageState[]> {
  return eachPage(folder, async ({ name, publish, missing }) => {
    if (!publish) return checkTables(folder, name, missing);
    const fresh = await mkdtemp(join(tmpdir(), 'didyprog-results-'));
    try {
      await writePage(await publish(fresh), fresh);
      const details = await differingFiles(fresh, folder);
      return { name, state: details.length > 0 ? 'differs' : 'agrees', details };
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  });
}

/** A page, and how to make it again; undefined when some directory that it was made from is not here. */
interface Page {
  name: string;
  publish: ((folder: string) => Promise<PageFiles>) | undefined;
  missing: string[];
}

async function eachPage(
  folder: string,
  work: (page: Page) => Promise<PageState>,
): Promise<PageState[]> {
  await checkFolder(folder);
  const sources = await readSources(folder);
  const names = [...new Set([...Object.keys(sources), ...(await pagesIn(folder))])].sort();
  if (names.length === 0) {
    throw new UsageError(`the results folder ${visible(folder)}: there is no page in it`);
  }
  const states: PageState[] = [];
  for (const name of names) {
    const paths = (sources[name] ?? []).map((path) => join(dirname(resolve(folder)), path));
    const missing: string[] = [];
    const sweep = paths.length === 1 && (await isSweep(paths[0]!)) ? paths[0] : undefined;
    for (const path of paths)
      if (path !== sweep && !(await isRunDirectory(path))) missing.push(path);
    const here = paths.length > 0 && missing.length === 0;
    const runs = here && !sweep ? await Promise.all(paths.map((path) => readRun(path))) : undefined;
    const pageOf = (all: readonly RecordedRun[]) => {
      const { experiment, done } = finishedRuns(all);
      return runsPage(experiment, done);
    };
    const publish = sweep ? (into: string) => triedPage(sweep, into) : runs && (() => pageOf(runs));
    states.push(await work({ name, publish, missing }));
  }
  return states;
}

/** @throws UsageError when there is no folder of results, or something else is in its place */
async function checkFolder(folder: string, { mayBeMissing = false } = {}): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error.code ?? '');
  if (typeof found === 'object' && found.isDirectory()) return;
  if (found === 'ENOENT' && mayBeMissing) return;
  const what = found === 'ENOENT' ? 'there is no such folder' : 'it is, or lies below, a file';
  throw new UsageError(`the results folder ${visible(folder)}: ${what}`);
}

/** The pages that are there: NAME.md beside a NAME.json that holds results of experiments. */
async function pagesIn(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new DataError(`cannot read the folder ${folder}: ${(error as Error).message}`);
  }
  const pages = names.filter((name) => name.endsWith('.md')).map((name) => name.slice(0, -3));
  return pages.filter((name) => names.includes(`${name}.json`));
}

/** Without its runs a page can still be held against the numbers that are committed beside it. */
async function checkTables(folder: string, name: string, missing: string[]): Promise<PageState> {
  const [page, json] = await Promise.all(
    ['md', 'json'].map((ending) => readTextIfThere(join(folder, `${name}.${ending}`))),
  );
  if (page === undefined || json === undefined) {
    const gone = page === undefined ? 'md' : 'json';
    const what = `${name}.${gone} is missing; ${sourcesFile} names it, and its runs are not here`;
    return { name, state: 'differs', details: [what, ...missing] };
  }
  const file = join(folder, `${name}.json`);
  const tables = tablesOf(parseJson(json, file), file);
  if (!tables) return { name, state: 'absent', details: missing };
  const off = tables.filter((table) => !page.includes(tableToMarkdown(table)));
  const details = off.map(({ caption }) => `${name}.md: ${caption ?? 'a table'}`);
  return { name, state: off.length > 0 ? 'differs' : 'consistent', details };
}

/** The tables that follow from a page's numbers; undefined where they are of nothing known here. */
function tablesOf(numbers: unknown, file: string): Table[] | undefined {
  const tried = triedSchema.safeParse(numbers);
  if (tried.success) return triedTables(tried.data);
  const results = resultsSchema.safeParse(numbers);
  const known = results.success ? findExperiment(results.data[0]!.experiment) : undefined;
  return known?.tables(results.data!.map((one) => checkResult(known, one, file)));
}

const resultsSchema = z.array(z.looseObject({ experiment: z.string() })).min(1);

type Published = FinishedRun<Result<RunConfig, object>>;

/**
 * Runs of one experiment with their checked results.
 * @throws UsageError for a run that is not done, or of an experiment that is not known
 */
function finishedRuns(runs: readonly RecordedRun[]): { experiment: Experiment; done: Published[] } {
  const [first] = runs as [RecordedRun];
  const experiment = findExperiment(experimentOf(first));
  if (!experiment) {
    throw new UsageError(
      `${first.path} is a run of ${quoted(experimentOf(first))}: it has no page in results`,
    );
  }
  const done = runs.map(({ path, result }) => ({
    path,
    result: checkResult(experiment, result, resultFile(path)),
    recorded: result!,
  }));
  return { experiment, done };
}

/** The page of runs of one experiment: NAME.md, NAME.json, and what stands beside. */
async function runsPage(experiment: Experiment, runs: readonly Published[]): Promise<PageFiles> {
  const { name, text, ...page } = await experiment.page(runs);
  const recorded = jsonText(page.runs.map((run) => run.recorded));
  return { name, files: { ...page.files, [`${name}.md`]: text, [`${name}.json`]: recorded } };
}

/** Paths without those that lead to the folder of an earlier one. */
async function eachOnce(paths: readonly string[], say: (text: string) => void): Promise<string[]> {
  const places = await Promise.all(paths.map((path) => realpath(path).catch(() => resolve(path))));
  return paths.filter((path, at) => {
    const first = places.indexOf(places[at]!);
    if (first === at) return true;
    say(`${path} is the same folder as ${paths[first]!}, and counts once`);
    return false;
  });
}

async function writePage({ files }: PageFiles, folder: string): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, file);
    await makeOutputFolder(dirname(path));
    await writeAside(path, content);
  }
}

function experimentOf({ path, result }: RecordedRun): unknown {
  if (!result) throw new UsageError(`${path} is not done: there is no result.json to publish`);
  return result['experiment'];
}

/** Files of `fresh`, at any depth, that are not the same in `folder`. */
async function differingFiles(fresh: string, folder: string): Promise<string[]> {
  const entries = await readdir(fresh, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(fresh, join(parentPath, name)));
  const differing: string[] = [];
  for (const file of files.sort()) {
    const committed = await readFile(join(folder, file)).catch(() => undefined);
    if (!committed?.equals(await readFile(join(fresh, file)))) differing.push(file);
  }
  return differing;
}

async function readSources(folder: string): Promise<Sources> {
  const path = join(folder, sourcesFile);
  const text = await readTextIfThere(path);
  if (text === undefined) return namedValues();
  const parsed = sourcesSchema.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data;
  throw new DataError(`${path}: expected lists of run directories by page`);
}
