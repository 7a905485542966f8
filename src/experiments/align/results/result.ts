import { z } from 'zod';
import { measure } from '../../../runner/checkpoint/best-model.js';
import { resultHead, type ResultHead } from '../../experiment.js';
import { alignSchema } from '../config.js';
import { foldResultSchema, ofEachMeasure } from '../saved-folds.js';

/** A mean over folds and its population standard deviation. */
const spread = z.object({ mean: measure, deviation: measure });

/** RMSE and deviations in seconds, shares between 0 and 1. */
const spreads = ofEachMeasure(spread);

export const rowSchema = z.object({
  name: z.string(),
  test: spreads,
  /** The mean over the training pieces of each fold, then mean and deviation over folds. */
  training: spreads,
});

interface Judged {
  config: { endToEnd: readonly { name: string }[] };
  rows: readonly { name: string }[];
}

/** The row that a result is judged by is there. It is asked of a config without settings, too, which is refused. */
export const hasEndToEndRow: [(result: Judged) => boolean, { path: string[]; message: string }] = [
  ({ config, rows }) => rows.some(({ name }) => name === config.endToEnd[0]?.name),
  { path: ['rows'], message: 'expected a row of the first end-to-end setting' },
];

/** result.json of a leave-one-out. */
export const alignResult = z
  .object({
    ...resultHead('align', alignSchema),
    rows: z.array(rowSchema),
    folds: z.array(foldResultSchema),
  })
  .refine(...hasEndToEndRow);

export type SummaryRow = z.output<typeof rowSchema>;
export type AlignResult = z.output<typeof alignResult>;
export type AlignMeasured = Omit<AlignResult, keyof ResultHead<unknown>>;
