import { dtw } from '../dp/programs/dtw.js';
import type { KeyMaps } from './key-maps.js';
import type { ScoreMoment } from './onset-evidence.js';

/** Fine frames in one of this search, at most: a tenth of a second. */
const mostStep = 10;
/** Bytes that it may take for its way back. */
const memory = 3.2e7;

/** What a rough alignment is searched in. */
export interface GuideTask {
  maps: KeyMaps;
  moments: readonly ScoreMoment[];
  /** What a frame before or after the music scores [frames]. */
  outside: Float32Array;
}

/**
 * Onsets in frames, to within seconds: each tenth of a second is given to one event by the keys that
 * sound in it, or to what is before or after the music. Neither durations nor onsets are heard, so that
 * equal chords in a row are not told apart; but it looks at the whole recording, however long.
 *
 * O(frames · events · keys) time.
 */
export function guideOnsets({ maps, moments, outside }: GuideTask): Float64Array {
  const { keys, sounds } = maps;
  const events = moments.length;
  const step = Math.max(1, Math.min(mostStep, Math.floor(maps.frames / (2 * events))));
  const frames = Math.floor(maps.frames / step);
  const used = [...new Set(moments.flatMap(({ pitches }) => pitches))].filter(
    (pitch) => pitch >= keys.lowest && pitch < keys.lowest + keys.count,
  );
  // A vector of what sounds, last what is outside of the music; and of what should.
  const depth = used.length + 1;
  const heard = new Float32Array(frames * depth);
  const asked = new Float32Array((events + 2) * depth);
  const hear = (column: number, scoreOf: (frame: number) => number) => {
    for (let i = 0; i < frames * step; i++) {
      heard[Math.floor(i / step) * depth + column]! -= scoreOf(i);
    }
  };
  used.forEach((pitch, column) => {
    const row = (pitch - keys.lowest) * maps.frames;
    hear(column, (i) => sounds[row + i]!);
    moments.forEach(({ pitches }, j) => {
      if (pitches.includes(pitch)) asked[(j + 1) * depth + column] = 1;
    });
  });
  hear(used.length, (i) => outside[i]!);
  for (const silence of [0, events + 1]) asked[silence * depth + used.length] = 1;
  const program = dtw({
    batch: 1,
    rows: frames,
    cols: events + 2,
    moves: 'advance',
    omega: 'hard',
    memory,
  });
  const [path] = program.argmax({
    rowFeatures: heard,
    colFeatures: asked,
    cost: 'innerProduct',
  });
  const onsets = new Float64Array(events);
  // From the last frame of an event to its first.
  for (let at = path!.length - 2; at >= 0; at -= 2) {
    const event = path![at + 1]! - 1;
    if (event >= 0 && event < events) onsets[event] = path![at]! * step;
  }
  return onsets;
}
