import { validateConfig } from '../../runner/config.js';
import { notice } from '../../runner/notice.js';
import { createProgress } from '../../runner/progress.js';
import { inRunDirectory, type RunContext, type RunOptions } from '../../runner/run-options.js';
import { writeAside } from '../../runner/write-aside.js';
import { fitStatistics } from '../../features/index.js';
import type { Outcome } from '../experiment.js';
import { allPieces, choicesFor, choicesSchema, foldSettings, type Choices } from './choices.js';
import { rowsOf, type AlignConfig } from './config.js';
import { drawFigures } from './figures.js';
import { foldsOf, leaveOneOut, prepareFold } from './leave-one-out.js';
import type { Recording } from './piece.js';
import { loadRecordings } from './recordings.js';
import type { AlignMeasured } from './result.js';
import type { FoldResult } from './saved-folds.js';
import { selectSettings } from './select.js';
import { summarise } from './summary.js';
import { foldStandardisation, type TrainedModel } from './trained-model.js';
import {
  endToEndTraining,
  frameWiseTraining,
  trainInPlace,
  type TrainingPlace,
} from './training.js';

/** The leave-one-out: every fold, the summary, the model trained on all pieces, and the figures. */
export async function runLeaveOneOut(
  recordings: readonly Recording[],
  config: AlignConfig,
  recorded: Choices | undefined,
  { directory, interruption, provenance, data, phase }: RunContext,
): Promise<Outcome<AlignMeasured>> {
  const choices = await choicesFor(data, config, recorded);
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
    await directory.write('model.json', json(trained));
  }
  const figures = whole ? await drawFigures(recordings, config, folds, place) : [];
  return { measured: { rows: summarise(rowsOf(config), folds), folds }, figures };
}

/** `--select`: chooses every fold's settings on its training pieces and writes them to `path`. */
export async function runSelection(
  config: AlignConfig,
  options: RunOptions,
  path: string,
): Promise<Choices> {
  const choices = await inRunDirectory<Choices, Recording[]>(config, options, {
    load: (files) => loadRecordings(config, files, notice),
    work: (recordings, context) => selectIn(recordings, config, context),
    done: { file: choicesFile, read: (value, file) => validateConfig(choicesSchema, value, file) },
  });
  await writeAside(path, json(choices));
  return choices;
}

const choicesFile = 'choices.json';

async function selectIn(
  recordings: readonly Recording[],
  config: AlignConfig,
  { directory, interruption, provenance, data }: RunContext,
): Promise<Choices> {
  const total = foldsOf(config, recordings).length + 1;
  const progress = createProgress(`${config.name} --select`, total);
  try {
    const folds = await selectSettings(recordings, config, {
      directory,
      progress,
      interruption,
    });
    const choices: Choices = {
      about:
        'Settings chosen for each fold on its training pieces alone, by the mean validation ' +
        'RMSE over inner folds. The piece that names an entry was never seen by its choice.',
      config: config.name,
      provenance: provenance.stretches,
      files: data,
      folds,
    };
    await directory.write(choicesFile, json(choices));
    return choices;
  } finally {
    progress.stop();
  }
}

/** Trains the first end-to-end setting on every piece; 'piece' standardisation has no such model. */
async function trainOnAll(
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
  return foldStandardisation(parameters, statistics, config, model);
}

const json = (value: object) => `${JSON.stringify(value, undefined, 1)}\n`;
