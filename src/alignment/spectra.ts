import { applyFilterBank } from '../features/filter-bank.js';
import { semitoneFilterBank } from '../features/semitone.js';
import { forEachSpectrum, frameCount } from '../features/spectrum.js';

/** The windows, in samples at 44.1 kHz: two for pitches, two for onsets. */
export const windowNames = ['8192', '4096', '2048'] as const;
export type WindowName = (typeof windowNames)[number];

/** The pitches of a spectrum, MIDI: an octave below a piano's lowest key to four above its highest. */
export const lowestPitch = 9;
export const pitchCount = 148;

/** Frames a second, about: the hop is the nearest whole number of samples. */
const framesPerSecond = 100;
/** C of log(1 + C x). */
const compression = 1000;

/** Semitone spectra of a recording. Frame i is centred at i · hopSeconds. */
export interface Spectra {
  frames: number;
  hopSeconds: number;
  /** log(1 + 1000 x) by window, row-major [frames, pitchCount]. */
  windows: Record<WindowName, Float32Array>;
}

export function hopOf(sampleRate: number): number {
  return Math.max(1, Math.round(sampleRate / framesPerSecond));
}

export function windowSamples(name: WindowName, sampleRate: number): number {
  return 2 ** Math.max(4, Math.round(Math.log2((Number(name) / 44_100) * sampleRate)));
}

/** How much steady sound makes a recording noisy: the mean of log(1 + 1000 x) of the floors below. */
const noisyFloor = 2.9;
/** The bands whose floor counts: high ones, that music leaves free most of the time. */
const noiseBands = { from: 90, to: 115 };
/** A band's floor is its 20th percentile over time; twice that is taken off noisy recordings. */
const [floorShare, floorTimes] = [0.2, 2];

/**
 * The spectra of samples at the training level. Of noisy ones the steady part is taken off every band.
 * @param tuningCents how far above A = 440 Hz the instruments are tuned
 */
export function semitoneSpectra(
  samples: Float64Array,
  sampleRate: number,
  { tuningCents = 0 }: { tuningCents?: number } = {},
): Spectra & { noise: number; noisy: boolean } {
  const hop = hopOf(sampleRate);
  const frames = frameCount(samples.length, hop);
  const windows = {} as Spectra['windows'];
  let [noise, noisy] = [0, false];
  for (const name of windowNames) {
    const fftSize = windowSamples(name, sampleRate);
    const bank = semitoneFilterBank({
      sampleRate,
      fftSize,
      lowest: lowestPitch,
      highest: lowestPitch + pitchCount - 1,
      tuningCents,
    });
    const values = new Float32Array(frames * pitchCount);
    const row = new Float64Array(pitchCount);
    forEachSpectrum(samples, { fftSize, hop, output: 'amplitude' }, (spectrum, frame) => {
      applyFilterBank(bank, spectrum, row, 0);
      values.set(row, frame * pitchCount);
    });
    const floors = floorsOf(values, frames);
    // The first window decides for all.
    if (name === windowNames[0]) {
      noise = noiseOf(floors);
      noisy = noise > noisyFloor;
    }
    for (let at = 0; at < values.length; at++) {
      const floor = noisy ? floorTimes * floors[at % pitchCount]! : 0;
      values[at] = Math.log1p(compression * Math.max(0, values[at]! - floor));
    }
    windows[name] = values;
  }
  return { frames, hopSeconds: hop / sampleRate, windows, noise, noisy };
}

/** The floor of each band, by every tenth frame. */
function floorsOf(values: Float32Array, frames: number): Float32Array {
  const read = Math.ceil(frames / 10);
  return Float32Array.from({ length: pitchCount }, (_, pitch) => {
    const column = Float32Array.from(
      { length: read },
      (_, i) => values[10 * i * pitchCount + pitch]!,
    );
    return column.sort()[Math.floor(floorShare * read)]!;
  });
}

function noiseOf(floors: Float32Array): number {
  const { from, to } = noiseBands;
  const bands = floors.subarray(from - lowestPitch, to - lowestPitch);
  return bands.reduce((sum, floor) => sum + Math.log1p(compression * floor), 0) / bands.length;
}
