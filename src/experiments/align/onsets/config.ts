import { z } from 'zod';
import { smoothOmegaNames } from '../../../dp/omega/index.js';
import { foldKeys, innerFolds, settingKeys } from '../config.js';

/** Full-batch Adam, the rate decaying along half a cosine. */
const descent = {
  steps: z.int().min(1).max(100_000).describe('full-batch Adam steps'),
  learningRate: z
    .number()
    .positive()
    .describe('learning rate of the first step; it decays along half a cosine'),
  lambda: z
    .number()
    .min(0)
    .describe('L2 penalty: towards zero, end to end towards the parameters that it starts from'),
};

export const endToEndSchema = z.strictObject({
  name: z.string().min(1).describe('what the row is called in the table'),
  omega: z.enum(smoothOmegaNames).describe('the regulariser'),
  gamma: z.number().positive().describe('its strength'),
  convex: z
    .number()
    .min(0)
    .describe(
      'share of the convex loss beside the distance of expected and true onsets (in 30 ms)',
    ),
  ...descent,
});

/** What the row without end-to-end training is called. */
export const separateRow = 'pitches and onsets apart';

const scale = (what: string) => z.number().positive().describe(what);

/** The scales that `--select` chooses among, in the order in which it does. */
export const chosenScales = ['pitch', 'duration', 'onset', 'rest', 'hold'] as const;

export const scalesSchema = z.strictObject({
  pitch: scale('weight of the key scores of a frame'),
  onset: scale('weight of the onset evidence'),
  duration: scale('weight of the squared logarithm of duration over expected duration'),
  rest: scale('what a rest after a note costs'),
  hold: scale('the most that a note costs that is held'),
  bound: scale('the bound of the log-odds of a key'),
});

const grid = (key: string) =>
  z.array(z.number().positive()).min(1).optional().describe(`values of ${key} to try`);

export const onsetsSchema = z.strictObject({
  ...settingKeys,
  pitches: z.strictObject(descent).describe('the pre-training of pitches, frame by frame'),
  onsets: z.strictObject(descent).describe('the pre-training of the onset evidence'),
  scales: scalesSchema.describe(
    'the parts of the alignment before the end-to-end training, which learns them',
  ),
  endToEnd: z
    .array(endToEndSchema)
    .min(1)
    .refine(
      (settings) =>
        new Set([separateRow, ...settings.map(({ name }) => name)]).size === settings.length + 1,
      { message: `each name must be another, and none '${separateRow}'` },
    )
    .describe('the end-to-end trainings, each a row of the table'),
  select: z
    .strictObject({
      innerFolds,
      scales: z
        .strictObject(
          Object.fromEntries(chosenScales.map((name) => [name, grid(`scales.${name}`)])) as Record<
            (typeof chosenScales)[number],
            ReturnType<typeof grid>
          >,
        )
        .describe('one after the other, the others as chosen so far'),
      endToEnd: z
        .strictObject({ learningRate: grid('learningRate'), convex: grid('convex') })
        .default({})
        .describe('judged by the first end-to-end training, on one inner fold, for all of them'),
    })
    .optional()
    .describe(
      'the values that are tried on the training pieces of each fold alone, by `--select`, or within ' +
        'the run where no choices are recorded',
    ),
  ...foldKeys,
});

export type OnsetsConfig = z.output<typeof onsetsSchema>;
export type DescentConfig = z.output<typeof onsetsSchema>['pitches'];
