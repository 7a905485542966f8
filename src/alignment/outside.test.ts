import { describe, expect, it } from 'vitest';
import type { KeyMaps } from './key-maps.js';
import { piano } from './keys.js';
import { scalesOf, setScales, zeroParameters } from './model.js';
import { outsideScores } from './outside.js';

const parameters = zeroParameters();
setScales(parameters, { pitch: 0.2, onset: 1.5, duration: 15, rest: 1, hold: 3, bound: 2 });
const { pitch } = scalesOf(parameters);

/** Frames in which so many keys sound by log-odds of 1.5, the others surely not. */
function mapsOf(soundingKeys: readonly number[]): KeyMaps {
  const frames = soundingKeys.length;
  const sounds = new Float32Array(piano.count * frames).fill(-1.5);
  soundingKeys.forEach((count, frame) => {
    for (let key = 0; key < count; key++) sounds[key * frames + frame] = 1.5;
  });
  const none = new Float32Array(0);
  return { frames, keys: piano, sounds, struck: none, ends: none, broad: none };
}

const times = (count: number, keys: number) => Array.from({ length: count }, () => keys);

describe('what lies outside of the music', () => {
  it('scores less than four keys of the score in every frame of music, whatever its overtones', () => {
    for (const soundingKeys of [4, 8, 16, 30]) {
      const scores = outsideScores(mapsOf(times(200, soundingKeys)), parameters);
      for (const score of scores) expect(score).toBeLessThan(pitch * 4 * 1.5);
    }
  });

  it('scores more than four keys of the score where applause has more than the music', () => {
    for (const soundingKeys of [4, 8, 16]) {
      const music = times(100, soundingKeys);
      const scores = outsideScores(
        mapsOf([...times(50, 0), ...music, ...times(150, 60)]),
        parameters,
      );
      expect(scores.subarray(0, 50).every((score) => score === 0)).toBe(true);
      for (const score of scores.subarray(150)) expect(score).toBeGreaterThan(pitch * 4 * 1.5);
    }
  });
});
