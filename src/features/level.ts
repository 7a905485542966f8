import { DataError } from '../errors.js';
import type { Levelled, Signal } from './spectrum.js';

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
export function levelled(samples: Signal, sampleRate: number, level: number): Levelled | undefined {
  // Scaled by the largest, so that no sum and no square overflows.
  let largest = 0;
  for (let n = 0; n < samples.length; n++) {
    if (!Number.isFinite(samples[n])) {
      throw new DataError(`sample ${n} is ${samples[n]}: every sample must be finite`);
    }
    largest = Math.max(largest, Math.abs(samples[n]!));
  }
  if (largest === 0) return undefined;
  let mean = 0;
  for (let n = 0; n < samples.length; n++) mean += samples[n]! / largest;
  mean /= samples.length;
  const blockSamples = Math.max(1, Math.round(blockSeconds * sampleRate));
  const power = gatedPower({ samples, largest, mean, factor: 1 }, blockSamples);
  // What rounding leaves of a constant signal is no sound.
  return power > 1e-24 ? { samples, largest, mean, factor: level / Math.sqrt(power) } : undefined;
}

/** `levelled` as samples of their own. */
export function atLevel(
  samples: Signal,
  sampleRate: number,
  level: number,
): Float64Array | undefined {
  const found = levelled(samples, sampleRate, level);
  if (!found) return undefined;
  const { largest, mean, factor } = found;
  return Float64Array.from(samples, (value) => (value / largest - mean) * factor);
}

function gatedPower({ samples, largest, mean }: Levelled, blockSamples: number): number {
  const powers: number[] = [];
  for (let start = 0; start < samples.length; start += blockSamples) {
    const end = Math.min(samples.length, start + blockSamples);
    let sum = 0;
    for (let n = start; n < end; n++) sum += (samples[n]! / largest - mean) ** 2;
    powers.push(sum / (end - start));
  }
  const meanOf = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const threshold = gate * meanOf(powers);
  return meanOf(powers.filter((power) => power >= threshold));
}
