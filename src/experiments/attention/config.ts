import { z } from 'zod';
import { attentionKinds, attentionPotentials } from '../../layers/attention-kind.js';
import { runKeys, runSeed } from '../../runner/run/run-keys.js';
import { trainingSchema } from '../../runner/training/training-task.js';
import type { IdleKeys } from '../idle-settings.js';
import { ownColumn, ownPart, ownPath } from '../own-data-keys.js';

/** A pair of languages, the source first. */
export const languagePairs = ['fr-en', 'en-fr'] as const;

const pair = z.enum(languagePairs).describe('the languages, from and to');
const count = z.int().min(1);
/** Two files of one's own with a sentence a line, plain or gzip. */
const bothFiles = z.strictObject({
  source: z.string().min(1).describe('the file of the language that is translated from'),
  target: z.string().min(1).describe('the file of the language that is translated to'),
});
const tableColumn = (of: string) =>
  ownColumn.describe(`column of ${of}: its number, from 1, or its name in the first row`);
const ownPair = z
  .string()
  .regex(/^[A-Za-z_]+-[A-Za-z_]+$/, 'must be two codes such as it-en')
  .optional();
const seed = z.int().default(1).describe('seed of which pairs are drawn');

const corpusSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('multi30k').describe('image captions'),
    pair,
    training: count
      .optional()
      .describe('use only the first so many training pairs; all by default'),
  }),
  z.strictObject({
    source: z.literal('tatoeba').describe('short sentences of Tatoeba'),
    pair,
    development: count.default(2000).describe('pairs of the development set'),
    test: count.default(2000).describe('pairs of the test set'),
    seed,
  }),
  z.strictObject({
    source: z.literal('wmt14').describe('the training files of WMT14 that are here'),
    pair,
    sample: count
      .default(1_000_000)
      .describe('how many training pairs are drawn from the training files'),
    seed,
  }),
  z.strictObject({
    source: z.literal('synthetic').describe('generated number names and dates: no files'),
    pair,
    training: count.describe('training pairs to generate'),
    development: count.describe('development pairs to generate'),
    test: count.describe('test pairs to generate'),
    seed: z.int().default(1).describe('seed of the generated pairs'),
  }),
  z.strictObject({
    source: z.literal('files').describe('text of your own, a sentence a line'),
    pair: ownPair.describe(
      'the languages, from and to; by default as the names of the training files end',
    ),
    train: bothFiles.describe('the training files, plain or gzip'),
    development: bothFiles.describe('the files that the best epoch is chosen on'),
    test: bothFiles
      .optional()
      .describe('the files that are scored at the end; by default the development files'),
  }),
  z.strictObject({
    source: z
      .literal('table')
      .describe('text of your own, two columns of one file: .csv, or with tabs between them'),
    pair: ownPair.describe(
      'the languages, from and to; by default the columns’ names, or those in the file’s name: x.it-en.tsv',
    ),
    columns: z
      .strictObject({
        source: tableColumn('what is translated').default(1),
        target: tableColumn('the translations').default(2),
      })
      .prefault({})
      .describe('which columns'),
    train: ownPath.describe('the training file, plain or gzip'),
    development: ownPart.describe(
      'the file that the best epoch is chosen on, or how many pairs are drawn from the training file for it',
    ),
    test: ownPart
      .optional()
      .describe(
        'the file that is scored at the end, or how many pairs are drawn for it; by default the development part',
      ),
    seed,
  }),
]);

const textSchema = z.strictObject({
  lowercase: z.boolean().default(true).describe('whether text is put in lower case'),
  minimumCount: count.default(2).describe('words that training has at least so often are known'),
  maximumVocabulary: count
    .optional()
    .describe('at most so many words a side, the most frequent; no limit by default'),
  maximumLength: count
    .default(50)
    .describe('training pairs with a side of more tokens are left out'),
});

export const modelSchema = z.strictObject({
  embedding: count.default(256).describe('size of a word’s vector'),
  encoder: count.default(128).describe('units of the encoder in each direction'),
  decoder: count.default(256).describe('units of the decoder'),
  attention: z.enum(attentionKinds).describe('how scores become weights'),
  gamma: z
    .number()
    .positive()
    .default(1)
    .describe('strength of the chain’s regulariser; softmax has none'),
  // Not written out when it is not there, as `inputFeeding`.
  potentials: z
    .enum(attentionPotentials)
    .optional()
    .describe(
      'what the chain’s state ‘attend’ scores: the score, as the paper has it, or its odds against ' +
        'the other positions, from which a chain without transitions attends as a softmax does',
    ),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0.3)
    .describe('share of the vectors and the readout that is dropped in training'),
  // With no default written out, older runs keep their config's text and hash, and can be resumed.
  inputFeeding: z
    .boolean()
    .optional()
    .describe(
      'whether the decoder also reads its readout of the word before (Luong et al. 2015, section ' +
        '3.3); it does not by default',
    ),
});

const optimiserSchema = z.strictObject({
  kind: z.enum(['adam', 'sgd']).default('adam').describe('the update rule'),
  learningRate: z.number().positive().default(1e-3).describe('rate of the update rule'),
  decay: z
    .strictObject({
      factor: z.number().positive().max(1).describe('what the rate is multiplied by'),
      after: z.int().min(0).describe('in every epoch after the first so many'),
    })
    .optional()
    .describe('how the rate falls; it stays by default'),
  clipNorm: z.number().positive().default(5).describe('gradients are scaled down to this norm'),
});

export const decodingSchema = z.strictObject({
  beam: count.max(64).default(5).describe('hypotheses that are followed'),
  lengthPenalty: z
    .number()
    .min(0)
    .max(5)
    .default(1)
    .describe('a hypothesis’ log-probability is divided by its length to this power'),
  maximumLength: count
    .default(100)
    .describe('tokens of a translation at most; also at most twice the source’s and ten'),
});

export const attentionSchema = z.strictObject({
  name: runKeys.name.default('attention'),
  corpus: corpusSchema.describe('the pairs of sentences'),
  text: textSchema.prefault({}).describe('how text becomes words'),
  model: modelSchema.describe('the network'),
  optimiser: optimiserSchema.prefault({}).describe('how the model is updated'),
  training: trainingSchema
    .extend({
      batchSize: count.max(4096).default(64).describe('sentence pairs of a step'),
      // Not written out when it is not there, as `inputFeeding`.
      labelSmoothing: z
        .number()
        .min(0)
        .max(0.95)
        .optional()
        .describe(
          'share of each target word’s probability that the loss spreads over all words (Szegedy et ' +
            'al. 2016, section 7); none by default',
        ),
    })
    .describe('how long to train, and what is kept on the way'),
  decoding: decodingSchema.prefault({}).describe('how translations are searched for'),
  seed: runSeed,
});

export type AttentionConfig = z.output<typeof attentionSchema>;

const ofChains = ({ model: { attention } }: AttentionConfig) =>
  attention === 'softmax' ? 'model.attention is softmax, which has none' : undefined;

/** The keys that some models do not read. */
export const idleKeys: IdleKeys<AttentionConfig> = {
  'model.gamma': ofChains,
  'model.potentials': ofChains,
};

export type CorpusConfig = z.output<typeof corpusSchema>;
export type ModelConfig = z.output<typeof modelSchema>;
export type DecodingConfig = z.output<typeof decodingSchema>;
export type TextConfig = z.output<typeof textSchema>;
