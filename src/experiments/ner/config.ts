import type { IdleKeys } from '../idle-settings.js';
import { z } from 'zod';
import { omegaNames } from '../../dp/omega/table.js';
import { runKeys, runSeed } from '../../runner/run/run-keys.js';
import { ownColumn, ownPart, ownPath } from '../own-data-keys.js';
import { trainingSchema } from '../../runner/training/training-task.js';

/** A file below the data folder, with / between folders. */
const dataPath = z.string().min(1);

const column = (of: string) =>
  ownColumn
    .optional()
    .describe(`column of the ${of}: its number, from 1, or its name in a CoNLL-U Plus header`);

const generated = (part: string) =>
  z.int().min(1).max(100_000).describe(`number of ${part} sentences to generate`);

const columns = z
  .strictObject({ word: column('words'), tag: column('tags') })
  .optional()
  .describe('the columns of the files; by default words first and tags last');

const sentences = z
  .int()
  .min(1)
  .optional()
  .describe('use only the first so many training sentences; all by default');

const dataSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('conll').describe('column files of a data set, one token a line'),
    dataSet: z
      .string()
      .min(1)
      .describe('the data set that `didyprog data` gets, named when a file is missing'),
    train: dataPath.describe('the training file, below the data folder'),
    development: dataPath.describe('the file that the best epoch is chosen on'),
    test: dataPath.describe('the file that is scored at the end'),
    columns,
    sentences,
  }),
  z.strictObject({
    source: z.literal('files').describe('column files of your own'),
    train: ownPath.describe('the training file'),
    development: ownPart.describe(
      'the file that the best epoch is chosen on, or how many sentences are drawn from the training file for it',
    ),
    test: ownPart
      .optional()
      .describe(
        'the file that is scored at the end, or how many sentences are drawn for it; by default the ' +
          'development part',
      ),
    columns,
    sentences,
  }),
  z.strictObject({
    source: z.literal('synthetic').describe('generated sentences: no files'),
    train: generated('training'),
    development: generated('development'),
    test: generated('test'),
    seed: z.int().min(0).default(1).describe('seed of the generated sentences'),
  }),
]);

const size = (most: number, usual: number) => z.int().min(1).max(most).default(usual);
const rate = (most: number, usual: number) => z.number().min(0).max(most).default(usual);

const modelSchema = z.strictObject({
  wordSize: size(2000, 100).describe(
    'size of a word’s embedding; pretrained vectors bring their own',
  ),
  characterSize: size(1000, 25).describe('size of a character’s embedding'),
  characterUnits: size(1000, 25).describe(
    'units of each direction of the LSTM over the characters of a word',
  ),
  units: size(2000, 100).describe('units of each direction of the LSTM over words'),
  hiddenUnits: size(2000, 100).describe('units of the tanh layer before the scores'),
  dropout: rate(0.95, 0.5).describe('share of the word layer’s inputs that is dropped in training'),
  contextDropout: rate(0.95, 0).describe(
    'share of the word layer’s outputs that is dropped in training',
  ),
  zeroDigits: z
    .boolean()
    .default(true)
    .describe('digits become 0 before anything else sees a word'),
  singletonsUnknown: rate(1, 0.5).describe(
    'how often a word seen once in training is taken as unknown',
  ),
  wordsUnknown: rate(0.95, 0).describe(
    'how often any word is taken as unknown in training, so that its spelling has to do',
  ),
});

const optimiserSchema = z.strictObject({
  kind: z.enum(['sgd', 'adam']).default('sgd').describe('the update rule'),
  learningRate: z.number().positive().default(0.01).describe('rate of the update rule'),
  clipNorm: z
    .number()
    .positive()
    .optional()
    .describe('gradients are scaled down to this norm; not by default'),
  warmUp: z
    .int()
    .min(1)
    .optional()
    .describe(
      'steps over which the rate rises linearly from 0; by default it begins with all of it',
    ),
  halveAfter: z
    .int()
    .min(1)
    .nullish()
    .describe(
      'halve the rate after so many epochs without a better development score; never by default',
    ),
  decay: z
    .enum(['none', 'linear'])
    .default('none')
    .describe(
      'linear: the rate of epoch e of E, counted from 0, is (E − e) / E of the first one’s',
    ),
});

export const nerSchema = z
  .strictObject({
    experiment: z.literal('ner').default('ner').describe('what kind of config this is'),
    name: runKeys.name.default('ner'),
    title: z.string().optional().describe('one line for tables: what this setting is'),
    language: z
      .string()
      .regex(/^[A-Za-z][\w-]*$/, 'must be a code such as en')
      .optional()
      .describe('a code such as en, or synthetic: a note for the reader'),
    data: dataSchema.describe('the sentences with their tags'),
    vectors: z
      .strictObject({
        path: dataPath.describe(
          'text of GloVe or fastText, plain or .gz: below the data folder, else below the working folder',
        ),
        dataSet: z
          .string()
          .optional()
          .describe('the data set that `didyprog data` gets, named when the file is missing'),
      })
      .nullish()
      .describe('pretrained word vectors; none by default'),
    model: modelSchema.prefault({}).describe('the network'),
    omega: z.enum(omegaNames).default('negentropy').describe('the regulariser of the chain'),
    gamma: z.number().positive().default(1).describe('strength of the regulariser'),
    loss: z
      .enum(['convex', 'cost'])
      .default('convex')
      .describe(
        'convex: DP_Ω(θ) − ⟨Y,θ⟩ + Ω(Y), with omega hard the structured perceptron. cost: on ' +
          'marginals μ, −Σ log μ for negentropy, ½‖μ − y‖² for l2 and entmax15, whose marginals may be 0',
      ),
    marginals: z
      .enum(['tags', 'edges'])
      .default('tags')
      .describe('the marginals of the cost: of tags, or of moves from tag to tag'),
    optimiser: optimiserSchema.prefault({}).describe('how the model is updated'),
    batch: z
      .int()
      .min(1)
      .max(10_000)
      .default(8)
      .describe('sentences of a batch; the loss is summed over them'),
    training: trainingSchema.describe('how long to train, and what is kept on the way'),
    decode: z
      .enum(['viterbi', 'marginals'])
      .default('viterbi')
      .describe('how tags are predicted: the best path, or each token’s most probable tag'),
    seed: runSeed,
  })
  .refine(({ omega, loss }) => !(omega === 'hard' && loss === 'cost'), {
    path: ['loss'],
    message: 'must be convex with omega: hard, whose expected path has no derivative',
  });

export type NerConfig = z.output<typeof nerSchema>;
export type NerModelConfig = NerConfig['model'];

/** The keys that some losses do not read. */
export const idleKeys: IdleKeys<NerConfig> = {
  gamma: ({ omega }) => (omega === 'hard' ? 'omega is hard, which is not smoothed' : undefined),
  marginals: ({ loss }) =>
    loss === 'convex' ? 'loss is convex, and it says what the cost is of (loss: cost)' : undefined,
};
