import { expect, it } from 'vitest';
import { setScales, zeroParameters } from './model.js';
import { coarseOnsets } from './search.js';

it('coarse onsets lie within a recording that ends in a part of a coarse frame', () => {
  const [frames, keys] = [21, { lowest: 60, count: 2 }];
  const sounds = new Float32Array(2 * frames).fill(-1);
  // The second key sounds in the last frame alone.
  sounds.fill(1, 0, frames - 1);
  sounds[2 * frames - 1] = 5;
  const none = new Float32Array(2 * frames);
  const parameters = zeroParameters();
  setScales(parameters, { pitch: 1, onset: 1, duration: 0.1, rest: 9, hold: 0.1, bound: 2 });
  const onsets = coarseOnsets({
    maps: { frames, keys, sounds, struck: none, ends: none, broad: new Float32Array(frames) },
    moments: [60, 61].map((pitch, j) => ({
      scoreOnsetSeconds: 0.1 * j,
      pitches: [pitch],
      starts: [pitch],
    })),
    parameters,
    outside: new Float32Array(frames).fill(-9),
  });
  expect(onsets[1]).toBe(frames - 1);
});
