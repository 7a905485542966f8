import {
  alignAudio,
  readOnsetModel,
  type AlignedAudio,
  type ScoreMoment,
  type StructureOptions,
} from '../../alignment/index.js';
import type { ScoreEvent } from '../../data/readers/score-events.js';
import type { Audio } from '../../data/readers/wav.js';
import { alignRecording } from './align-recording.js';
import type { OnsetEvent } from './onset-files.js';
import { isPitchModel, readTrainedModel } from './trained-model.js';

/** An alignment: a pitch model knows neither intervals nor doubts. */
export type Aligned = Partial<Omit<AlignedAudio, 'events'>> & {
  hopSeconds: number;
  events: (OnsetEvent & ScoreMoment)[];
};

/** Aligns a recording with its score. */
export type Aligner = (
  recording: Audio & { path: string },
  score: readonly ScoreEvent[],
  structure?: StructureOptions,
) => Aligned;

/**
 * The aligner that a file or a run directory holds: of `align onsets`, or a pitch model of the other
 * experiments.
 * @param options.band with a pitch model: how many events the alignment may stray from the diagonal
 * @throws DataError when there is none
 */
export async function readAligner(
  path: string,
  { band }: { band?: number | undefined } = {},
): Promise<Aligner> {
  if (!(await isPitchModel(path))) {
    const model = await readOnsetModel(path);
    return (recording, score, structure) => alignAudio(recording, score, model, structure);
  }
  const trained = await readTrainedModel(path);
  return (recording, score) => {
    const { events, hopSeconds } = alignRecording(recording, score, trained, {
      ...(band !== undefined && { band }),
    });
    return {
      hopSeconds,
      events: events.map((event, j) => ({ ...score[j]!, onsetSeconds: event.onsetSeconds })),
    };
  };
}
