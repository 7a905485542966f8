import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../random.js';
import { alignMaps } from './align.js';
import type { KeyMaps } from './key-maps.js';
import { setScales, zeroParameters } from './model.js';

const [events, duration] = [40, 50];
const keys = { lowest: 60, count: 5 };
const pitchOf = (event: number) => 60 + (event % keys.count);
const moments = Array.from({ length: events }, (_, j) => ({
  scoreOnsetSeconds: (j * duration) / 100,
  pitches: [pitchOf(j)],
  starts: [pitchOf(j)],
}));
const parameters = zeroParameters();
setScales(parameters, { pitch: 0.1, onset: 0.5, duration: 10, rest: 1, hold: 3, bound: 2 });

/** The same music after so many frames of silence. */
function after(silence: number) {
  const random = new SeededRandom(6);
  const frames = silence + events * duration;
  const noise = () => random.uniform() - 0.5;
  const sounds = new Float32Array(keys.count * frames).fill(-1);
  const struck = new Float32Array(keys.count * frames);
  for (let i = 0; i < events * duration; i++) {
    const key = pitchOf(Math.floor(i / duration)) - keys.lowest;
    for (let k = 0; k < keys.count; k++) {
      sounds[k * frames + silence + i] = (k === key ? 1 : -1) + noise();
      struck[k * frames + silence + i] = noise() + (k === key && i % duration < 3 ? 1 : 0);
    }
  }
  const none = new Float32Array(keys.count * frames);
  const maps: KeyMaps = { frames, keys, sounds, struck, ends: none, broad: none };
  const near = Float64Array.from({ length: events }, (_, j) => silence + j * duration);
  const outside = new Float32Array(frames).fill(0.5, 0, silence).fill(-1, silence);
  const task = { maps, moments, parameters, outside };
  return alignMaps(task, { hopSeconds: 0.01 }, { biasSeconds: 0 }, near);
}

describe('the expected alignment', () => {
  it('is as sure of an onset after an hour as after a second', () => {
    const [soon, late] = [after(100), after(360_000)];
    expect(Math.max(...soon.deviations)).toBeGreaterThan(0.001);
    soon.deviations.forEach((deviation, j) => {
      expect(late.deviations[j], `event ${j}`).toBeCloseTo(deviation, 4);
      expect(late.onsets[j]! - 3599, `event ${j}`).toBeCloseTo(soon.onsets[j]!, 4);
    });
  });
});
