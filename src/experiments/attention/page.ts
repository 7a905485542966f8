import { join } from 'node:path';
import { z } from 'zod';
import { neededText, parseJsonAs } from '../../read-file.js';
import { attentionFigure, type AttentionMap } from '../../report/figures/attention-figure.js';
import { tableToMarkdown } from '../../report/table.js';
import { chosenSection } from '../results/chosen.js';
import { claimsSection } from '../results/claims.js';
import { comparedSection } from '../results/compared.js';
import type { FinishedRun, Page } from '../experiment.js';
import { dataSetOf } from './data-used.js';
import { attentionClaims } from './claims.js';
import { pairOf } from './languages.js';
import { mapsFile, type AttentionResult } from './result.js';
import { attentionPlaces, attentionRunTable, attentionTables } from './tables.js';

const isGenerated = ({ config }: AttentionResult) => config.corpus.source === 'synthetic';

/**
 * attention-CORPUS with the tables and numbers of all runs, and for each direction a figure of their
 * attention on the same sentences, side by side.
 */
export async function attentionPage(
  runs: readonly FinishedRun<AttentionResult>[],
): Promise<Page<AttentionResult>> {
  const results = runs.map(({ result }) => result);
  // Other text in the place of a data set is no result about that data set.
  const known = results.every((result) => dataSetOf(result) ?? isGenerated(result));
  const { source } = results[0]!.config.corpus;
  const name = known ? `attention-${source}` : 'attention';
  const images: string[] = [];
  const files: Record<string, string> = {};
  for (const pair of new Set(results.map(({ config }) => pairOf(config.corpus)))) {
    const columns = [];
    for (const { path, result } of runs) {
      const { config } = result;
      if (pairOf(config.corpus) !== pair) continue;
      const maps = await readMaps(join(path, mapsFile));
      columns.push({ name: config.model.attention, maps });
    }
    const file = `${name}-${pair}.svg`;
    files[`figures/${file}`] = attentionFigure(columns);
    const caption = `${pair}: attention while the decoder is given the reference translations.`;
    images.push(`![${caption}](figures/${file})\n\n${caption}\n`);
  }
  // A single run is held against its own table.
  const own = results.length === 1 ? [attentionRunTable(results[0]!)] : [];
  const tables = [...own, ...attentionTables(results)].map(tableToMarkdown);
  const compared = [
    ...(await comparedSection(runs, attentionPlaces)),
    ...(await chosenSection(runs, attentionPlaces)),
  ];
  const text = [
    `# Structured attention in translation\n\n${tables.join('\n\n')}\n`,
    ...compared.map((part) => `${part}\n`),
    ...(results.some(dataSetOf) ? [`${claimsSection(attentionClaims(results))}\n`] : []),
    images.join('\n'),
  ].join('\n');
  return { name, text, runs, files };
}

const words = z.array(z.string());
const mapsSchema = z.array(
  z
    .looseObject({ source: words, target: words, weights: z.array(z.array(z.number())) })
    .refine(
      ({ source, target, weights }) =>
        [0, 1].includes(weights.length - target.length) &&
        weights.every((row) => row.length === source.length),
      'expected a weight for each source word in a row for each target word, and one for the end',
    ),
);

const readMaps = async (path: string): Promise<AttentionMap[]> =>
  parseJsonAs(mapsSchema, await neededText(path), path);
