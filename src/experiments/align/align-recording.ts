import { dtw } from '../../dp/programs/dtw.js';
import { innerProduct } from '../../dp/programs/costs.js';
import { DataError } from '../../errors.js';
import { atLevel, bach10Level } from '../../features/level.js';
import { featuresOf } from './recordings.js';
import { frameAlignment } from './frame-alignment.js';
import { predictedOnsets } from '../../metrics/onset-errors.js';
import { pitchScores, type TrainedModel } from './trained-model.js';

/** What is played from one moment of a score to the next: MIDI pitches, none for a rest. */
export interface ScoreMoment {
  scoreOnsetSeconds: number;
  pitches: readonly number[];
}

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
  recording: { samples: Float64Array; sampleRate: number; path?: string },
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
  );
  const silence: ScoreMoment[] =
    trained.model.output === 'sigmoid' ? [{ scoreOnsetSeconds: 0, pitches: [] }] : [];
  const moments = [...silence, ...score, ...silence];
  if (frames < moments.length) {
    throw new DataError(
      `${name}: ${frames} frames of ${hopSeconds} s, fewer than the score's ` +
        `${moments.length} events: is it the right recording?`,
    );
  }
  const scores = pitchScores(trained, values, frames, dimensions);
  const program = dtw({
    batch: 1,
    rows: frames,
    cols: moments.length,
    moves: 'advance',
    omega: 'hard',
    ...options,
  });
  const [path] = program.argmax({
    rowFeatures: frameFeatures(scores, frames, trained),
    colFeatures: momentFeatures(moments, trained),
    cost: innerProduct,
  });
  const onsets = predictedOnsets(frameAlignment(path!, frames), moments.length, hopSeconds);
  const events = score.map((moment, j) => ({
    ...moment,
    onsetSeconds: Math.max(0, onsets[j + silence.length]!),
  }));
  return { events, hopSeconds, frames };
}

/**
 * The cost of a frame and an event as an inner product. softmax: −log softmax(s) with the event's
 * distribution. sigmoid: [Σ softplus(s)/4, −s/4] with [1, the event's 0/1 pitches].
 */
function frameFeatures(scores: Float64Array, frames: number, trained: TrainedModel): Float64Array {
  const keys = trained.bias.length;
  const width = keys + 1;
  const rows = new Float64Array(frames * width);
  for (let i = 0; i < frames; i++) {
    const s = scores.subarray(i * keys, (i + 1) * keys);
    const top = s.reduce((most, score) => Math.max(most, score), -Infinity);
    if (trained.model.output === 'softmax') {
      const total = s.reduce((sum, score) => sum + Math.exp(score - top), 0);
      s.forEach((score, k) => (rows[i * width + 1 + k] = top + Math.log(total) - score));
    } else {
      rows[i * width] = s.reduce((sum, score) => sum + softplus(score), 0) / 4;
      s.forEach((score, k) => (rows[i * width + 1 + k] = -score / 4));
    }
  }
  return rows;
}

const softplus = (score: number) => Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));

function momentFeatures(moments: readonly ScoreMoment[], trained: TrainedModel): Float64Array {
  const { lowestKey, output } = trained.model;
  const width = trained.bias.length + 1;
  const rows = new Float64Array(moments.length * width);
  moments.forEach(({ pitches, scoreOnsetSeconds }, j) => {
    const keys = pitches.map((pitch) => pitch - lowestKey).filter((k) => k >= 0 && k < width - 1);
    if (keys.length === 0 && output === 'softmax') {
      throw new DataError(
        `the score event at ${scoreOnsetSeconds} s has no pitch from ${lowestKey} to ` +
          `${lowestKey + width - 2}, which this model needs; a sigmoid model does not`,
      );
    }
    rows[j * width] = 1;
    for (const key of keys) rows[j * width + 1 + key] = output === 'softmax' ? 1 / keys.length : 1;
  });
  return rows;
}
