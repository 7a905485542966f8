import { join } from 'node:path';
import { foldsOf, leaveOneOut, prepareFold } from './leave-one-out.js';
import type { Interruption } from '../../runner/interrupt.js';
import { notice } from '../../runner/notice.js';
import { createProgress } from '../../runner/progress.js';
import { readRunFigures } from '../../report/run-figures.js';
import type { Stretch } from '../../runner/provenance.js';
import { inRunDirectory, type RunContext, type RunOptions } from '../../runner/run-options.js';
import { writeAside } from '../../runner/write-aside.js';
import { fitStatistics } from '../../features/index.js';
import { makeFolder } from '../../make-folder.js';
import { allPieces, choicesFor, foldSettings, loadChoices, type Choices } from './choices.js';
import type { AlignConfig } from './config.js';
import { drawFigures, type NamedFigure } from './figures.js';
import type { Recording } from './piece.js';
import { loadRecordings } from './recordings.js';
import type { FoldResult } from './saved-folds.js';
import { selectSettings } from './select.js';
import { alignScore, summarise, type AlignResult } from './summary.js';
import { foldStandardisation, type TrainedModel } from './trained-model.js';
import { trainEndToEnd, trainFrameWise } from './training.js';

/** A finished run. */
export interface FinishedRun {
  result: AlignResult;
  /** The run directory. */
  path: string;
  /** The paths of its figures. */
  figures: string[];
}

/**
 * The leave-one-out experiment: every fold, the summary, the model trained on all pieces, and the
 * figures, written to the run directory.
 */
export async function runAlignment(config: AlignConfig, options: RunOptions): Promise<FinishedRun> {
  const choices = await loadChoices(config);
  const result = await inRunDirectory<AlignResult, Recording[]>(config, options, {
    load: (files) => loadRecordings(config, files, notice),
    work: (recordings, context) => alignIn(recordings, config, choices, context),
  });
  const { figures } = await readRunFigures(options.out);
  const path = (name: string) => join(options.out, 'figures', `${name}.svg`);
  return { result, path: options.out, figures: figures.map(({ name }) => path(name)) };
}

async function alignIn(
  recordings: readonly Recording[],
  config: AlignConfig,
  recorded: Choices | undefined,
  { directory, interruption, provenance, data }: RunContext,
): Promise<AlignResult> {
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
  const model = whole
    ? await trainOnAll(recordings, config, choices, provenance.stretches, interruption)
    : undefined;
  if (model) await directory.write('model.json', json(model));
  const figures = whole ? await drawFigures(recordings, config, folds, interruption) : [];
  await makeFolder(directory.file('figures'));
  for (const { name, svg } of figures) await directory.write(join('figures', `${name}.svg`), svg);
  await directory.write(join('figures', 'captions.json'), json(captionsOf(figures)));
  const rows = summarise(config, folds);
  const result: AlignResult = {
    experiment: 'align',
    config,
    provenance: provenance.stretches,
    files: data,
    score: alignScore(config, rows),
    rows,
    folds,
  };
  await directory.write('result.json', json(result));
  await directory.log('finished');
  return result;
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
    resultFile: choicesFile,
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
  provenance: Stretch[],
  interruption: Interruption,
): Promise<TrainedModel | undefined> {
  if (config.model.standardise === 'piece') return undefined;
  const settings = foldSettings(config, choices, allPieces);
  const { training, model, dispose } = prepareFold(recordings, [], config);
  const setting = settings.endToEnd[0]!;
  const start =
    setting.start === 'zero'
      ? model.zero()
      : await trainFrameWise(model, training, settings.frameWise, interruption);
  const trained = await trainEndToEnd(
    model,
    training,
    start,
    { ...setting, moves: config.moves },
    undefined,
    interruption,
  );
  dispose();
  const statistics = fitStatistics(
    recordings.map(({ features }) => features),
    config.model.standardise,
  );
  return foldStandardisation(trained, statistics, config, provenance);
}

/** What the report sets below each figure, by its name. */
const captionsOf = (figures: readonly NamedFigure[]) =>
  Object.fromEntries(figures.map(({ name, caption }) => [name, caption]));

const json = (value: object) => `${JSON.stringify(value, undefined, 1)}\n`;
