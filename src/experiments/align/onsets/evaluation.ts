import { alignMaps, type AlignedOnsets, type OnsetModel } from '../../../alignment/align.js';
import {
  agreementOf,
  distinctnessOf,
  limitsBetween,
  usualLimits,
} from '../../../alignment/doubt.js';
import { keyMaps } from '../../../alignment/key-maps.js';
import { rangeOf } from '../../../alignment/keys.js';
import { riseAfter, type Rise } from '../../../alignment/rise.js';
import { pitchCount } from '../../../alignment/spectra.js';
import { outsideScores } from '../../../alignment/outside.js';
import { coarseOnsets, coarseSearch } from '../../../alignment/search.js';
import type { DoubtLimits, OnsetParameters } from '../../../alignment/model.js';
import { onsetErrors, type OnsetErrors } from '../../../metrics/onset-errors.js';
import type { TrainingPiece } from './training.js';

/** The share of true onsets that the intervals are to hold. */
const held = 0.9;
/** Half a frame or so: no onset is surer than that, whatever the expected alignment says. */
const floorSeconds = 0.01;

/** A piece's alignment, and its errors in seconds, over all events but the first. */
export interface Aligned {
  piece: TrainingPiece;
  aligned: AlignedOnsets;
}

const trueSeconds = ({ truth, task }: TrainingPiece) =>
  truth.map((frame) => frame * task.spectra.hopSeconds);

/** Errors in seconds of events 2 to the last. */
export function errorsIn({ piece, aligned }: Aligned): Float64Array {
  const truth = trueSeconds(piece);
  return aligned.onsets.map((onset, j) => onset - truth[j]!).subarray(1);
}

export const quantile = (values: Float64Array, share: number) =>
  values.toSorted()[Math.min(values.length - 1, Math.floor(share * values.length))]!;

/**
 * Aligns a piece by parameters, nothing taken off the onsets yet and nothing known of what surrounds
 * the score. The scales may change between calls, but for the bound of key scores: each call looks
 * around the onsets that the first scales find.
 */
export function alignerOf(piece: TrainingPiece, parameters: OnsetParameters): () => Aligned {
  const { task } = piece;
  const maps = task.keyMaps(parameters);
  const { moments, spectra } = task;
  const search = { maps, moments, parameters, outside: new Float32Array(maps.frames) };
  const near = coarseOnsets(search);
  return () => ({ piece, aligned: alignMaps(search, spectra, { biasSeconds: 0 }, near) });
}

/** Aligns pieces with parameters, nothing taken off the onsets yet. */
export const alignPieces = (pieces: readonly TrainingPiece[], parameters: OnsetParameters) =>
  pieces.map((piece) => alignerOf(piece, parameters)());

/** What the training pieces say of the errors: their median, and how wide 90 % intervals are. */
export function calibrated(parameters: OnsetParameters, training: readonly Aligned[]): OnsetModel {
  const errors = Float64Array.from(training.flatMap((one) => [...errorsIn(one)]));
  const biasSeconds = quantile(errors, 0.5);
  const spread = training.flatMap(({ aligned }) => [...aligned.deviations.subarray(1)]);
  const ratios = errors.map(
    (error, at) => Math.abs(error - biasSeconds) / Math.hypot(spread[at]!, floorSeconds),
  );
  const interval = { factor: quantile(ratios, held), floorSeconds };
  const rise = typicalRise(training.flatMap((one) => riseOf(one, biasSeconds) ?? []));
  return { parameters, biasSeconds, rise, interval, doubt: usualLimits };
}

/** When the notes of an aligned piece begin to sound, from its onsets without the bias. */
function riseOf({ piece, aligned }: Aligned, biasSeconds: number): Rise | undefined {
  const { spectra, moments } = piece.task;
  const { frames, hopSeconds, windows } = spectra;
  const read = (from: number, to: number) =>
    windows['2048'].subarray(from * pitchCount, to * pitchCount);
  const onsets = aligned.onsets.map((onset) => onset - biasSeconds);
  return riseAfter({ frames, hopSeconds, read }, moments, onsets);
}

/** The medians over pieces, of those that tell. */
function typicalRise(rises: readonly Rise[]): Rise | undefined {
  if (rises.length === 0) return undefined;
  const median = (key: keyof Rise) =>
    quantile(
      Float64Array.from(rises, (rise) => rise[key]),
      0.5,
    );
  return { median: median('median'), spread: median('spread') };
}

/** The errors of an aligned piece under a calibrated model, and the share that its intervals hold. */
export function measurePiece(
  { piece, aligned }: Aligned,
  { biasSeconds, interval }: OnsetModel,
): { errors: OnsetErrors; held: number; onsets: Float64Array } {
  const truth = trueSeconds(piece);
  const onsets = aligned.onsets.map((onset) => onset - biasSeconds);
  let inside = 0;
  for (let j = 1; j < onsets.length; j++) {
    const width = interval.factor * Math.hypot(aligned.deviations[j]!, interval.floorSeconds);
    if (Math.abs(onsets[j]! - truth[j]!) <= width) inside++;
  }
  return {
    errors: onsetErrors(onsets.subarray(1), truth.subarray(1)),
    held: inside / (onsets.length - 1),
    onsets,
  };
}

/** Of each piece, the pieces after it whose scores are tried with its recording. */
const wrongScores = [1, 2];

/** When recordings are taken to be of other scores, by the right and by wrong pairs of training pieces. */
export function limitsBy(
  parameters: OnsetParameters,
  training: readonly TrainingPiece[],
): DoubtLimits {
  const pairs = (shift: number) =>
    training.map(({ task: { spectra, moments: own } }, at) => {
      const { moments } = training[(at + shift) % training.length]!.task;
      const keys = rangeOf([...own, ...moments].flatMap(({ pitches }) => [...pitches]));
      const maps = keyMaps(spectra, parameters, keys);
      const outside = outsideScores(maps, parameters);
      const task = { maps, moments, parameters, outside };
      const { onsets, ...unheld } = coarseSearch(task);
      const found = { frames: Int32Array.from(onsets), ...unheld };
      return { agreement: agreementOf(task, found), distinctness: distinctnessOf(task) };
    });
  return limitsBetween(pairs(0), wrongScores.flatMap(pairs));
}
