import { join } from 'node:path';
import { setScales } from '../../../alignment/model.js';
import { toFile } from '../../../alignment/model-file.js';
import { DataError } from '../../../errors.js';
import { removeCheckpoints } from '../../../runner/checkpoint/checkpoint.js';
import type { DataFiles } from '../../../runner/run/data-files.js';
import { notice } from '../../../runner/notice.js';
import { createProgress } from '../../../runner/progress.js';
import type { RunContext, RunOptions } from '../../../runner/run/run-options.js';
import type { Outcome } from '../../experiment.js';
import { loadChorales } from '../recordings.js';
import { allPieces, choicesFor, runSelection } from '../selection.js';
import { summarise } from '../results/summary.js';
import { foldSettings, type OnsetsChoices } from './choices.js';
import { separateRow, type OnsetsConfig } from './config.js';
import { limitsBy } from './evaluation.js';
import {
  foldsOf,
  leaveOneOut,
  modelOf,
  OnsetsTrainer,
  pieceOf,
  type Chooser,
} from './leave-one-out.js';
import type { OnsetsFold, OnsetsMeasured } from './result.js';
import { onsetsSelection } from './select.js';
import type { TrainingPiece } from './training.js';

/**
 * The recordings of a config, ready for training.
 * @throws DataError when there are fewer than three: leave-one-out needs two to train on
 */
export async function loadPieces(
  { data }: OnsetsConfig,
  files: DataFiles,
): Promise<TrainingPiece[]> {
  const chorales = await loadChorales(data, files, notice);
  if (chorales.length < 3) {
    throw new DataError(
      `leave-one-out needs at least three pieces: in ${join(files.folder, 'bach10')} there are ` +
        `${chorales.length}`,
    );
  }
  return chorales.map(pieceOf);
}

/** `--select`. */
export const selectOnsets = (config: OnsetsConfig, options: RunOptions) =>
  runSelection(
    config,
    options,
    (files) => loadPieces(config, files),
    onsetsSelection(config, new OnsetsTrainer(config)),
  );

/** The leave-one-out, and the model of the first end-to-end setting, trained on all pieces. */
export async function runOnsets(
  pieces: readonly TrainingPiece[],
  config: OnsetsConfig,
  recorded: OnsetsChoices | undefined,
  context: RunContext,
): Promise<Outcome<OnsetsMeasured>> {
  const { directory, interruption, provenance, phase } = context;
  const choices = await choicesFor(context, config, recorded);
  const trainer = new OnsetsTrainer(config);
  const selection = onsetsSelection(config, trainer);
  // Recorded choices, or the same choice made here.
  const choose: Chooser = async (leftOut, training, place) =>
    choices?.folds[leftOut] ??
    (config.select &&
      (await selection.choose(training, { ...place, name: `${place.name}-select` })));
  const progress = createProgress(config.name, foldsOf(config, pieces).length);
  const first = config.endToEnd[0]!.name;
  let folds: OnsetsFold[];
  try {
    folds = await leaveOneOut(pieces, config, choose, trainer, context, {
      onSaved: (folds) => provenance.save({ folds }),
      onFold({ piece, rows }) {
        progress.step(`${piece}: test MAD ${rows[first]!.test.meanAbsolute.toFixed(3)} s`);
      },
    });
  } finally {
    progress.stop();
  }
  await phase('training the model of all pieces');
  const place = { directory, interruption, training: config.training, name: 'all' };
  const settings = foldSettings(config, await choose(allPieces, pieces, place));
  const { parameters: start } = await trainer.separately(pieces, place);
  setScales(start, settings.scales);
  const { parameters } = await trainer.endToEnd(pieces, start, settings.endToEnd[0]!, place);
  const { model } = modelOf(parameters, pieces);
  const text = JSON.stringify(
    toFile({ ...model, doubt: limitsBy(parameters, pieces) }, provenance.stretches),
    undefined,
    1,
  );
  await directory.write('model.json', `${text}\n`);
  await removeCheckpoints(directory.file('checkpoint'), 'all-');
  const rows = summarise([separateRow, ...config.endToEnd.map(({ name }) => name)], folds);
  return { measured: { rows, folds } };
}
