import { applyFilterBank, filterFrom, type FilterBank } from './filter-bank.js';
import { checkOptions } from '../option-names.js';
import { checkNumber } from '../value-checks.js';
import { quoted } from '../visible.js';
import {
  checkSignal,
  checkSizes,
  checkWindow,
  forEachSpectrum,
  frameCount,
  type Signal,
} from './spectrum.js';

/** The frames and the pitches of a semitone spectrum. */
export interface SemitoneOptions {
  /** Samples per second. */
  sampleRate: number;
  /** Samples in a window, a power of two. */
  fftSize: number;
  /** Samples from one frame to the next. */
  hop: number;
  /** The first and the last filter's MIDI pitch, both included. */
  lowest: number;
  highest: number;
  /** How far the instruments are tuned above A = 440 Hz, in cents; default 0. */
  tuningCents?: number;
  /** C of the compression log(1 + C x). */
  scale: number;
}

const bankOptions = ['sampleRate', 'fftSize', 'lowest', 'highest', 'tuningCents'];
const semitoneOptions = [...bankOptions, 'hop', 'scale'];

const pitchClasses = 12;

/** 850 kHz: what lies above is no sound. */
const MOST_PITCH = 200;

/**
 * A pitch in Hz: MIDI 69 is 440 Hz.
 *
 * @example
 * ```ts
 * import { midiToHz } from 'didyprog/features';
 *
 * console.log(midiToHz(81)); // 880
 * ```
 */
export function midiToHz(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

/**
 * Hz as a MIDI pitch, fractions included.
 *
 * @example
 * ```ts
 * import { hzToMidi } from 'didyprog/features';
 *
 * console.log(hzToMidi(220)); // 57
 * ```
 */
export function hzToMidi(hz: number): number {
  return 69 + 12 * Math.log2(hz / 440);
}

/**
 * Triangular filters of peak 1 and half-width one semitone in log-frequency, one a semitone. Where
 * the bins are too far apart for a filter, it interpolates between the two around its pitch; above
 * half the sample rate it lets nothing through.
 * @throws RangeError for options that are not allowed
 *
 * @example
 * ```ts
 * import { semitoneFilterBank } from 'didyprog/features';
 *
 * const octave = { sampleRate: 22050, fftSize: 8192, lowest: 60, highest: 72 };
 * console.log(semitoneFilterBank(octave).length); // 13
 * ```
 */
export function semitoneFilterBank(options: Omit<SemitoneOptions, 'hop' | 'scale'>): FilterBank {
  checkOptions('semitoneFilterBank', options, bankOptions);
  const { sampleRate, fftSize, lowest, highest, tuningCents = 0 } = options;
  checkWindow(fftSize);
  checkNumber('sampleRate', sampleRate, 'positive');
  checkNumber('tuningCents', tuningCents, 'finite');
  const areWhole = Number.isInteger(lowest) && Number.isInteger(highest);
  if (!areWhole || lowest > highest || lowest < -MOST_PITCH || highest > MOST_PITCH) {
    throw new RangeError(
      `lowest is ${quoted(lowest)} and highest ${quoted(highest)}: whole MIDI pitches are needed, ` +
        `lowest ≤ highest, from −${MOST_PITCH} to ${MOST_PITCH}`,
    );
  }
  const bins = fftSize / 2 + 1;
  const pitchOfBin = Float64Array.from(
    { length: bins },
    (_, bin) => hzToMidi((bin * sampleRate) / fftSize) - tuningCents / 100,
  );
  return Array.from({ length: highest - lowest + 1 }, (_, index) => {
    const pitch = lowest + index;
    const filter = filterFrom(bins, (bin) => Math.max(0, 1 - Math.abs(pitchOfBin[bin]! - pitch)));
    const sum = filter.weights.reduce((total, weight) => total + weight, 0);
    if (sum >= 1e-3) return filter;
    const centre = (midiToHz(pitch + tuningCents / 100) * fftSize) / sampleRate;
    return filterFrom(bins, (bin) => Math.max(0, 1 - Math.abs(bin - centre)));
  });
}

/**
 * Log-compressed semitone spectrum, log(1 + C x), x the amplitude spectrum (a sinusoid of amplitude
 * a peaks at a) through `semitoneFilterBank`.
 * @returns row-major [frames, highest − lowest + 1], frames = 1 + ⌊samples / hop⌋
 * @throws RangeError for options that are not allowed; DataError for a signal that is empty or not finite
 * O(frames · fftSize · log fftSize).
 *
 * @example
 * ```ts
 * import { semitoneSpectrum } from 'didyprog/features';
 *
 * // A second of A4, 440 Hz: MIDI 69.
 * const sine = Float64Array.from({ length: 22050 }, (_, n) => Math.sin((Math.PI * 880 * n) / 22050));
 * const options = { sampleRate: 22050, fftSize: 4096, hop: 11025, scale: 100 };
 * const frames = semitoneSpectrum(sine, { ...options, lowest: 60, highest: 72 });
 * const middle = frames.slice(13, 26);
 * console.log(60 + middle.indexOf(Math.max(...middle))); // 69
 * ```
 */
export function semitoneSpectrum(signal: Signal, options: SemitoneOptions): Float64Array {
  checkOptions('semitoneSpectrum', options, semitoneOptions);
  const { fftSize, hop, scale } = options;
  checkSizes(options);
  checkNumber('scale', scale, 'positive');
  const bank = semitoneFilterBank(options);
  checkSignal(signal);
  const values = new Float64Array(frameCount(signal.length, hop) * bank.length);
  forEachSpectrum(signal, { fftSize, hop, output: 'amplitude' }, (spectrum, frame) =>
    applyFilterBank(bank, spectrum, values, frame * bank.length),
  );
  return values.map((x) => Math.log1p(scale * x));
}

/**
 * Chroma: the semitone spectrum of MIDI 36 … 108, compressed and then summed over octaves (the
 * order of Müller and Ewert, Chroma Toolbox, ISMIR 2011).
 * @returns row-major [frames, 12], pitch class 0 is C
 * @throws as `semitoneSpectrum`
 *
 * @example
 * ```ts
 * import { chroma } from 'didyprog/features';
 *
 * // A second of A4, 440 Hz: the pitch class A is 9.
 * const sine = Float64Array.from({ length: 22050 }, (_, n) => Math.sin((Math.PI * 880 * n) / 22050));
 * const frames = chroma(sine, { sampleRate: 22050, fftSize: 4096, hop: 11025, scale: 100 });
 * const middle = frames.slice(12, 24);
 * console.log(middle.indexOf(Math.max(...middle))); // 9
 * ```
 */
export function chroma(
  signal: Signal,
  options: Omit<SemitoneOptions, 'lowest' | 'highest'> &
    Partial<Pick<SemitoneOptions, 'lowest' | 'highest'>>,
): Float64Array {
  checkOptions('chroma', options, semitoneOptions);
  const { lowest = 36, highest = 108 } = options;
  const pitches = highest - lowest + 1;
  const spectrum = semitoneSpectrum(signal, { ...options, lowest, highest });
  const frames = spectrum.length / pitches;
  const classes = new Float64Array(frames * pitchClasses);
  for (let frame = 0; frame < frames; frame++) {
    for (let p = 0; p < pitches; p++) {
      // Pitches may be below 0, where % gives negative classes.
      const pitchClass = (((lowest + p) % pitchClasses) + pitchClasses) % pitchClasses;
      classes[frame * pitchClasses + pitchClass]! += spectrum[frame * pitches + p]!;
    }
  }
  return classes;
}
