import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { parseJson, readTextFile } from '../../read-file.js';
import type { FeatureStatistics } from '../../features/index.js';
import { validateConfig } from '../../runner/config.js';
import type { Stretch } from '../../runner/provenance.js';
import { featuresSchema, modelSchema, tiedReach, type AlignConfig } from './config.js';

/** The model that ships with the project, trained on all of Bach10 by the strong setting. */
export const shippedModel = fileURLToPath(
  new URL('../../../results/align-bach10-strong-model.json', import.meta.url),
);

/** Trained parameters: weights [dimensions, keys], or [reach] when tied, and a bias a key. */
export interface Parameters {
  weights: Float32Array;
  bias: Float32Array;
}

const trainedModelSchema = z.strictObject({
  about: z.string(),
  features: featuresSchema,
  model: modelSchema,
  /** [dimensions, keys] row-major, or [reach] when tied; the standardisation is folded in. */
  weights: z.array(z.number()),
  bias: z.array(z.number()),
  /** Stretches, or the one object of version 0.1.0. */
  provenance: z.unknown(),
});

/** A trained pitch model that needs no statistics of its training set: model.json of a run. */
export type TrainedModel = z.output<typeof trainedModelSchema>;

/**
 * Folds the standardisation x ↦ (x − mean)/deviation into weights and biases, so that the model reads
 * raw features. Not for 'piece', which is each recording's own.
 */
export function foldStandardisation(
  parameters: Parameters,
  statistics: FeatureStatistics,
  config: Pick<AlignConfig, 'features' | 'model'>,
  provenance: Stretch[],
): TrainedModel {
  const { mean, deviation } = statistics;
  const dimensions = mean.length;
  const bias = Array.from(parameters.bias);
  const keys = bias.length;
  let weights: number[];
  if (config.model.weights === 'tied') {
    const first = firstTiedDimension(config);
    weights = Array.from(parameters.weights, (weight) => weight / deviation[0]!);
    for (let key = 0; key < keys; key++) {
      weights.forEach((weight, d) => (bias[key]! -= weight * mean[first + key + d]!));
    }
  } else {
    weights = Array.from(parameters.weights, (w, at) => w / deviation[Math.floor(at / keys)]!);
    for (let d = 0; d < dimensions; d++) {
      for (let key = 0; key < keys; key++) bias[key]! -= weights[d * keys + key]! * mean[d]!;
    }
  }
  return {
    about:
      'A linear pitch model; scores = bias + weights · features, the standardisation folded in.',
    features: config.features,
    model: config.model,
    weights: weights.map(rounded),
    bias: bias.map(rounded),
    provenance,
  };
}

/** Float32 carries seven digits; more would only be noise in the file. */
const rounded = (value: number) => Number(value.toPrecision(8));

/** The feature dimension that key 0 reads with its lowest tied weight. */
function firstTiedDimension({ features, model }: Pick<AlignConfig, 'features' | 'model'>): number {
  if (features.kind !== 'semitone') throw new RangeError('tied weights need semitone features');
  return model.lowestKey - tiedReach.below - features.lowestPitch;
}

/**
 * Scores of every frame and key by a trained model, without TensorFlow.js.
 * @param values features [frames, dimensions], row-major, as the model's config describes them
 * @returns scores [frames, keys]; O(frames · keys · weights a key)
 */
export function pitchScores(
  trained: TrainedModel,
  values: Float64Array,
  frames: number,
  dimensions: number,
): Float64Array {
  const { weights, bias, model } = trained;
  const keys = bias.length;
  const scores = new Float64Array(frames * keys);
  const first = model.weights === 'tied' ? firstTiedDimension(trained) : 0;
  for (let i = 0; i < frames; i++) {
    const x = i * dimensions;
    for (let key = 0; key < keys; key++) {
      let score = bias[key]!;
      if (model.weights === 'tied') {
        const from = x + first + key;
        for (let d = 0; d < weights.length; d++) score += weights[d]! * values[from + d]!;
      } else {
        for (let d = 0; d < dimensions; d++) score += weights[d * keys + key]! * values[x + d]!;
      }
      scores[i * keys + key] = score;
    }
  }
  return scores;
}

/**
 * Reads a trained model: a model.json, or the run directory that holds one.
 * @throws DataError when there is none; UsageError when it is not a model
 */
export async function readTrainedModel(path: string): Promise<TrainedModel> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isDirectory ? join(path, 'model.json') : path;
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `cannot read the model ${file}: ${(error as Error).message}; ` +
        'a finished run of didyprog align writes one',
    );
  }
  const value = parseJson(text, file);
  try {
    return validateConfig(trainedModelSchema, value, file);
  } catch (error) {
    if (error instanceof UsageError) throw new DataError(error.message);
    throw error;
  }
}
