import { z } from 'zod';
import { namedValuesSchema } from '../../../runner/checkpoint/named-values.js';
import { measure } from '../../../runner/checkpoint/best-model.js';
import { resultHead, type ResultHead } from '../../experiment.js';
import { hasEndToEndRow, rowSchema } from '../results/result.js';
import { foldRowsSchema } from '../saved-folds.js';
import { onsetsFoldChoices } from './choices.js';
import { endToEndSchema, onsetsSchema, scalesSchema } from './config.js';

/** One fold: the piece left out, and the errors of each way of training. */
export const onsetsFoldSchema = z.object({
  piece: z.string(),
  rows: foldRowsSchema,
  /** Of each row, the share of true onsets of the piece left out that the 90 % intervals hold. */
  held: namedValuesSchema(measure),
  /** Where each row puts the events of the piece left out: seconds, to the millisecond. */
  onsets: namedValuesSchema(z.array(z.number())),
  /** Left out by runs whose settings were all the config's. */
  settings: z
    .object({
      scales: scalesSchema,
      endToEnd: z.array(endToEndSchema),
      /** Whether they were chosen on the training pieces, not by the config. */
      chosen: z.boolean(),
    })
    .optional(),
  choices: onsetsFoldChoices.optional(),
  seconds: z.number(),
});

/** result.json of `didyprog align onsets`. */
export const onsetsResult = z
  .object({
    ...resultHead('onsets', onsetsSchema),
    rows: z.array(rowSchema),
    folds: z.array(onsetsFoldSchema),
  })
  .refine(...hasEndToEndRow);

export type OnsetsFold = z.output<typeof onsetsFoldSchema>;
export type OnsetsResult = z.output<typeof onsetsResult>;
export type OnsetsMeasured = Omit<OnsetsResult, keyof ResultHead<unknown>>;
