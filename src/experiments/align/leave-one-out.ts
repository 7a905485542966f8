import { UsageError } from '../../errors.js';
import type { OnsetErrors } from '../../metrics/onset-errors.js';
import type { Interruption } from '../../runner/interrupt.js';
import { namedValues } from '../../runner/checkpoint/named-values.js';
import type { Progress } from '../../runner/progress.js';
import type { RunDirectory } from '../../runner/run/run-directory.js';
import { cosineTemplate, evenDiagonal } from './baselines.js';
import { foldSettings, type Choices } from './choices.js';
import { rowNames, rowsOf, type AlignConfig } from './config.js';
import { errorsOf, evaluatePiece, pieceOnsets } from './evaluation.js';
import { PitchModel, type Parameters } from './model.js';
import { preparePieces, type Piece, type Recording } from './piece.js';
import { foldResultSchema, foldUnit, runFolds, withRows, type FoldResult } from './saved-folds.js';
import { trainInPlace } from './full-batch.js';
import { endToEndTraining, frameWiseTraining, randomParameters } from './training.js';

/**
 * The folds of a run of `config` over these recordings: the indices of the pieces left out.
 * @throws UsageError when the one fold that is asked for is past the last piece
 */
export function foldsOf(config: AlignConfig, recordings: readonly Recording[]): number[] {
  const { fold, folds = recordings.length } = config;
  if (fold === undefined) return recordings.map((_, index) => index).slice(0, folds);
  if (fold <= recordings.length) return [fold - 1];
  throw new UsageError(`fold: got ${fold}; there are ${recordings.length} pieces`);
}

/**
 * Leaves one piece out at a time, trains on the others in every way of the config, and measures
 * the onsets of the piece left out and of the training pieces. A finished fold is saved, an
 * unfinished one has the checkpoints of its trainings; a resumed run goes on from there.
 */
export async function leaveOneOut(
  recordings: readonly Recording[],
  config: AlignConfig,
  choices: Choices | undefined,
  run: {
    directory: RunDirectory;
    progress: Progress;
    interruption: Interruption;
    /** Called after each fold that was run and saved, with the number of folds that are done. */
    onFold?: (folds: number) => Promise<void>;
  },
): Promise<FoldResult[]> {
  const { directory, interruption, progress, onFold } = run;
  const untrained = untrainedErrors(recordings, config);
  const schema = withRows(foldResultSchema, rowsOf(config));
  return runFolds(directory, foldsOf(config, recordings), schema, {
    run: (fold, metric) =>
      runFold(recordings, fold, config, choices, untrained, { directory, interruption, metric }),
    ...(onFold && { onSaved: onFold }),
    onFold({ piece, rows }) {
      const last = rows[config.endToEnd[0]!.name]!.test.rmse;
      progress.step(`${piece}: test RMSE ${last.toFixed(3)} s`);
    },
  });
}

async function runFold(
  recordings: readonly Recording[],
  fold: number,
  config: AlignConfig,
  choices: Choices | undefined,
  untrained: Record<string, OnsetErrors[]>,
  run: {
    directory: RunDirectory;
    interruption: Interruption;
    metric: (record: object) => Promise<void>;
  },
): Promise<FoldResult> {
  const started = performance.now();
  const left = recordings[fold]!;
  const settings = foldSettings(config, choices, left.chorale.name);
  const { training, test, model } = prepareFold(recordings, [fold], config);
  const rows: FoldResult['rows'] = namedValues();
  for (const [row, errors] of Object.entries(untrained)) {
    rows[row] = { test: errors[fold]!, training: errors.filter((_, other) => other !== fold) };
  }
  const onsets = namedValues<number[]>();
  const measure = (row: string, parameters: Parameters) => {
    const predicted = pieceOnsets(model, parameters, test[0]!, config.moves);
    onsets[row] = Array.from(predicted, (seconds) => Math.round(seconds * 1000) / 1000);
    rows[row] = {
      test: errorsOf(predicted, test[0]!),
      training: training.map((piece) => evaluatePiece(model, parameters, piece, config.moves)),
    };
  };
  if (config.baselines.includes('random')) {
    measure(rowNames.random, randomParameters(model, config.seed * 1000 + fold));
  }
  const place = (number: number) => ({
    ...{ directory: run.directory, interruption: run.interruption, training: config.training },
    name: `${foldUnit(fold)}-${number}`,
  });
  const frameWise = await trainInPlace(
    frameWiseTraining(model, training, settings.frameWise),
    place(0),
  );
  measure(rowNames.frameWise, frameWise.parameters);
  let { earlierSeconds } = frameWise;
  for (const [index, setting] of settings.endToEnd.entries()) {
    const start = setting.start === 'zero' ? model.zero() : frameWise.parameters;
    const options = { ...setting, moves: config.moves };
    const trained = await trainInPlace(endToEndTraining(model, training, start, options), {
      ...place(index + 1),
      onEpoch: ({ epoch, loss }) => run.metric({ fold: fold + 1, row: setting.name, epoch, loss }),
    });
    measure(setting.name, trained.parameters);
    earlierSeconds += trained.earlierSeconds;
  }
  const seconds = earlierSeconds + (performance.now() - started) / 1000;
  return { piece: left.chorale.name, rows, onsets, settings, seconds };
}

/** The pieces of one fold, standardised on its training pieces, and a model for them. */
export function prepareFold(
  recordings: readonly Recording[],
  leftOut: readonly number[],
  config: AlignConfig,
): { training: Piece[]; test: Piece[]; model: PitchModel } {
  const isLeftOut = (_: unknown, index: number) => leftOut.includes(index);
  const trainingRecordings = recordings.filter((recording, i) => !isLeftOut(recording, i));
  const { dimensions } = recordings[0]!.features;
  const model = new PitchModel(config.model, config.features, dimensions);
  const pieces = preparePieces(recordings, trainingRecordings, model, config.model.standardise);
  return {
    training: pieces.filter((piece, index) => !isLeftOut(piece, index)),
    test: pieces.filter(isLeftOut),
    model,
  };
}

/** The rows that need no model, on every piece: they are the same in every fold. */
function untrainedErrors(
  recordings: readonly Recording[],
  config: AlignConfig,
): Record<string, OnsetErrors[]> {
  const rows = namedValues<OnsetErrors[]>();
  if (config.baselines.includes('diagonal')) rows[rowNames.diagonal] = recordings.map(evenDiagonal);
  if (config.baselines.includes('template')) {
    rows[rowNames.template] = recordings.map(cosineTemplate);
  }
  return rows;
}
