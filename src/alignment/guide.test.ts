import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../random.js';
import { guideOnsets } from './guide.js';
import type { KeyMaps } from './key-maps.js';

/** A recording of `durations` frames an event, with what is not music before and after it. */
function played(
  chords: readonly (readonly number[])[],
  durations: readonly number[],
  { before, after }: { before: number; after: number },
) {
  const random = new SeededRandom(4);
  const keys = { lowest: 40, count: 24 };
  const frames = before + durations.reduce((sum, d) => sum + d, 0) + after;
  const sounds = new Float32Array(keys.count * frames).map(() => 2 * random.uniform() - 2.5);
  const outside = new Float32Array(frames).fill(-1);
  outside.fill(0.5, 0, before).fill(0.5, frames - after);
  let frame = before;
  const onsets = durations.map((duration, j) => {
    for (const pitch of chords[j]!) {
      const row = (pitch - keys.lowest) * frames + frame;
      for (let i = row; i < row + duration; i++) sounds[i]! += 3;
    }
    frame += duration;
    return frame - duration;
  });
  const none = new Float32Array(0);
  const maps: KeyMaps = { frames, keys, sounds, struck: none, ends: none, broad: none };
  return { maps, outside, onsets };
}

describe('a rough alignment', () => {
  const random = new SeededRandom(5);
  // No chord is that before it.
  const chords = Array.from({ length: 400 }, (_, j) => {
    const lowest = 40 + 2 * Math.floor(6 * random.uniform()) + (j % 2);
    return [lowest, lowest + 4, lowest + 7];
  });
  // The score's seconds are not asked for.
  const moments = chords.map((pitches) => ({ pitches, starts: pitches, scoreOnsetSeconds: 0 }));

  it('finds each onset to a tenth of a second, whatever the tempo and what is around the music', () => {
    // A first half at half the tempo: the middle is minutes away from half of the recording.
    const durations = chords.map((_, j) =>
      Math.round((j < 200 ? 160 : 40) * (1 + random.uniform())),
    );
    const { onsets, ...recording } = played(chords, durations, { before: 1200, after: 700 });
    expect(Math.abs(onsets[200]! / recording.maps.frames - 0.5)).toBeGreaterThan(0.2);
    guideOnsets({ ...recording, moments }).forEach((onset, j) => {
      expect(Math.abs(onset - onsets[j]!), `event ${j}`).toBeLessThanOrEqual(10);
    });
  });

  it('takes smaller steps where notes follow each other faster than that', () => {
    const durations = chords.map(() => 4 + Math.floor(6 * random.uniform()));
    const { onsets, ...recording } = played(chords, durations, { before: 0, after: 0 });
    guideOnsets({ ...recording, moments }).forEach((onset, j) => {
      expect(Math.abs(onset - onsets[j]!), `event ${j}`).toBeLessThanOrEqual(6);
    });
  });
});
