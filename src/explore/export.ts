import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError, UsageError } from '../errors.js';
import { projectFile } from '../project-file.js';
import { readRunFigures } from '../report/figures/run-figures.js';
import { makeOutputFolder, storageError } from '../runner/write-aside.js';
import { pathInside } from './server/files.js';
import { policyElement } from './server/guard.js';
import { MetricsFollower } from './server/metrics-follower.js';
import { RunFolder } from './server/runs.js';
import type { ListedRun, RunList } from './shown.js';

export interface ExportOptions {
  /** The folder that is made; there must be nothing in it yet. */
  out: string;
  /** The runs of this folder go with it; none by default. */
  folder?: string | undefined;
  /** Where the page was built to; default beside this module. */
  pageFolder?: string;
}

/**
 * Writes the page and runs as plain files, at the addresses at which the server has them: a site for
 * any web host and any folder of it. What of a run could run a script there is left out.
 *
 * @returns how many runs it holds, and what is wrong with those that it does not
 * @throws UsageError when `out` is there already; DataError when `folder` has no runs; StorageError when the
 *   site cannot be written
 */
export async function exportSite(options: ExportOptions): Promise<{
  runs: number;
  problems: string[];
}> {
  const { out, folder } = options;
  const pageFolder = options.pageFolder ?? projectFile('dist/explore/page');
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    const reason = error.code === 'ENOTDIR' ? 'it is, or lies below, a file' : error.message;
    throw new UsageError(`--export ${out}: ${reason}`);
  });
  const refused = () => new UsageError(`--export ${out}: there is something in it already`);
  if (there && there.length > 0) throw refused();
  const writing: Writing = (work) =>
    work.catch((error: unknown) => {
      throw storageError(out, error);
    });
  await makeOutputFolder(dirname(resolve(out)));
  // A fresh name: whatever else lies beside the site is somebody's.
  const own = await writing(mkdtemp(`${resolve(out)}.part-`));
  // Inside it, since mkdtemp makes folders that no web server may read.
  const aside = join(own, 'site');
  try {
    await writing(cp(pageFolder, aside, { recursive: true }));
    const index = await readFile(join(aside, 'index.html'), 'utf8');
    await writing(
      writeFile(
        join(aside, 'index.html'),
        index.replace('<meta charset="utf-8" />', `$&\n    ${policyElement}`),
      ),
    );
    const { list, problems } = await writeRuns(join(aside, 'runs'), folder, writing);
    try {
      if (there) await rmdir(out);
      await rename(aside, out);
    } catch (error) {
      // Another export was faster.
      if (/^(ENOTEMPTY|EEXIST)$/.test(String((error as NodeJS.ErrnoException).code)))
        throw refused();
      throw storageError(out, error);
    }
    return { runs: list.length, problems };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Has an error of writing say where, in words. */
type Writing = <Value>(work: Promise<Value>) => Promise<Value>;

async function writeRuns(site: string, folder: string | undefined, writing: Writing) {
  const problems: string[] = [];
  const list: ListedRun[] = [];
  let hide: Hide = (text) => text;
  if (folder !== undefined) {
    // Nobody waits at a page for what a long run takes.
    const runs = new RunFolder(folder, { mostMetricsBytes: Infinity });
    const found = await runs.list();
    if (found.problem !== undefined) throw new DataError(found.problem);
    if (found.runs.length === 0) throw new DataError(`there are no runs in ${folder}`);
    hide = await hidingPlaces(folder);
    for (const run of found.runs) {
      try {
        if (run.state === 'unreadable') throw new DataError(run.problem);
        const names = run.name.split('/').filter(Boolean);
        const files = await filesOf(runs, names, hide);
        await writing(writeRun(join(site, 'at', ...names), files));
        list.push(run);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        problems.push(`${run.name || folder}: ${error.message}`);
      }
    }
  }
  const index: RunList = {
    folder: folder === undefined ? 'this site' : basename(resolve(folder)),
    runs: list,
    exported: true,
  };
  await writing(mkdir(site, { recursive: true }));
  await writing(writeFile(join(site, 'index.json'), hide(JSON.stringify(index))));
  return { list, problems };
}

/** Replaces the places of this machine in a text, which are nobody's business. */
type Hide = (text: string) => string;

/** Hides where the runs are, the working folder and the user's home: logs and settings name them. */
async function hidingPlaces(folder: string): Promise<Hide> {
  const name = basename(resolve(folder));
  const places: [path: string, shown: string][] = [
    [await realpath(folder), name],
    [resolve(folder), name],
    [process.cwd(), '.'],
    [homedir(), '~'],
  ];
  // The root of a file system is in every path, and tells nothing.
  const telling = places.filter(([path]) => dirname(path) !== path);
  const hidden = telling.flatMap(([path, shown]) =>
    // As it is, and as JSON writes it.
    [path, JSON.stringify(path).slice(1, -1)].map((written) => ({
      place: new RegExp(`(?<![\\w.-])${written.replace(/\W/g, '\\$&')}(?![\\w-])`, 'g'),
      shown,
    })),
  );
  return (text) => hidden.reduce((all, { place, shown }) => all.replace(place, () => shown), text);
}

type SiteFile = [name: string, content: string | Uint8Array];

/** What the site has of a run. */
async function filesOf(runs: RunFolder, names: readonly string[], hide: Hide): Promise<SiteFile[]> {
  const source = join(runs.root, ...names);
  const shown = await runs.run(names);
  // Drawings that would run something are not among these.
  const { figures } = await readRunFigures(source);
  const follower = new MetricsFollower(runs.root, [...names, 'metrics.jsonl']);
  await follower.update();
  const files: SiteFile[] = [
    [
      'run.json',
      hide(JSON.stringify({ ...shown, figures: figures.map(({ name }) => `${name}.svg`) })),
    ],
    ['curves.json', JSON.stringify({ curves: follower.curves.all(), problem: follower.problem })],
    // Anew: one that lies there may run a script.
    ['report.html', hide(await runs.report(names))],
    ...figures.map(({ name, svg }) => [join('figures', `${name}.svg`), svg] as SiteFile),
  ];
  const numbers = await pathInside(runs.root, [...names, 'best.bin']);
  if (shown.model && numbers !== undefined) {
    files.push(['page-model.json', hide(JSON.stringify(await runs.model(names)))]);
    files.push(['best.bin', await readFile(numbers)]);
  }
  return files;
}

async function writeRun(folder: string, files: readonly SiteFile[]): Promise<void> {
  await mkdir(join(folder, 'figures'), { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
}
