import { applyFilterBank } from '../features/filter-bank.js';
import type { Levelled } from '../features/spectrum.js';
import { semitoneFilterBank } from '../features/semitone.js';
import { frameCount, spectrumReader } from '../features/spectrum.js';

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

/** Spectra of some windows only. */
interface SomeSpectra<Name extends WindowName> extends Pick<Spectra, 'frames' | 'hopSeconds'> {
  windows: Record<Name, Float32Array>;
}

function hopOf(sampleRate: number): number {
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

/** The spectra of a recording, a part at a time: those of an hour would fill half a gigabyte. */
export interface SpectraReader extends Pick<Spectra, 'frames' | 'hopSeconds'> {
  /** Frames [from, to), of all windows or of some. O((to − from) · window · log window). */
  read(from: number, to: number): Spectra;
  read<Name extends WindowName>(
    from: number,
    to: number,
    names: readonly Name[],
  ): SomeSpectra<Name>;
}

/**
 * Opens a recording at the training level. Of noisy ones the steady part is taken off every band.
 * @param tuningCents how far above A = 440 Hz the instruments are tuned
 */
export function openSpectra(
  recording: Levelled,
  sampleRate: number,
  { tuningCents = 0 }: { tuningCents?: number } = {},
): SpectraReader {
  const hop = hopOf(sampleRate);
  const hopSeconds = hop / sampleRate;
  const frames = frameCount(recording.samples.length, hop);
  const bands = new Float64Array(pitchCount);
  const windows = windowNames.map((name) => {
    const fftSize = windowSamples(name, sampleRate);
    const bank = semitoneFilterBank({
      sampleRate,
      fftSize,
      lowest: lowestPitch,
      highest: lowestPitch + pitchCount - 1,
      tuningCents,
    });
    const spectrumAt = spectrumReader(recording, { fftSize, hop, output: 'amplitude' });
    const bandsAt = (frame: number) => {
      applyFilterBank(bank, spectrumAt(frame), bands, 0);
      return bands;
    };
    return { name, bandsAt };
  });
  // The first window decides for all.
  const firstFloors = floorsOf(windows[0]!.bandsAt, frames);
  const noisy = noiseOf(firstFloors) > noisyFloor;
  const floors = windows.map(({ bandsAt }, w) => {
    if (!noisy) return new Float32Array(pitchCount);
    return w === 0 ? firstFloors : floorsOf(bandsAt, frames);
  });
  const read = (from: number, to: number, names: readonly WindowName[] = windowNames): Spectra => {
    const parts = windows.flatMap(({ name, bandsAt }, w) => {
      if (!names.includes(name)) return [];
      const values = new Float32Array((to - from) * pitchCount);
      for (let frame = from; frame < to; frame++) {
        values.set(bandsAt(frame), (frame - from) * pitchCount);
      }
      for (let at = 0; at < values.length; at++) {
        const floor = floorTimes * floors[w]![at % pitchCount]!;
        values[at] = Math.log1p(compression * Math.max(0, values[at]! - floor));
      }
      return [[name, values]];
    });
    return {
      frames: to - from,
      hopSeconds,
      windows: Object.fromEntries(parts) as Spectra['windows'],
    };
  };
  return { frames, hopSeconds, read };
}

/** The floor of each band, by every tenth frame. */
function floorsOf(bandsAt: (frame: number) => Float64Array, frames: number): Float32Array {
  const read = Math.ceil(frames / 10);
  const columns = new Float32Array(pitchCount * read);
  for (let i = 0; i < read; i++) {
    bandsAt(10 * i).forEach((value, pitch) => (columns[pitch * read + i] = value));
  }
  return Float32Array.from({ length: pitchCount }, (_, pitch) => {
    const column = columns.subarray(pitch * read, (pitch + 1) * read).sort();
    return column[Math.floor(floorShare * read)]!;
  });
}

function noiseOf(floors: Float32Array): number {
  const { from, to } = noiseBands;
  const bands = floors.subarray(from - lowestPitch, to - lowestPitch);
  return bands.reduce((sum, floor) => sum + Math.log1p(compression * floor), 0) / bands.length;
}
