import {
  alignAudio,
  readOnsetModel,
  shippedOnsets,
  type AlignedAudio,
  type ScoreMoment,
  type StructureOptions,
} from '../../../alignment/index.js';
import type { ScoreEvent } from '../../../data/readers/scores/score-events.js';
import type { Audio } from '../../../data/readers/audio/wav.js';
import { UsageError } from '../../../errors.js';
import { notice } from '../../../runner/notice.js';
import { requireKind } from '../../results/run-kind.js';
import { alignRecording } from './align-recording.js';
import type { OnsetEvent } from './onset-files.js';
import { isOpenAbove } from '../recording-features.js';
import { isPitchModel, readTrainedModel } from '../trained-model.js';

/** An alignment: a pitch model knows neither intervals nor doubts. */
export type Aligned = Partial<Omit<AlignedAudio, 'events'>> & {
  hopSeconds: number;
  events: (OnsetEvent & ScoreMoment)[];
};

export type Aligner = (
  recording: Audio & { path: string },
  score: readonly ScoreEvent[],
  structure?: StructureOptions,
) => Aligned;

/** What only some aligners can do, as a command line asks for it. */
interface AskedOf {
  /** With a pitch model: how many events the alignment may stray from the diagonal. */
  band?: number | undefined;
  /** With a model of `align onsets`: jumps, and doubts to be strict about. */
  jumps?: string | undefined;
  strict?: boolean | undefined;
}

/**
 * The aligner that a file or a run directory holds: of `align onsets`, or a pitch model of the other
 * experiments.
 * @throws DataError when there is none; UsageError when it is asked for what the other kind does, or the
 *   run is of another experiment
 */
export async function readAligner(path: string, asked: AskedOf = {}): Promise<Aligner> {
  await requireKind(path, 'aligner');
  const { band, jumps, strict } = asked;
  const name = path === shippedOnsets ? 'the model that ships' : path;
  if (!(await isPitchModel(path))) {
    const model = await readOnsetModel(path);
    if (band !== undefined) {
      throw new UsageError(
        `--band needs a pitch model, such as of align train; ${name} is one of align onsets`,
      );
    }
    return (recording, score, structure) => alignAudio(recording, score, model, structure);
  }
  const trained = await readTrainedModel(path);
  if (isOpenAbove(trained.features)) {
    notice(
      `${name}: it does not say to which frequency its bands reach: recordings of another sample rate ` +
        'than those it was trained on are aligned wrongly; train it again',
    );
  }
  for (const [option, isAsked] of [
    ['--jumps', jumps !== undefined],
    ['--strict', strict === true],
  ] as const) {
    if (!isAsked) continue;
    throw new UsageError(
      `${option} needs a model of align onsets, such as the one that ships; ${name} is a pitch model`,
    );
  }
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
