import { applyFilterBank, filterFrom, type FilterBank } from './filter-bank.js';
import { checkOptions } from '../option-names.js';
import { checkNumber, checkOneOf } from '../value-checks.js';
import { quoted } from '../visible.js';
import {
  checkSignal,
  checkSizes,
  checkWindow,
  forEachSpectrum,
  frameCount,
  spectrumScales,
  type Signal,
  type SpectrumScale,
} from './spectrum.js';

/** Which mel scale: Slaney's (linear to 1 kHz, then logarithmic), or HTK's 2595 log10(1 + f/700). */
export type MelScale = 'slaney' | 'htk';
const melScales: readonly MelScale[] = ['slaney', 'htk'];

/** slaney: triangles of area 1 Hz, so that a band's energy does not grow with its width. none: of peak 1. */
export type MelNorm = 'slaney' | 'none';
const melNorms: readonly MelNorm[] = ['slaney', 'none'];

/** The frames and the bands of a mel spectrogram. */
export interface MelOptions {
  /** Samples per second. */
  sampleRate: number;
  /** Samples in a window, a power of two. */
  fftSize: number;
  /** Samples from one frame to the next. */
  hop: number;
  melBands: number;
  /** Default slaney. */
  mel?: MelScale;
  /** Default slaney. */
  norm?: MelNorm;
  /** The lowest filter's lower edge in Hz, default 0. */
  fmin?: number;
  /** The highest filter's upper edge in Hz, default half the sample rate. */
  fmax?: number;
  /** What of the spectrum the filters read, default power. */
  spectrum?: SpectrumScale;
}

const bankOptions = ['sampleRate', 'fftSize', 'melBands', 'mel', 'norm', 'fmin', 'fmax'];
export const melOptions = [...bankOptions, 'hop', 'spectrum'];

const slaney = { hzPerMel: 200 / 3, breakHz: 1000, breakMel: 15, logStep: Math.log(6.4) / 27 };

/**
 * Hz to mel.
 * @throws RangeError for a scale of another name
 *
 * @example
 * ```ts
 * import { hzToMel } from 'didyprog/features';
 *
 * console.log(hzToMel(1000), hzToMel(700, 'htk').toFixed(2)); // 15 781.17
 * ```
 */
export function hzToMel(hz: number, scale: MelScale = 'slaney'): number {
  checkOneOf('scale', scale, melScales);
  if (scale === 'htk') return 2595 * Math.log10(1 + hz / 700);
  if (hz < slaney.breakHz) return hz / slaney.hzPerMel;
  return slaney.breakMel + Math.log(hz / slaney.breakHz) / slaney.logStep;
}

/**
 * Mel to Hz.
 * @throws RangeError for a scale of another name
 *
 * @example
 * ```ts
 * import { melToHz } from 'didyprog/features';
 *
 * console.log(melToHz(15)); // 1000
 * ```
 */
export function melToHz(mel: number, scale: MelScale = 'slaney'): number {
  checkOneOf('scale', scale, melScales);
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1);
  if (mel < slaney.breakMel) return mel * slaney.hzPerMel;
  return slaney.breakHz * Math.exp((mel - slaney.breakMel) * slaney.logStep);
}

/**
 * Triangular filters, their corners evenly spaced in mel from fmin to fmax (librosa's
 * `filters.mel`). A filter that is too narrow to hold a bin lets nothing through.
 * @throws RangeError for options that are not allowed
 *
 * @example
 * ```ts
 * import { melFilterBank } from 'didyprog/features';
 *
 * console.log(melFilterBank({ sampleRate: 16000, fftSize: 512, melBands: 40 }).length); // 40
 * ```
 */
export function melFilterBank(options: Omit<MelOptions, 'hop' | 'spectrum'>): FilterBank {
  checkOptions('melFilterBank', options, bankOptions);
  const { sampleRate, fftSize, melBands, mel = 'slaney', norm = 'slaney' } = options;
  const { fmin = 0, fmax = sampleRate / 2 } = options;
  checkWindow(fftSize);
  checkOneOf('mel', mel, melScales);
  checkOneOf('norm', norm, melNorms);
  checkNumber('sampleRate', sampleRate, 'positive');
  if (!Number.isInteger(melBands) || melBands < 1) {
    throw new RangeError(`melBands is ${quoted(melBands)}: it must be a whole number, 1 or more`);
  }
  const areNumbers = typeof fmin === 'number' && typeof fmax === 'number';
  if (!(areNumbers && fmin >= 0 && fmin < fmax && fmax <= sampleRate / 2)) {
    throw new RangeError(
      `fmin is ${quoted(fmin)} and fmax ${quoted(fmax)}: ` +
        `0 ≤ fmin < fmax ≤ sampleRate / 2 = ${sampleRate / 2} is needed`,
    );
  }
  const [lowest, highest] = [hzToMel(fmin, mel), hzToMel(fmax, mel)];
  const corners = Array.from({ length: melBands + 2 }, (_, corner) =>
    melToHz(lowest + ((highest - lowest) * corner) / (melBands + 1), mel),
  );
  const bins = fftSize / 2 + 1;
  return Array.from({ length: melBands }, (_, band) => {
    const [lower, centre, upper] = corners.slice(band, band + 3) as [number, number, number];
    const peak = norm === 'slaney' ? 2 / (upper - lower) : 1;
    return filterFrom(bins, (bin) => {
      const hz = (bin * sampleRate) / fftSize;
      const rising = (hz - lower) / (centre - lower);
      const falling = (upper - hz) / (upper - centre);
      return peak * Math.max(0, Math.min(rising, falling));
    });
  });
}

/**
 * Mel spectrogram of a signal; by default exactly librosa's `melspectrogram` (power, Slaney's scale
 * and norm) with zeros beyond the signal's ends.
 * @returns row-major [frames, melBands], frames = 1 + ⌊samples / hop⌋
 * @throws RangeError for options that are not allowed; DataError for a signal that is empty or not finite
 * O(frames · fftSize · log fftSize).
 *
 * @example
 * ```ts
 * import { melSpectrogram } from 'didyprog/features';
 *
 * const options = { sampleRate: 8000, fftSize: 256, hop: 80, melBands: 20 };
 * const bands = melSpectrogram(new Float32Array(8000), options);
 * console.log(bands.length / 20, 'frames'); // 101 frames
 * ```
 */
export function melSpectrogram(signal: Signal, options: MelOptions): Float64Array {
  checkOptions('melSpectrogram', options, melOptions);
  const { fftSize, hop, melBands, spectrum = 'power' } = options;
  checkSizes(options);
  checkOneOf('spectrum', spectrum, spectrumScales);
  const bank = melFilterBank(options);
  checkSignal(signal);
  const bands = new Float64Array(frameCount(signal.length, hop) * melBands);
  forEachSpectrum(signal, { fftSize, hop, output: spectrum }, (values, frame) =>
    applyFilterBank(bank, values, bands, frame * melBands),
  );
  return bands;
}

/**
 * Log-compressed mel spectrogram, log(1 + scale · x), x the mel bands of the amplitude spectrum.
 * @returns row-major [frames, melBands]
 * @throws as `melSpectrogram`, and RangeError for a scale that is not finite and greater than 0
 *
 * @example
 * ```ts
 * import { logMel } from 'didyprog/features';
 *
 * const options = { sampleRate: 8000, fftSize: 256, hop: 80, melBands: 20, scale: 100 };
 * console.log(Math.max(...logMel(new Float32Array(8000), options))); // 0
 * ```
 */
export function logMel(signal: Signal, options: MelOptions & { scale: number }): Float64Array {
  checkOptions('logMel', options, [...melOptions, 'scale']);
  const { scale, spectrum = 'amplitude' } = options;
  checkNumber('scale', scale, 'positive');
  return melSpectrogram(signal, { ...options, spectrum }).map((x) => Math.log1p(scale * x));
}
