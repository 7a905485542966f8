import { z } from 'zod';
import { smoothOmegaNames } from '../../dp/omega/table.js';

const hz = z.number().positive();
const seconds = z.number().positive();
const mel = {
  windowSeconds: seconds,
  hopSeconds: seconds,
  melBands: z.int().min(4).max(512),
  mel: z.enum(['slaney', 'htk']).default('slaney'),
  norm: z.enum(['slaney', 'none']).default('slaney'),
  lowestHz: z.number().min(0).default(0),
  /** Default: half the sample rate. */
  highestHz: hz.optional(),
};

/** The features of a recording: sizes in seconds and Hz, so that any sample rate will do. */
export const featuresSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mfcc'),
    ...mel,
    coefficients: z.int().min(1).max(512),
    log: z.enum(['db', 'ln']).default('db'),
    offset: z.number().min(0).default(1e-10),
  }),
  z.strictObject({ kind: z.literal('mel'), ...mel, scale: z.number().positive().default(100) }),
  z.strictObject({
    kind: z.literal('semitone'),
    windowSeconds: seconds,
    hopSeconds: seconds,
    lowestPitch: z.int().min(0).max(127).default(24),
    highestPitch: z.int().min(0).max(140).default(132),
    scale: z.number().positive().default(1000),
  }),
  z.strictObject({
    kind: z.literal('chroma'),
    windowSeconds: seconds,
    hopSeconds: seconds,
    scale: z.number().positive().default(100),
  }),
]);

export const modelSchema = z
  .strictObject({
    /** The MIDI pitches that the model scores, both included. */
    lowestKey: z.int().min(0).max(127).default(36),
    highestKey: z.int().min(0).max(127).default(84),
    /** One distribution over pitches, or one probability a pitch. */
    output: z.enum(['softmax', 'sigmoid']),
    /**
     * free: a weight for every feature and key. tied: every key reads its neighbourhood of a
     * semitone spectrum through the same weights, from an octave below to four octaves above.
     */
    weights: z.enum(['free', 'tied']),
    /** How the features are standardised on the training pieces, or on each piece by itself. */
    standardise: z.enum(['dimension', 'global', 'piece']).default('dimension'),
  })
  .refine((model) => model.lowestKey < model.highestKey, {
    path: ['lowestKey'],
    message: 'the lowest key must be below the highest',
  });

export const frameWiseSchema = z.strictObject({
  /** L2 penalty λ/2·‖v‖² on all parameters. */
  lambda: z.number().min(0),
  /** Full-batch Adam steps. */
  iterations: z.int().min(1).max(100_000),
  learningRate: z.number().positive(),
});

export const endToEndSchema = z.strictObject({
  /** What the row is called in the table. */
  name: z.string().min(1),
  start: z.enum(['frame-wise', 'zero']).default('frame-wise'),
  loss: z.enum(['area', 'convex']),
  omega: z.enum(smoothOmegaNames),
  gamma: z.number().positive(),
  lambda: z.number().min(0),
  /** The penalty pulls towards zero, or towards the parameters that training starts from. */
  penalty: z.enum(['zero', 'start']).default('zero'),
  epochs: z.int().min(1).max(100_000),
  learningRate: z.number().positive(),
});

const grid = <T extends z.ZodType>(value: T) => z.array(value).min(1).optional();

/** The rows of the table that are not named by the config. */
export const rowNames = {
  random: 'random (no training)',
  diagonal: 'even diagonal (no audio)',
  template: 'cosine template (no training)',
  frameWise: 'non-structured (frame-wise)',
} as const;

/** Each setting is a row of the table: two of one name would be one row. */
const endToEndList = z
  .array(endToEndSchema)
  .min(1)
  .refine(
    (settings) => {
      const names = [...settings.map(({ name }) => name), ...Object.values(rowNames)];
      return new Set(names).size === names.length;
    },
    { message: 'each name must be another, and none of the other rows of the table' },
  );

/** The whole config of `didyprog align`. */
export const alignSchema = z.strictObject({
  name: z.string().regex(/^[\w-]+$/, 'must be letters, digits, - and _'),
  /** One line for the table: what this setting is. */
  title: z.string(),
  data: z.discriminatedUnion('source', [
    z.strictObject({ source: z.literal('bach10') }),
    z.strictObject({
      source: z.literal('synthetic'),
      pieces: z.int().min(3).max(100),
      seed: z.int().default(1),
    }),
  ]),
  features: featuresSchema,
  model: modelSchema,
  moves: z.enum(['advance', 'classic']).default('advance'),
  frameWise: frameWiseSchema,
  endToEnd: endToEndList,
  /** The untrained rows: an untrained model of this config, the even diagonal, a cosine template. */
  baselines: z
    .array(z.enum(['random', 'diagonal', 'template']))
    .default(['random', 'diagonal', 'template']),
  /** The values that `--select` tries, on the training pieces of each fold alone. */
  select: z
    .strictObject({
      innerFolds: z.int().min(2).default(3),
      frameWise: z.strictObject({
        lambda: grid(z.number().min(0)),
        iterations: grid(z.int().min(1)),
      }),
      endToEnd: z.strictObject({
        gamma: grid(z.number().positive()),
        lambda: grid(z.number().min(0)),
        epochs: grid(z.int().min(1)),
      }),
    })
    .optional(),
  /** The file `--select` wrote, relative to the project: each fold uses its own choices. */
  choices: z.string().optional(),
  /** How many folds to run, from the first piece on; all of them by default. */
  folds: z.int().min(1).optional(),
  /** Only the fold that leaves this piece out, from 1; a sweep over it spreads the folds. */
  fold: z.int().min(1).optional(),
  seed: z.int().min(0).default(0),
});

export type AlignConfig = z.output<typeof alignSchema>;
export type FeaturesConfig = z.output<typeof featuresSchema>;
export type ModelConfig = z.output<typeof modelSchema>;
export type FrameWiseConfig = z.output<typeof frameWiseSchema>;
export type EndToEndConfig = z.output<typeof endToEndSchema>;

/** The tied map's reach around a key, in semitones: an octave below to four octaves above. */
export const tiedReach = { below: 12, above: 48 };
