import { counted } from '../../counted.js';
import type { FinishedRun, Page } from '../experiment.js';
import { tableToMarkdown, type Table } from '../../report/table.js';
import { chosenSection } from '../results/chosen.js';
import { claimsSection } from '../results/claims.js';
import { comparedSection } from '../results/compared.js';
import { nerClaims } from './claims.js';
import type { NerResult } from './result.js';
import { inOrder, nerPlaces } from './rows.js';
import { groupBy } from '../../report/group-by.js';
import { knownAs, vectorsText } from '../../data/acquire/known-data.js';
import { dataTitle, languageOf, vectorsOf } from './data-used.js';
import {
  lossesTable,
  nerRunTable,
  ownDataTable,
  provenanceTable,
  sparsityTable,
} from './tables.js';

/** The tables of finished runs: one run's own, or the paper's table of losses. */
export function nerTables(results: readonly NerResult[]): Table[] {
  const [first] = results;
  if (results.length === 1 && first) return [nerRunTable(first)];
  const { known, others } = byData(results, (result) => result);
  return [
    ...(known.length > 0
      ? [lossesTable(known, 'test'), lossesTable(known, 'development'), sparsityTable(known)]
      : []),
    ...(others.length > 0 ? [ownDataTable(others), sparsityTable(others)] : []),
    provenanceTable([...known, ...others]),
  ];
}

/** Runs on the shared tasks' data, in the order of language, Ω, loss and seed, and the others. */
function byData<Run>(runs: readonly Run[], resultOf: (run: Run) => NerResult) {
  const sorted = inOrder(runs, resultOf);
  return {
    known: sorted.filter((run) => languageOf(resultOf(run))),
    others: sorted.filter((run) => !languageOf(resultOf(run))),
  };
}

/**
 * ner-conll when some runs are on the data of the shared tasks, with the language when that is one, else
 * ner. What the page says follows from the runs.
 */
export async function nerPage(all: readonly FinishedRun<NerResult>[]): Promise<Page<NerResult>> {
  const sorted = byData(all, ({ result }) => result);
  const runs = [...sorted.known, ...sorted.others];
  const results = runs.map(({ result }) => result);
  const known = sorted.known.map(({ result }) => result);
  const others = sorted.others.map(({ result }) => result);
  const tables = nerTables(results).map((table) => tableToMarkdown(table));
  const budgets = new Set(results.map(({ config }) => budgetText(config)));
  const isConll = known.length > 0;
  const languages = new Set(known.map(languageOf));
  const isOne = languages.size === 1;
  const data = isOne ? dataTitle(known[0]!) : 'CoNLL 2002 and 2003';
  const page = [
    `# Named entity recognition${isConll ? ` on ${data}` : ''}`,
    vectorsNote(known, others),
    `Training: ${[...budgets].join('; ')}.` +
      (isConll ? ' The authors of the model train 80 epochs of SGD.' : ''),
    ...tables,
    ...(await comparedSection(runs, nerPlaces)),
    ...(await chosenSection(runs, nerPlaces)),
    ...(isConll ? [claimsSection(nerClaims(known))] : []),
  ].join('\n\n');
  const name = ['ner', ...(isConll ? ['conll'] : []), ...(isOne ? languages : [])].join('-');
  return { name, text: `${page}\n`, runs, files: {} };
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
  const { kind, learningRate, decay, warmUp, halveAfter } = optimiser;
  return (
    `${counted(training.epochs, 'epoch')} of ${kind === 'adam' ? 'Adam' : 'SGD'}, rate ${learningRate}` +
    (decay === 'linear' ? ' falling linearly to 0' : '') +
    (warmUp ? ` after a rise over ${counted(warmUp, 'step')}` : '') +
    (halveAfter
      ? `, halved after ${counted(halveAfter, 'epoch')} without a better development score`
      : '') +
    (training.patience ? `, stopped after ${training.patience} without one` : '')
  );
}
