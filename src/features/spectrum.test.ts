import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.js';
import { mfcc } from './mfcc.js';
import { chroma, semitoneSpectrum } from './semitone.js';
import { frameCount, periodicHann, stft } from './spectrum.js';

/** The definition, in O(n²): |Σ w x e^(−2πikn/N)|² of the frame centred at `centre`. */
function directPower(signal: Float64Array, centre: number, fftSize: number, bin: number): number {
  let [re, im] = [0, 0];
  const window = periodicHann(fftSize);
  for (let n = 0; n < fftSize; n++) {
    const value = window[n]! * (signal[centre - fftSize / 2 + n] ?? 0);
    const turn = (2 * Math.PI * ((bin * n) % fftSize)) / fftSize;
    re += value * Math.cos(turn);
    im -= value * Math.sin(turn);
  }
  return re * re + im * im;
}

const noise = Float64Array.from({ length: 5000 }, (_, n) => Math.sin(n * n * 0.37) * 0.5);

it('names sizes that there cannot be', () => {
  const options = { fftSize: 4, hop: 1 };
  expect(() => stft({ length: -3 }, options)).toThrow('it must be a list of samples');
  expect(() => stft([0], { ...options, fftSize: 2 ** 31 })).toThrow(
    'fftSize is 2147483648: it must be',
  );
  expect(() => frameCount(10, 0)).toThrow('hop is 0: it must be a whole number of samples');
  expect(() => frameCount(NaN, 1)).toThrow('samples is NaN');
  expect(() => periodicHann(-1)).toThrow('size is -1: it must be an integer of at least 1');
});

describe('stft', () => {
  it.each([8, 32, 2048, 4096, 8192])('is the discrete Fourier transform at size %i', (fftSize) => {
    const hop = 700;
    const power = stft(noise, { fftSize, hop });
    const bins = fftSize / 2 + 1;
    expect(power.length).toBe(frameCount(noise.length, hop) * bins);
    for (const frame of [0, 3, 7]) {
      for (const bin of [0, 1, 3, fftSize / 4, fftSize / 2 - 1, fftSize / 2]) {
        const expected = directPower(noise, frame * hop, fftSize, bin);
        expect(power[frame * bins + bin]).toBeCloseTo(expected, 8);
      }
    }
  });

  it('shows a sinusoid at its amplitude', () => {
    const [fftSize, bin] = [1024, 50];
    const tone = Float64Array.from(
      { length: 4096 },
      (_, n) => 0.3 * Math.sin((2 * Math.PI * bin * n) / fftSize),
    );
    const amplitude = stft(tone, { fftSize, hop: 1024, output: 'amplitude' });
    expect(amplitude[2 * 513 + bin]).toBeCloseTo(0.3, 10);
    const squared = stft(tone, { fftSize, hop: 1024, output: 'amplitude-power' });
    expect(squared[2 * 513 + bin]).toBeCloseTo(0.09, 10);
  });

  it('has a frame at every multiple of the hop up to the end', () => {
    expect(frameCount(1, 10)).toBe(1);
    expect(frameCount(9, 10)).toBe(1);
    expect(frameCount(10, 10)).toBe(2);
  });

  it('names the first sample that is not finite', () => {
    const broken = Float64Array.of(0, 0.5, NaN, Infinity);
    expect(() => stft(broken, { fftSize: 4, hop: 2 })).toThrow(DataError);
    expect(() => stft(broken, { fftSize: 4, hop: 2 })).toThrow('sample 2 is NaN');
    // Its power would be infinite, and what is made of that no number.
    expect(() => stft([0, -1e200], { fftSize: 4, hop: 2 })).toThrow(
      'sample 1 is -1e+200: every sample must be finite, and within ±1e+140',
    );
    expect(stft([1e140, -1e140], { fftSize: 4, hop: 2 }).every(Number.isFinite)).toBe(true);
  });

  it('refuses what is no list of samples, and a misspelt option', () => {
    const options = { fftSize: 8, hop: 4 };
    for (const wrong of [5, null, undefined, '12', {}]) {
      const says = /the signal is .*: it must be a list of samples/;
      const mel = { ...options, sampleRate: 8000, melBands: 2, coefficients: 2 };
      const pitches = { ...options, sampleRate: 8000, lowest: 60, highest: 61, scale: 1 };
      expect(() => stft(wrong as never, options)).toThrow(says);
      expect(() => mfcc(wrong as never, mel)).toThrow(says);
      expect(() => semitoneSpectrum(wrong as never, pitches)).toThrow(says);
      expect(() => chroma(wrong as never, pitches)).toThrow(says);
    }
    expect(() => stft([[1, 2]] as never, options)).toThrow('sample 0 is [1,2]: every sample must');
    expect(() => stft([1], { ...options, ouput: 'power' } as never)).toThrow(
      "stft has no option 'ouput': did you mean 'output'?",
    );
  });

  it('refuses an empty signal, a window that is no power of two and a hop of 0', () => {
    expect(() => stft([], { fftSize: 4, hop: 2 })).toThrow('empty');
    expect(() => stft([1], { fftSize: 1000, hop: 2 })).toThrow('fftSize is 1000');
    expect(() => stft([1], { fftSize: 4, hop: 0 })).toThrow('hop is 0');
    const output = 'complex' as 'power';
    expect(() => stft([1], { fftSize: 4, hop: 2, output })).toThrow(
      `output is "complex": it must be 'power', 'magnitude', 'amplitude' or 'amplitude-power'`,
    );
  });
});
