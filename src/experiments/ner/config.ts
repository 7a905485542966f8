import { z } from 'zod';
import { omegaNames } from '../../dp/omega/table.js';
import { trainingSchema } from '../../runner/training.js';

/** A file below the data folder, with / between folders. */
const dataPath = z.string().min(1);

/** A column of a file: its number, from 1, or its name in a CoNLL-U Plus header. */
const column = z.union([z.int().min(1), z.string().min(1)]);

/** A file of one's own: relative to the config, or for a flag to the working folder. */
const ownPath = z.string().min(1);

/** Which columns of the files hold the words and the tags; by default as `readConll` finds. */
const columns = z.strictObject({ word: column.optional(), tag: column.optional() }).optional();

/** Use only the first so many sentences of the training file; all by default. */
const sentences = z.int().min(1).optional();

const dataSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('conll'),
    /** The data set that `didyprog data` gets, for the message when a file is missing. */
    dataSet: z.string().min(1),
    train: dataPath,
    development: dataPath,
    test: dataPath,
    columns,
    sentences,
  }),
  z.strictObject({
    source: z.literal('files'),
    train: ownPath,
    development: ownPath,
    /** Without one the scores are those of the development file. */
    test: ownPath.optional(),
    columns,
    sentences,
  }),
  z.strictObject({
    source: z.literal('synthetic'),
    /** Numbers of sentences. */
    train: z.int().min(1).max(100_000),
    development: z.int().min(1).max(100_000),
    test: z.int().min(1).max(100_000),
    seed: z.int().min(0).default(1),
  }),
]);

const modelSchema = z.strictObject({
  /** Size of a word's embedding; pretrained vectors bring their own. */
  wordSize: z.int().min(1).max(2000).default(100),
  characterSize: z.int().min(1).max(1000).default(25),
  /** Units of each direction of the recurrent layer over the characters of a word. */
  characterUnits: z.int().min(1).max(1000).default(25),
  /** Units of each direction of the recurrent layer over words. */
  units: z.int().min(1).max(2000).default(100),
  /** Units of the tanh layer before the scores. */
  hiddenUnits: z.int().min(1).max(2000).default(100),
  /** The share of the word layer's inputs that is dropped in training. */
  dropout: z.number().min(0).max(0.95).default(0.5),
  /** Digits become 0 before anything else sees a word. */
  zeroDigits: z.boolean().default(true),
  /** How often a word seen once in training is taken as unknown. */
  singletonsUnknown: z.number().min(0).max(1).default(0.5),
});

const optimiserSchema = z.strictObject({
  kind: z.enum(['sgd', 'adam']).default('sgd'),
  learningRate: z.number().positive().default(0.01),
  /** Gradients are scaled down to this norm. */
  clipNorm: z.number().positive().optional(),
  /** Halve the rate after so many epochs without a better development score; never by default. */
  halveAfter: z.int().min(1).nullish(),
  /** linear: the rate of epoch e of E is (E − e) / E of the first one's. */
  decay: z.enum(['none', 'linear']).default('none'),
});

/** The whole config of `didyprog train ner`. */
export const nerSchema = z
  .strictObject({
    experiment: z.literal('ner').default('ner'),
    name: z
      .string()
      .regex(/^[\w-]+$/, 'must be letters, digits, - and _')
      .default('ner'),
    /** One line: what this setting is. */
    title: z.string().optional(),
    /** A code such as en, or synthetic: a note for the reader. */
    language: z
      .string()
      .regex(/^[A-Za-z][\w-]*$/, 'must be a code such as en')
      .optional(),
    data: dataSchema,
    /**
     * Pretrained word vectors, text of GloVe or fastText, plain or .gz, below the data folder, else a
     * file of one's own; or none.
     */
    vectors: z.strictObject({ path: dataPath, dataSet: z.string().optional() }).nullish(),
    model: modelSchema.prefault({}),
    omega: z.enum(omegaNames).default('negentropy'),
    gamma: z.number().positive().default(1),
    /**
     * convex: DP_Ω(θ) − ⟨Y,θ⟩ + Ω(Y), with hard the structured perceptron. cost: Δ on marginals,
     * −Σ log μ for negentropy, and ½‖μ − y‖² for l2 and entmax15, whose marginals may be 0.
     */
    loss: z.enum(['convex', 'cost']).default('convex'),
    /** The marginals of the cost-sensitive loss: of tags, or of moves from tag to tag. */
    marginals: z.enum(['tags', 'edges']).default('tags'),
    optimiser: optimiserSchema.prefault({}),
    /** Sentences of a batch; the loss is summed over them. */
    batch: z.int().min(1).max(10_000).default(8),
    training: trainingSchema,
    /** How tags are predicted: the best path, or each token's most probable tag. */
    decode: z.enum(['viterbi', 'marginals']).default('viterbi'),
    seed: z.int().min(0).default(0),
  })
  .refine(({ omega, loss }) => !(omega === 'hard' && loss === 'cost'), {
    path: ['loss'],
    message: 'must be convex with omega: hard, whose expected path has no derivative',
  });

export type NerConfig = z.output<typeof nerSchema>;
export type NerModelConfig = NerConfig['model'];
