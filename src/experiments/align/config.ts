import { z } from 'zod';
import { smoothOmegaNames } from '../../dp/omega/index.js';
import { runKeys, runSeed } from '../../runner/run/run-keys.js';
import { trainingSchema } from '../../runner/training/training-task.js';

const hz = z.number().positive();
const frames = {
  windowSeconds: z.number().positive().describe('length of a frame’s window, in seconds'),
  hopSeconds: z.number().positive().describe('from one frame to the next, in seconds'),
};
const mel = {
  ...frames,
  melBands: z.int().min(4).max(512).describe('number of mel bands'),
  mel: z.enum(['slaney', 'htk']).default('slaney').describe('the mel scale'),
  norm: z
    .enum(['slaney', 'none'])
    .default('slaney')
    .describe('slaney: each band’s filter has unit area; none: unit height'),
  lowestHz: z.number().min(0).default(0).describe('where the lowest band begins, in Hz'),
  highestHz: hz
    .optional()
    .describe('where the highest band ends, in Hz; by default half the lowest sample rate'),
};
const scale = (value: number) =>
  z.number().positive().default(value).describe('C of log(1 + C·x), which compresses magnitudes');

/** The features of a recording: sizes in seconds and Hz, so that any sample rate will do. */
export const featuresSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mfcc').describe('mel-frequency cepstral coefficients'),
    ...mel,
    coefficients: z.int().min(1).max(512).describe('how many coefficients are kept'),
    log: z.enum(['db', 'ln']).default('db').describe('the logarithm: decibels, or natural'),
    offset: z
      .number()
      .min(0)
      .default(1e-10)
      .describe('ln: added before the logarithm; db: the least power that counts'),
  }),
  z.strictObject({
    kind: z.literal('mel').describe('mel spectrum, compressed'),
    ...mel,
    scale: scale(100),
  }),
  z.strictObject({
    kind: z.literal('semitone').describe('spectrum of one band a semitone, compressed'),
    ...frames,
    lowestPitch: z.int().min(0).max(127).default(24).describe('lowest band, as a MIDI pitch'),
    highestPitch: z.int().min(0).max(140).default(132).describe('highest band, as a MIDI pitch'),
    scale: scale(1000),
  }),
  z.strictObject({
    kind: z.literal('chroma').describe('energy of the twelve pitch classes, compressed'),
    ...frames,
    scale: scale(100),
  }),
]);

export const modelSchema = z
  .strictObject({
    lowestKey: z
      .int()
      .min(0)
      .max(127)
      .default(36)
      .describe('lowest MIDI pitch that the model scores'),
    highestKey: z
      .int()
      .min(0)
      .max(127)
      .default(84)
      .describe('highest MIDI pitch that the model scores'),
    output: z
      .enum(['softmax', 'sigmoid'])
      .describe('one distribution over pitches, or one probability a pitch'),
    weights: z
      .enum(['free', 'tied'])
      .describe(
        'free: a weight for every feature and key. tied: every key reads its neighbourhood of a ' +
          'semitone spectrum through the same weights, from an octave below to four octaves above',
      ),
    standardise: z
      .enum(['dimension', 'global', 'piece'])
      .default('dimension')
      .describe(
        'how features are standardised: each dimension or all together on the training pieces, or ' +
          'each piece by itself',
      ),
  })
  .refine((model) => model.lowestKey < model.highestKey, {
    path: ['lowestKey'],
    message: 'the lowest key must be below the highest',
  });

export const frameWiseSchema = z.strictObject({
  lambda: z.number().min(0).describe('λ of the penalty λ/2·‖v‖² on all parameters'),
  iterations: z.int().min(1).max(100_000).describe('full-batch Adam steps'),
  learningRate: z.number().positive().describe('Adam’s rate'),
});

export const endToEndSchema = z.strictObject({
  name: z.string().min(1).describe('what its row is called in the table'),
  start: z
    .enum(['frame-wise', 'zero'])
    .default('frame-wise')
    .describe('the parameters that training starts from: those of the frame-wise training, or 0'),
  loss: z
    .enum(['area', 'convex'])
    .describe('area: between the expected and the true alignment. convex: the Fenchel–Young loss'),
  omega: z.enum(smoothOmegaNames).describe('the regulariser'),
  gamma: z.number().positive().describe('strength of the regulariser'),
  lambda: z.number().min(0).describe('λ of the penalty λ/2·‖v‖²'),
  penalty: z
    .enum(['zero', 'start'])
    .default('zero')
    .describe('what the penalty pulls to: 0, or the parameters that training starts from'),
  epochs: z.int().min(1).max(100_000).describe('passes over the training pieces'),
  learningRate: z.number().positive().describe('Adam’s rate'),
});

const grid = <T extends z.ZodType>(value: T, of: string) =>
  z.array(value).min(1).optional().describe(`values of ${of} to try`);

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

/** The recordings with their scores and true onsets. */
const dataSchema = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('bach10').describe('the ten chorales of Bach10') }),
  z.strictObject({
    source: z.literal('synthetic').describe('generated chorales: no files'),
    pieces: z.int().min(3).max(100).describe('chorales to generate'),
    events: z.int().min(8).max(1000).optional().describe('score events of each; 40 unless given'),
    seed: z.int().default(1).describe('seed of the generated chorales'),
  }),
  z.strictObject({
    source: z.literal('files').describe('recordings of one’s own'),
    folder: z
      .string()
      .min(1)
      .describe(
        'the folder: STEM.wav with its score STEM.mid and, if known, the onset of each event in ' +
          'STEM.csv; relative to the config, or for an option to the working folder',
      ),
  }),
]);

/** Where the choices are that version 0.1.0 shipped among the results. */
export const choicesToday = (path: string) =>
  path.replace(/^results\/(align-bach10(-strong)?-choices\.json)$/, 'models/$1');

/** The first keys of every leave-one-out. */
export const settingKeys = {
  ...runKeys,
  title: z.string().describe('one line for the table: what this setting is'),
  note: z.string().optional().describe('what a reader of its table has to know about this setting'),
  data: dataSchema.describe('the recordings with their scores'),
};

/** The last keys of every leave-one-out. */
export const foldKeys = {
  choices: z
    .string()
    // Where version 0.1.0 had those that it shipped.
    .overwrite(choicesToday)
    .optional()
    .describe(
      'the file `--select` wrote, by an absolute path or relative to the project: each fold uses its own choices',
    ),
  folds: z
    .int()
    .min(1)
    .optional()
    .describe('how many folds to run, from the first piece on; all by default'),
  seed: runSeed,
  training: trainingSchema
    .pick({ checkpointMinutes: true, checkpointSteps: true })
    .optional()
    .describe('the intervals of checkpoints; a fold that is done is saved anyway'),
};

export const innerFolds = z
  .int()
  .min(2)
  .default(3)
  .describe('folds over the training pieces, on which a value is judged');

export const alignSchema = z.strictObject({
  ...settingKeys,
  features: featuresSchema.describe('what is read from a recording, by its kind'),
  model: modelSchema.describe('the linear map from features to pitches'),
  moves: z
    .enum(['advance', 'classic'])
    .default('advance')
    .describe(
      'the moves of the alignment. advance: each frame belongs to one score event. classic: right, ' +
        'down and diagonal',
    ),
  frameWise: frameWiseSchema.describe('the non-structured training, frame by frame'),
  endToEnd: endToEndList.describe('the end-to-end trainings, each a row of the table'),
  baselines: z
    .array(z.enum(['random', 'diagonal', 'template']))
    .default(['random', 'diagonal', 'template'])
    .describe(
      'the untrained rows: an untrained model of this config, the even diagonal, a cosine template',
    ),
  select: z
    .strictObject({
      innerFolds,
      frameWise: z
        .strictObject({
          lambda: grid(z.number().min(0), 'frameWise.lambda'),
          iterations: grid(z.int().min(1), 'frameWise.iterations'),
        })
        .describe('for the frame-wise training'),
      endToEnd: z
        .strictObject({
          gamma: grid(z.number().positive(), 'gamma'),
          lambda: grid(z.number().min(0), 'lambda'),
          epochs: grid(z.int().min(1), 'epochs'),
        })
        .describe('for each end-to-end training'),
    })
    .optional()
    .describe('the values that `--select` tries, on the training pieces of each fold alone'),
  fold: z
    .int()
    .min(1)
    .optional()
    .describe(
      'only the fold that leaves this piece out, from 1; a sweep over it spreads the folds',
    ),
  ...foldKeys,
});

export type AlignConfig = z.output<typeof alignSchema>;
export type FeaturesConfig = z.output<typeof featuresSchema>;
export type ModelConfig = z.output<typeof modelSchema>;
export type FrameWiseConfig = z.output<typeof frameWiseSchema>;
export type EndToEndConfig = z.output<typeof endToEndSchema>;

/** The tied map's reach around a key, in semitones: an octave below to four octaves above. */
export const tiedReach = { below: 12, above: 48 };

/** The table's rows, in order: the untrained ones, the frame-wise, the end-to-end ones. */
export function rowsOf({ baselines, endToEnd }: Pick<AlignConfig, 'baselines' | 'endToEnd'>) {
  return [
    ...baselines.map((baseline): string => rowNames[baseline]),
    rowNames.frameWise,
    ...endToEnd.map(({ name }) => name),
  ];
}
