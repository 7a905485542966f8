import { onsetErrors, predictedOnsets, type OnsetErrors } from '../../metrics/onset-errors.js';
import type { AlignConfig } from './config.js';
import { bestAlignment } from './frame-alignment.js';
import type { Parameters, PitchModel } from './model.js';
import type { Piece } from './piece.js';

/** Costs θ [frames, events] of a piece under trained parameters. */
export function pieceCosts(model: PitchModel, parameters: Parameters, piece: Piece): Float32Array {
  return model.costs(model.scores(parameters, piece), piece.pitchRows).theta;
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
