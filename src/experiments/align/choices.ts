import { z } from 'zod';
import { isBach10 } from '../../data/acquire/known-data.js';
import { UsageError } from '../../errors.js';
import { parseJson, readTextFile } from '../../read-file.js';
import { projectFile, validateConfig } from '../../runner/config.js';
import { fingerprintSchema, sameContents, type Fingerprint } from '../../runner/data-files.js';
import { notice } from '../../runner/notice.js';
import { namedValuesSchema } from '../../runner/named-values.js';
import { rowNames, type AlignConfig, type EndToEndConfig, type FrameWiseConfig } from './config.js';

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
  /** How long choosing took. */
  seconds: z.number(),
});

/** What `--select` writes: for each piece left out, and for training on all of them, the choices. */
export const choicesSchema = z.strictObject({
  about: z.string(),
  config: z.string(),
  provenance: z.unknown(),
  /** The files of the pieces that it was chosen on; left out by version 0.1.0. */
  files: z.array(fingerprintSchema).optional(),
  folds: namedValuesSchema(foldChoices),
});

export type FoldChoices = z.output<typeof foldChoices>;
export type Choices = z.output<typeof choicesSchema>;

/** The entry of `folds` for the training on all pieces. */
export const allPieces = 'all pieces';

/** The settings that one fold trains with. */
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

/**
 * Reads the choices that the config names, relative to the project's folder.
 * @returns undefined when the config names none
 * @throws UsageError when the file is missing or is not one that `--select` wrote
 */
export async function loadChoices(config: AlignConfig): Promise<Choices | undefined> {
  if (config.choices === undefined) return undefined;
  const path = projectFile(config.choices);
  let value: unknown;
  try {
    value = parseJson(await readTextFile(path), path);
  } catch (error) {
    throw new UsageError(
      `cannot read the recorded choices ${path}: ${(error as Error).message}; ` +
        'write them with --select, or remove the key choices from the config',
    );
  }
  return validateConfig(choicesSchema, value, path);
}

/**
 * Recorded choices, when they were made on the data of this run: on other recordings their piece
 * names may be the same. Otherwise a notice, and the config's settings stand.
 */
export function choicesFor(
  data: readonly Fingerprint[],
  config: AlignConfig,
  choices: Choices | undefined,
): Choices | undefined {
  if (!choices) return undefined;
  // Version 0.1.0 recorded no files: what it shipped was chosen on Bach10.
  const same = choices.files ? sameContents(choices.files, data) : isBach10(data);
  if (same) return choices;
  notice(
    `${config.choices}: chosen on other recordings than these; the settings of the config are used`,
  );
  return undefined;
}
