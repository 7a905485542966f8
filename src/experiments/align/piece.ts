import type { Chorale } from '../../data/readers/bach10.js';
import { frameEvents } from '../../data/readers/scores/score-events.js';
import { fitStandardiser, type Features } from '../../features/index.js';
import type { ModelConfig } from './config.js';
import type { PitchModel } from './model.js';

/** A chorale with the features of its recording. */
export interface Recording {
  chorale: Chorale;
  features: Features;
}

/** A recording ready for one fold: standardised features and the truth. */
export interface Piece {
  name: string;
  frames: number;
  hopSeconds: number;
  events: Chorale['events'];
  /** The true event of each frame [frames]. */
  truth: Int32Array;
  /** [frames, dimensions] */
  features: Float32Array;
  /** Of the events [events, keys]. */
  pitchRows: Float32Array;
  /** The true alignment [frames, events]: 1 where the frame belongs to the event. */
  alignment: Float32Array;
}

/**
 * Standardises recordings on the training ones and lays them out for the model.
 * @param training the recordings that the statistics come from
 * @returns a piece for each recording, in order
 */
export function preparePieces(
  recordings: readonly Recording[],
  training: readonly Recording[],
  model: PitchModel,
  standardise: ModelConfig['standardise'],
): Piece[] {
  const apply = fitStandardiser(
    training.map(({ features }) => features),
    standardise,
  );
  return recordings.map(({ chorale, features }) => {
    const { frames, hopSeconds } = features;
    const { events, name } = chorale;
    const truth = frameEvents(
      events.map((event) => event.onsetSeconds),
      frames,
      hopSeconds,
    );
    const alignment = new Float32Array(frames * events.length);
    truth.forEach((event, frame) => (alignment[frame * events.length + event] = 1));
    return {
      name,
      frames,
      hopSeconds,
      events,
      truth,
      features: Float32Array.from(apply(features)),
      pitchRows: model.pitchRows(events),
      alignment,
    };
  });
}
