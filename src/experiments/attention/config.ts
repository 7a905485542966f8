import { z } from 'zod';
import { attentionKinds, attentionPotentials } from '../../layers/attention-kind.js';
import { trainingSchema } from '../../runner/training.js';

/** A pair of languages, the source first. */
export const languagePairs = ['fr-en', 'en-fr'] as const;
export type LanguagePair = (typeof languagePairs)[number];

const pair = z.enum(languagePairs);
const count = z.int().min(1);
/** Two files of one's own with a sentence a line, plain or gzip. */
const bothFiles = z.strictObject({ source: z.string().min(1), target: z.string().min(1) });

/** Where the sentences come from. */
export const corpusSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('multi30k'),
    pair,
    /** The first pairs of the training file only. */
    training: count.optional(),
  }),
  z.strictObject({
    source: z.literal('tatoeba'),
    pair,
    development: count.default(2000),
    test: count.default(2000),
    seed: z.int().default(1),
  }),
  z.strictObject({
    source: z.literal('wmt14'),
    pair,
    /** How many training pairs are drawn from the training files. */
    sample: count.default(1_000_000),
    seed: z.int().default(1),
  }),
  z.strictObject({
    source: z.literal('synthetic'),
    pair,
    training: count,
    development: count,
    test: count,
    seed: z.int().default(1),
  }),
  z.strictObject({
    source: z.literal('files'),
    /** By default as the names of the training files end. */
    pair: z
      .string()
      .regex(/^[A-Za-z_]+-[A-Za-z_]+$/, 'must be two codes such as it-en')
      .optional(),
    train: bothFiles,
    development: bothFiles,
    /** Without one the scores are those of the development files. */
    test: bothFiles.optional(),
  }),
]);

export const textSchema = z.strictObject({
  lowercase: z.boolean().default(true),
  /** Words that training has at least so often are known. */
  minimumCount: count.default(2),
  /** At most so many words a side, the most frequent. */
  maximumVocabulary: count.optional(),
  /** Training pairs with a longer side are left out. */
  maximumLength: count.default(50),
});

export const modelSchema = z.strictObject({
  embedding: count.default(256),
  /** Units of the encoder in each direction. */
  encoder: count.default(128),
  decoder: count.default(256),
  attention: z.enum(attentionKinds),
  /** The strength of the chain's regulariser; softmax has none. */
  gamma: z.number().positive().default(1),
  /**
   * What the chain's state 'attend' scores: the score, as the paper has it, or its odds against the
   * other positions, from which a chain without transitions attends as a softmax does. Not written
   * out when it is not there, as `inputFeeding`.
   */
  potentials: z.enum(attentionPotentials).optional(),
  dropout: z.number().min(0).max(0.95).default(0.3),
  /**
   * Whether the decoder reads the readout of the word before beside the word's vector, so that its
   * recurrence goes through attention (Luong et al. 2015, section 3.3). Off when it is not there:
   * with no default written out, older runs keep their config's text and hash, and can be resumed.
   */
  inputFeeding: z.boolean().optional(),
});

export const optimiserSchema = z.strictObject({
  kind: z.enum(['adam', 'sgd']).default('adam'),
  learningRate: z.number().positive().default(1e-3),
  /** The rate is multiplied by `factor` in every epoch after the first `after`. */
  decay: z.strictObject({ factor: z.number().positive().max(1), after: z.int().min(0) }).optional(),
  clipNorm: z.number().positive().default(5),
});

export const decodingSchema = z.strictObject({
  beam: count.max(64).default(5),
  /** A hypothesis' log-probability is divided by its length to this power. */
  lengthPenalty: z.number().min(0).max(5).default(1),
  /** Words of a translation at most; also at most twice the source's words and ten. */
  maximumLength: count.default(100),
});

/** The whole config of `didyprog train attention`. */
export const attentionSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, - and _')
    .default('attention'),
  corpus: corpusSchema,
  text: textSchema.prefault({}),
  model: modelSchema,
  optimiser: optimiserSchema.prefault({}),
  training: trainingSchema.extend({ batchSize: count.max(4096).default(64) }),
  decoding: decodingSchema.prefault({}),
  seed: z.int().min(0).default(0),
});

export type AttentionConfig = z.output<typeof attentionSchema>;
export type CorpusConfig = z.output<typeof corpusSchema>;
export type ModelConfig = z.output<typeof modelSchema>;
export type DecodingConfig = z.output<typeof decodingSchema>;
export type TextConfig = z.output<typeof textSchema>;
