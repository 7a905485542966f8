import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { tableToMarkdown } from '../../report/table.js';
import { findRuns } from '../../runner/recorded-run.js';
import { writeAside } from '../../runner/write-aside.js';
import type { NerResult } from './run.js';
import { findings, lossesTable, provenanceTable, sparsityTable } from './tables.js';

/**
 * The results of all finished runs of taggers on real languages below folders, in the order of
 * language, Ω, loss and seed.
 */
export async function collectNerResults(folders: readonly string[]): Promise<NerResult[]> {
  const paths = (await Promise.all(folders.map((folder) => findRuns(folder)))).flat();
  const results: NerResult[] = [];
  for (const path of paths) {
    const result = await readResult(join(path, 'result.json'));
    if (result?.experiment === 'ner' && result.config.language !== 'synthetic')
      results.push(result);
  }
  const rank = ({ config }: NerResult) => [
    ['en', 'es', 'de', 'nl'].indexOf(config.language),
    ['negentropy', 'l2', 'hard'].indexOf(config.omega),
    ['convex', 'cost'].indexOf(config.loss),
    config.seed,
  ];
  return results.sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    const at = first.findIndex((value, place) => value !== second[place]);
    return at < 0 ? 0 : first[at]! - second[at]!;
  });
}

async function readResult(path: string): Promise<NerResult | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as NerResult;
  } catch {
    throw new DataError(`${path} is not JSON: it is damaged`);
  }
}

/** Writes what the project commits: ner-conll.md and ner-conll.json, from finished runs. */
export async function publishNer(results: readonly NerResult[], folder: string): Promise<string> {
  if (results.length === 0) {
    throw new DataError('there is no finished run of a tagger on a real language to publish');
  }
  await mkdir(folder, { recursive: true });
  const budgets = new Set(
    results.map(
      ({ config: { training, optimiser } }) =>
        `at most ${training.epochs} epochs` +
        (training.patience ? `, stopped after ${training.patience} without a better score` : '') +
        (optimiser.halveAfter
          ? `, the rate halved after ${optimiser.halveAfter} without a better score`
          : ''),
    ),
  );
  const page = [
    '# Named entity recognition on CoNLL 2002 and 2003',
    tableToMarkdown(lossesTable(results, 'test')),
    'The paper’s word vectors (fastText) were not to be had: English has the GloVe vectors of the ' +
      '10,000 most frequent words, 50 dimensions, and the other languages have none, so the ' +
      'numbers are lower than the paper’s for that reason alone. The table of runs says which.',
    `Training: ${[...budgets].join('; ')}.`,
    tableToMarkdown(lossesTable(results, 'development')),
    '## The paper’s findings',
    ...findings(results).map((sentence) => `- ${sentence}`),
    '## Sparsity',
    tableToMarkdown(sparsityTable(results)),
    '## Where the numbers come from',
    tableToMarkdown(provenanceTable(results)),
  ].join('\n\n');
  const path = join(folder, 'ner-conll.md');
  await writeAside(path, `${page}\n`);
  // Without the epochs: the committed file holds the numbers that the tables show.
  const numbers = results.map((result) => ({
    ...result,
    training: { ...result.training, history: undefined },
  }));
  await writeAside(join(folder, 'ner-conll.json'), `${JSON.stringify(numbers, undefined, 1)}\n`);
  return path;
}
