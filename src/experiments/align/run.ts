import { removeCheckpoints } from '../../runner/checkpoint/checkpoint.js';
import { notice } from '../../runner/notice.js';
import { createProgress } from '../../runner/progress.js';
import type { RunContext, RunOptions } from '../../runner/run/run-options.js';
import { fitStatistics } from '../../features/index.js';
import type { Outcome } from '../experiment.js';
import { foldSettings, type Choices } from './choices.js';
import { rowsOf, type AlignConfig } from './config.js';
import { drawFigures } from './results/figures.js';
import { foldsOf, leaveOneOut, prepareFold } from './leave-one-out.js';
import type { Recording } from './piece.js';
import { rangedFeatures } from './recording-features.js';
import { loadRecordings } from './recordings.js';
import type { AlignMeasured } from './results/result.js';
import type { FoldResult } from './saved-folds.js';
import { alignSelection } from './select.js';
import { allPieces, choicesFor, runSelection } from './selection.js';
import { summarise } from './results/summary.js';
import { foldStandardisation, type TrainedModel } from './trained-model.js';
import { type TrainingPlace, trainInPlace } from './full-batch.js';
import { endToEndTraining, frameWiseTraining } from './training.js';
import { jsonText } from '../../runner/write-aside.js';

/** The leave-one-out: every fold, the summary, the model trained on all pieces, and the figures. */
export async function runLeaveOneOut(
  recordings: readonly Recording[],
  config: AlignConfig,
  recorded: Choices | undefined,
  context: RunContext,
): Promise<Outcome<AlignMeasured>> {
  const { directory, interruption, provenance, phase } = context;
  const choices = await choicesFor(context, config, recorded);
  const progress = createProgress(config.name, foldsOf(config, recordings).length);
  let folds: FoldResult[];
  try {
    folds = await leaveOneOut(recordings, config, choices, {
      ...{ directory, progress, interruption },
      onFold: (folds) => provenance.save({ folds }),
    });
  } finally {
    progress.stop();
  }
  // The model of all pieces and the figures are the whole experiment's, not one fold's.
  const whole = config.fold === undefined;
  if (whole) await phase('training the model of all pieces, and drawing the figures');
  const place = { directory, interruption, training: config.training };
  const model = whole ? await trainOnAll(recordings, config, choices, place) : undefined;
  if (model) {
    const trained: TrainedModel = { ...model, provenance: provenance.stretches };
    await directory.write('model.json', jsonText(trained));
  }
  const figures = whole ? await drawFigures(recordings, config, folds, place) : [];
  for (const prefix of ['all-', 'figure.']) {
    await removeCheckpoints(directory.file('checkpoint'), prefix);
  }
  return { measured: { rows: summarise(rowsOf(config), folds), folds }, figures };
}

/** `--select`. */
export const selectAlign = (config: AlignConfig, options: RunOptions) =>
  runSelection(
    config,
    options,
    (files) => loadRecordings(config, files, notice),
    alignSelection(config),
  );

/** Trains the first end-to-end setting on every piece; 'piece' standardisation has no such model. */
export async function trainOnAll(
  recordings: readonly Recording[],
  config: AlignConfig,
  choices: Choices | undefined,
  place: Omit<TrainingPlace, 'name'>,
) {
  if (config.model.standardise === 'piece') return undefined;
  const settings = foldSettings(config, choices, allPieces);
  const { training, model } = prepareFold(recordings, [], config);
  const setting = { ...settings.endToEnd[0]!, moves: config.moves };
  const inPlace = (number: number) => ({ ...place, name: `all-${number}` });
  const start =
    setting.start === 'zero'
      ? model.zero()
      : (await trainInPlace(frameWiseTraining(model, training, settings.frameWise), inPlace(0)))
          .parameters;
  const { parameters } = await trainInPlace(
    endToEndTraining(model, training, start, setting),
    inPlace(1),
  );
  const statistics = fitStatistics(
    recordings.map(({ features }) => features),
    config.model.standardise,
  );
  const sounds = recordings.map(({ chorale }) => chorale);
  const features = rangedFeatures(config.features, sounds);
  return foldStandardisation(parameters, statistics, { ...config, features }, model);
}
