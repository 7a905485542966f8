import FFT from 'fft.js';
import { DataError } from '../errors.js';
import { checkOptions } from '../option-names.js';
import { checkNumber, checkOneOf } from '../value-checks.js';
import { quoted } from '../visible.js';

/** A mono recording: samples in [−1, 1] as a rule, at a constant rate. */
export type Signal = ArrayLike<number>;

/** A recording as it is at another level, without a copy: (sample / largest − mean) · factor. */
export interface Levelled {
  samples: Signal;
  largest: number;
  mean: number;
  factor: number;
}

/** The frames of a Fourier transform, and how its values are scaled. */
export interface StftOptions {
  /** Samples in a window, a power of two; the window is a periodic Hann. */
  fftSize: number;
  /** Samples from one frame's centre to the next's. */
  hop: number;
  /**
   * power: |X|². magnitude: |X|. amplitude: 2|X| / Σw, so that a sinusoid of amplitude a peaks at a.
   * amplitude-power: the square of that.
   */
  output?: SpectrumScale;
}

/** How the values of a spectrum are scaled; see `StftOptions.output`. */
export type SpectrumScale = 'power' | 'magnitude' | 'amplitude' | 'amplitude-power';
export const spectrumScales: readonly SpectrumScale[] = [
  'power',
  'magnitude',
  'amplitude',
  'amplitude-power',
];

/**
 * Frames of a signal: frame i is centred at sample i · hop, the last at or before its end.
 * @throws RangeError for numbers of samples that there cannot be
 *
 * @example
 * ```ts
 * import { frameCount } from 'didyprog/features';
 *
 * console.log(frameCount(22050, 441)); // 51
 * ```
 */
export function frameCount(samples: number, hop: number): number {
  checkNumber('samples', samples, 'notNegative');
  checkHop(hop);
  return 1 + Math.floor(samples / hop);
}

/**
 * The periodic Hann window, ½ − ½ cos(2π n / size).
 * @throws RangeError for a size that is no integer of at least 1
 *
 * @example
 * ```ts
 * import { periodicHann } from 'didyprog/features';
 *
 * console.log(Array.from(periodicHann(4), (weight) => weight.toFixed(1)).join()); // 0.0,0.5,1.0,0.5
 * ```
 */
export function periodicHann(size: number): Float64Array {
  checkNumber('size', size, 'count');
  return Float64Array.from(
    { length: size },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size),
  );
}

/**
 * Short-time Fourier transform of a real signal, centred frames, zeros beyond its ends (librosa's
 * `stft` with `center=True`).
 * @returns row-major [frames, fftSize / 2 + 1], frames = 1 + ⌊samples / hop⌋
 * @throws RangeError for options that are not allowed; DataError for a signal that is empty or not finite
 * O(frames · fftSize · log fftSize).
 *
 * @example
 * ```ts
 * import { stft } from 'didyprog/features';
 *
 * // Eight periods a window, of amplitude ½: bin 8 of the middle one of five frames.
 * const wave = Float64Array.from({ length: 256 }, (_, n) => Math.sin((Math.PI * n) / 4) / 2);
 * const spectra = stft(wave, { fftSize: 64, hop: 64, output: 'amplitude' });
 * console.log(spectra[2 * 33 + 8]!.toFixed(2)); // 0.50
 * ```
 */
export function stft(signal: Signal, options: StftOptions): Float64Array {
  checkOptions('stft', options, ['fftSize', 'hop', 'output']);
  checkSizes(options);
  checkOneOf('output', options.output ?? 'power', spectrumScales);
  checkSignal(signal);
  const bins = options.fftSize / 2 + 1;
  const spectra = new Float64Array(frameCount(signal.length, options.hop) * bins);
  forEachSpectrum(signal, options, (spectrum, frame) => spectra.set(spectrum, frame * bins));
  return spectra;
}

/**
 * Calls `visit` with each frame's spectrum [fftSize / 2 + 1] in turn: `stft` without the memory.
 * The array is reused from frame to frame. Signal and options are known to be right.
 */
export function forEachSpectrum(
  signal: Signal,
  options: StftOptions,
  visit: (spectrum: Float64Array, frame: number) => void,
): void {
  const spectrumAt = spectrumReader({ samples: signal, largest: 1, mean: 0, factor: 1 }, options);
  const frames = frameCount(signal.length, options.hop);
  for (let frame = 0; frame < frames; frame++) visit(spectrumAt(frame), frame);
}

/**
 * The spectrum [fftSize / 2 + 1] of any frame of a signal that is known to be finite, in an array that
 * the next call fills again. O(fftSize · log fftSize) a frame.
 */
export function spectrumReader(
  { samples: signal, largest, mean, factor }: Levelled,
  { fftSize, hop, output = 'power' }: StftOptions,
): (frame: number) => Float64Array {
  const fft = new FFT(fftSize);
  const window = periodicHann(fftSize);
  const windowSum = window.reduce((sum, weight) => sum + weight, 0);
  const windowed = new Float64Array(fftSize);
  const transformed = new Float64Array(2 * fftSize);
  const spectrum = new Float64Array(fftSize / 2 + 1);
  const scaled = output === 'amplitude' || output === 'amplitude-power';
  const powerScale = scaled ? (2 / windowSum) ** 2 : 1;
  const root = output === 'magnitude' || output === 'amplitude';

  return (frame) => {
    const start = frame * hop - fftSize / 2;
    const from = Math.max(0, -start);
    const to = Math.max(from, Math.min(fftSize, signal.length - start));
    windowed.fill(0, 0, from);
    for (let n = from; n < to; n++) {
      windowed[n] = window[n]! * ((signal[start + n]! / largest - mean) * factor);
    }
    windowed.fill(0, to);
    fft.realTransform(transformed, windowed);
    for (let k = 0; k < spectrum.length; k++) {
      const re = transformed[2 * k]!;
      const im = transformed[2 * k + 1]!;
      const power = (re * re + im * im) * powerScale;
      spectrum[k] = root ? Math.sqrt(power) : power;
    }
    return spectrum;
  };
}

/** @throws RangeError for a window or a hop that is not allowed */
export function checkSizes({ fftSize, hop }: Pick<StftOptions, 'fftSize' | 'hop'>): void {
  checkWindow(fftSize);
  checkHop(hop);
}

function checkHop(hop: number): void {
  if (Number.isInteger(hop) && hop >= 1) return;
  throw new RangeError(`hop is ${quoted(hop)}: it must be a whole number of samples, 1 or more`);
}

/** The longest window: six minutes at 44.1 kHz. */
const MOST_SAMPLES = 2 ** 24;

/** @throws RangeError for a window's length that is not allowed */
export function checkWindow(fftSize: number): void {
  const isPower = Number.isInteger(fftSize) && Number.isInteger(Math.log2(fftSize));
  if (!isPower || fftSize < 2 || fftSize > MOST_SAMPLES) {
    throw new RangeError(
      `fftSize is ${quoted(fftSize)}: it must be a power of two from 2 to ${MOST_SAMPLES}`,
    );
  }
}

/** Far above any recording: of larger samples the power of a window leaves float64. */
const LARGEST_SAMPLE = 1e140;

/** @throws TypeError for what is no list, DataError for one that is empty or not finite, with its place */
export function checkSignal(signal: Signal): void {
  // Without the types it may be anything; without a length it would have no frame.
  const length: unknown = (signal as Signal | null | undefined)?.length;
  if (typeof signal !== 'object' || !(Number.isInteger(length) && signal.length >= 0)) {
    throw new TypeError(`the signal is ${quoted(signal)}: it must be a list of samples`);
  }
  if (signal.length === 0) throw new DataError('the signal is empty: expected at least one sample');
  for (let n = 0; n < signal.length; n++) {
    // Without the types it may be no number.
    if (Number.isFinite(signal[n]) && Math.abs(signal[n]!) <= LARGEST_SAMPLE) continue;
    throw new DataError(
      `sample ${n} is ${quoted(signal[n])}: every sample must be finite, and within ±${LARGEST_SAMPLE}`,
    );
  }
}
