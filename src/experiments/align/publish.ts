import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { htmlReport } from '../../report/html.js';
import { writeAside } from '../../runner/write-aside.js';
import { configYaml } from '../../runner/config.js';
import type { FinishedRun } from './run.js';
import { alignTable, resultsPage } from './tables.js';

/** Writes one self-contained page about runs to `folder`/report.html and returns its path. */
export async function writeReport(runs: readonly FinishedRun[], folder: string): Promise<string> {
  const path = join(folder, 'report.html');
  const page = htmlReport({
    title: 'Audio-to-score alignment',
    subtitle: runs.map(({ result }) => result.provenance.command).at(0),
    sections: runs.map(({ result, figures }) => ({
      heading: result.config.title,
      tables: [alignTable(result)],
      figures,
      code: configYaml(result.config),
    })),
  });
  await writeAside(path, page);
  return path;
}

/**
 * Writes what the project commits: NAME.md and NAME.json with the tables and numbers of all runs,
 * their figures, and their models. NAME is the first run's.
 */
export async function publish(runs: readonly FinishedRun[], folder: string): Promise<void> {
  await mkdir(join(folder, 'figures'), { recursive: true });
  const results = runs.map(({ result }) => result);
  const { name } = results[0]!.config;
  const images: string[] = [];
  for (const { result, figures, model } of runs) {
    for (const figure of figures) {
      const file = `${result.config.name}-${figure.name}.svg`;
      await writeAside(join(folder, 'figures', file), figure.svg);
      images.push(`![${figure.caption}](figures/${file})\n\n${figure.caption}\n`);
    }
    if (model) {
      const path = join(folder, `${result.config.name}-model.json`);
      await writeAside(path, `${JSON.stringify(model, undefined, 1)}\n`);
    }
  }
  const page = resultsPage('Audio-to-score alignment', results, `\n${images.join('\n')}`);
  await writeAside(join(folder, `${name}.md`), page);
  await writeAside(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
}
