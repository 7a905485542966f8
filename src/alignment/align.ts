import { ExpectedOnsets } from './expected-onsets.js';
import type { DoubtLimits, OnsetParameters } from './model.js';
import { around } from './places.js';
import type { Rise } from './rise.js';
import { heldAround, searchOnsets, segmentsIn, type SearchTask } from './search.js';
import type { Segments } from './segments.js';
import type { Spectra } from './spectra.js';

/** How the aligner was trained: its parameters, and what its training pieces say of its errors. */
export interface OnsetModel {
  parameters: OnsetParameters;
  /** The median error on the training pieces: what is taken off every onset. */
  biasSeconds: number;
  /** When notes of the training pieces begin to sound, and how evenly. */
  rise?: Rise | undefined;
  /** The 90 % interval is ± factor · √(variance + floor²), of the expected alignment; narrower by `rise`. */
  interval: { factor: number; floorSeconds: number };
  /** When a recording is taken to be of another score. */
  doubt: DoubtLimits;
}

/** Where each moment of a score begins in a recording. */
export interface AlignedOnsets {
  /** Seconds [events]. */
  onsets: Float64Array;
  /** The standard deviation of each onset in the expected alignment, in seconds [events]. */
  deviations: Float64Array;
  /** Frames of the onsets, and of the end of the music. */
  frames: Int32Array;
  /** Frames of the onsets where no event lasts longer than usual; there when some do. */
  unheld?: Int32Array;
  score: number;
  segments: Segments;
}

/** How far the expected alignment looks around the best onsets, in frames. */
const softReach = 30;
/** The events of one soft alignment: those of a long score are computed in parts. */
const partEvents = 150;

/**
 * Aligns a recording with a score: hard, and then by the expected alignment near the best one, with
 * negentropy and γ = 1. Its mean is the onset, finer than a frame, and its spread says how sure it is.
 *
 * O(Σ corridor · longest duration) time.
 * @param near onsets in frames to look around; by default they are searched for
 */
export function alignMaps(
  task: SearchTask,
  { hopSeconds }: Pick<Spectra, 'hopSeconds'>,
  { biasSeconds }: Pick<OnsetModel, 'biasSeconds'>,
  near?: Float64Array,
): AlignedOnsets {
  const best = searchOnsets(task, near);
  const { means, deviations } = expectedNear(task, best.frames, best.segments);
  return {
    onsets: means.map((mean) => mean * hopSeconds - biasSeconds),
    deviations: deviations.map((deviation) => deviation * hopSeconds),
    ...best,
  };
}

/** The expected alignment around the best one: of each event, the share of each frame from `low` on. */
export interface SoftOnsets {
  gamma: number;
  events: { low: number; shares: Float64Array }[];
}

/**
 * The expected alignment around onsets in frames, with negentropy.
 * O(events · reach²) time and memory a part.
 */
export function softOnsets(
  task: SearchTask,
  frames: Int32Array,
  { durations }: Pick<Segments, 'durations'>,
  gamma: number,
): SoftOnsets {
  const soft: SoftOnsets = { gamma, events: [] };
  const events = frames.length;
  const held = heldAround(frames, durations, softReach);
  for (let from = 0; from < events; from += partEvents) {
    const to = Math.min(events, from + partEvents);
    // The neighbours of a part stay where they are.
    const [first, end] = [Math.max(0, from - 1), Math.min(events, to + 1)];
    const near = around(frames, softReach, task.maps.frames);
    for (const pinned of [first, end - 1]) {
      if (pinned >= from && pinned < to) continue;
      near.low[pinned] = frames[pinned]!;
      near.high[pinned] = frames[pinned]! + 1;
    }
    const part = {
      low: near.low.slice(first, end),
      high: near.high.slice(first, end),
      durations: durations.slice(first, end - 1),
      held: held.slice(first, end - 1),
    };
    const segments = segmentsIn(task, part, { first });
    // What is before the part is the same for all of it, and would take digits from float32.
    const before = segments.outside[part.low[0]!]!;
    segments.outside = segments.outside.map((sum) => sum - before);
    const program = new ExpectedOnsets(segments, { omega: 'negentropy', gamma });
    const { onsets } = program.expected(program.scores(segments));
    for (let j = from; j < to; j++) {
      soft.events.push({ low: part.low[j - first]!, shares: onsets[j - first]! });
    }
  }
  return soft;
}

/** Mean and standard deviation of every onset around the best alignment, in frames. */
function expectedNear(task: SearchTask, frames: Int32Array, segments: Segments) {
  const [means, deviations] = [new Float64Array(frames.length), new Float64Array(frames.length)];
  softOnsets(task, frames, segments, 1).events.forEach(({ low, shares }, j) => {
    // Shares are float32 and their sum is not quite 1: from frame 0 on, the square of where they lie would
    // make a spread of that.
    let [sum, mean, square] = [0, 0, 0];
    shares.forEach((share, at) => {
      sum += share;
      mean += share * at;
    });
    mean /= sum;
    shares.forEach((share, at) => (square += share * (at - mean) ** 2));
    means[j] = low + mean;
    deviations[j] = Math.sqrt(square / sum);
  });
  return { means, deviations };
}
