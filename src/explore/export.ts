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
import { makeFolder } from '../make-folder.js';
import { projectFile } from '../project-file.js';
import { readRunFigures } from '../report/figures/run-figures.js';
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
 * @throws UsageError when `out` is there already; DataError when `folder` has no runs
 */
export async function exportSite(options: ExportOptions): Promise<{
  runs: number;
  problems: string[];
}> {
  const { out, folder } = options;
  const pageFolder = options.pageFolder ?? projectFile('dist/explore/page');
  const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`--export ${out}: ${error.message}`);
  });
  if (there && there.length > 0) {
    throw new UsageError(`--export ${out}: there is something in it already`);
  }
  await makeFolder(dirname(resolve(out)));
  // A fresh name: whatever else lies beside the site is somebody's.
  const own = await mkdtemp(`${resolve(out)}.part-`);
  // Inside it, since mkdtemp makes folders that no web server may read.
  const aside = join(own, 'site');
  try {
    await cp(pageFolder, aside, { recursive: true });
    const index = await readFile(join(aside, 'index.html'), 'utf8');
    await writeFile(
      join(aside, 'index.html'),
      index.replace('<meta charset="utf-8" />', `$&\n    ${policyElement}`),
    );
    const { list, problems } = await writeRuns(join(aside, 'runs'), folder);
    if (there) await rmdir(out);
    await rename(aside, out);
    return { runs: list.length, problems };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function writeRuns(site: string, folder: string | undefined) {
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
        await writeRun(join(site, 'at'), runs, run.name.split('/').filter(Boolean), hide);
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
  await mkdir(site, { recursive: true });
  await writeFile(join(site, 'index.json'), hide(JSON.stringify(index)));
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

async function writeRun(
  at: string,
  runs: RunFolder,
  names: readonly string[],
  hide: Hide,
): Promise<void> {
  const source = join(runs.root, ...names);
  const shown = await runs.run(names);
  // Drawings that would run something are not among these.
  const { figures } = await readRunFigures(source);
  const follower = new MetricsFollower(runs.root, [...names, 'metrics.jsonl']);
  await follower.update();
  const files: [name: string, content: string | Uint8Array][] = [
    [
      'run.json',
      hide(JSON.stringify({ ...shown, figures: figures.map(({ name }) => `${name}.svg`) })),
    ],
    ['curves.json', JSON.stringify({ curves: follower.curves.all(), problem: follower.problem })],
    // Anew: one that lies there may run a script.
    ['report.html', hide(await runs.report(names))],
    ...figures.map(({ name, svg }) => [join('figures', `${name}.svg`), svg] as [string, string]),
  ];
  const numbers = await pathInside(runs.root, [...names, 'best.bin']);
  if (shown.model && numbers !== undefined) {
    files.push(['page-model.json', hide(JSON.stringify(await runs.model(names)))]);
    files.push(['best.bin', await readFile(numbers)]);
  }
  const folder = join(at, ...names);
  await mkdir(join(folder, 'figures'), { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
}
