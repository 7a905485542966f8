import { z } from 'zod';
import { namedValuesSchema } from '../../runner/checkpoint/named-values.js';
import { rowNames, type AlignConfig, type EndToEndConfig, type FrameWiseConfig } from './config.js';
import type { RecordedChoices } from './selection.js';

const frameWiseChoice = z.strictObject({ lambda: z.number(), iterations: z.number() });
const endToEndChoice = z.strictObject({
  gamma: z.number(),
  lambda: z.number(),
  epochs: z.number(),
});
const scored = <T extends z.ZodType>(choice: T) =>
  z.strictObject({
    choice,
    /** Mean RMSE in seconds on the inner validation pieces: of the choice, and of all settings. */
    validationRmse: z.number(),
    tried: z.array(z.strictObject({ setting: choice, validationRmse: z.number() })),
  });

export const foldChoices = z.strictObject({
  frameWise: scored(frameWiseChoice),
  endToEnd: namedValuesSchema(scored(endToEndChoice)),
  seconds: z.number(),
});

export type FoldChoices = z.output<typeof foldChoices>;
export type Choices = RecordedChoices<FoldChoices>;

export interface FoldSettings {
  frameWise: FrameWiseConfig;
  endToEnd: EndToEndConfig[];
  /** The rows of the table whose settings were chosen on the training pieces, not by the config. */
  chosen: string[];
}

/**
 * The settings of the fold that leaves `piece` out: the config's, with what `--select` chose for
 * this fold in their place.
 */
export function foldSettings(
  config: AlignConfig,
  choices: Choices | undefined,
  piece: string,
): FoldSettings {
  const chosen = choices?.folds[piece];
  const rows = config.endToEnd.map(({ name }) => name);
  return {
    frameWise: { ...config.frameWise, ...chosen?.frameWise.choice },
    endToEnd: config.endToEnd.map((setting) => ({
      ...setting,
      ...chosen?.endToEnd[setting.name]?.choice,
    })),
    chosen: chosen ? [rowNames.frameWise, ...rows.filter((name) => chosen.endToEnd[name])] : [],
  };
}
