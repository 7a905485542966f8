import { describe, expect, it } from 'vitest';
import type { Samples } from '../../data/readers/audio/wav-samples.js';
import { decodeWav } from '../../data/readers/audio/wav.js';
import { excerptOf, resample, wavUrl, withClicks } from './sound.js';

const sine = (hertz: number, sampleRate: number, seconds = 0.5) => ({
  sampleRate,
  samples: Float64Array.from({ length: sampleRate * seconds }, (_, n) =>
    Math.sin((2 * Math.PI * hertz * n) / sampleRate),
  ),
});
/** Away from the ends, where the filter sees silence. */
const middle = (samples: Samples) => samples.subarray(200, -200);

describe('resample', () => {
  it('keeps what the new rate can hold, sample by sample', () => {
    const { samples, sampleRate } = resample(sine(1000, 44100), 11025);
    const exact = sine(1000, 11025).samples;
    expect(sampleRate).toBe(11025);
    expect(samples).toHaveLength(Math.floor(22050 / 4));
    middle(samples).forEach((value, n) =>
      expect(Math.abs(value - exact[n + 200]!)).toBeLessThan(0.01),
    );
  });

  it('removes what would be heard as another pitch', () => {
    const { samples } = resample(sine(8000, 44100), 11025);
    expect(Math.max(...Array.from(middle(samples), Math.abs))).toBeLessThan(0.01);
  });
});

describe('withClicks', () => {
  it('adds a click at each onset and nothing elsewhere', () => {
    const silence = { sampleRate: 1000, samples: new Float64Array(1000) };
    const { samples } = withClicks(silence, [-0.01, 0.5, 0.99, 3]);
    const sounds = [...samples.keys()].filter((n) => samples[n] !== 0);
    const near = (n: number) => n < 20 || (n >= 500 && n < 530) || n >= 990;
    expect(sounds.every(near)).toBe(true);
    expect(sounds.some((n) => n >= 500 && n < 530)).toBe(true);
  });
});

describe('an excerpt', () => {
  it('is the stretch, at the level of 0.9, and survives the WAV in the URL', () => {
    const { samples, sampleRate } = sine(100, 8000, 1);
    const excerpt = excerptOf(
      { sampleRate, samples: samples.map((value) => 0.1 * value) },
      [0.25, 0.5],
    );
    expect(excerpt.samples).toHaveLength(2000);
    const bytes = Buffer.from(wavUrl(excerpt).split(',')[1]!, 'base64');
    const heard = decodeWav(bytes, 'excerpt');
    expect(heard.sampleRate).toBe(8000);
    heard.samples.forEach((value, n) => expect(value).toBeCloseTo(0.9 * samples[2000 + n]!, 3));
  });
});
