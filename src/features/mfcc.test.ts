import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hzToMel, logMel, melFilterBank, melSpectrogram, melToHz } from './mel.js';
import { mfcc, type MfccOptions } from './mfcc.js';

interface GoldenCase {
  sampleRate: number;
  samples: number;
  phase: number;
  fftSize: number;
  hop: number;
  melBands: number;
  coefficients: number;
  frames: number;
  mel: number[];
  mfcc: number[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/audio-features.json', import.meta.url), 'utf8'),
) as { cases: GoldenCase[] };

/** The signal that the golden file describes. */
function goldenSignal({ sampleRate, samples, phase }: GoldenCase): Float64Array {
  return Float64Array.from({ length: samples }, (_, n) => {
    const t = n / sampleRate;
    const chirp = t > 0.25 ? 0.1 * Math.sin(2 * Math.PI * (400 * t + 300 * t * t)) : 0;
    return (
      0.4 * Math.sin(2 * Math.PI * (220 + 13 * phase) * t) +
      0.2 * Math.sin(2 * Math.PI * 523.25 * t + 1) +
      chirp
    );
  });
}

const sizesOf = ({ sampleRate, fftSize, hop, melBands, coefficients }: GoldenCase) => ({
  sampleRate,
  fftSize,
  hop,
  melBands,
  coefficients,
});

function largestDifference(actual: Float64Array, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - actual[i]!) / Math.max(1, Math.abs(value))),
    0,
  );
}

describe.each(golden.cases.map((each, index) => ({ index, ...each })))(
  'librosa 0.11 case $index ($sampleRate Hz, window $fftSize, $melBands bands)',
  (each) => {
    // The golden values have six decimals.
    it('gives the mel spectrogram', () => {
      const mel = melSpectrogram(goldenSignal(each), sizesOf(each));
      expect(mel.length).toBe(each.frames * each.melBands);
      expect(largestDifference(mel, each.mel)).toBeLessThan(1e-6);
    });

    it('gives the MFCC', () => {
      expect(largestDifference(mfcc(goldenSignal(each), sizesOf(each)), each.mfcc)).toBeLessThan(
        1e-6,
      );
    });
  },
);

describe('the mel scales', () => {
  it.each(['slaney', 'htk'] as const)('%s inverts itself', (scale) => {
    for (const hz of [0, 30, 440, 999, 1000, 1001, 11025]) {
      expect(melToHz(hzToMel(hz, scale), scale)).toBeCloseTo(hz, 8);
    }
  });

  it("Slaney's has 15 mel at 1000 Hz and 42 at 6400; HTK's has 1000 at about 1000", () => {
    expect(hzToMel(1000)).toBeCloseTo(15, 12);
    expect(hzToMel(6400)).toBeCloseTo(42, 12);
    expect(hzToMel(1000, 'htk')).toBeCloseTo(999.9855, 3);
  });

  it('unnormalised filters peak at 1 and add up to 1 between their centres', () => {
    const options = { sampleRate: 44100, fftSize: 4096, melBands: 40 };
    const bank = melFilterBank({ ...options, mel: 'htk', norm: 'none', fmin: 30, fmax: 11025 });
    const total = new Float64Array(2049);
    for (const { firstBin, weights } of bank) {
      weights.forEach((weight, i) => (total[firstBin + i]! += weight));
      expect(Math.max(...weights)).toBeGreaterThan(0.8);
    }
    for (let bin = 12; bin * (44100 / 4096) < 10000; bin++) expect(total[bin]).toBeCloseTo(1, 10);
  });
});

describe('mfcc', () => {
  const sizes = { sampleRate: 8000, fftSize: 256, hop: 128, melBands: 10, coefficients: 5 };
  const signal = Float64Array.from({ length: 2000 }, (_, n) => Math.sin(n * 0.3) * (n / 2000));

  it('with ln takes the DCT of ln(x + offset), x the power of amplitudes', () => {
    const bands = melSpectrogram(signal, { ...sizes, spectrum: 'amplitude-power' });
    const coefficients = mfcc(signal, { ...sizes, log: 'ln', offset: 1e-8 });
    const [frame, k] = [7, 3];
    let expected = 0;
    for (let n = 0; n < 10; n++) {
      const basis = Math.sqrt(2 / 10) * Math.cos((Math.PI * k * (2 * n + 1)) / 20);
      expected += basis * Math.log(bands[frame * 10 + n]! + 1e-8);
    }
    expect(coefficients[frame * 5 + k]).toBeCloseTo(expected, 10);
  });

  it('cuts topDb below the loudest value of the whole signal', () => {
    const orthonormal = { ...sizes, coefficients: 10 };
    const energy = (topDb: number) => {
      const row = mfcc(signal, { ...orthonormal, topDb }).slice(0, 10);
      return row.reduce((sum, c) => sum + c * c, 0);
    };
    expect(energy(Infinity)).not.toBeCloseTo(energy(10), 3);
  });

  it('refuses more coefficients than bands and a range of Hz that is not one', () => {
    expect(() => mfcc(signal, { ...sizes, coefficients: 11 })).toThrow(
      'coefficients is 11: it must be at most melBands, 10',
    );
    const { melBands: _, ...without } = { ...sizes, coefficients: 0 };
    expect(() => mfcc(signal, without as MfccOptions)).toThrow(
      /^coefficients is 0: it must be an integer of at least 1$/,
    );
    expect(() => mfcc(signal, { ...sizes, fmax: 5000 })).toThrow('fmax 5000');
    expect(() => mfcc(signal, { ...sizes, fmin: 4000 })).toThrow('fmin is 4000');
    expect(() => mfcc(signal, { ...sizes, melBands: 0 })).toThrow(RangeError);
  });

  it.each([
    [{ log: 'log' }, `log is "log": it must be 'db' or 'ln'`],
    [{ log: 'ln', offset: NaN }, 'offset is NaN: it must be a finite number of at least 0'],
    [{ log: 'ln', offset: -1 }, 'offset is -1'],
    [{ offset: '0' }, 'offset is "0"'],
    [{ topDb: -5 }, 'topDb is -5: it must be a finite number of at least 0'],
    [{ topDb: NaN }, 'topDb is NaN'],
    [{ topDb: 80, log: 'ln' }, "topDb is 80: with log 'ln' nothing is cut"],
  ])('refuses %o: %s', (wrong, says) => {
    expect(() => mfcc(signal, { ...sizes, ...(wrong as object) })).toThrow(RangeError);
    expect(() => mfcc(signal, { ...sizes, ...(wrong as object) })).toThrow(says);
  });
});

describe('mel bands', () => {
  const sizes = { sampleRate: 8000, fftSize: 256, hop: 128, melBands: 10 };
  const signal = new Float64Array(1000);

  it.each([
    [{ mel: 'HTK' }, `mel is "HTK": it must be 'slaney' or 'htk'`],
    [{ norm: 'Slaney' }, `norm is "Slaney": it must be 'slaney' or 'none'`],
    [
      { spectrum: 'magnitud' },
      `spectrum is "magnitud": it must be 'power', 'magnitude', 'amplitude' or 'amplitude-power'`,
    ],
    [{ sampleRate: NaN }, 'sampleRate is NaN: it must be a finite number greater than 0'],
    [{ fftSize: undefined }, 'fftSize is nothing: it must be a power of two'],
    [{ hop: 0.5 }, 'hop is 0.5'],
  ])('refuse %o: %s', (wrong, says) => {
    const options = { ...sizes, ...(wrong as object) };
    for (const features of [
      () => melSpectrogram(signal, options),
      () => logMel(signal, { ...options, scale: 1 }),
      () => mfcc(signal, { ...options, coefficients: 3 }),
    ]) {
      expect(features).toThrow(RangeError);
      expect(features).toThrow(says);
    }
  });

  it('are named where they are misspelt, whichever function has them', () => {
    const all = { ...sizes, scale: 1, coefficients: 3 };
    for (const [wrong, meant] of [
      ['fMin', 'fmin'],
      ['melBand', 'melBands'],
      ['spectum', 'spectrum'],
    ] as const) {
      for (const features of [mfcc, melSpectrogram, logMel]) {
        expect(() => features(signal, { ...all, [wrong]: 100 })).toThrow(
          `${features.name} has no option '${wrong}': did you mean '${meant}'?`,
        );
      }
    }
    expect(() => mfcc(signal, { ...all, topdb: 3 } as never)).toThrow("did you mean 'topDb'?");
    expect(() => mfcc(signal, undefined as never)).toThrow('mfcc takes an object of options');
    expect(() => mfcc(signal, { ...all, fmin: '20' as never })).toThrow('fmin is "20" and fmax');
  });

  it('may have an offset of 0: silence and empty bands are finite', () => {
    const wave = Float64Array.from({ length: 1000 }, (_, n) => Math.sin(n * 0.3));
    // So many bands that some have no bin.
    const narrow = { ...sizes, melBands: 120, coefficients: 3, offset: 0 };
    for (const one of [signal.map(() => 0), wave]) {
      for (const log of ['ln', 'db'] as const) {
        for (const topDb of [...(log === 'db' ? [80] : []), Infinity]) {
          expect(mfcc(one, { ...narrow, log, topDb }).every(Number.isFinite)).toBe(true);
        }
      }
    }
  });

  it('are of a filter bank with a window, and of a scale that there is', () => {
    expect(() => melFilterBank({ sampleRate: 8000, melBands: 4 } as never)).toThrow(
      'fftSize is nothing: it must be a power of two from 2 to 16777216',
    );
    const wrong = 'HTK' as 'htk';
    for (const convert of [hzToMel, melToHz]) {
      expect(() => convert(700, wrong)).toThrow(`scale is "HTK": it must be 'slaney' or 'htk'`);
    }
  });

  it('are compressed by a scale greater than 0, of amplitudes where no spectrum is named', () => {
    for (const scale of [undefined, 0, -1, NaN, '1']) {
      expect(() => logMel(signal, { ...sizes, scale: scale as number })).toThrow(
        /scale is .*: it must be a finite number greater than 0/,
      );
    }
    const wave = Float64Array.from({ length: 1000 }, (_, n) => Math.sin(n * 0.3));
    const plain = logMel(wave, { ...sizes, scale: 1 });
    const amplitudes = melSpectrogram(wave, { ...sizes, spectrum: 'amplitude' });
    expect(plain).toEqual(amplitudes.map((x) => Math.log1p(x)));
    expect(logMel(wave, { ...sizes, scale: 1, spectrum: undefined } as never)).toEqual(plain);
  });
});
