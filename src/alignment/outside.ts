import type { KeyMaps } from './key-maps.js';
import { scalesOf, type OnsetParameters } from './model.js';

/**
 * What sound that is not the score's costs in a frame at the least, against the log-odds of the keys
 * that seem to sound in it: music pays it for no frame, applause and talk for each.
 */
const strangeness = 7.25;
/** The share of the frames with sound that is music for certain. */
const certain = 0.25;

/**
 * What each frame scores when it lies before or after the music [frames]: silence, 0, or whatever
 * sounds, the best set of keys less a constant. The constant grows with what sounds in the recording
 * as a rule: of an instrument with strong overtones many more keys seem to sound than are played, and
 * its music is not to pass for applause.
 */
export function outsideScores(
  { frames, keys, sounds }: KeyMaps,
  parameters: OnsetParameters,
): Float32Array {
  const { pitch } = scalesOf(parameters);
  const best = new Float64Array(frames);
  for (let i = 0; i < frames; i++) {
    for (let key = 0; key < keys.count; key++) {
      best[i]! += Math.max(0, sounds[key * frames + i]!);
    }
  }
  const sounding = best.filter((one) => one > 0).sort();
  const usual = sounding[Math.floor(certain * sounding.length)] ?? 0;
  const constant = Math.max(strangeness, usual);
  return Float32Array.from(best, (one) => Math.max(0, pitch * (one - constant)));
}
