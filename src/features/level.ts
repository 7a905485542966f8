import { DataError } from '../errors.js';
import type { Signal } from './spectrum.js';

/** The level of Bach10's recordings, by `atLevel`'s measure: 14.5 dB below full scale. */
export const bach10Level = 0.189;

const blockSeconds = 0.1;
/** Blocks this much below the mean power, pauses and noise, do not count: 10 dB. */
const gate = 0.1;

/**
 * A recording at a given level, its mean (DC offset) taken out, so that features do not depend on how
 * it was recorded, in which units its samples are and how long it is silent. The level is the root
 * mean square over the blocks of a tenth of a second whose power is at most 10 dB below the mean of
 * all (the relative gate of ITU-R BS.1770, without its filters).
 * @returns undefined for a signal that is silent throughout: all samples alike, or none
 * @throws DataError for a signal that is not finite
 */
export function atLevel(samples: Signal, sampleRate: number, level: number) {
  // Scaled by the largest, so that no sum and no square overflows.
  let largest = 0;
  for (let n = 0; n < samples.length; n++) {
    if (!Number.isFinite(samples[n])) {
      throw new DataError(`sample ${n} is ${samples[n]}: every sample must be finite`);
    }
    largest = Math.max(largest, Math.abs(samples[n]!));
  }
  const scaled = Float64Array.from(samples, (value) => (largest > 0 ? value / largest : 0));
  const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
  const centred = scaled.map((value) => value - mean);
  const power = gatedPower(centred, Math.max(1, Math.round(blockSeconds * sampleRate)));
  // What rounding leaves of a constant signal is no sound.
  if (!(power > 1e-24)) return undefined;
  const factor = level / Math.sqrt(power);
  return centred.map((value) => value * factor);
}

function gatedPower(samples: Float64Array, blockSamples: number): number {
  const powers: number[] = [];
  for (let start = 0; start < samples.length; start += blockSamples) {
    const block = samples.subarray(start, start + blockSamples);
    powers.push(block.reduce((sum, value) => sum + value * value, 0) / block.length);
  }
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const threshold = gate * mean(powers);
  return mean(powers.filter((power) => power >= threshold));
}
