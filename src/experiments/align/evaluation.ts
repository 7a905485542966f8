import * as tf from '@tensorflow/tfjs';
import { dtw } from '../../dp/dtw.js';
import { onsetErrors, predictedOnsets, type OnsetErrors } from '../../metrics/onset-errors.js';
import type { AlignConfig } from './config.js';
import type { Parameters, PitchModel } from './model.js';
import type { Piece } from './piece.js';

/** The event of each frame on the hard best path through costs [frames, events]. */
export function bestAlignment(
  costs: Float32Array | Float64Array,
  frames: number,
  events: number,
  moves: AlignConfig['moves'],
): Int32Array {
  const program = dtw({ batch: 1, rows: frames, cols: events, moves, omega: 'hard' });
  const [path] = program.argmax(costs);
  return frameAlignment(path!, frames);
}

/**
 * The event of each frame from a path i0, j0, i1, j1, …; where a frame meets several events
 * ('classic' moves), the last.
 */
export function frameAlignment(path: Int32Array, frames: number): Int32Array {
  const events = new Int32Array(frames);
  for (let step = 0; step < path.length; step += 2) events[path[step]!] = path[step + 1]!;
  return events;
}

/** Costs θ [frames, events] of a piece under trained parameters. */
export function pieceCosts(model: PitchModel, parameters: Parameters, piece: Piece): Float32Array {
  const costs = tf.tidy(() => {
    const variables = model.variables(parameters);
    const costs = model.costs(variables, piece);
    variables.weights.dispose();
    variables.bias.dispose();
    return costs;
  });
  const values = costs.dataSync() as Float32Array;
  costs.dispose();
  return values;
}

/** The onset errors of trained parameters on a piece, by hard DTW. */
export function evaluatePiece(
  model: PitchModel,
  parameters: Parameters,
  piece: Piece,
  moves: AlignConfig['moves'],
): OnsetErrors {
  const costs = pieceCosts(model, parameters, piece);
  return alignmentErrors(bestAlignment(costs, piece.frames, piece.events.length, moves), piece);
}

/**
 * The onset errors of an alignment: over all events but the first, whose place the path's start
 * fixes.
 */
export function alignmentErrors(
  alignment: Int32Array,
  piece: Pick<Piece, 'events' | 'hopSeconds'>,
): OnsetErrors {
  const predicted = predictedOnsets(alignment, piece.events.length, piece.hopSeconds);
  const truth = piece.events.map((event) => event.onsetSeconds);
  return onsetErrors(predicted.subarray(1), truth.slice(1));
}
