import { expect, it } from 'vitest';
import { syntheticChorales } from '../data/synthetic/chorales.js';
import { levelled } from '../features/level.js';
import { keyMaps, readKeyMaps } from './key-maps.js';
import { piano } from './keys.js';
import { openSpectra } from './spectra.js';
import { readOnsetModel, shippedOnsets } from './trained-onsets.js';

it('key maps made part by part are those of all spectra at once', async () => {
  const { parameters } = await readOnsetModel(shippedOnsets);
  const [chorale] = syntheticChorales({
    ...{ pieces: 1, seed: 3, events: 30, sampleRate: 8000 },
  });
  const { samples, sampleRate } = chorale!;
  const reader = openSpectra(levelled(samples, sampleRate, 0.1)!, sampleRate);
  const whole = keyMaps(reader.read(0, reader.frames), parameters, piano);
  for (const partFrames of [7, 64, 1000]) {
    const parts = readKeyMaps(reader, parameters, piano, partFrames);
    for (const name of ['sounds', 'struck', 'ends', 'broad'] as const) {
      const differences = whole[name].map((value, at) => Math.abs(value - parts[name][at]!));
      const largest = differences.reduce((most, value) => Math.max(most, value), 0);
      expect(largest, `${name} in parts of ${partFrames}`).toBeLessThan(1e-4);
    }
  }
});
