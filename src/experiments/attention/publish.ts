import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../make-folder.js';
import { DataError } from '../../errors.js';
import { parseJson, readTextFile } from '../../read-file.js';
import { attentionFigure, type AttentionMap } from '../../report/attention-figure.js';
import { tableToMarkdown } from '../../report/table.js';
import type { RecordedRun } from '../../runner/recorded-run.js';
import { writeAside } from '../../runner/write-aside.js';
import { anyFiles, anyProvenance, type Publishing } from '../publishing.js';
import { mapsFile } from './attention-maps.js';
import { corpusTitle, dataSetOf } from './data-used.js';
import { attentionFindings } from './findings.js';
import { attentionSchema } from './config.js';
import type { AttentionResult } from './run.js';
import { attentionRunTable, attentionTables } from './tables.js';

const testScores = z.looseObject({
  name: z.string(),
  sentences: z.number(),
  bleuTokens: z.number(),
  bleu13aCased: z.number(),
  bleu13aLowercased: z.number(),
  brevityPenalty: z.number(),
  perplexity: z.number().optional(),
});
const resultSchema = z.looseObject({
  experiment: z.literal('attention'),
  config: attentionSchema,
  provenance: anyProvenance,
  files: anyFiles,
  sizes: z.looseObject({ training: z.number(), source: z.number(), target: z.number() }),
  training: z.looseObject({
    epochs: z.number(),
    bestEpoch: z.number(),
    steps: z.number(),
    seconds: z.number(),
  }),
  development: testScores.extend({ perplexity: z.number() }),
  tests: z.array(testScores).min(1),
  attention: z.looseObject({
    zeros: z.number(),
    blocks: z.number(),
    visibleBlocks: z.number(),
    mass: z.number(),
  }),
});

/** What attention adds to reports, and what it commits. */
export const attentionPublishing: Publishing = {
  result: resultSchema,
  tables(results) {
    const own = results as unknown as AttentionResult[];
    return own.length === 1 ? [attentionRunTable(own[0]!)] : attentionTables(own);
  },
  title: (result) => {
    const own = result as unknown as AttentionResult;
    const { corpus, model } = own.config;
    return `Translation, ${corpusTitle(own)} ${corpus.pair}, attention ${model.attention}`;
  },
  publish,
};

const isGenerated = ({ config }: AttentionResult) => config.corpus.source === 'synthetic';

/**
 * Writes attention-CORPUS.md and .json with the tables and numbers of all runs, and for each
 * direction a figure of their attention on the same sentences, side by side.
 */
async function publish(runs: readonly RecordedRun[], folder: string): Promise<string> {
  await makeFolder(join(folder, 'figures'));
  const results = runs.map(({ result }) => result as unknown as AttentionResult);
  // Other text in the place of a data set is no result about that data set.
  const known = results.every((result) => dataSetOf(result) ?? isGenerated(result));
  const { source } = results[0]!.config.corpus;
  const name = known ? `attention-${source}` : 'attention';
  const images: string[] = [];
  for (const pair of new Set(results.map(({ config }) => config.corpus.pair))) {
    const columns = [];
    for (const [at, { path }] of runs.entries()) {
      const { config } = results[at]!;
      if (config.corpus.pair !== pair) continue;
      const maps = await readMaps(join(path, mapsFile));
      columns.push({ name: config.model.attention, maps });
    }
    const file = `${name}-${pair}.svg`;
    await writeAside(join(folder, 'figures', file), attentionFigure(columns));
    const caption = `${pair}: attention while the decoder is given the reference translations.`;
    images.push(`![${caption}](figures/${file})\n\n${caption}\n`);
  }
  // A single run is held against its own table.
  const own = results.length === 1 ? [attentionRunTable(results[0]!)] : [];
  const tables = [...own, ...attentionTables(results)].map(tableToMarkdown);
  const findings = attentionFindings(results).map((finding) => `- ${finding}\n`);
  const heading = results.some(dataSetOf) ? 'The paper’s findings' : 'Findings';
  const page = [
    `# Structured attention in translation\n\n${tables.join('\n\n')}\n`,
    ...(findings.length > 0 ? [`## ${heading}\n\n${findings.join('\n')}`] : []),
    images.join('\n'),
  ].join('\n');
  await writeAside(join(folder, `${name}.md`), page);
  await writeAside(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
  return name;
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

async function readMaps(path: string): Promise<AttentionMap[]> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`cannot read ${path}: ${(error as Error).message}`);
  }
  const maps = mapsSchema.safeParse(parseJson(text, path));
  if (maps.success) return maps.data;
  const [issue] = maps.error.issues;
  throw new DataError(`${path}: ${issue!.path.map(String).join('.')}: ${issue!.message}`);
}
