import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { encodeWav16 } from '../../data/readers/audio/wav.js';
import { writeChorale } from '../../../test/write-chorale.js';
import { syntheticChorales } from '../../data/synthetic/chorales.js';
import { Interruption } from '../../runner/interrupt.js';
import { DataFiles } from '../../runner/run/data-files.js';
import { RunDirectory } from '../../runner/run/run-directory.js';
import { silenceProgress } from '../../runner/quiet.js';
import { alignSchema } from './config.js';
import { featuresOf } from './recording-features.js';
import { loadRecordings } from './recordings.js';
import { trainOnAll } from './run.js';

silenceProgress();
const folder = join(temporaryFolder('rates'), 'own');
const [chorale] = syntheticChorales({ pieces: 1, seed: 2, events: 6 });
const config = alignSchema.parse({
  name: 'rates',
  title: 'rates',
  data: { source: 'files', folder },
  features: { kind: 'mel', windowSeconds: 0.1, hopSeconds: 0.05, melBands: 40 },
  model: { output: 'sigmoid', weights: 'free', standardise: 'dimension' },
  frameWise: { lambda: 1e-4, iterations: 1, learningRate: 0.1 },
  endToEnd: [
    { name: 'e', loss: 'convex', omega: 'l2', gamma: 1, epochs: 1, lambda: 0, learningRate: 0.1 },
  ],
});

/** The recording at a rate, and at twice that with a sample between two others: the same sound below. */
async function atTwoRates() {
  mkdirSync(folder);
  const { sampleRate, samples, events } = chorale!;
  const twice = Float32Array.from({ length: 2 * samples.length }, (_, n) =>
    n % 2 === 0 ? samples[n / 2]! : (samples[(n - 1) / 2]! + (samples[(n + 1) / 2] ?? 0)) / 2,
  );
  await writeChorale(folder, chorale!);
  for (const [stem, audio] of [
    ['once', { sampleRate, samples }],
    ['twice', { sampleRate: 2 * sampleRate, samples: twice }],
  ] as const) {
    writeFileSync(join(folder, `${stem}.wav`), encodeWav16(audio));
    cpSync(join(folder, chorale!.name, `${chorale!.name}.mid`), join(folder, `${stem}.mid`));
    const onsets = events.map(({ onsetSeconds }) => onsetSeconds);
    writeFileSync(join(folder, `${stem}.csv`), `onset\n${onsets.join('\n')}\n`);
  }
}

it('bands that are open above are the same at every sample rate, and the model holds their end', async () => {
  await atTwoRates();
  const recordings = await loadRecordings(config, new DataFiles('data'));
  const { sampleRate } = chorale!;
  const [once, twice] = recordings.map(({ features }) => features.values);
  // The lower half: linear interpolation damps what is high.
  const off = once!.map((value, at) => (at % 40 < 20 ? Math.abs(value - twice![at]!) : 0));
  expect(Math.max(...off)).toBeLessThan(0.1);

  const path = join(folder, 'run');
  const trained = await RunDirectory.use({ path, config: {}, resume: false }, (directory) =>
    trainOnAll(recordings, config, undefined, {
      ...{ directory, interruption: new Interruption('') },
    }),
  );
  expect(trained!.features).toMatchObject({ kind: 'mel', highestHz: sampleRate / 2 });
  expect(() => featuresOf(chorale!.samples, 8000, trained!.features, 'low.wav')).toThrow(
    `low.wav of 8000 Hz holds frequencies up to 4000 Hz`,
  );
});
