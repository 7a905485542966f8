import { counted } from '../../counted.js';
import type { Scores } from '../../metrics/chunk-scores.js';
import { convertTags } from '../../data/readers/text/tag-scheme.js';
import { conllLanguages, vectorsText, type ConllLanguage } from '../../data/acquire/known-data.js';
import { groupBy } from '../../report/group-by.js';
import { paperNer } from '../../report/paper.js';
import { formatSample, percent, right, screenTable, type Table } from '../../report/table.js';
import { dataLabels, fileText } from '../../runner/run/data-files.js';
import { provenanceText, stretchesOf, valuesOf } from '../../runner/run/provenance.js';
import type { NerConfig } from './config.js';
import { dataTitle, languageOf, vectorsOf } from './data-used.js';
import { judgedPart, type NerEvaluation, type NerResult } from './result.js';
import { compareSettings, nerRows, type NerRow } from './rows.js';
import type { TaggedText } from './tagging.js';

const fixed = (value: number) => value.toFixed(2);

const scoreCells = ({ precision, recall, f1 }: Pick<Scores, 'precision' | 'recall' | 'f1'>) =>
  [precision, recall, f1].map(fixed);

const perType = (evaluation: NerEvaluation) =>
  Object.entries(evaluation.perType).map(([type, scores]) => [`  ${type}`, ...scoreCells(scores)]);

/** What the paper and Lample et al. print for a run's cell; undefined for data they do not have. */
function printedCells(result: NerResult): string[] | undefined {
  const language = languageOf(result);
  return language && [printedText(result.config, language), fixed(paperNer.lample[language])];
}

/** The scores of one run, whole and by type; on the data of the shared tasks the paper's beside them. */
export function nerRunTable(result: NerResult): Table {
  const { config, development, test, training, provenance } = result;
  const printed = printedCells(result);
  const notPrinted = printed ? ['', ''] : [];
  const vectors = vectorsOf(result);
  const judged = judgedPart(result);
  return {
    caption: `${dataTitle(result)}: ${config.omega}, ${config.loss} loss, γ ${config.gamma}`,
    columns: [
      '',
      right('precision'),
      right('recall'),
      right('F1'),
      ...(printed ? [right('paper'), right('Lample et al.')] : []),
    ],
    rows: [
      ['development', ...scoreCells(development), ...notPrinted],
      ...(test ? [['test', ...scoreCells(test), ...(printed ?? [])]] : []),
      ...perType(judged).map((row) => [...row, ...notPrinted]),
    ],
    notes: [
      `The best of ${counted(training.epochs, 'epoch')} on the development set: epoch ${training.bestEpoch}; ` +
        `${training.tokensPerSecond} tokens/s, ${training.seconds} s.`,
      `Word vectors: ${vectors ? vectorsText(vectors) : 'none'}.`,
      sparsityNote(judged, test ? 'test' : 'development'),
      ...(config.data.source === 'synthetic'
        ? ['Generated sentences: these numbers say nothing about real text.']
        : []),
      `Run: ${provenanceText(stretchesOf(provenance))}.`,
    ],
  };
}

function sparsityNote({ sparsity }: NerEvaluation, part?: string): string {
  return (
    `Tag marginals${part ? ` on the ${part} set` : ''}: ${percent(sparsity.zeros)} exactly 0, ` +
    `${fixed(sparsity.support)} possible tags a token, ` +
    `${percent(sparsity.singlePaths)} of sentences with one possible path.`
  );
}

/** The scores of one evaluation, whole and by type. */
export function evaluationTable(name: string, scores: NerEvaluation): Table {
  return {
    columns: ['', right('precision'), right('recall'), right('F1')],
    rows: [[name, ...scoreCells(scores)], ...perType(scores)],
    notes: [`Accuracy ${fixed(scores.accuracy)} % of tokens.`, sparsityNote(scores)],
  };
}

export const taggedText = (sentence: TaggedText, config: NerConfig) =>
  screenTable(rankedTable(sentence, config));

/** A tagged sentence: its words and tags, then the ranked taggings. */
export function rankedTable(
  { words, tags, best, wholeSupport }: TaggedText,
  config: NerConfig,
): Table {
  const shown = convertTags(tags, 'IOB2');
  const ranked = best.map((one) => convertTags(one.tags, 'IOB2'));
  return {
    columns: [
      'word',
      'tag',
      ...best.map(({ probability }, rank) => `${rank + 1}: ${probabilityText(probability)}`),
    ],
    rows: words.map((word, at) => [
      word,
      shown[at]!,
      // Only what differs from the prediction: the eye finds it.
      ...ranked.map((other) => (other[at] === shown[at] ? '·' : other[at]!)),
    ]),
    notes: best.length === 0 ? [] : [supportNote(best.length, wholeSupport, config)],
  };
}

function supportNote(count: number, wholeSupport: boolean, { omega }: NerConfig): string {
  const these = count === 1 ? 'This tagging is' : `These ${count} taggings are`;
  if (wholeSupport) return `${these} all there is: every other has probability 0.`;
  return omega === 'l2' || omega === 'entmax15'
    ? `${these} the most probable; there are more (--best).`
    : `${these} the most probable; with ${omega} every tagging is possible.`;
}

const probabilityText = (probability: number) =>
  probability >= 0.0001 ? `${(100 * probability).toFixed(2)} %` : probability.toExponential(1);

/** The paper's table of losses: rows Ω × loss, columns languages; the mean over seeds. */
export function lossesTable(results: readonly NerResult[], part: 'test' | 'development'): Table {
  const rows = groupBy(nerRows(results).toSorted(compareSettings), ({ row }) => row);
  const languages = conllLanguages.filter((one) =>
    results.some((result) => languageOf(result) === one),
  );
  const isTest = part === 'test';
  const about = settingColumns([...rows.values()]);
  return {
    caption: isTest ? 'Test F1' : 'Development F1',
    columns: [
      'Ω, loss',
      ...about.headings.map(right),
      ...languages.flatMap((language) => [right(language), ...(isTest ? [right('paper')] : [])]),
    ],
    rows: [
      ...[...rows].map(([name, own], at) => [
        name,
        ...about.cells[at]!,
        ...languages.flatMap((language) => [
          formatSample(scoresOf(own.find(({ table }) => table === language)?.results ?? [], part)),
          ...(isTest ? [printedText(own[0]!.results[0]!.config, language)] : []),
        ]),
      ]),
      ...(isTest
        ? [
            [
              'Lample et al. 2016',
              ...about.headings.map(() => ''),
              ...languages.flatMap((language) => ['', fixed(paperNer.lample[language])]),
            ],
          ]
        : []),
    ],
    notes: [
      ...(isTest ? [`Paper: ${paperNer.source}.`] : []),
      'In per cent, as the scorer of the shared tasks; the model of the best epoch on the ' +
        'development set.' +
        (rows.size * languages.length > nerRows(results).length ? ' –: not run.' : ''),
      ...about.notes,
    ],
  };
}

const scoresOf = (results: readonly NerResult[], part: 'test' | 'development') =>
  results.flatMap((result) => result[part]?.f1 ?? []);

function printedText({ omega, loss }: NerConfig, language: ConllLanguage): string {
  const printed = paperNer.cells[omega]?.[loss][language];
  return printed === undefined ? '' : fixed(printed);
}

/** γ of each row, where rows differ their learning rate, and how many seeds there are. */
function settingColumns(rows: readonly (readonly NerRow[])[]) {
  const settings: [heading: string, of: (row: NerRow) => string, isShown: boolean][] = [
    ['γ', ({ results: [first] }) => gammaText(first!), true],
    ['rate', ({ results: [first] }) => String(first!.config.optimiser.learningRate), false],
    ['seeds', ({ results }) => String(results.length), false],
  ];
  const text = (own: readonly NerRow[], of: (row: NerRow) => string) =>
    new Set(own.map(of)).size === 1
      ? of(own[0]!)
      : own.map((row) => `${row.table} ${of(row)}`).join(', ');
  const shown = settings.filter(
    ([heading, of, isShown]) =>
      isShown || new Set([...(heading === 'seeds' ? ['1'] : []), ...rows.flat().map(of)]).size > 1,
  );
  const headings = shown.map(([heading]) => heading);
  return {
    headings,
    cells: rows.map((own) => shown.map(([, of]) => text(own, of))),
    notes: headings.includes('seeds')
      ? ['Mean ± standard deviation over seeds (n − 1); a single seed has none.']
      : [],
  };
}

/** The perceptron's gradient is that of the best path: γ plays no part. */
const gammaText = ({ config: { omega, gamma } }: NerResult) =>
  omega === 'hard' ? '' : String(gamma);

/** How sparse the marginals of each cell are on its test set. */
export function sparsityTable(results: readonly NerResult[]): Table {
  return {
    caption: results.every(({ test }) => test)
      ? 'Tag marginals on the test set'
      : 'Tag marginals on the test set, or where there is none on the development set',
    columns: [
      'run',
      right('exactly 0'),
      right('possible tags a token'),
      right('sentences with one possible path'),
    ],
    rows: runNames(results).map((name, at) => {
      const { sparsity } = judgedPart(results[at]!);
      return [
        name,
        percent(sparsity.zeros),
        fixed(sparsity.support),
        percent(sparsity.singlePaths),
      ];
    }),
  };
}

export function provenanceTable(results: readonly NerResult[]): Table {
  return {
    caption: 'Runs',
    columns: [
      'run',
      'word vectors',
      right('best epoch'),
      right('tokens/s'),
      right('wall time (s)'),
      'config',
      'commit',
      'engine',
      'machine',
    ],
    rows: runNames(results).map((name, at) => {
      const result = results[at]!;
      const { training } = result;
      const stretches = stretchesOf(result.provenance);
      const vectors = vectorsOf(result);
      return [
        name,
        vectors ? fileText(vectors) : 'none',
        `${training.bestEpoch} of ${training.epochs}`,
        String(training.tokensPerSecond),
        String(training.seconds),
        valuesOf(stretches, ({ configHash }) => configHash),
        valuesOf(stretches, ({ commit }) => commit),
        valuesOf(stretches, ({ engine }) => engine),
        valuesOf(
          stretches,
          ({ cores, cpu, node }) => `${counted(cores!, 'core')}, ${cpu}, Node ${node}`,
        ),
      ];
    }),
  };
}

/** Each run by its data and settings, among the others of its table. */
function runNames(results: readonly NerResult[]): string[] {
  const labels = dataLabels(results.map(({ files }) => files));
  return results.map((result, at) => {
    const { omega, loss, gamma, seed } = result.config;
    return [
      ...[languageOf(result) ?? dataTitle(result), omega, loss],
      ...(gamma === 1 ? [] : [`γ ${gamma}`]),
      ...[`seed ${seed}`, labels[at]!].filter(Boolean),
    ].join(', ');
  });
}

export function ownDataTable(results: readonly NerResult[]): Table {
  const rows = nerRows(results);
  const hasNames = new Set(rows.map(({ table }) => table)).size > 1;
  const about = settingColumns(rows.map((row) => [row]));
  return {
    caption: hasNames ? 'F1' : `${rows[0]!.table}: F1`,
    columns: [
      ...(hasNames ? ['data'] : []),
      'Ω, loss',
      ...about.headings.map(right),
      right('test'),
      right('development'),
    ],
    rows: rows.map(({ table, row, results }, at) => [
      ...(hasNames ? [table] : []),
      row,
      ...about.cells[at]!,
      ...(['test', 'development'] as const).map((part) => formatSample(scoresOf(results, part))),
    ]),
    notes: [
      'In per cent, as the scorer of the CoNLL shared tasks; the model of the best epoch on the ' +
        'development set.',
      ...about.notes,
      ...(results.some(({ config }) => config.data.source === 'synthetic')
        ? ['Generated sentences: these numbers say nothing about real text.']
        : []),
    ],
  };
}
