import type { AlignedOnsets } from './align.js';
import { scalesOf } from './model.js';
import type { SearchTask } from './search.js';

/** Below this agreement the score is not of what sounds. */
const leastAgreement = 0.4;
/** Intervals wider than this are doubtful places. */
const wideSeconds = 1;

/**
 * How well what sounds agrees with the score, from its first onset to its last: the mean score of the
 * keys that should sound, less that of the score's other keys, as a share of the greatest difference
 * that there can be. About 0 by chance.
 */
export function agreementOf(
  { maps, moments, parameters }: SearchTask,
  { frames }: Pick<AlignedOnsets, 'frames'>,
): number {
  const { keys, sounds } = maps;
  const { bound } = scalesOf(parameters);
  const columns = (pitches: readonly number[]) =>
    new Set(pitches.map((p) => p - keys.lowest).filter((key) => key >= 0 && key < keys.count));
  const used = [...columns(moments.flatMap(({ pitches }) => [...pitches]))];
  const sums = { asked: { score: 0, cells: 0 }, others: { score: 0, cells: 0 } };
  for (let j = 0; j + 1 < frames.length; j++) {
    const asked = columns(moments[j]!.pitches);
    for (const key of used) {
      const sum = asked.has(key) ? sums.asked : sums.others;
      for (let i = frames[j]!; i < frames[j + 1]!; i++) sum.score += sounds[i * keys.count + key]!;
      sum.cells += frames[j + 1]! - frames[j]!;
    }
  }
  const mean = ({ score, cells }: typeof sums.asked) => (cells > 0 ? score / cells : -bound);
  return (mean(sums.asked) - mean(sums.others)) / (2 * bound);
}

/** What is doubtful about an alignment, in words. */
export function doubtsAbout(
  found: { transposition: number; agreement: number; tuningCents: number },
  events: readonly { interval: readonly [number, number] }[],
): string[] {
  const warnings: string[] = [];
  const { transposition, agreement } = found;
  if (agreement < leastAgreement) {
    warnings.push(
      `the recording does not sound like the score: they agree to ${Math.round(100 * agreement)} %; ` +
        'is it the right one?',
    );
  }
  if (transposition !== 0) {
    const by = Math.abs(transposition);
    warnings.push(
      `the recording sounds ${by} semitone${by > 1 ? 's' : ''} ` +
        `${transposition > 0 ? 'above' : 'below'} the score`,
    );
  }
  const wide = events.filter(({ interval: [from, to] }) => to - from > wideSeconds).length;
  if (wide > 0.1 * events.length && agreement >= leastAgreement) {
    warnings.push(
      `${wide} of ${events.length} onsets are sure to no better than ±${wideSeconds / 2} s`,
    );
  }
  return warnings;
}
