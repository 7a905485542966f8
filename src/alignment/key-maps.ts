import type { KeyRange } from './keys.js';
import { keyScores } from './pitch-evidence.js';
import type { OnsetParameters } from './model.js';
import { eachInput, risesOf, type Rises } from './onset-evidence.js';
import { lowestPitch, pitchCount, type Spectra } from './spectra.js';

/** What a recording says of keys, all rows [frames, keys]: enough for the evidence of any score. */
export interface KeyMaps {
  frames: number;
  keys: KeyRange;
  /** Log-odds that a key sounds. */
  sounds: Float32Array;
  /** What a key adds to the onset evidence when it is struck, and when it ends. */
  struck: Float32Array;
  ends: Float32Array;
  /** What every onset has, whatever is struck [frames]. */
  broad: Float32Array;
}

/** O(frames · keys · inputs). */
export function keyMaps(
  spectra: Spectra,
  parameters: OnsetParameters,
  keys: KeyRange,
  rises: Rises = risesOf(spectra),
): KeyMaps {
  const { frames } = spectra;
  const sounds = keyScores(spectra, parameters, keys);
  const [struck, ends] = [new Float32Array(sounds.length), new Float32Array(sounds.length)];
  const broad = new Float32Array(frames);
  const clamp = (i: number) => Math.min(frames - 1, Math.max(0, i));
  eachInput((input, { kind, window, partial, offset }) => {
    const weight = parameters.onset[input]!;
    if (kind === 'broad') {
      const means = rises.broadband[window]!;
      for (let i = 0; i < frames; i++) broad[i]! += weight * means[clamp(i + offset)]!;
    } else if (kind === 'level' || kind === 'rise') {
      const values = kind === 'level' ? spectra.windows[window] : rises.rise[window]!;
      addRows(struck, weight, (i) => ({
        values,
        at: clamp(i + offset) * pitchCount - lowestPitch + keys.lowest + partial,
      }));
    } else {
      const target = kind === 'struck' ? struck : ends;
      addRows(target, weight, (i) => ({ values: sounds, at: clamp(i + offset) * keys.count }));
    }
  });
  return { frames, keys, sounds, struck, ends, broad };

  function addRows(
    target: Float32Array,
    weight: number,
    source: (frame: number) => { values: Float32Array; at: number },
  ): void {
    for (let i = 0, cell = 0; i < frames; i++) {
      const { values, at } = source(i);
      for (let key = 0; key < keys.count; key++, cell++)
        target[cell]! += weight * values[at + key]!;
    }
  }
}
