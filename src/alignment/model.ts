import { onsetInputs } from './onset-evidence.js';

/** A key reads the spectrum from an octave below it to four octaves above. */
export const reach = { below: 12, above: 48 };
export const reachSize = reach.below + reach.above + 1;

/** The windows that pitches are heard in. */
export const pitchWindows = ['8192', '4096'] as const;

/**
 * What the parts of an alignment weigh: pitches, onset evidence and durations; what a rest costs, and
 * the most that a held note costs; and the bound of key scores.
 */
export const scaleNames = ['pitch', 'onset', 'duration', 'rest', 'hold', 'bound'] as const;
export type Scales = Record<(typeof scaleNames)[number], number>;

/**
 * The aligner's parameters, one array after the other in the order of `parts`. The score of a key in
 * a frame is the mean over the pitch windows of weights · spectrum + a bias quadratic in the key.
 */
export const parts = {
  'pitch.8192': reachSize + 3,
  'pitch.4096': reachSize + 3,
  onset: onsetInputs,
  /** Logarithms of the scales. */
  scales: 6,
} as const;
export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];
export type OnsetParameters = Record<PartName, Float32Array>;

export function zeroParameters(): OnsetParameters {
  return Object.fromEntries(
    Object.entries(parts).map(([name, size]) => [name, new Float32Array(size)]),
  ) as OnsetParameters;
}

/** The scales by name; they are positive. */
export function scalesOf({ scales }: Pick<OnsetParameters, 'scales'>): Scales {
  return Object.fromEntries(scaleNames.map((name, at) => [name, Math.exp(scales[at]!)])) as Scales;
}

/** Sets the scales. */
export function setScales({ scales }: OnsetParameters, values: Scales): void {
  scaleNames.forEach((name, at) => (scales[at] = Math.log(values[name])));
}

/** A recording with both below these is not of the score. */
export interface DoubtLimits {
  agreement: number;
  distinctness: number;
}
