import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../make-folder.js';
import { tableToMarkdown } from '../../report/table.js';
import { namedValuesSchema } from '../../runner/named-values.js';
import { writeAside } from '../../runner/write-aside.js';
import { anyFiles, anyProvenance, type Publishing } from '../publishing.js';
import { nerSchema } from './config.js';
import type { NerResult } from './run.js';
import { sampleSection } from './samples.js';
import { groupBy } from '../../report/group-by.js';
import { knownAs, vectorsText } from '../../data/known-data.js';
import { dataTitle, languageOf, vectorsOf } from './data-used.js';
import {
  findings,
  lossesTable,
  nerRunTable,
  ownDataTable,
  provenanceTable,
  sparsityTable,
} from './tables.js';

const scores = { precision: z.number(), recall: z.number(), f1: z.number() };
const evaluation = z.looseObject({
  ...scores,
  perType: namedValuesSchema(z.looseObject(scores)),
  sparsity: z.looseObject({ zeros: z.number(), support: z.number(), singlePaths: z.number() }),
});
const resultSchema = z.looseObject({
  experiment: z.literal('ner'),
  config: nerSchema,
  provenance: anyProvenance,
  files: anyFiles,
  training: z.looseObject({
    bestEpoch: z.number(),
    epochs: z.number(),
    tokensPerSecond: z.number(),
    seconds: z.number(),
  }),
  development: evaluation,
  test: evaluation,
});

/** What taggers add to reports, and what they commit. */
export const nerPublishing: Publishing = {
  result: resultSchema,
  tables: (results) => {
    const own = results as unknown as NerResult[];
    const [first] = own;
    if (own.length === 1 && first) return [nerRunTable(first)];
    const { known, others } = byData(own);
    return [
      ...(known.length > 0
        ? [lossesTable(known, 'test'), lossesTable(known, 'development'), sparsityTable(known)]
        : []),
      ...(others.length > 0 ? [ownDataTable(others), sparsityTable(others)] : []),
      provenanceTable([...known, ...others]),
    ];
  },
  title: (result) => {
    const own = result as unknown as NerResult;
    const { omega, loss } = own.config;
    return `${dataTitle(own)}: ${omega}, ${loss} loss`;
  },
  sections: ({ path, result }, { dataFolder }) =>
    sampleSection(path, (result as unknown as NerResult).config, dataFolder),
  publish: (runs, folder) =>
    publishNer(
      runs.map(({ result }) => result as unknown as NerResult),
      folder,
    ),
};

/** Runs on the shared tasks' data, in the order of language, Ω, loss and seed, and the others. */
function byData(results: readonly NerResult[]) {
  const rank = (result: NerResult) => [
    ['en', 'es', 'de', 'nl'].indexOf(languageOf(result)!),
    ['negentropy', 'l2', 'hard'].indexOf(result.config.omega),
    ['convex', 'cost'].indexOf(result.config.loss),
    result.config.seed,
  ];
  const known = results
    .filter((result) => languageOf(result))
    .toSorted((a, b) => {
      const [first, second] = [rank(a), rank(b)];
      const at = first.findIndex((value, place) => value !== second[place]);
      return at < 0 ? 0 : first[at]! - second[at]!;
    });
  return { known, others: results.filter((result) => !languageOf(result)) };
}

/**
 * Writes NAME.md and NAME.json from finished runs: ner-conll when some are on the data of the shared
 * tasks, else ner. What the page says follows from the runs.
 */
async function publishNer(all: readonly NerResult[], folder: string): Promise<string> {
  const { known, others } = byData(all);
  const results = [...known, ...others];
  await makeFolder(folder);
  const tables = nerPublishing
    .tables(results.map((result) => ({ ...result })))
    .map((table) => tableToMarkdown(table));
  const budgets = new Set(results.map(({ config }) => budgetText(config)));
  const isConll = known.length > 0;
  const page = [
    isConll ? '# Named entity recognition on CoNLL 2002 and 2003' : '# Named entity recognition',
    vectorsNote(known, others),
    `Training: ${[...budgets].join('; ')}.` +
      (isConll ? ' The authors of the model train 80 epochs of SGD.' : ''),
    ...tables,
    ...(isConll ? ['## The paper’s findings', ...findings(known).map((one) => `- ${one}`)] : []),
  ].join('\n\n');
  const name = isConll ? 'ner-conll' : 'ner';
  await writeAside(join(folder, `${name}.md`), `${page}\n`);
  await writeAside(join(folder, `${name}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
  return name;
}

/** Which vectors each language had, and what that means beside the paper's numbers. */
function vectorsNote(known: readonly NerResult[], others: readonly NerResult[]): string {
  const nameOf = (result: NerResult) => languageOf(result) ?? dataTitle(result);
  const byName = groupBy([...known, ...others], nameOf);
  const used = [...byName].map(([name, results]) => {
    const files = results.map(vectorsOf);
    const texts = new Set(files.map((file) => (file ? vectorsText(file) : 'none')));
    return `${name}: ${[...texts].join(', or ')}`;
  });
  const small = known.some((result) => {
    const file = vectorsOf(result);
    return languageOf(result) === 'en' && file && knownAs(file)?.dataSet === 'glove-10k';
  });
  return (
    `Word vectors: ${used.join('; ')}.` +
    (known.length > 0 ? ' The paper has fastText’s for every language.' : '') +
    (small
      ? ' With these English vectors and 60 epochs of SGD the authors’ own PyTorch model was ' +
        'measured at 86.8 (91.1 on development).'
      : '')
  );
}

/** How long and at which rate a run trains. */
function budgetText({ training, optimiser }: NerResult['config']): string {
  const { kind, learningRate, decay, halveAfter } = optimiser;
  return (
    `${training.epochs} epochs of ${kind === 'adam' ? 'Adam' : 'SGD'}, rate ${learningRate}` +
    (decay === 'linear' ? ' falling linearly to 0' : '') +
    (halveAfter ? `, halved after ${halveAfter} epochs without a better development score` : '') +
    (training.patience ? `, stopped after ${training.patience} without one` : '')
  );
}
