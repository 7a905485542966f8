import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.js';
import { makeFolder } from '../../make-folder.js';
import { tableToMarkdown } from '../../report/table.js';
import { writeAside } from '../../runner/write-aside.js';
import { anyProvenance, type Publishing } from '../publishing.js';
import { nerSchema } from './config.js';
import type { NerResult } from './run.js';
import { sampleSection } from './samples.js';
import { findings, lossesTable, nerRunTable, provenanceTable, sparsityTable } from './tables.js';

const scores = { precision: z.number(), recall: z.number(), f1: z.number() };
const evaluation = z.looseObject({
  ...scores,
  perType: z.record(z.string(), z.looseObject(scores)),
  sparsity: z.looseObject({ zeros: z.number(), support: z.number(), singlePaths: z.number() }),
});
const resultSchema = z.looseObject({
  experiment: z.literal('ner'),
  config: nerSchema,
  provenance: anyProvenance,
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
    const real = own.filter(({ config }) => config.language !== 'synthetic');
    return real.length > 0
      ? [
          lossesTable(real, 'test'),
          lossesTable(real, 'development'),
          sparsityTable(real),
          provenanceTable(real),
        ]
      : own.map(nerRunTable);
  },
  sections: ({ path, result }, { dataFolder }) =>
    sampleSection(path, (result as unknown as NerResult).config, dataFolder),
  publish: (runs, folder) =>
    publishNer(
      runs.map(({ result }) => result as unknown as NerResult),
      folder,
    ),
};

/** In the order of language, Ω, loss and seed. */
function inOrder(results: readonly NerResult[]): NerResult[] {
  const rank = ({ config }: NerResult) => [
    ['en', 'es', 'de', 'nl'].indexOf(config.language),
    ['negentropy', 'l2', 'hard'].indexOf(config.omega),
    ['convex', 'cost'].indexOf(config.loss),
    config.seed,
  ];
  return results.toSorted((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    const at = first.findIndex((value, place) => value !== second[place]);
    return at < 0 ? 0 : first[at]! - second[at]!;
  });
}

/** The page's name in results/. */
const pageName = 'ner-conll';

/**
 * Writes ner-conll.md and ner-conll.json from finished runs on real languages.
 * @throws DataError without one
 */
async function publishNer(all: readonly NerResult[], folder: string): Promise<string> {
  const results = inOrder(all.filter(({ config }) => config.language !== 'synthetic'));
  if (results.length === 0) {
    throw new DataError('there is no finished run of a tagger on a real language to publish');
  }
  await makeFolder(folder);
  const budgets = new Set(results.map(({ config }) => budgetText(config)));
  const page = [
    '# Named entity recognition on CoNLL 2002 and 2003',
    tableToMarkdown(lossesTable(results, 'test')),
    'The paper’s word vectors (fastText) were not to be had: English has the GloVe vectors of the ' +
      '10,000 most frequent words, 50 dimensions, and the other languages have none. That is why our ' +
      'numbers are lower than the paper’s: with these vectors and 60 epochs of SGD the authors’ own ' +
      'PyTorch model was measured at 86.8 on English (91.1 on development).',
    `Training: ${[...budgets].join('; ')}. The authors of the model train 80 epochs of SGD, which ` +
      'is what configs/ner/ has.',
    tableToMarkdown(lossesTable(results, 'development')),
    '## The paper’s findings',
    ...findings(results).map((sentence) => `- ${sentence}`),
    '## Sparsity',
    tableToMarkdown(sparsityTable(results)),
    '## Where the numbers come from',
    tableToMarkdown(provenanceTable(results)),
  ].join('\n\n');
  await writeAside(join(folder, `${pageName}.md`), `${page}\n`);
  await writeAside(join(folder, `${pageName}.json`), `${JSON.stringify(results, undefined, 1)}\n`);
  return pageName;
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
