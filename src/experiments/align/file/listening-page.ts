import type { Score } from '../../../data/readers/scores/score.js';
import type { Audio } from '../../../data/readers/audio/wav.js';
import { alignmentPage } from '../../../report/pages/alignment-page.js';
import { scoreRoll } from '../../../report/figures/score-roll.js';
import type { Aligned } from './any-model.js';
import { listeningData, rollNotes } from './listening-data.js';

/** Width of a drawing in verovio's units: some four bars a line. */
const drawingWidth = 2600;

export interface ListeningPageOptions {
  title: string;
  subtitle: string;
  audio: Audio;
  score: Score;
  aligned: Aligned;
  /** By event of the score: the bar that it is in. */
  bars?: readonly string[] | undefined;
}

/** The page of an alignment, with the engraved score, or a piano roll where there is none. */
export function listeningPage(options: ListeningPageOptions): string {
  const { title, subtitle, audio, score, aligned, bars } = options;
  const { structure = [], warnings = [] } = aligned;
  const drawn = score.engraved?.drawn ?? rollNotes(score);
  return alignmentPage({
    ...{ title, subtitle, audio },
    remarks: [...structure, ...warnings],
    drawings: score.engraved?.draw(drawingWidth) ?? [scoreRoll(rollNotes(score))],
    ...listeningData({ score, aligned, drawn, bars }),
  });
}
