import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DataError } from '../errors.js';
import { parseJson, readTextFile } from '../read-file.js';
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
  interval: z.strictObject({ factor: z.number().positive(), floorSeconds: z.number().positive() }),
  doubt: z.strictObject({ agreement: z.number(), distinctness: z.number() }).optional(),
  provenance: z.unknown(),
});

/** The model that ships with the project, trained on all of Bach10. */
export const shippedOnsets = fileURLToPath(
  new URL('../../models/align-bach10-onsets-model.json', import.meta.url),
);

/**
 * Reads a model: its file, or the run directory that holds it as model.json.
 * @throws DataError when there is none, or it is not such a model
 */
export async function readOnsetModel(path: string): Promise<OnsetModel> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isDirectory ? join(path, 'model.json') : path;
  const text = await readTextFile(file).catch((error: Error) => {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `cannot read the model ${file}: ${error.message}; a finished run of didyprog align onsets ` +
        'writes one',
    );
  });
  const checked = trainedOnsetsSchema.safeParse(parseJson(text, file));
  if (checked.success) return fromFile(checked.data);
  const [issue] = checked.error.issues;
  throw new DataError(
    `${file} is not a model of didyprog align onsets (${issue!.path.join('.')}: ${issue!.message})`,
  );
}
