import {
  columnChoice,
  count,
  countTo,
  fileEnding,
  fileOrCount,
  positiveNumber,
} from '../../option-values.js';
import type { DataFiles } from '../../runner/run/data-files.js';
import { checkOwnFiles, runNameOf } from '../../runner/config/own-files.js';
import { shellCommand } from '../../shell-words.js';
import { ownWords } from '../command-words.js';
import { backendFlag, type Experiment, type TrainCommand, type UseCommand } from '../experiment.js';
import { nerClaims } from './claims.js';
import { noticeIdle } from '../idle-settings.js';
import { idleKeys, nerSchema, type NerConfig } from './config.js';
import { dataTitle } from './data-used.js';
import { nerPage, nerTables } from './page.js';
import { judgedPart, nerResult, type NerMeasured } from './result.js';
import { nerPlaces } from './rows.js';
import type { TagFlags } from './tag-command.js';

const decode = {
  flag: '--decode <name>',
  description: 'how tags are predicted',
  choices: ['viterbi', 'marginals'],
};

const train: TrainCommand<NerConfig, { lang: string; train?: string; config?: string }> = {
  words: ['train', 'ner'],
  description: 'Train a tagger of named entities with a differentiable Viterbi loss',
  examples: [
    'train ner                      generated sentences, a minute',
    'train ner --lang en --omega l2',
    'train ner --train mine.conll --dev dev.conll --test test.conll',
    'train ner --train mine.conll --dev 500    500 of its sentences',
    'train ner --lang es --loss cost --seed 1 --out runs/es-cost',
    'train ner --lang es --loss cost --seed 1 --out runs/es-cost --resume',
  ],
  flags: [
    {
      flag: '--lang <code>',
      description: 'the language, or generated sentences',
      choosesConfig: true,
      choices: ['en', 'es', 'de', 'nl', 'synthetic'],
      default: 'synthetic',
    },
    {
      flag: '--train <file>',
      description: 'your own training file: a token a line, a blank line after each sentence',
      key: 'data',
      keyValue: (train) => ({ source: 'files', train }),
    },
    {
      flag: '--dev <file>',
      description:
        'with it: the file by which the best epoch is chosen, or how many sentences of the training file',
      parse: fileOrCount,
      key: 'data.development',
    },
    {
      flag: '--test <file>',
      description: 'with it: the file to test on, or how many sentences',
      parse: fileOrCount,
      key: 'data.test',
    },
    {
      flag: '--columns <choice>',
      description: 'the columns of the files, such as word=2,tag=3',
      parse: columnChoice,
      key: 'data.columns',
    },
    { flag: '--omega <name>', key: 'omega' },
    { flag: '--gamma <number>', parse: positiveNumber, key: 'gamma' },
    { flag: '--loss <name>', key: 'loss' },
    { flag: '--marginals <name>', key: 'marginals' },
    { flag: '--optimiser <name>', key: 'optimiser.kind' },
    { flag: '--learning-rate <number>', parse: positiveNumber, key: 'optimiser.learningRate' },
    { flag: '--epochs <n>', parse: count, key: 'training.epochs' },
    { flag: '--batch <n>', parse: count, key: 'batch' },
    { ...decode, key: 'decode' },
    {
      flag: '--vectors <file>',
      description: 'pretrained word vectors, below the data folder or a file of your own',
      key: 'vectors',
      keyValue: (path) => (typeof path === 'string' ? { path } : null),
    },
    { flag: '--no-vectors', description: 'no pretrained word vectors' },
  ],
  instead: 'one of the language',
  configs(values) {
    checkOwnFiles(values);
    return [`ner/${values.train === undefined ? values.lang : 'files'}.yaml`];
  },
  adjust: (config, { train, config: given }) =>
    train === undefined || given !== undefined
      ? config
      : { ...config, name: runNameOf('ner', train) },
  next: (out) => `Tag a sentence ${shellCommand(['didyprog', 'tag', out])} "a sentence"`,
};

const tag: UseCommand = {
  words: ['tag'],
  description: ownWords.tag,
  arguments: [
    ['<run>', 'the run directory of didyprog train ner'],
    ['[sentence...]', 'a sentence, or several; without, a sentence a line is read'],
  ],
  flags: [
    { flag: '--file <path>', description: 'read a sentence a line from a file' },
    {
      flag: '--best <k>',
      description: 'how many taggings to rank',
      parse: countTo(1000),
      default: 5,
    },
    {
      flag: '--figure <file.svg>',
      description: 'draw the tag-by-word marginals of the first sentence',
      parse: fileEnding('.svg'),
    },
    {
      flag: '--with <run>',
      description: 'a second run for the figure, such as one with l2, drawn below',
    },
    {
      flag: '--no-split',
      description: 'words are separated by spaces already: leave punctuation alone',
    },
    backendFlag,
    {
      flag: '--format <name>',
      description:
        'table: ranked taggings; conll: a word and its tag (IOB2) a line; json (default: table)',
      choices: ['table', 'conll', 'json'],
    },
    { flag: '--json', description: 'print a JSON object a sentence: the same as --format json' },
  ],
  help: `
Examples:
  didyprog tag runs/ner-en --file sentences.txt --format conll > tagged.conll
  didyprog tag runs/ner-en "Angela Merkel visited Paris on Monday."
  didyprog tag runs/ner-en --file sentences.txt --json
  cat sentences.txt | didyprog tag runs/ner-en
  didyprog tag runs/en-negentropy "He met Paul Smith." --figure tags.svg --with runs/en-l2`,
  async run(run: string, sentences: string[], flags: TagFlags) {
    const { tag } = await import('./tag-command.js');
    await tag(run, sentences, flags);
  },
};

/** Reads the data, then loads what trains on it: what is wrong with a file is said without that. */
async function prepare(config: NerConfig, files: DataFiles) {
  noticeIdle(nerSchema, config, idleKeys, files.notify);
  const { loadCorpus, loadVectors } = await import('./corpus.js');
  const corpus = await loadCorpus(config, files);
  const vectors = await loadVectors(config, corpus, files);
  const { prepareTraining } = await import('./run.js');
  return prepareTraining(config, corpus, vectors);
}

/** Named entities: a tagger with a differentiable Viterbi loss. */
export const nerExperiment: Experiment<NerConfig, NerMeasured> = {
  name: 'ner',
  config: nerSchema,
  result: nerResult,
  train: [train],
  use: [tag],
  async load(config, files) {
    const prepared = await prepare(config, files);
    const { trainTagger } = await import('./run.js');
    return (context) => trainTagger(config, prepared, context);
  },
  async estimate(config, files) {
    const { task } = await prepare(config, files);
    const { estimateTraining } = await import('../../runner/training/estimate.js');
    return estimateTraining(task, config.training, config.seed);
  },
  epochs: {
    key: 'training.epochs',
    fixed: ({ optimiser }) =>
      optimiser.decay === 'linear'
        ? 'with optimiser.decay: linear the rate of each epoch follows from their number'
        : undefined,
  },
  score: (result) => ({
    name: result.test ? 'test F1' : 'development F1',
    value: judgedPart(result).f1,
    better: 'higher',
  }),
  columns: (result) => ({
    ...(result.test && { 'test F1': result.test.f1 }),
    'development F1': result.development.f1,
    'share of marginals that are 0': judgedPart(result).sparsity.zeros,
  }),
  developmentColumns: () => ['development F1'],
  tables: nerTables,
  places: nerPlaces,
  claims: nerClaims,
  title: (result) => `${dataTitle(result)}: ${result.config.omega}, ${result.config.loss} loss`,
  async sections({ path, result }, dataFolder) {
    const { sampleSection } = await import('./samples.js');
    return sampleSection(path, result.config, dataFolder);
  },
  page: nerPage,
};
