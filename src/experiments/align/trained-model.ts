import { z } from 'zod';
import { modelFile, modelText } from '../../alignment/trained-onsets.js';
import { DataError } from '../../errors.js';
import { projectFile } from '../../project-file.js';
import { parseJson, readTextFile } from '../../read-file.js';
import type { FeatureStatistics } from '../../features/index.js';
import { parseSaved } from '../../runner/config/config.js';
import { featuresSchema, modelSchema, type AlignConfig } from './config.js';
import { PitchModel, type Parameters } from './model.js';

/** The model that ships with the project, trained on all of Bach10 by the strong setting. */
export const shippedModel = projectFile('models/align-bach10-strong-model.json');

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
  model: PitchModel,
): Omit<TrainedModel, 'provenance'> {
  const { mean, deviation } = statistics;
  const dimensions = mean.length;
  const bias = Array.from(parameters.bias);
  const keys = bias.length;
  let weights: number[];
  if (model.tied) {
    weights = Array.from(parameters.weights, (weight) => weight / deviation[0]!);
    for (let key = 0; key < keys; key++) {
      weights.forEach((weight, d) => (bias[key]! -= weight * mean[model.first + key + d]!));
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
  };
}

/** Float32 carries seven digits; more would only be noise in the file. */
const rounded = (value: number) => Number(value.toPrecision(8));

/** Whether a file holds a pitch model, not another one; false when it cannot be read. */
export async function isPitchModel(path: string): Promise<boolean> {
  const file = await modelFile(path);
  try {
    return Object.hasOwn(parseJson(await readTextFile(file), file) as object, 'weights');
  } catch {
    return false;
  }
}

/**
 * Reads a trained model: a model.json, or the run directory that holds one.
 * @throws DataError when there is none, or it is not a model
 */
export async function readTrainedModel(path: string): Promise<TrainedModel> {
  const { file, text } = await modelText(path);
  return parseSaved(trainedModelSchema, text, file);
}

/**
 * The map and the parameters of a trained model, for features of this many dimensions.
 * @throws DataError when it is no model of such features
 */
export function openTrainedModel(trained: TrainedModel, dimensions: number) {
  try {
    const model = new PitchModel(trained.model, trained.features, dimensions);
    const parameters: Parameters = {
      weights: Float32Array.from(trained.weights),
      bias: Float32Array.from(trained.bias),
    };
    for (const [part, expected] of [
      ['weights', model.weightCount],
      ['bias', model.keys],
    ] as const) {
      const { length } = parameters[part];
      if (length !== expected) throw new RangeError(`${length} ${part}; expected are ${expected}`);
    }
    return { model, parameters };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataError(`the model does not fit its features: ${error.message}`);
  }
}
