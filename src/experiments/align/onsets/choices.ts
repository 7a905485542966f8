import { z } from 'zod';
import type { Scales } from '../../../alignment/model.js';
import type { RecordedChoices } from '../selection.js';
import { scalesSchema, type OnsetsConfig } from './config.js';

const scored = <Choice extends z.ZodType>(choice: Choice) =>
  z.strictObject({
    choice,
    /** Mean absolute error in seconds on the inner validation pieces: of the choice, and of all tried. */
    validationMad: z.number(),
    tried: z.array(z.strictObject({ setting: choice, validationMad: z.number() })),
  });

export const onsetsFoldChoices = z.strictObject({
  scales: scored(scalesSchema),
  /** Left out where there was nothing to choose. */
  endToEnd: scored(z.strictObject({ learningRate: z.number(), convex: z.number() })).optional(),
  seconds: z.number(),
});

export type OnsetsFoldChoices = z.output<typeof onsetsFoldChoices>;
export type OnsetsChoices = RecordedChoices<OnsetsFoldChoices>;

export interface FoldSettings {
  scales: Scales;
  endToEnd: OnsetsConfig['endToEnd'];
  /** Whether they were chosen on the training pieces, not by the config. */
  chosen: boolean;
}

/** The config's settings, with what was chosen for a fold in their place. */
export function foldSettings(
  config: OnsetsConfig,
  chosen: OnsetsFoldChoices | undefined,
): FoldSettings {
  return {
    scales: { ...config.scales, ...chosen?.scales.choice },
    endToEnd: config.endToEnd.map((setting) => ({ ...setting, ...chosen?.endToEnd?.choice })),
    chosen: chosen !== undefined,
  };
}
