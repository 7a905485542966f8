import type { KeyRange } from './keys.js';
import { product } from '../kernels/matmul.js';
import {
  pitchWindows,
  reach,
  reachSize,
  scaleNames,
  scalesOf,
  type OnsetParameters,
} from './model.js';
import { lowestPitch, pitchCount, type Spectra } from './spectra.js';

/** The spectra of the windows that pitches are heard in. */
export type PitchSpectra = Pick<Spectra, 'frames'> & {
  windows: Pick<Spectra['windows'], (typeof pitchWindows)[number]>;
};

/** The bias of a key is quadratic in its distance from middle C, in octaves. */
function biasTerms(pitch: number): number[] {
  const octaves = (pitch - 60) / 12;
  return [1, octaves, octaves * octaves];
}

/** Each entry of the map from a spectrum to key scores: its place, and the weight that stands there. */
function eachWeight(keys: KeyRange, visit: (cell: number, weight: number) => void): void {
  for (let key = 0; key < keys.count; key++) {
    const first = keys.lowest + key - reach.below - lowestPitch;
    for (let d = 0; d < reachSize; d++) visit((first + d) * keys.count + key, d);
  }
}

/**
 * How likely each key sounds in each frame by one window, as a log-odds: a linear map that is the same
 * for every key, and a bias.
 * @param part the window's parameters
 * @returns [frames, keys]; O(frames · keys · pitches)
 */
export function windowScores(
  { frames, windows }: PitchSpectra,
  window: (typeof pitchWindows)[number],
  part: Float32Array,
  keys: KeyRange,
): Float32Array {
  const map = new Float32Array(pitchCount * keys.count);
  eachWeight(keys, (cell, weight) => (map[cell] = part[weight]!));
  const scores = product(
    { values: windows[window], shape: [frames, pitchCount], transposed: false },
    { values: map, shape: [pitchCount, keys.count], transposed: false },
  );
  for (let key = 0; key < keys.count; key++) {
    const bias = biasTerms(keys.lowest + key).reduce(
      (sum, term, b) => sum + term * part[reachSize + b]!,
      0,
    );
    for (let cell = key; cell < scores.length; cell += keys.count) scores[cell]! += bias;
  }
  return scores;
}

/** Adds ∂/∂part of Σ slopes · windowScores to `gradient`. */
export function windowScoresBackward(
  { frames, windows }: PitchSpectra,
  window: (typeof pitchWindows)[number],
  slopes: Float32Array,
  keys: KeyRange,
  gradient: Float32Array,
): void {
  const map = product(
    { values: windows[window], shape: [frames, pitchCount], transposed: true },
    { values: slopes, shape: [frames, keys.count], transposed: false },
  );
  eachWeight(keys, (cell, weight) => (gradient[weight]! += map[cell]!));
  for (let key = 0; key < keys.count; key++) {
    let total = 0;
    for (let cell = key; cell < slopes.length; cell += keys.count) total += slopes[cell]!;
    biasTerms(keys.lowest + key).forEach((term, b) => {
      gradient[reachSize + b]! += term * total;
    });
  }
}

/**
 * How likely each key sounds: the mean x of the windows' scores, bounded as c·tanh(x/c), since frames
 * next to each other say the same: an unbounded sum over a long note drowns everything else.
 * @returns [frames, keys]
 */
export function keyScores(
  spectra: PitchSpectra,
  parameters: OnsetParameters,
  keys: KeyRange,
): Float32Array {
  const [first, second] = pitchWindows.map((window) =>
    windowScores(spectra, window, parameters[`pitch.${window}`], keys),
  ) as [Float32Array, Float32Array];
  const { bound } = scalesOf(parameters);
  return first.map((score, cell) => bound * Math.tanh((score + second[cell]!) / (2 * bound)));
}

/** Adds ∂/∂parameters of Σ slopes · keyScores to `gradient`. */
export function keyScoresBackward(
  spectra: PitchSpectra,
  { scores, slopes }: { scores: Float32Array; slopes: Float32Array },
  { parameters, keys }: { parameters: OnsetParameters; keys: KeyRange },
  gradient: OnsetParameters,
): void {
  const { bound } = scalesOf(parameters);
  let boundSlope = 0;
  const halves = slopes.map((slope, cell) => {
    if (slope === 0) return 0;
    const t = Math.max(-0.999999, Math.min(0.999999, scores[cell]! / bound));
    boundSlope += slope * (t - Math.atanh(t) * (1 - t * t));
    return (slope * (1 - t * t)) / 2;
  });
  // The scales are exponentials of their parameters.
  gradient.scales[scaleNames.indexOf('bound')]! += boundSlope * bound;
  for (const window of pitchWindows) {
    windowScoresBackward(spectra, window, halves, keys, gradient[`pitch.${window}`]);
  }
}
