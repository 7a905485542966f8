import type { Levelled } from '../features/spectrum.js';

/** A swing this far below the music's level, 80 dB, is silence: no note begins in it. */
const silent = 1e-4;
/** Seconds around an onset in which its note must sound. */
const [before, after] = [0.1, 0.3];

/**
 * Which of the onsets lie where a recording is silent, such as those after the end of a cut one.
 * O(onsets · sampleRate).
 * @param onsets seconds from the beginning of the recording
 * @param level the level to which `levelled` brings the music
 * @returns their indices, ascending
 */
export function silentOnsets(
  { samples, largest, factor }: Levelled,
  sampleRate: number,
  onsets: readonly number[],
  level: number,
): number[] {
  const least = (silent * level * largest) / factor;
  return [...onsets.keys()].filter((at) => {
    const first = Math.max(0, Math.floor((onsets[at]! - before) * sampleRate));
    const end = Math.min(samples.length, Math.ceil((onsets[at]! + after) * sampleRate));
    let [low, high] = [Infinity, -Infinity];
    for (let n = first; n < end; n++) {
      low = Math.min(low, samples[n]!);
      high = Math.max(high, samples[n]!);
    }
    return high - low < least;
  });
}
