import * as tf from '@tensorflow/tfjs';
import { dtw } from '../../dp/programs/dtw.js';
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

/** Where trained parameters put the onset of each event of a piece, in seconds, by hard DTW. */
export function pieceOnsets(
  model: PitchModel,
  parameters: Parameters,
  piece: Piece,
  moves: AlignConfig['moves'],
): Float64Array {
  const costs = pieceCosts(model, parameters, piece);
  const alignment = bestAlignment(costs, piece.frames, piece.events.length, moves);
  return predictedOnsets(alignment, piece.events.length, piece.hopSeconds);
}

/** The onset errors of trained parameters on a piece, by hard DTW. */
export function evaluatePiece(
  model: PitchModel,
  parameters: Parameters,
  piece: Piece,
  moves: AlignConfig['moves'],
): OnsetErrors {
  return errorsOf(pieceOnsets(model, parameters, piece, moves), piece);
}

/** The onset errors of an alignment. */
export function alignmentErrors(
  alignment: Int32Array,
  piece: Pick<Piece, 'events' | 'hopSeconds'>,
): OnsetErrors {
  return errorsOf(predictedOnsets(alignment, piece.events.length, piece.hopSeconds), piece);
}

/** The errors over all events but the first, whose place the path's start fixes. */
export function errorsOf(predicted: Float64Array, piece: Pick<Piece, 'events'>): OnsetErrors {
  const truth = piece.events.map((event) => event.onsetSeconds);
  return onsetErrors(predicted.subarray(1), truth.slice(1));
}
