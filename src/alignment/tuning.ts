import { hzToMidi } from '../features/semitone.js';
import type { Levelled } from '../features/spectrum.js';
import { frameCount, spectrumReader } from '../features/spectrum.js';
import { windowSamples } from './spectra.js';

/** Partials are looked for between these, where a semitone is several bins wide and music has most of them. */
const [lowestHz, highestHz] = [200, 2000];
/** Peaks this much below the loudest of their frame do not count: 26 dB. */
const threshold = 0.05;
const secondsApart = 0.1;

/**
 * How far the instruments are tuned above A = 440 Hz, up to whole semitones: cents in (−50, 50]. The
 * peaks of the spectrum say it, each by its distance from the nearest semitone, as a circular mean
 * weighted by amplitude. O(samples · log window).
 */
export function estimateTuning(recording: Levelled, sampleRate: number): number {
  const fftSize = windowSamples('8192', sampleRate);
  const hop = Math.round(secondsApart * sampleRate);
  const hzOf = (bin: number) => (bin * sampleRate) / fftSize;
  const first = Math.ceil((lowestHz * fftSize) / sampleRate);
  const last = Math.floor((Math.min(highestHz, sampleRate / 2.2) * fftSize) / sampleRate);
  let [x, y] = [0, 0];
  const spectrumAt = spectrumReader(recording, { fftSize, hop, output: 'amplitude' });
  const frames = frameCount(recording.samples.length, hop);
  for (let frame = 0; frame < frames; frame++) {
    const spectrum = spectrumAt(frame);
    let loudest = 0;
    for (let bin = first; bin < last; bin++) loudest = Math.max(loudest, spectrum[bin]!);
    for (let bin = first; bin < last; bin++) {
      const [left, here, right] = [spectrum[bin - 1]!, spectrum[bin]!, spectrum[bin + 1]!];
      if (here <= left || here < right || here < threshold * loudest) continue;
      const [a, b, c] = [left, here, right].map((value) => Math.log(value + 1e-12)) as [
        number,
        number,
        number,
      ];
      const bend = a - 2 * b + c;
      const offset = bend < 0 ? (0.5 * (a - c)) / bend : 0;
      const angle = 2 * Math.PI * hzToMidi(hzOf(bin + offset));
      x += here * Math.cos(angle);
      y += here * Math.sin(angle);
    }
  }
  return x === 0 && y === 0 ? 0 : (100 * Math.atan2(y, x)) / (2 * Math.PI);
}
