import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../errors.js';
import {
  count,
  countTo,
  fileEnding,
  filesOrCount,
  pairColumns,
  positiveNumber,
} from '../../option-values.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import { checkOwnFiles, runNameOf } from '../../runner/config/own-files.js';
import { shellCommand } from '../../shell-words.js';
import { ownWords } from '../command-words.js';
import { backendFlag, type Experiment, type TrainCommand, type UseCommand } from '../experiment.js';
import { noticeIdle } from '../idle-settings.js';
import { attentionClaims } from './claims.js';
import { attentionSchema, idleKeys, languagePairs, type AttentionConfig } from './config.js';
import { corpusTitle } from './data-used.js';
import { pairOf } from './languages.js';
import { attentionResult, judgedSet, mapsFile, type AttentionMeasured } from './result.js';
import { attentionPlaces, attentionRunTable, attentionTables } from './tables.js';
import type { TranslateFlags } from './translate-command.js';

/** Two files, or a table. */
type OwnText = { source: string; target: string } | string;

function ownText(text: string): OwnText {
  const [source, target, ...others] = text.split(',');
  if (!source || target === '' || others.length > 0) {
    throw new InvalidArgumentError(
      'It must be two files with a comma between them, such as train.it,train.en, or one with two columns.',
    );
  }
  return target === undefined ? source : { source, target };
}

/** The same, or how many pairs of the training table. */
const ownPart = filesOrCount(ownText);

/** @throws UsageError when the parts of a corpus are not given in one way */
function checkAlike(values: { train?: OwnText; dev?: OwnText | number; test?: OwnText | number }) {
  const { train } = values;
  if (train === undefined) return;
  for (const part of ['dev', 'test'] as const) {
    const value = values[part];
    if (value === undefined || (typeof value === 'object') === (typeof train === 'object'))
      continue;
    throw new UsageError(
      typeof train === 'object'
        ? `--train names two files, so --${part} must, too: ${part}.it,${part}.en`
        : `--train names one file with two columns: --${part} must be such a file, too, or how many of its ` +
            'pairs are drawn for it',
    );
  }
}

const train: TrainCommand<
  AttentionConfig,
  { corpus: string; pair: string; train?: OwnText; config?: string }
> = {
  words: ['train', 'attention'],
  description: 'Train a translation model with softmax or structured attention',
  examples: [
    'train attention --corpus synthetic          generated pairs, a few minutes',
    'train attention --pair fr-en --attention crf-l2',
    'train attention --train t.it,t.en --dev d.it,d.en    your own text',
    'train attention --train pairs.tsv --dev 500 --test 500    one file with two columns',
    'train attention --pair en-fr --out runs/mine --resume',
  ],
  flags: [
    {
      flag: '--pair <languages>',
      description: 'from and to',
      choosesConfig: true,
      choices: languagePairs,
      default: 'fr-en',
    },
    {
      flag: '--corpus <name>',
      description: 'the data set, or generated number names and dates',
      choosesConfig: true,
      choices: ['multi30k', 'tatoeba', 'wmt14', 'synthetic'],
      default: 'multi30k',
    },
    {
      flag: '--train <files>',
      description:
        'your own training text, plain or gzip: train.it,train.en with a sentence a line, or one file ' +
        'with two columns, .csv or with tabs',
      parse: ownText,
      key: 'corpus',
      keyValue: (train) => ({ source: typeof train === 'string' ? 'table' : 'files', train }),
    },
    {
      flag: '--dev <files>',
      description:
        'with it: the files by which the best epoch is chosen; of one with columns, or how many of its pairs',
      parse: ownPart,
      key: 'corpus.development',
    },
    {
      flag: '--test <files>',
      description: 'with it: the files to test on, in the same way',
      parse: ownPart,
      key: 'corpus.test',
    },
    {
      flag: '--columns <choice>',
      description:
        'of one file: its columns (default: source=1,target=2), or their names in its first row',
      parse: pairColumns,
      key: 'corpus.columns',
    },
    { flag: '--attention <kind>', key: 'model.attention' },
    { flag: '--gamma <number>', parse: positiveNumber, key: 'model.gamma' },
    { flag: '--input-feeding', key: 'model.inputFeeding' },
    { flag: '--epochs <n>', parse: count, key: 'training.epochs' },
    { flag: '--batch <n>', parse: count, key: 'training.batchSize' },
    { flag: '--learning-rate <number>', parse: positiveNumber, key: 'optimiser.learningRate' },
  ],
  instead: 'one of corpus and pair',
  configs(values) {
    checkOwnFiles(values);
    checkAlike(values);
    const { corpus, pair, train } = values;
    return [`attention/${train === undefined ? `${corpus}-${pair}` : 'files'}.yaml`];
  },
  adjust: (config, { train, config: given }) =>
    train === undefined || given !== undefined
      ? config
      : {
          ...config,
          name: runNameOf('attention', typeof train === 'string' ? train : train.source),
        },
  next: (out) => `Translate      ${shellCommand(['didyprog', 'translate', out])} "a sentence"`,
};

const translate: UseCommand = {
  words: ['translate'],
  description: ownWords.translate,
  arguments: [
    ['<run>', 'the run directory'],
    ['[sentences...]', 'sentences; else --file, else a sentence a line on stdin'],
  ],
  flags: [
    { flag: '--file <file>', description: 'a file with a sentence a line, plain or gzip' },
    {
      flag: '--beam <n>',
      description: 'hypotheses that are followed (default: the run’s)',
      parse: countTo(64),
    },
    {
      flag: '--figure <file>',
      description: 'draw what each word attended to, as SVG',
      parse: fileEnding('.svg'),
    },
    {
      flag: '--with <run>',
      description: 'a further run to set beside the first in the figure; as often as needed',
      parse: (text, before) => [...((before as string[] | undefined) ?? []), text],
    },
    backendFlag,
    {
      flag: '--json',
      description: 'print translations with tokens and attention as JSON, a line each',
    },
  ],
  help: `
Examples:
  didyprog translate runs/mine "Un chien court sur l'herbe."
  didyprog translate runs/mine --file sentences.fr > sentences.en
  didyprog translate runs/softmax "Deux enfants jouent." --with runs/l2 --figure maps.svg`,
  async run(run: string, sentences: string[], flags: TranslateFlags) {
    const { translate } = await import('./translate-command.js');
    await translate(run, sentences, flags);
  },
};

/** Reads the data, then loads what trains on it: what is wrong with a file is said without that. */
async function loadTraining(config: AttentionConfig, files: DataFiles) {
  noticeIdle(attentionSchema, config, idleKeys, files.notify);
  const { loadCorpus } = await import('./corpus.js');
  const corpus = await loadCorpus(config.corpus, files);
  const { prepareTraining } = await import('./run.js');
  return prepareTraining(config, corpus, files);
}

/** Translation with softmax or structured attention. */
export const attentionExperiment: Experiment<AttentionConfig, AttentionMeasured> = {
  name: 'attention',
  config: attentionSchema,
  result: attentionResult,
  train: [train],
  use: [translate],
  async load(config, files) {
    const loaded = await loadTraining(config, files);
    const { trainTranslator } = await import('./run.js');
    return (context) => trainTranslator(config, loaded, context);
  },
  async estimate(config, files) {
    const loaded = await loadTraining(config, files);
    const { translationTask } = await import('./training-task.js');
    const { estimateTraining } = await import('../../runner/training/estimate.js');
    return estimateTraining(translationTask(config, loaded), config.training, config.seed);
  },
  epochs: { key: 'training.epochs', fixed: () => undefined },
  score(result) {
    const { name, bleuTokens: value } = judgedSet(result);
    return { name: `${name} BLEU, tokens`, value, better: 'higher' };
  },
  columns: ({ tests, development }) => ({
    ...Object.fromEntries(
      [...tests, development].map(({ name, bleuTokens }) => [`${name} BLEU`, bleuTokens]),
    ),
    [`${development.name} perplexity`]: development.perplexity,
  }),
  developmentColumns: ({ development: { name } }) => [`${name} BLEU`, `${name} perplexity`],
  tables: (results) =>
    results.length === 1 ? [attentionRunTable(results[0]!)] : attentionTables(results),
  places: attentionPlaces,
  claims: attentionClaims,
  title(result) {
    const { corpus, model } = result.config;
    return `Translation, ${corpusTitle(result)} ${pairOf(corpus)}, attention ${model.attention}`;
  },
  pageFiles: [mapsFile],
  async page(runs) {
    const { attentionPage } = await import('./page.js');
    return attentionPage(runs);
  },
};
