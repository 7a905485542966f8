import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DataError } from '../errors.js';
import { parseJson, readTextFile } from '../read-file.js';
import type { OnsetModel } from './align.js';
import { usualLimits } from './doubt.js';
import { parts, zeroParameters, type PartName } from './model.js';

const partNames = Object.keys(parts) as PartName[];

/** The file of a trained aligner: model.json of a run of `didyprog align onsets`. */
export const trainedOnsetsSchema = z.strictObject({
  about: z.string(),
  parameters: z.strictObject(
    Object.fromEntries(
      partNames.map((name) => [name, z.array(z.number()).length(parts[name])]),
    ) as Record<PartName, z.ZodArray<z.ZodNumber>>,
  ),
  biasSeconds: z.number(),
  interval: z.strictObject({ factor: z.number().positive(), floorSeconds: z.number().positive() }),
  doubt: z.strictObject({ agreement: z.number(), distinctness: z.number() }).default(usualLimits),
  provenance: z.unknown(),
});

export type TrainedOnsets = z.output<typeof trainedOnsetsSchema>;

/** What stands in the file. */
export function toFile(model: OnsetModel, provenance: unknown): TrainedOnsets {
  // Float32 carries seven digits; more would only be noise in the file.
  const rounded = (value: number) => Number(value.toPrecision(8));
  const { parameters, biasSeconds, interval, doubt } = model;
  return {
    about:
      'An aligner of recordings and scores: pitch scores of two windows, evidence of onsets, and ' +
      'the weights of its parts.',
    parameters: Object.fromEntries(
      partNames.map((name) => [name, Array.from(parameters[name], rounded)]),
    ) as TrainedOnsets['parameters'],
    biasSeconds: rounded(biasSeconds),
    interval: { ...interval, factor: rounded(interval.factor) },
    doubt: {
      agreement: rounded(doubt.agreement),
      distinctness: rounded(doubt.distinctness),
    },
    provenance,
  };
}

/** The model that a file holds. */
export function fromFile(trained: TrainedOnsets): OnsetModel {
  const { parameters, biasSeconds, interval, doubt } = trained;
  const arrays = zeroParameters();
  for (const name of partNames) arrays[name].set(parameters[name]);
  return { parameters: arrays, biasSeconds, interval, doubt };
}

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
