import { counted } from '../../../counted.js';
import { dtw } from '../../../dp/programs/dtw.js';
import { innerProduct } from '../../../dp/programs/costs.js';
import { DataError } from '../../../errors.js';
import { atLevel, bach10Level } from '../../../features/level.js';
import type { Signal } from '../../../features/spectrum.js';
import { featuresOf } from '../recording-features.js';
import { frameAlignment } from '../frame-alignment.js';
import { predictedOnsets } from '../../../metrics/onset-errors.js';
import type { ScoreMoment } from '../model.js';
import { openTrainedModel, type TrainedModel } from '../trained-model.js';

/** A score event with the moment at which the recording plays it. */
export interface AlignedEvent extends ScoreMoment {
  onsetSeconds: number;
}

/**
 * Aligns a recording with a score by a trained model: the onset in the recording of every event.
 * Silence before the first event and after the last is an event of its own where the model can
 * score one (sigmoid). Costs are computed from features as the recursion needs them, never stored.
 *
 * @param recording at any level, with or without a DC offset; path: what messages call it
 * @param memory bytes that the alignment may take for its back-pointers
 * @throws DataError when the recording is silent or too short for the score
 * O(frames · events · keys) time.
 */
export function alignRecording(
  recording: { samples: Signal; sampleRate: number; path?: string },
  score: readonly ScoreMoment[],
  trained: TrainedModel,
  options: { memory?: number; band?: number } = {},
): { events: AlignedEvent[]; hopSeconds: number; frames: number } {
  const { sampleRate, path: name = 'the recording' } = recording;
  // Models know the level of what they were trained on, and recordings come at any.
  const samples = atLevel(recording.samples, sampleRate, bach10Level);
  if (!samples) throw new DataError(`${name}: the recording is silent from beginning to end`);
  const { values, frames, dimensions, hopSeconds } = featuresOf(
    samples,
    sampleRate,
    trained.features,
    name,
  );
  const silence: ScoreMoment[] =
    trained.model.output === 'sigmoid' ? [{ scoreOnsetSeconds: 0, pitches: [] }] : [];
  const moments = [...silence, ...score, ...silence];
  if (frames < moments.length) {
    throw new DataError(
      `${name}: ${counted(frames, 'frame')} of ${hopSeconds} s, fewer than the score's ` +
        `${counted(moments.length, 'event')}: is it the right recording?`,
    );
  }
  const { model, parameters } = openTrainedModel(trained, dimensions);
  const scores = model.scores(parameters, { features: Float32Array.from(values), frames });
  const program = dtw({
    batch: 1,
    rows: frames,
    cols: moments.length,
    moves: 'advance',
    omega: 'hard',
    ...options,
  });
  const [path] = program.argmax({
    ...model.costFeatures(scores, model.pitchRows(moments)),
    cost: innerProduct,
  });
  const onsets = predictedOnsets(frameAlignment(path!, frames), moments.length, hopSeconds);
  const events = score.map((moment, j) => ({
    ...moment,
    onsetSeconds: Math.max(0, onsets[j + silence.length]!),
  }));
  return { events, hopSeconds, frames };
}
