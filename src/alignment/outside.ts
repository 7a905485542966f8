import type { KeyMaps } from './key-maps.js';
import { scalesOf, type OnsetParameters } from './model.js';

/**
 * What sound that is not the score's costs in a frame, against the log-odds of the keys that seem to
 * sound in it: music pays it for no frame, applause and talk for each.
 */
const strangeness = 7.25;

/**
 * What each frame scores when it lies before or after the music [frames]: silence, 0, or whatever
 * sounds, the best set of keys less a constant.
 */
export function outsideScores(
  { frames, keys, sounds }: KeyMaps,
  parameters: OnsetParameters,
): Float32Array {
  const { pitch } = scalesOf(parameters);
  const scores = new Float32Array(frames);
  for (let i = 0; i < frames; i++) {
    let best = 0;
    for (let key = 0; key < keys.count; key++) best += Math.max(0, sounds[key * frames + i]!);
    scores[i] = Math.max(0, pitch * (best - strangeness));
  }
  return scores;
}
