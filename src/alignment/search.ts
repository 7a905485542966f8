import { scalesOf, type OnsetParameters } from './model.js';
import { guideOnsets, type GuideTask } from './guide.js';
import { columnsOf } from './keys.js';
import { endsOf } from './onset-evidence.js';
import { around, evenDurations, localDurations } from './places.js';
import {
  bestAtTempi,
  bestOnsets,
  longest,
  loud,
  mostFrames,
  type BestOnsets,
  type Rows,
  type Segments,
} from './segments.js';

/** Fine frames in one of the coarse search. */
const coarseFrames = 5;
/** Segments that the coarse search may visit; past that it is kept near a rough alignment. */
const coarseBudget = 4e8;
/** Past this, scores that are only compared are searched in larger steps and nearer to it: 5 minutes. */
const longFrames = 30_000;
const [longStep, longBudget] = [10, 1e8];
/** A second: what a short event may last beyond four times its duration. */
const pauseFrames = 100;
/** Of events that share a pause, the one that is held is no further from the others, in events. */
const heldReach = 4;
/** Segments that the coarse search may visit with room for holds: a long recording has spent the other. */
const heldBudget = 2 * coarseBudget;
/** How far the fine search looks around the coarse onsets, in fine frames. */
const fineReach = 100;
/** Tempi that are tried, as shares of the one at which the score fills the recording. */
const tempoShares = [1, 0.8, 0.63, 0.5];

/** What an alignment is searched in. */
export interface SearchTask extends GuideTask {
  parameters: OnsetParameters;
}

/**
 * The best alignment, from coarse to fine: without a corridor in steps of 50 ms at several tempi, then
 * with the local tempo that came of it, then in single frames around that.
 * @param near onsets in frames to look around, in place of the coarse search
 */
export function searchOnsets(
  task: SearchTask,
  near?: Float64Array,
): BestOnsets & { segments: Segments; unheld?: Int32Array } {
  const { maps, moments } = task;
  const seconds = moments.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);
  const start: ReturnType<typeof coarseSearch> = near ? { onsets: near } : coarseSearch(task);
  let { onsets } = start;
  let best: BestOnsets | undefined;
  let segments: Segments | undefined;
  for (const reach of [fineReach, fineReach / 2]) {
    const durations = localDurations(seconds, onsets);
    const held = heldAround(onsets, durations, reach);
    segments = segmentsIn(task, { ...around(onsets, reach, maps.frames), durations, held });
    best = bestOnsets(segments);
    onsets = Float64Array.from(best.frames);
  }
  const { unheld } = start;
  return { ...(unheld && { unheld }), ...best!, segments: segments! };
}

/** Onsets without a corridor, in frames, to 50 ms. */
export const coarseOnsets = (task: SearchTask): Float64Array => coarseSearch(task).onsets;

/** `coarseOnsets`, and where some are held longer than usual, those without that. */
export function coarseSearch(task: SearchTask): { onsets: Float64Array; unheld?: Int32Array } {
  const seconds = task.moments.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);
  const { frames, segments } = coarseStart(task);
  const { best, unheld } = bestHeld(segments, seconds, frames);
  // The last coarse frame may stick out.
  const fine = (coarse: Int32Array) =>
    Float64Array.from(coarse, (frame) =>
      Math.min((frame + 0.5) * coarseFrames, task.maps.frames - 1),
    );
  const onsets = fine(best.frames);
  return unheld === best ? { onsets } : { onsets, unheld: Int32Array.from(fine(unheld.frames)) };
}

/**
 * The best onsets at the local tempo of `near`. A fermata, or a pause that the score does not have, may be
 * longer than any limit, and under a limit several events share it. So an event gets room for all that
 * those around it last beyond their durations, and all is searched again, until each has it or the budget
 * is spent.
 * @returns the best of all, and the first, in which nothing lasts longer than usual
 */
function bestHeld(segments: Segments, seconds: readonly number[], near: Int32Array) {
  const { low, high, frames } = segments;
  const held = new Float64Array(low.length - 1);
  let unheld: BestOnsets | undefined;
  for (let from = near; ;) {
    const places = { ...segments, durations: localDurations(seconds, from), held };
    const best = bestOnsets(places);
    unheld ??= best;
    const beyond = places.durations.map((duration, j) =>
      Math.max(0, best.frames[j + 1]! - best.frames[j]! - duration),
    );
    let [grew, visits] = [false, 0];
    places.durations.forEach((duration, j) => {
      const around = beyond.subarray(Math.max(0, j - heldReach), j + heldReach + 1);
      const needed = Math.min(
        frames,
        around.reduce((sum, one) => sum + one, duration),
      );
      if (needed > mostFrames(places, j)) {
        held[j] = Math.min(frames, Math.ceil(1.5 * needed));
        grew = true;
      }
      visits += (high[j]! - low[j]!) * Math.min(frames, mostFrames(places, j));
    });
    if (!grew || visits > heldBudget) return { best, unheld };
    from = best.frames;
  }
}

/** Room for events that were found to last longer than others may: as `held` of segments around them. */
export function heldAround(onsets: ArrayLike<number>, durations: Float64Array, reach: number) {
  return durations.map((duration, j) => {
    const lasts = onsets[j + 1]! - onsets[j]!;
    return lasts > longest(duration, pauseFrames) ? Math.ceil(lasts) + 2 * reach : 0;
  });
}

/**
 * The score of the best coarse alignment: enough to compare transpositions, and scores of one recording.
 * Rests score 0 in it, so that it counts only what fits: what sounds in a rest would take from the scores
 * of other music until their ratios say nothing.
 */
export const coarseScore = (task: SearchTask): number =>
  (task.maps.frames > longFrames
    ? coarseStart(task, { step: longStep, budget: longBudget, freeRests: true })
    : coarseStart(task, { freeRests: true })
  ).score;

/** The best coarse alignment at one of several tempi. */
function coarseStart(
  task: SearchTask,
  { step = coarseFrames, budget = coarseBudget, freeRests = false } = {},
): BestOnsets & { segments: Segments } {
  const seconds = task.moments.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);
  const span = Math.max(0.1, seconds.at(-1)! - seconds[0]!);
  const frames = Math.ceil(task.maps.frames / step);
  const durations = evenDurations(seconds, frames / span);
  const corridor = corridorWithin(budget, task, durations, step);
  const segments = segmentsIn(task, { ...corridor, durations }, { step });
  if (freeRests) {
    const free = new Float64Array(frames + 1);
    segments.rests = { at: () => free };
  }
  const found = bestAtTempi(
    segments,
    tempoShares.map((share) => evenDurations(seconds, (share * frames) / span)),
  );
  const best = found.reduce((best, one) => (one.score > best.score ? one : best));
  return { ...best, segments };
}

/** The whole recording for every event, or as much around a rough alignment as a budget allows. */
function corridorWithin(budget: number, task: SearchTask, durations: Float64Array, step: number) {
  const frames = Math.ceil(task.maps.frames / step);
  const events = durations.length + 1;
  const visits = durations.reduce((sum, d) => sum + Math.min(frames, 4 * d + 20), 0);
  const reach = Math.ceil(Math.min(frames, budget / visits / 2));
  const guide = reach < frames ? guideOnsets(task) : new Float64Array(events);
  return around(
    guide.map((onset) => onset / step),
    reach,
    frames,
  );
}

/**
 * The segments of a corridor: in steps of so many frames, of all events or of those from `first` on that
 * have a place.
 */
export function segmentsIn(
  task: SearchTask,
  places: Pick<Segments, 'low' | 'high' | 'durations' | 'held'>,
  { step = 1, first = 0 } = {},
): Segments {
  const { maps, parameters, outside } = task;
  const moments = task.moments.slice(first, first + places.low.length);
  const scales = scalesOf(parameters);
  const { keys, sounds, struck, ends, broad } = maps;
  const frames = Math.ceil(maps.frames / step);
  const columns = (pitches: readonly number[]) => columnsOf(pitches, keys);
  const { low, high } = places;
  const last = moments.length - 1;
  const onsetRow = new Float32Array(longestRow(low, high));
  const onsets = rows(moments.length, (j) => {
    const moment = moments[j]!;
    const [start, end] = [columns(moment.starts), columns(endsOf(moments[j - 1], moment))];
    const row = onsetRow.subarray(0, high[j]! - low[j]!);
    for (let at = 0; at < row.length; at++) {
      let best = -Infinity;
      const first = (low[j]! + at) * step;
      for (let i = first; i < Math.min(first + step, maps.frames); i++) {
        let sum = broad[i]!;
        for (const key of start) sum += struck[key * maps.frames + i]! / start.length;
        for (const key of end) sum += ends[key * maps.frames + i]! / end.length;
        best = Math.max(best, sum);
      }
      row[at] = scales.onset * best;
    }
    return row;
  });
  const until = moments.map((_, j) => (j < last ? high[j + 1]! : frames));
  const longestSum = longestRow(low, until) + 1;
  // Fills in the sums over frames [from, from + i) of what keys say.
  const addUp = (sum: Float64Array, from: number, keys: readonly number[], of: typeof loud) => {
    sum[0] = 0;
    for (let at = 0; at + 1 < sum.length; at++) {
      let score = 0;
      const first = (from + at) * step;
      for (let i = first; i < Math.min(first + step, maps.frames); i++) {
        for (const key of keys) score += of(sounds[key * maps.frames + i]!);
      }
      sum[at + 1] = sum[at]! + scales.pitch * score;
    }
    return sum;
  };
  const sumRow = new Float64Array(longestSum);
  const sums = rows(moments.length, (j) =>
    addUp(
      sumRow.subarray(0, until[j]! - low[j]! + 1),
      low[j]!,
      columns(moments[j]!.pitches),
      (score) => score,
    ),
  );
  const used = columns([...new Set(task.moments.flatMap(({ pitches }) => pitches))]);
  const sounding = addUp(new Float64Array(high[last]! - low[0]! + 1), low[0]!, used, loud);
  const restRow = new Float64Array(longestSum);
  const rests = rows(last, (j) => {
    const from = low[j]!;
    const row = restRow.subarray(0, until[j]! - from + 1);
    addUp(row, from, columns(moments[j]!.pitches), loud);
    const all = sounding.subarray(from - low[0]!);
    for (let at = 0; at < row.length; at++) row[at]! -= all[at]! - all[0]!;
    return row;
  });
  const cumulated = new Float64Array(frames + 1);
  for (let at = 0; at < frames; at++) {
    let score = 0;
    for (let i = at * step; i < Math.min((at + 1) * step, maps.frames); i++) score += outside[i]!;
    cumulated[at + 1] = cumulated[at]! + score;
  }
  const pause = pauseFrames / step;
  return { ...places, frames, onsets, sums, rests, outside: cumulated, pause, scales };
}

const longestRow = (low: ArrayLike<number>, high: ArrayLike<number>) =>
  Array.from(low).reduce((most, from, j) => Math.max(most, high[j]! - from), 0);

/** Rows that are made when they are asked for, one at a time: those of all events would fill memory. */
function rows<Row>(count: number, make: (event: number) => Row): Rows<Row> {
  let held: { event: number; row: Row } | undefined;
  return {
    at(event) {
      const asked = event < 0 ? event + count : event;
      if (held?.event !== asked) held = { event: asked, row: make(asked) };
      return held.row;
    },
  };
}
