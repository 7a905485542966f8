import { checkOptions } from '../option-names.js';
import { checkNumber, checkOneOf } from '../value-checks.js';
import { melOptions, melSpectrogram, type MelOptions } from './mel.js';
import type { Signal } from './spectrum.js';

/** A mel spectrogram, and what `mfcc` makes of it. */
export interface MfccOptions extends MelOptions {
  /** How many cepstral coefficients to keep, from c0 on; at most melBands. */
  coefficients: number;
  /**
   * db: 10 log10 max(x, offset), and no less than topDb below the loudest, of librosa's raw power.
   * ln: ln(x + offset), of the power of amplitudes (`spectrum: 'amplitude-power'`), since an offset
   * means something only on a scale that does not grow with the window. `spectrum` overrides either.
   */
  log?: 'db' | 'ln';
  /** 0 or more; default 1e-10. At 0 a band without power counts as the smallest positive number. */
  offset?: number;
  /** For db: how far below the loudest value of the whole signal to cut, 0 or more; default 80, Infinity never. */
  topDb?: number;
}

/**
 * Mel-frequency cepstral coefficients: the orthonormal DCT-II of the logarithm of the mel bands; by
 * default exactly librosa's `feature.mfcc`.
 * @returns row-major [frames, coefficients], frames = 1 + ⌊samples / hop⌋
 * @throws RangeError for options that are not allowed; DataError for a signal that is empty or not finite
 * O(frames · (fftSize · log fftSize + melBands · coefficients)).
 *
 * @example
 * ```ts
 * import { mfcc } from 'didyprog/features';
 *
 * const tone = Float32Array.from({ length: 4096 }, (_, n) => Math.sin((2 * Math.PI * 440 * n) / 22050));
 * const frames = mfcc(tone, { sampleRate: 22050, fftSize: 1024, hop: 512, melBands: 40, coefficients: 13 });
 * console.log(frames.length % 13); // 0
 * ```
 */
export function mfcc(signal: Signal, options: MfccOptions): Float64Array {
  checkOptions('mfcc', options, [...melOptions, 'coefficients', 'log', 'offset', 'topDb']);
  const { melBands, coefficients, log = 'db', offset = 1e-10, topDb = 80 } = options;
  checkNumber('coefficients', coefficients, 'count');
  if (coefficients > melBands) {
    throw new RangeError(
      `coefficients is ${coefficients}: it must be at most melBands, ${melBands}`,
    );
  }
  checkOneOf('log', log, ['db', 'ln']);
  checkNumber('offset', offset, 'notNegative');
  if (topDb !== Infinity) checkNumber('topDb', topDb, 'notNegative');
  if (log === 'ln' && options.topDb !== undefined && topDb < Infinity) {
    throw new RangeError(`topDb is ${topDb}: with log 'ln' nothing is cut, as with Infinity`);
  }
  const spectrum = options.spectrum ?? (log === 'ln' ? 'amplitude-power' : 'power');
  const bands = melSpectrogram(signal, { ...options, spectrum });
  const logarithms =
    log === 'ln'
      ? bands.map((x) => Math.log(Math.max(x + offset, Number.MIN_VALUE)))
      : decibels(bands, Math.max(offset, Number.MIN_VALUE), topDb);
  return cosineTransform(logarithms, melBands, coefficients);
}

function decibels(bands: Float64Array, offset: number, topDb: number): Float64Array {
  const levels = bands.map((x) => 10 * Math.log10(Math.max(x, offset)));
  const floor = levels.reduce((most, level) => Math.max(most, level), -Infinity) - topDb;
  return levels.map((level) => Math.max(level, floor));
}

/** The first `kept` coefficients of each row's orthonormal DCT-II; rows [frames, bands]. */
function cosineTransform(rows: Float64Array, bands: number, kept: number): Float64Array {
  const basis = Float64Array.from({ length: kept * bands }, (_, at) => {
    const [k, n] = [Math.floor(at / bands), at % bands];
    const norm = Math.sqrt((k === 0 ? 1 : 2) / bands);
    return norm * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * bands));
  });
  const frames = rows.length / bands;
  const transformed = new Float64Array(frames * kept);
  for (let frame = 0; frame < frames; frame++) {
    for (let k = 0; k < kept; k++) {
      let sum = 0;
      for (let n = 0; n < bands; n++) sum += basis[k * bands + n]! * rows[frame * bands + n]!;
      transformed[frame * kept + k] = sum;
    }
  }
  return transformed;
}
