import { describe, expect, it } from 'vitest';
import { extractFeatures, type FeatureConfig } from './extract.js';
import { chroma, semitoneFilterBank, semitoneSpectrum } from './semitone.js';
import { fitStandardiser, fitStatistics, standardise } from './standardise.js';

const sampleRate = 22050;
const tone = (pitch: number) =>
  Float64Array.from(
    { length: sampleRate },
    (_, n) => 0.5 * Math.sin((2 * Math.PI * 440 * 2 ** ((pitch - 69) / 12) * n) / sampleRate),
  );
const loudest = (row: Float64Array) => row.indexOf(Math.max(...row));
const sizes = { windowSeconds: 0.1858, hopSeconds: 0.04 };

describe('extractFeatures', () => {
  const configs: FeatureConfig[] = [
    { kind: 'mfcc', ...sizes, melBands: 40, coefficients: 20 },
    { kind: 'mel', ...sizes, melBands: 40, scale: 100 },
    { kind: 'semitone', ...sizes, lowestPitch: 36, highestPitch: 84, scale: 1000 },
    { kind: 'chroma', ...sizes, scale: 100 },
  ];
  it.each(configs)('$kind: sizes in seconds become samples', (config) => {
    const features = extractFeatures(tone(60), sampleRate, config);
    expect(features.hopSamples).toBe(882);
    expect(features.hopSeconds).toBe(0.04);
    expect(features.frames).toBe(1 + 25);
    expect(features.values.length).toBe(features.frames * features.dimensions);
    expect(features.values.every(Number.isFinite)).toBe(true);
  });

  it('the semitone spectrum of a tone peaks at log(1 + C · its amplitude) at its pitch', () => {
    const config = { kind: 'semitone', lowestPitch: 36, highestPitch: 108, scale: 1000 } as const;
    for (const pitch of [48, 60, 69, 84]) {
      const { values, dimensions } = extractFeatures(tone(pitch), sampleRate, {
        ...config,
        ...sizes,
      });
      const row = values.slice(10 * dimensions, 11 * dimensions);
      expect(36 + loudest(row)).toBe(pitch);
    }
  });

  it('chroma is the pitch class, C first', () => {
    for (const [pitch, pitchClass] of [
      [60, 0],
      [69, 9],
      [81, 9],
      [71, 11],
    ] as const) {
      const { values } = extractFeatures(tone(pitch), sampleRate, {
        kind: 'chroma',
        ...sizes,
        scale: 100,
      });
      expect(loudest(values.slice(120, 132))).toBe(pitchClass);
    }
  });
});

describe('extractFeatures of a config that is not allowed', () => {
  it.each([
    [{ kind: 'chromas' }, `kind is "chromas": it must be 'mfcc', 'mel', 'semitone' or 'chroma'`],
    [{ windowSeconds: -1 }, 'windowSeconds is -1: it must be a finite number greater than 0'],
    [{ hopSeconds: 0 }, 'hopSeconds is 0'],
    [{ hopSeconds: NaN }, 'hopSeconds is NaN'],
    [{ scale: undefined }, 'scale is nothing'],
    [{ scale: -1 }, 'scale is -1'],
    [{ kind: 'mel', melBands: 10, mel: 'HTK' }, 'mel is "HTK"'],
    [{ kind: 'mfcc', melBands: 10, coefficients: 5, log: 'dB' }, 'log is "dB"'],
    // By the names of the config, not of what it is made into.
    [{ kind: 'mel', melBands: 10, highestHz: 1e6 }, 'lowestHz is 0 and highestHz 1000000'],
    [
      { kind: 'semitone', lowestPitch: 60.5, highestPitch: 70 },
      'lowestPitch is 60.5 and highestPitch 70',
    ],
    [{ windowSeconds: 1e5 }, 'windowSeconds in samples is '],
  ])('%o: %s', (wrong, says) => {
    const config = { kind: 'chroma', ...sizes, scale: 1, ...wrong } as FeatureConfig;
    expect(() => extractFeatures(tone(60), sampleRate, config)).toThrow(RangeError);
    expect(() => extractFeatures(tone(60), sampleRate, config)).toThrow(says);
  });

  it.each([
    ['chroma', 'scal', 'scale'],
    ['mel', 'lowestHerz', 'lowestHz'],
    ['mfcc', 'offsets', 'offset'],
    ['semitone', 'lowestPitches', 'lowestPitch'],
    ['chroma', 'hopSecond', 'hopSeconds'],
  ])('a misspelt option of %s, %s', (kind, wrong, meant) => {
    const config = { kind, ...sizes, [wrong]: 1 } as never;
    expect(() => extractFeatures(tone(60), sampleRate, config)).toThrow(`mean '${meant}'?`);
  });

  it('is none', () => {
    expect(() => extractFeatures(tone(60), sampleRate, null as never)).toThrow(
      'extractFeatures takes an object of options: it got null',
    );
  });

  it('a sample rate that is none', () => {
    const config = { kind: 'chroma', ...sizes, scale: 1 } as const;
    expect(() => extractFeatures(tone(60), NaN, config)).toThrow('sampleRate is NaN');
  });
});

describe('semitone spectra and chroma', () => {
  const options = { sampleRate, fftSize: 4096, hop: 2048, scale: 1, lowest: 60, highest: 71 };

  it.each([
    [{ sampleRate: -1 }, 'sampleRate is -1: it must be a finite number greater than 0'],
    [{ fftSize: 1000 }, 'fftSize is 1000'],
    [{ tuningCents: NaN }, 'tuningCents is NaN: it must be a finite number'],
    [{ scale: NaN }, 'scale is NaN'],
    [{ lowest: 60.5 }, 'lowest is 60.5'],
  ])('refuse %o: %s', (wrong, says) => {
    expect(() => semitoneSpectrum(tone(60), { ...options, ...wrong })).toThrow(says);
    expect(() => chroma(tone(60), { ...options, ...wrong })).toThrow(says);
  });

  it('refuse an option that is misspelt', () => {
    const wrong = { ...options, tuningCent: 3 };
    for (const features of [semitoneSpectrum, chroma]) {
      expect(() => features(tone(60), wrong)).toThrow(
        `${features.name} has no option 'tuningCent': did you mean 'tuningCents'?`,
      );
    }
  });

  it('pitches below 0 belong to a class too', () => {
    const whole = { ...options, lowest: -12, highest: 11 };
    const rows = semitoneSpectrum(tone(60), whole);
    const frames = rows.length / 24;
    chroma(tone(60), whole).forEach((sum, at) => {
      const first = Math.floor(at / 12) * 24 + (at % 12);
      expect(sum).toBeCloseTo(rows[first]! + rows[first + 12]!, 12);
    });
    expect(frames).toBe(11);
  });
});

describe('semitoneFilterBank', () => {
  it('interpolates where the bins are too far apart for a filter', () => {
    const [filter] = semitoneFilterBank({
      sampleRate: 44100,
      fftSize: 1024,
      lowest: 36,
      highest: 36,
    });
    // 65.406 Hz lies between bin 1 (43.07 Hz) and bin 2.
    const centre = (65.40639132514966 * 1024) / 44100;
    expect(filter!.firstBin).toBe(1);
    expect(filter!.weights[0]).toBeCloseTo(2 - centre, 10);
    expect(filter!.weights[1]).toBeCloseTo(centre - 1, 10);
  });

  it('has pitches of sound only', () => {
    const options = { sampleRate: 8000, fftSize: 1024, lowest: 60 };
    expect(() => semitoneFilterBank({ ...options, highest: 1e9 })).toThrow(
      'lowest is 60 and highest 1000000000: whole MIDI pitches are needed, lowest ≤ highest, from −200 to 200',
    );
  });

  it('lets nothing through above half the sample rate', () => {
    const bank = semitoneFilterBank({ sampleRate: 8000, fftSize: 1024, lowest: 120, highest: 132 });
    expect(bank.every(({ weights }) => weights.length === 0)).toBe(true);
  });
});

describe('fitStandardiser', () => {
  const piece = (values: number[]) => ({
    values: Float64Array.from(values),
    frames: values.length / 2,
    dimensions: 2,
  });
  const training = [piece([0, 10, 2, 10]), piece([4, 30, 6, 30])];
  // Dimension 0: mean 3, variance 5. Dimension 1: mean 20, variance 100. Global variance 52.5.
  const globalDeviation = Math.sqrt(52.5);

  it('dimension: each by its own mean and deviation', () => {
    const row = fitStandardiser(training, 'dimension')(piece([5, 20]));
    expect(row[0]).toBeCloseTo(2 / (Math.sqrt(5) + 1e-3 * globalDeviation), 12);
    expect(row[1]).toBeCloseTo(0, 12);
  });

  it('global: each by its own mean, all by one deviation', () => {
    const row = fitStandardiser(training, 'global')(piece([5, 30]));
    expect(row[0]).toBeCloseTo(2 / globalDeviation, 12);
    expect(row[1]).toBeCloseTo(10 / globalDeviation, 12);
  });

  it('piece: each piece by its own statistics', () => {
    const rows = fitStandardiser(training, 'piece')(piece([100, 1, 102, 3]));
    expect(rows[0]).toBeCloseTo(-1, 2);
    expect(rows[2]).toBeCloseTo(1, 2);
  });

  it('turns silence into zeros', () => {
    const silent = piece([7, 7, 7, 7]);
    expect([...fitStandardiser([silent], 'dimension')(silent)]).toEqual([0, 0, 0, 0]);
  });

  it('refuses values and statistics of other sizes than they say', () => {
    const values = Float64Array.of(1, 2, 3, 4);
    const wrong = { values, frames: 1, dimensions: 1 };
    const says = 'has 4 values: 1 frames of 1 dimensions need 1';
    expect(() => fitStatistics([wrong], 'dimension')).toThrow(`piece 0 ${says}`);
    expect(() => fitStandardiser([wrong], 'piece')).toThrow(`piece 0 ${says}`);
    const one = { ...wrong, frames: 4 };
    expect(() => fitStandardiser([one], 'global')(wrong)).toThrow(`the piece ${says}`);
    expect(() => fitStatistics([{ ...wrong, frames: NaN }], 'global')).toThrow('frames of piece 0');
    expect(() => fitStatistics([{ ...wrong, dimensions: 0 }], 'global')).toThrow(
      'dimensions of piece 0',
    );
    const statistics = fitStatistics(training, 'global');
    expect(() => standardise(one, statistics)).toThrow('mean has 2 entries: the features have 1');
    expect(() => standardise({ values: values.slice(1), dimensions: 2 }, statistics)).toThrow(
      'the piece has 3 values: 2 frames of 2 dimensions need 4',
    );
  });

  it('names what is not finite, which would spoil all', () => {
    const broken = piece([1, 2, 3, NaN]);
    const place = 'frame 1, dimension 1 of';
    expect(() => fitStatistics([training[0]!, broken], 'global')).toThrow(
      `${place} piece 1 is NaN`,
    );
    expect(() => fitStandardiser(training, 'global')(broken)).toThrow(`${place} the piece is NaN`);
    const [mean, deviation] = [Float64Array.of(0, 0), Float64Array.of(1, 0)];
    const says = 'deviation[1] is 0: it must be a finite number greater than 0';
    expect(() => standardise(piece([1, 2]), { mean, deviation })).toThrow(says);
  });

  it('refuses no pieces and unequal dimensions', () => {
    expect(() => fitStandardiser([], 'global')).toThrow('at least one piece');
    const other = { values: new Float64Array(3), frames: 1, dimensions: 3 };
    expect(() => fitStandardiser([...training, other], 'global')).toThrow('piece 2 has 3');
    expect(() => fitStandardiser(training, 'global')(other)).toThrow('3 dimensions');
    expect(() => fitStandardiser(training, 'Global' as 'global')).toThrow(
      `standardisation is "Global": it must be 'dimension', 'global' or 'piece'`,
    );
    expect(() => fitStatistics(training, 'piece' as 'global')).toThrow(
      `standardisation is "piece": it must be 'dimension' or 'global'`,
    );
  });
});
