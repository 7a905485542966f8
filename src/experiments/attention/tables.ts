import { counted } from '../../counted.js';
import { groupBy } from '../../report/group-by.js';
import { paperAttention } from '../../report/paper.js';
import { formatSample, percent, right, type Table } from '../../report/table.js';
import type { ParallelDataSet } from '../../data/acquire/known-data.js';
import { dataLabels } from '../../runner/run/data-files.js';
import { provenanceText, stretchesOf } from '../../runner/run/provenance.js';
import { languagePairs, type AttentionConfig, type ModelConfig } from './config.js';
import { placesBy, rowsOf, type Place } from '../results/places.js';
import { corpusKinds, corpusTitle, dataSetOf } from './data-used.js';
import { pairOf } from './languages.js';
import { judgedSet, type AttentionResult } from './result.js';

export function attentionRunTable(result: AttentionResult): Table {
  const { config, development, tests, training, sizes, provenance, attention } = result;
  const { corpus, model, decoding } = config;
  return {
    caption: `${corpusTitle(result)} ${pairOf(corpus)}, attention ${model.attention}`,
    columns: [
      'test set',
      ...['BLEU, tokens', 'BLEU, 13a', 'BLEU, 13a lower-cased', 'brevity', 'perplexity'].map(right),
    ],
    rows: [development, ...tests].map((set) => [
      `${set.name} (${set.sentences})`,
      ...[set.bleuTokens, set.bleu13aCased, set.bleu13aLowercased].map(fixed),
      set.brevityPenalty.toFixed(3),
      'perplexity' in set ? fixed(set.perplexity as number) : '',
    ]),
    notes: [
      `Beam ${decoding.beam}; best epoch ${training.bestEpoch} of ${training.epochs} by ` +
        `development BLEU; ${counted(sizes.training, 'training pair')}, ${sizes.source} and ${sizes.target} ` +
        `words known; ${feeding(model)}.`,
      `Attention: ${percent(attention.zeros)} exact zeros, ` +
        `${attention.blocks.toFixed(2)} blocks a word (${attention.visibleBlocks.toFixed(2)} above 0.1).`,
      ...(corpus.source === 'synthetic'
        ? ['Generated number names and dates: nothing here is a result about real text.']
        : []),
      `Run: ${provenanceText(stretchesOf(provenance))}; ${training.seconds} s.`,
    ],
  };
}

/**
 * Every finished run as a row: a table for each corpus, test sets as columns; beside corpora that
 * are known, the paper's WMT14 numbers in a table of their own.
 */
export function attentionTables(results: readonly AttentionResult[]): Table[] {
  const labels = dataLabels(results.map(({ files }) => files));
  const titles = results.map((result, at) =>
    [corpusTitle(result), labels[at]!].filter(Boolean).join(', '),
  );
  const byCorpus = groupBy(results.keys(), (at) =>
    [titles[at], ...results[at]!.tests.map(({ name }) => name)].join(' '),
  );
  const tables = [...byCorpus.values()].flatMap((own) => {
    const ownResults = own.map((at) => results[at]!);
    const corpus = titles[own[0]!]!;
    return [scoreTable(corpus, ownResults), sparsityTable(corpus, ownResults)];
  });
  const known = new Set(results.flatMap((result) => dataSetOf(result) ?? []));
  return known.size > 0 ? [...tables, paperTable([...known])] : tables;
}

const fixed = (value: number) => value.toFixed(2);

/** The place of each result: in which direction, and with which attention. */
export const attentionPlaces = (results: readonly AttentionResult[]): Place[] =>
  placesBy(results, (result) => {
    const { corpus, model } = result.config;
    return {
      table: `${corpusTitle(result)} ${pairOf(corpus)}`,
      row: rowText(model),
      isReference: model.attention === 'softmax',
    };
  });

const rowText = (model: ModelConfig) =>
  model.inputFeeding ? `${attentionText(model)}, input feeding` : attentionText(model);

function scoreTable(corpus: string, results: readonly AttentionResult[]): Table {
  const sets = results[0]!.tests.map(({ name }) => name);
  const rows = rowsOf(results, attentionPlaces(results));
  const hasSeeds = rows.length < results.length;
  const over = (
    own: readonly AttentionResult[],
    of: (result: AttentionResult) => number | undefined,
  ) => formatSample(own.flatMap((result) => of(result) ?? []));
  return {
    caption: `${corpus}: BLEU`,
    columns: [
      ...modelColumns,
      ...(hasSeeds ? [right('seeds')] : []),
      ...sets.flatMap((name) => [
        right(`${name}, tokens`),
        right(`${name}, 13a cased`),
        right(`${name}, 13a lower-cased`),
      ]),
      right('development, tokens'),
      right('development perplexity'),
      right('best epoch'),
    ],
    rows: rows.map(({ row, results: own }) => [
      ...modelCells(own[0]!.config, row),
      ...(hasSeeds ? [String(own.length)] : []),
      ...sets.flatMap((_, at) =>
        (['bleuTokens', 'bleu13aCased', 'bleu13aLowercased'] as const).map((way) =>
          over(own, ({ tests }) => tests[at]?.[way]),
        ),
      ),
      over(own, ({ development }) => development.bleuTokens),
      over(own, ({ development }) => development.perplexity),
      own.map(({ training }) => `${training.bestEpoch} of ${training.epochs}`).join(', '),
    ]),
    notes: [
      ...(hasSeeds
        ? ['Mean ± standard deviation over seeds (n − 1); a single seed has none.']
        : []),
      tokensNote(results),
      `Beam ${different(results, ({ decoding }) => decoding.beam)}, unknown words replaced by the source word attended to ` +
        'most. The best epoch is chosen by greedy development BLEU; nothing is ' +
        'chosen on a test set.',
      ...(results.some(({ config }) => smoothing(config) > 0)
        ? [
            `Label smoothing in training: ${different(results, smoothing)}; perplexities are without.`,
          ]
        : []),
      ...results.map(runNote),
    ],
  };
}

function sparsityTable(corpus: string, results: readonly AttentionResult[]): Table {
  const over = (
    own: readonly AttentionResult[],
    of: (attention: AttentionResult['attention']) => number,
    digits = 2,
  ) =>
    formatSample(
      own.map(({ attention }) => of(attention)),
      { digits },
    );
  return {
    caption: `${corpus}: attention weights given the reference translations of ${judgedSet(results[0]!).name}`,
    columns: [
      ...modelColumns,
      right('exact zeros'),
      right('blocks a word'),
      right('blocks above 0.1'),
      right('sum of weights'),
    ],
    rows: rowsOf(results, attentionPlaces(results)).map(({ row, results: own }) => [
      ...modelCells(own[0]!.config, row),
      `${over(own, ({ zeros }) => 100 * zeros, 1)} %`,
      over(own, ({ blocks }) => blocks),
      over(own, ({ visibleBlocks }) => visibleBlocks),
      over(own, ({ mass }) => mass),
    ]),
    notes: [
      'A block is a run of neighbouring source words with a weight above 0 (above 0.1). A weight of ' +
        'softmax is exactly 0 only where float32 cannot hold it: its score lies a hundred below the largest.',
    ],
  };
}

/** The different values of a setting in some runs, as text. */
function different(
  results: readonly AttentionResult[],
  of: (config: AttentionConfig) => unknown,
): string {
  return [...new Set(results.map(({ config }) => String(of(config))))].join(' or ');
}

function tokensNote(results: readonly AttentionResult[]): string {
  const lowercase = different(results, ({ text }) => text.lowercase);
  const cased =
    lowercase === 'true'
      ? 'lower-cased, '
      : lowercase === 'false'
        ? ''
        : 'lower-cased in some runs, ';
  return (
    `tokens: ${cased}runs of letters and digits and single other characters, split at spaces ` +
    '(sacrebleu’s none). 13a: sacrebleu’s default on detokenised text' +
    (lowercase === 'false'
      ? '.'
      : `; ${lowercase === 'true' ? 'the' : 'those'} models write lower case and get an initial ` +
        'capital, so that names cost the cased score.')
  );
}

function paperTable(known: readonly ParallelDataSet[]): Table {
  return {
    caption: 'The paper: WMT14, 1M training pairs, newstest2014, BLEU',
    columns: ['attention', right('fr-en'), right('en-fr')],
    rows: Object.entries(paperAttention.rows).map(([attention, row]) => [
      attention,
      ...languagePairs.map((pair) => fixed(row[pair])),
    ]),
    notes: [
      `${paperAttention.source}. What differs: ` +
        `${known.map((dataSet) => corpusKinds[dataSet]).join('; ')}, and our model is the ` +
        'one of the config. The numbers compare the attentions within a table, not across.',
    ],
  };
}

function runNote({ config, provenance, training, sizes }: AttentionResult): string {
  return (
    `${pairOf(config.corpus)} ${config.model.attention}, ${feeding(config.model)}: ` +
    `${provenanceText(stretchesOf(provenance))}; ` +
    `${counted(sizes.training, 'pair')}, ${sizes.source} and ${counted(sizes.target, 'word')}, ${counted(training.steps, 'step')} in ` +
    `${training.seconds} s.`
  );
}

const smoothing = ({ training }: AttentionConfig) => training.labelSmoothing ?? 0;

const feeding = ({ inputFeeding }: ModelConfig) => `${inputFeeding ? 'with' : 'no'} input feeding`;

const attentionText = ({ attention, gamma }: ModelConfig) =>
  attention === 'softmax' ? attention : `${attention}, γ ${gamma}`;

const modelColumns = ['direction', 'attention', 'input feeding'];

/** @param row of the place: what else tells it from other rows stands beside the attention */
const modelCells = ({ corpus, model }: AttentionConfig, row: string) => [
  pairOf(corpus),
  `${attentionText(model)}${row.slice(rowText(model).length)}`,
  model.inputFeeding ? 'on' : 'off',
];
