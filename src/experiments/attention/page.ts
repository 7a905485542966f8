import { join } from 'node:path';
import { z } from 'zod';
import { neededText, parseJsonAs } from '../../read-file.js';
import { attentionFigure, type AttentionMap } from '../../report/figures/attention-figure.js';
import { groupBy } from '../../report/group-by.js';
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
 * attention-CORPUS with the tables and numbers of all runs, and for each direction figures of their
 * attention, side by side where it is of the same sentences.
 */
export async function attentionPage(
  runs: readonly FinishedRun<AttentionResult>[],
): Promise<Page<AttentionResult>> {
  const results = runs.map(({ result }) => result);
  // Other text in the place of a data set is no result about that data set.
  const known = results.every((result) => dataSetOf(result) ?? isGenerated(result));
  const { source } = results[0]!.config.corpus;
  const name = known ? `attention-${source}` : 'attention';
  const drawn = await drawings(runs, name);
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
    drawn.map(({ file, caption }) => `![${caption}](${file})\n\n${caption}\n`).join('\n'),
  ].join('\n');
  const files = Object.fromEntries(drawn.map(({ file, svg }) => [file, svg]));
  return { name, text, runs, files };
}

/**
 * For each direction, and each choice of sentences in it, the maps of its runs side by side: runs on files of
 * one's own may have been tested on others.
 */
async function drawings(runs: readonly FinishedRun<AttentionResult>[], name: string) {
  const columns = [];
  for (const { path, result } of runs) {
    const { corpus, model } = result.config;
    const maps = await readMaps(join(path, mapsFile));
    // Models may know capitals or not.
    const sentences = JSON.stringify(maps.map(({ source, target }) => [source, target]));
    columns.push({
      pair: pairOf(corpus),
      sentences: sentences.toLowerCase(),
      column: { name: model.attention, maps },
    });
  }
  return [...groupBy(columns, ({ pair }) => pair)].flatMap(([pair, ofPair]) => {
    const shown = ofPair.filter(({ column }) => column.maps.length > 0);
    const groups = [...groupBy(shown, ({ sentences }) => sentences).values()];
    return groups.map((group, at) => {
      const first = group[0]!.column.maps[0]!.source.join(' ');
      const of = groups.length > 1 ? `, the first of “${first}”` : '';
      return {
        file: `figures/${name}-${pair}${at > 0 ? `-${at + 1}` : ''}.svg`,
        caption: `${pair}: attention while the decoder is given the reference translations${of}.`,
        svg: attentionFigure(group.map(({ column }) => column)),
      };
    });
  });
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
