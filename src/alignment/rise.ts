import type { ScoreMoment } from './onset-evidence.js';
import { lowestPitch, pitchCount, type Spectra } from './spectra.js';

/** Semitones up to the partials whose rise is watched. */
const partials = [0, 12, 19, 24];
/** Lower bands are narrower than what the window tells apart: about 180 Hz. */
const lowestBand = 54;
/** Seconds around an onset in which its rise is looked for, and what is kept to the onsets beside it. */
const [before, after] = [0.2, 0.25];
const [pastLast, toNext] = [0.05, 0.02];
/** An onset counts if the next one is no sooner, and if the sound grows by so much. */
const leastSeconds = 0.15;
const leastGrowth = 1.7;
/** The share of the rise at which a note has begun: of a sudden one the window makes it a hundredth of a second. */
const beginning = 0.1;
/** How many onsets are looked at, and how few are too few to tell. */
const [most, fewest] = [120, 20];

/** The spectra of the shortest window, [frames, pitchCount], some frames at a time. */
export interface ShortSpectra extends Pick<Spectra, 'frames' | 'hopSeconds'> {
  read(from: number, to: number): Float32Array;
}

/**
 * How long after the onsets of an alignment the keys that are struck begin to sound: the median of when
 * their partials have a tenth of their rise. Instruments that begin slowly, as bowed strings do, are heard
 * later than they begin, and their onsets with them; then it is below 0.
 *
 * O(min(120, events) · window · log window) time.
 * @param onsets in seconds, frame 0 at 0
 * @returns undefined where too few onsets are clear
 */
export function riseAfter(
  spectra: ShortSpectra,
  moments: readonly ScoreMoment[],
  onsets: ArrayLike<number>,
): Rise | undefined {
  const clear = moments
    .map(({ starts }, j) => ({
      bands: bandsOf(starts),
      onset: onsets[j]!,
      sinceLast: j > 0 ? onsets[j]! - onsets[j - 1]! : Infinity,
      untilNext: j + 1 < moments.length ? onsets[j + 1]! - onsets[j]! : Infinity,
    }))
    .filter(({ bands, untilNext }) => bands.length > 0 && untilNext >= leastSeconds);
  const step = Math.max(1, clear.length / most);
  const rises: number[] = [];
  for (let at = 0; at < clear.length; at += step) {
    const rise = riseOf(spectra, clear[Math.floor(at)]!);
    if (rise !== undefined) rises.push(rise);
  }
  if (rises.length < fewest) return undefined;
  const median = medianOf(rises);
  return { median, spread: medianOf(rises.map((rise) => Math.abs(rise - median))) };
}

/** When notes begin to sound, in seconds after their onsets. */
export interface Rise {
  median: number;
  /** The median distance from it. */
  spread: number;
}

const medianOf = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

interface Onset {
  bands: number[];
  onset: number;
  sinceLast: number;
  untilNext: number;
}

/** Where the partials of keys are in a spectrum. */
const bandsOf = (starts: readonly number[]) => [
  ...new Set(
    starts
      .flatMap((pitch) => partials.map((partial) => pitch + partial))
      .filter((pitch) => pitch >= lowestBand && pitch < lowestPitch + pitchCount)
      .map((pitch) => pitch - lowestPitch),
  ),
];

/** When one onset has a tenth of its rise, in seconds after it. */
function riseOf(
  { frames, hopSeconds, read }: ShortSpectra,
  { bands, onset, sinceLast, untilNext }: Onset,
): number | undefined {
  const frame = Math.round(onset / hopSeconds);
  const early = Math.min(before, Math.max(0.03, sinceLast - pastLast));
  const late = Math.min(after, untilNext - toNext);
  const from = Math.max(0, frame - Math.floor(early / hopSeconds));
  const to = Math.min(frames, frame + Math.floor(late / hopSeconds) + 1);
  if (frame <= from || to <= frame + 1) return undefined;
  const values = read(from, to);
  const sound = Float64Array.from({ length: to - from }, (_, i) =>
    bands.reduce((sum, band) => sum + Math.expm1(values[i * pitchCount + band]!), 0),
  );
  let peak = Math.max(0, frame - from - 5);
  for (let i = peak; i < sound.length; i++) if (sound[i]! > sound[peak]!) peak = i;
  let floor = 0;
  for (let i = 0; i <= peak; i++) if (sound[i]! < sound[floor]!) floor = i;
  if (!(sound[peak]! > leastGrowth * sound[floor]!)) return undefined;
  const level = sound[floor]! + beginning * (sound[peak]! - sound[floor]!);
  let i = peak;
  while (sound[i - 1]! >= level) i--;
  const between = (level - sound[i - 1]!) / (sound[i]! - sound[i - 1]!);
  return (from + i - 1 + between) * hopSeconds - onset;
}
