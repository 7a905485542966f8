import type { SoftOnsets } from '../../../alignment/align.js';
import type { NotedScore } from '../../../data/readers/scores/score-events.js';
import type { AlignmentPageData } from '../../../report/pages/alignment-page-script.js';
import type { RollNote } from '../../../report/figures/score-roll.js';
import type { Aligned } from './any-model.js';
import { eventLabel, stretches } from './onset-files.js';

/** What the slider of a page steps through. */
export const pageGammas = [0.1, 0.3, 1, 3, 10, 30];

/** An onset that is sure to no better than this is doubtful, if it is three times as wide as is usual. */
const doubtfulSeconds = 0.15;

export interface ListeningDataOptions {
  score: NotedScore;
  aligned: Aligned;
  /** The notes of the drawing, in the time of the score. */
  drawn: readonly Omit<RollNote, 'pitch'>[];
  /** By event of the score: the bar that it is in. */
  bars?: readonly string[] | undefined;
}

export function listeningData(options: ListeningDataOptions): AlignmentPageData {
  const { score, aligned, drawn, bars } = options;
  const { soft = [], biasSeconds = 0, hopSeconds } = aligned;
  const events = aligned.events.map((event, at) => {
    const bar = bars?.[event.event ?? at];
    return {
      seconds: event.onsetSeconds,
      label: `${bar === undefined ? 'event' : `bar ${bar}, event`} ${eventLabel(event, at)}`,
      // No interval begins before the recording: the half above is whole.
      half: event.interval ? event.interval[1] - event.onsetSeconds : 0,
    };
  });
  const halves = events.map(({ half }) => half).sort((a, b) => a - b);
  const doubtful = Math.max(doubtfulSeconds, 3 * halves[halves.length >> 1]!);
  return {
    notes: stretches(aligned.events, score.events)
      .flatMap(({ from, to, played }) =>
        drawn
          .filter(({ onsetSeconds }) => onsetSeconds >= from && onsetSeconds < to)
          .map(({ id, onsetSeconds, endSeconds }) => ({
            id,
            from: rounded(played(onsetSeconds)),
            to: rounded(played(endSeconds)),
          })),
      )
      .sort((a, b) => a.from - b.from),
    events: events.map(({ seconds, label, half }) => ({
      seconds: rounded(seconds),
      label,
      ...(half > doubtful && { doubtSeconds: rounded(half) }),
    })),
    soft: soft.map((one) => softData(one, hopSeconds, biasSeconds)),
  };
}

const rounded = (seconds: number) => Number(seconds.toFixed(3));

/** The notes of a score that has no drawing. */
export const rollNotes = ({ notes }: Pick<NotedScore, 'notes'>): RollNote[] =>
  notes.map(({ onsetSeconds, durationSeconds, pitch }, at) => ({
    ...{ id: `note-${at}`, pitch, onsetSeconds },
    endSeconds: onsetSeconds + durationSeconds,
  }));

/** Shares as bytes, from the first to the last that is not 0. */
function softData({ gamma, events }: SoftOnsets, hopSeconds: number, biasSeconds: number) {
  return {
    gamma,
    hopSeconds,
    events: events.map(({ low, shares }) => {
      const bytes = Uint8Array.from(shares, (share) => Math.round(255 * share));
      const first = Math.max(
        0,
        bytes.findIndex((byte) => byte > 0),
      );
      const end = bytes.findLastIndex((byte) => byte > 0) + 1;
      return {
        from: rounded((low + first) * hopSeconds - biasSeconds),
        shares: btoa(String.fromCharCode(...bytes.subarray(first, end))),
      };
    }),
  };
}
