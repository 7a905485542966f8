import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../errors.js';
import { fileProblem } from '../input-file.js';
import { isFolder } from '../make-folder.js';
import { projectFile } from '../project-file.js';
import { firstIssue, neededText, parseJson } from '../read-file.js';
import type { OnsetModel } from './align.js';
import { fromFile } from './model-file.js';
import { partNames, parts, type PartName } from './model.js';

/** The file of a trained aligner: model.json of a run of `didyprog align onsets`. */
const trainedOnsetsSchema = z.strictObject({
  about: z.string(),
  parameters: z.strictObject(
    Object.fromEntries(
      partNames.map((name) => [name, z.array(z.number()).length(parts[name])]),
    ) as Record<PartName, z.ZodArray<z.ZodNumber>>,
  ),
  biasSeconds: z.number(),
  rise: z.strictObject({ median: z.number(), spread: z.number().positive() }).optional(),
  interval: z.strictObject({ factor: z.number().positive(), floorSeconds: z.number().positive() }),
  doubt: z.strictObject({ agreement: z.number(), distinctness: z.number() }).optional(),
  provenance: z.unknown(),
});

/** The model that ships with the project, trained on all of Bach10. */
export const shippedOnsets = projectFile('models/align-bach10-onsets-model.json');

/** The file of a model: itself, or the model.json of a run directory. */
export const modelFile = async (path: string) =>
  (await isFolder(path)) ? join(path, 'model.json') : path;

/**
 * The text of a model's file.
 * @throws DataError when there is none, as in the run of another experiment
 */
export async function modelText(path: string): Promise<{ file: string; text: string }> {
  const file = await modelFile(path);
  const problem = await fileProblem(file);
  if (problem !== undefined) {
    throw new DataError(
      file === path
        ? `cannot read the model ${path}: ${problem}`
        : `${path} holds no alignment model: cannot read ${file}: ${problem}; a finished run of ` +
            'didyprog align writes one',
    );
  }
  return { file, text: await neededText(file) };
}

/**
 * Reads a model: its file, or the run directory that holds it as model.json.
 * @throws DataError when there is none, or it is not such a model
 */
export async function readOnsetModel(path: string): Promise<OnsetModel> {
  const { file, text } = await modelText(path);
  const checked = trainedOnsetsSchema.safeParse(parseJson(text, file));
  if (checked.success) return fromFile(checked.data);
  throw new DataError(
    `${file} is not a model of didyprog align onsets (${firstIssue(checked.error)})`,
  );
}
