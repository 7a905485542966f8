import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.js';
import { atLevel } from './level.js';

const sampleRate = 8000;
/** A second of a tone at full scale: its root mean square is √½. */
const tone = Float64Array.from({ length: sampleRate }, (_, n) => Math.sin((2 * Math.PI * n) / 20));
const rms = (samples: Float64Array) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);

describe('atLevel', () => {
  it('gives a tone the level asked for, whatever it had', () => {
    for (const scale of [1, 1e-3, 32768, 1e-300, 1e308]) {
      const scaled = tone.map((value) => value * scale);
      expect(rms(atLevel(scaled, sampleRate, 0.1)!)).toBeCloseTo(0.1, 10);
    }
  });

  it('takes the mean out', () => {
    const levelled = atLevel(
      tone.map((value) => 3 + value),
      sampleRate,
      0.1,
    )!;
    levelled.forEach((value, n) => expect(value).toBeCloseTo(tone[n]! * 0.1 * Math.SQRT2, 10));
  });

  it('does not count silence', () => {
    const padded = new Float64Array(4 * sampleRate);
    padded.set(tone, sampleRate);
    const levelled = atLevel(padded, sampleRate, 0.1)!;
    expect(rms(levelled.subarray(sampleRate, 2 * sampleRate))).toBeCloseTo(0.1, 10);
  });

  it('knows silence, and names a sample that is not finite', () => {
    for (const silence of [[], [0], [0, 0, 0], [0.1, 0.1, 0.1, 0.1]]) {
      expect(atLevel(Float64Array.from(silence), sampleRate, 0.1)).toBeUndefined();
    }
    expect(() => atLevel([0, NaN], sampleRate, 0.1)).toThrow(DataError);
    expect(() => atLevel([0, NaN], sampleRate, 0.1)).toThrow('sample 1 is NaN');
  });
});
