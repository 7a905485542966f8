import type { KeyRange } from './keys.js';
import { keyScores } from './pitch-evidence.js';
import type { OnsetParameters } from './model.js';
import { eachInput, risesOf, type Rises } from './onset-evidence.js';
import { lowestPitch, pitchCount, type Spectra, type SpectraReader } from './spectra.js';
import { turned } from '../turned.js';

/**
 * What a recording says of keys: enough for the evidence of any score. All [keys, frames], since searches
 * read a few keys in many frames.
 */
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

/** Frames of which the spectra are held at once. */
const usualPart = 2048;
/** Frames beside its own that the maps of a frame read: offsets of up to 12, and rises over 2. */
const beside = 16;

/**
 * What a recording says of keys, its spectra read part by part.
 * O(frames · keys · inputs) time; 1,060 bytes a frame of a piano's keys, some 6.5 MB a minute.
 */
export function readKeyMaps(
  reader: SpectraReader,
  parameters: OnsetParameters,
  keys: KeyRange,
  partFrames = usualPart,
): KeyMaps {
  const { frames } = reader;
  const [sounds, struck, ends] = [0, 0, 0].map(() => new Float32Array(frames * keys.count)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const whole: KeyMaps = { frames, keys, sounds, struck, ends, broad: new Float32Array(frames) };
  for (let from = 0; from < frames; from += partFrames) {
    const to = Math.min(frames, from + partFrames);
    const first = Math.max(0, from - beside);
    const part = keyMaps(reader.read(first, Math.min(frames, to + beside)), parameters, keys);
    for (const [name, rows] of [
      ['sounds', keys.count],
      ['struck', keys.count],
      ['ends', keys.count],
      ['broad', 1],
    ] as const) {
      for (let row = 0; row < rows; row++) {
        const start = row * part.frames - first;
        whole[name].set(part[name].subarray(start + from, start + to), row * frames + from);
      }
    }
  }
  return whole;
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
  const [byKey, struckByKey, endsByKey] = [sounds, struck, ends].map((rows) =>
    turned(rows, keys.count),
  ) as [Float32Array, Float32Array, Float32Array];
  return { frames, keys, sounds: byKey, struck: struckByKey, ends: endsByKey, broad };

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
