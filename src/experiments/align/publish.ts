import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../make-folder.js';
import { DataError } from '../../errors.js';
import { readRunFigures } from '../../report/run-figures.js';
import { namedValuesSchema } from '../../runner/named-values.js';
import type { RecordedRun } from '../../runner/recorded-run.js';
import { quoted } from '../../visible.js';
import { writeAside } from '../../runner/write-aside.js';
import { anyFiles, anyProvenance, measured, type Publishing } from '../publishing.js';
import { alignSchema } from './config.js';
import { listeningSection } from './listening.js';
import type { AlignResult } from './summary.js';
import { alignTable, alignTitle, resultsPage } from './tables.js';

const spread = z.object({ mean: measured, deviation: measured });
const errors = z.looseObject({
  rmse: spread,
  meanAbsolute: spread,
  medianAbsolute: spread,
  within50ms: spread,
  within100ms: spread,
});
const resultSchema = z.looseObject({
  experiment: z.literal('align'),
  config: z.looseObject({
    name: z.string(),
    title: z.string(),
    choices: z.string().optional(),
    data: alignSchema.shape.data,
    features: alignSchema.shape.features,
    model: alignSchema.shape.model,
    endToEnd: z.array(z.looseObject({ name: z.string() })).min(1),
    fold: z.int().min(1).optional(),
  }),
  provenance: anyProvenance,
  files: anyFiles,
  rows: z.array(z.looseObject({ name: z.string(), test: errors, training: errors })),
  folds: z.array(
    z.looseObject({
      piece: z.string(),
      onsets: namedValuesSchema(z.array(z.number())).optional(),
      settings: z.looseObject({ chosen: z.union([z.array(z.string()), z.boolean()]) }),
      seconds: z.number(),
    }),
  ),
});

/** What alignment adds to reports, and what it commits. */
export const alignPublishing: Publishing = {
  result: resultSchema,
  tables: (results) => (results as unknown as AlignResult[]).map(alignTable),
  title: (result) => alignTitle(result as unknown as AlignResult),
  sections: (run, { dataFolder }) => listeningSection(resultOf(run), dataFolder),
  publish,
};

const resultOf = ({ result }: RecordedRun) => result as unknown as AlignResult;

/**
 * Writes NAME.md and NAME.json with the tables and numbers of all runs, their figures, and their
 * models. NAME is the first run's.
 */
async function publish(runs: readonly RecordedRun[], folder: string): Promise<string> {
  await makeFolder(join(folder, 'figures'));
  const results = runs.map(resultOf);
  const { name } = results[0]!.config;
  for (const [index, { config }] of results.entries()) {
    // It becomes a file name.
    if (/^[\w-]+$/.test(config.name)) continue;
    throw new DataError(
      `${join(runs[index]!.path, 'result.json')}: config.name is ${quoted(config.name)}, expected ` +
        'letters, digits, _ and - for the name of a page',
    );
  }
  const images: string[] = [];
  for (const [index, { path }] of runs.entries()) {
    const setting = results[index]!.config.name;
    const { figures, problems } = await readRunFigures(path);
    if (problems.length > 0) {
      images.push(`${problems.length} figures are left out: didyprog report says why.\n`);
    }
    for (const figure of figures) {
      const file = `${setting}-${figure.name}.svg`;
      await writeAside(join(folder, 'figures', file), figure.svg);
      images.push(`![${figure.caption}](figures/${file})\n\n${figure.caption}\n`);
    }
    const model = await readFile(join(path, 'model.json')).catch(() => undefined);
    if (model) await writeAside(join(folder, `${setting}-model.json`), model);
  }
  const page = resultsPage('Audio-to-score alignment', results, `\n${images.join('\n')}`);
  await writeAside(join(folder, `${name}.md`), page);
  await writeAside(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
  return name;
}
