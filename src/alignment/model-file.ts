import type { OnsetModel } from './align.js';
import { usualLimits } from './doubt.js';
import { partNames, zeroParameters, type DoubtLimits, type PartName } from './model.js';

/** What a model's file holds; `readOnsetModel` checks it. */
export interface TrainedOnsets {
  about: string;
  parameters: Record<PartName, number[]>;
  biasSeconds: number;
  rise?: OnsetModel['rise'];
  interval: OnsetModel['interval'];
  doubt?: DoubtLimits | undefined;
  provenance: unknown;
}

/** What stands in the file. */
export function toFile(model: OnsetModel, provenance: unknown): TrainedOnsets {
  // Float32 carries seven digits; more would only be noise in the file.
  const rounded = (value: number) => Number(value.toPrecision(8));
  const { parameters, biasSeconds, rise, interval, doubt } = model;
  return {
    about:
      'An aligner of recordings and scores: pitch scores of two windows, evidence of onsets, and ' +
      'the weights of its parts.',
    parameters: Object.fromEntries(
      partNames.map((name) => [name, Array.from(parameters[name], rounded)]),
    ) as Record<PartName, number[]>,
    biasSeconds: rounded(biasSeconds),
    ...(rise && { rise: { median: rounded(rise.median), spread: rounded(rise.spread) } }),
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
  const { parameters, biasSeconds, rise, interval, doubt = usualLimits } = trained;
  const arrays = zeroParameters();
  for (const name of partNames) arrays[name].set(parameters[name]);
  return { parameters: arrays, biasSeconds, rise, interval, doubt };
}
