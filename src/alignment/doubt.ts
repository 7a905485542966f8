import type { AlignedOnsets } from './align.js';
import { columnsOf } from './keys.js';
import { scalesOf, type DoubtLimits } from './model.js';
import type { ScoreMoment } from './onset-evidence.js';
import { coarseScore, type SearchTask } from './search.js';
import { tail } from './segments.js';

/** Those of models that name none. */
export const usualLimits: DoubtLimits = { agreement: 0.4, distinctness: 0.3 };

/**
 * How much more must agree for each bit of distinctness below two thirds of the limit. Short pieces agree with
 * other music to 50 % and more, but fit it no better than the same backwards.
 */
const agreementForDistinctness = 0.8;

/** Intervals wider than this are doubtful places. */
const wideSeconds = 1;

/**
 * How well what sounds agrees with the score, from its first onset to its last (of one event: to its end):
 * the mean score of the keys that should sound, less that of the score's other keys, as a share of the
 * greatest difference that there can be. About 0 by chance. Of the alignment in which nothing lasts longer
 * than usual: to other music, what may last at will fits too well.
 */
export function agreementOf(
  { maps, moments, parameters }: SearchTask,
  aligned: Pick<AlignedOnsets, 'frames' | 'unheld'> & Partial<Pick<AlignedOnsets, 'segments'>>,
): number {
  const { segments, unheld, frames: best } = aligned;
  const frames = unheld ?? best;
  const { keys, sounds } = maps;
  const { bound } = scalesOf(parameters);
  const used = new Set(
    columnsOf(
      moments.flatMap(({ pitches }) => pitches),
      keys,
    ),
  );
  const sums = { asked: { score: 0, cells: 0 }, others: { score: 0, cells: 0 } };
  const ends =
    frames.length > 1
      ? frames.subarray(1)
      : [segments ? tail(segments, frames[0]!).end : maps.frames];
  for (const [j, end] of ends.entries()) {
    const asked = new Set(columnsOf(moments[j]!.pitches, keys));
    for (const key of used) {
      const sum = asked.has(key) ? sums.asked : sums.others;
      for (let i = frames[j]!; i < end; i++) {
        sum.score += sounds[key * maps.frames + i]!;
      }
      sum.cells += end - frames[j]!;
    }
  }
  const mean = ({ score, cells }: typeof sums.asked) => (cells > 0 ? score / cells : -bound);
  return (mean(sums.asked) - mean(sums.others)) / (2 * bound);
}

/** A score from its end to its beginning: of the same keys, chords and durations. */
export function backwards(moments: readonly ScoreMoment[]): ScoreMoment[] {
  const last = moments.at(-1)!.scoreOnsetSeconds;
  return moments.toReversed().map(({ pitches }, k, all) => {
    const after = moments[moments.length - k];
    // What the moment after it strikes again sounded before, and is struck here.
    const held = k === 0 ? [] : all[k - 1]!.pitches.filter((p) => !after!.starts.includes(p));
    return {
      pitches,
      starts: pitches.filter((pitch) => !held.includes(pitch)),
      scoreOnsetSeconds: after ? last - after.scoreOnsetSeconds : -1,
    };
  });
}

/**
 * How much better a recording fits its score than the same score backwards: 1 − the ratio of the scores
 * of their best alignments. About 0 for a recording of other music, whatever its key, instruments and
 * noise, and for a score that is its own mirror image.
 */
export function distinctnessOf(task: SearchTask): number {
  const forwards = coarseScore(task);
  if (forwards <= 0) return 0;
  const back = coarseScore({ ...task, moments: backwards(task.moments) });
  return 1 - Math.max(0, back) / forwards;
}

/**
 * Limits between right and wrong pairs of recording and score: half way from the closest of them, but no
 * stricter than the usual ones. Sounds unlike those of the pairs agree less with the score that is theirs.
 */
export function limitsBetween(
  right: readonly DoubtLimits[],
  wrong: readonly DoubtLimits[],
): DoubtLimits {
  const limit = (key: keyof DoubtLimits) => {
    const [good, bad] = [right, wrong].map((pairs) => pairs.map((pair) => pair[key]));
    return Math.min(usualLimits[key], (Math.min(...good!) + Math.max(...bad!)) / 2);
  };
  return { agreement: limit('agreement'), distinctness: limit('distinctness') };
}

/** What is doubtful about an alignment, in words. */
export function doubtsAbout(
  found: { transposition: number; agreement: number; distinctness: number },
  limits: DoubtLimits,
  events: readonly { interval: readonly [number, number] }[],
): string[] {
  const warnings: string[] = [];
  const { transposition, agreement } = found;
  const missing = (2 / 3) * limits.distinctness - Math.max(0, found.distinctness);
  const isOther =
    found.distinctness < limits.distinctness &&
    agreement < limits.agreement + agreementForDistinctness * Math.max(0, missing);
  if (isOther) {
    warnings.push(
      `the recording does not sound like the score: they agree to ${Math.round(100 * agreement)} %; ` +
        'is it the right one?',
    );
  }
  if (transposition !== 0) {
    const by = Math.abs(transposition);
    warnings.push(
      `the recording sounds ${by} semitone${by > 1 ? 's' : ''} ` +
        `${transposition > 0 ? 'above' : 'below'} the score` +
        (by < 5
          ? ''
          : `, or ${12 - by} ${transposition > 0 ? 'below' : 'above'}: octaves sound alike`),
    );
  }
  const wide = events.filter(({ interval: [from, to] }) => to - from > wideSeconds).length;
  if (wide > 0.1 * events.length && !isOther) {
    warnings.push(
      `${wide} of ${events.length} onsets are sure to no better than ±${wideSeconds / 2} s`,
    );
  }
  return warnings;
}
