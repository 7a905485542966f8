import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DataError, UsageError } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { projectFile } from '../project-file.js';
import { readRunFigures } from '../report/run-figures.js';
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
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`--export ${out}: ${error.message}`);
  });
  if (there.length > 0) throw new UsageError(`--export ${out}: there is something in it already`);
  const aside = `${resolve(out)}.part`;
  try {
    await rm(aside, { recursive: true, force: true });
    await makeFolder(aside);
    await cp(pageFolder, aside, { recursive: true });
    const index = await readFile(join(aside, 'index.html'), 'utf8');
    await writeFile(
      join(aside, 'index.html'),
      index.replace('<meta charset="utf-8" />', `$&\n    ${policyElement}`),
    );
    const { list, problems } = await writeRuns(join(aside, 'runs'), folder);
    await rm(out, { recursive: true, force: true });
    await rename(aside, out);
    return { runs: list.length, problems };
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

async function writeRuns(site: string, folder: string | undefined) {
  const problems: string[] = [];
  const list: ListedRun[] = [];
  if (folder !== undefined) {
    const runs = new RunFolder(folder);
    const found = await runs.list();
    if (found.problem !== undefined) throw new DataError(found.problem);
    if (found.runs.length === 0) throw new DataError(`there are no runs in ${folder}`);
    for (const run of found.runs) {
      try {
        if (run.state === 'unreadable') throw new DataError(run.problem);
        await writeRun(join(site, 'at'), runs, run.name.split('/').filter(Boolean));
        list.push(run);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        problems.push(`${run.name || folder}: ${error.message}`);
      }
    }
  }
  const index: RunList = {
    // Where it was on this machine is nobody's business.
    folder: folder === undefined ? 'this site' : basename(resolve(folder)),
    runs: list,
    exported: true,
  };
  await mkdir(site, { recursive: true });
  await writeFile(join(site, 'index.json'), JSON.stringify(index));
  return { list, problems };
}

async function writeRun(at: string, runs: RunFolder, names: readonly string[]): Promise<void> {
  const source = join(runs.root, ...names);
  const shown = await runs.run(names);
  // Drawings that would run something are not among these.
  const { figures } = await readRunFigures(source);
  const follower = new MetricsFollower(runs.root, [...names, 'metrics.jsonl']);
  await follower.update();
  const files: [name: string, content: string | Uint8Array][] = [
    ['run.json', JSON.stringify({ ...shown, figures: figures.map(({ name }) => `${name}.svg`) })],
    ['curves.json', JSON.stringify({ curves: follower.curves.all(), problem: follower.problem })],
    ['report.html', await runs.report(names)],
    ...figures.map(({ name, svg }) => [join('figures', `${name}.svg`), svg] as [string, string]),
  ];
  const numbers = await pathInside(runs.root, [...names, 'best.bin']);
  if (shown.model && numbers !== undefined) {
    files.push(['page-model.json', JSON.stringify(await runs.model(names))]);
    files.push(['best.bin', await readFile(numbers)]);
  }
  const folder = join(at, ...names);
  await mkdir(join(folder, 'figures'), { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
}
