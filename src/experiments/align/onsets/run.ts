import { toFile } from '../../../alignment/trained-onsets.js';
import { createProgress } from '../../../runner/progress.js';
import type { RunContext } from '../../../runner/run-options.js';
import type { Outcome } from '../../experiment.js';
import { summarise } from '../summary.js';
import { separateRow, type OnsetsConfig } from './config.js';
import { leaveOneOut, modelOf, OnsetsTrainer } from './leave-one-out.js';
import type { OnsetsFold, OnsetsMeasured } from './result.js';
import type { TrainingPiece } from './training.js';

/** The leave-one-out, and the model of the first end-to-end setting, trained on all pieces. */
export async function runOnsets(
  pieces: readonly TrainingPiece[],
  config: OnsetsConfig,
  context: RunContext,
): Promise<Outcome<OnsetsMeasured>> {
  const { directory, interruption, provenance } = context;
  const trainer = new OnsetsTrainer(config);
  const progress = createProgress(config.name, Math.min(config.folds ?? Infinity, pieces.length));
  const first = config.endToEnd[0]!;
  let folds: OnsetsFold[];
  try {
    folds = await leaveOneOut(pieces, config, trainer, context, async (fold, done) => {
      await provenance.save({ folds: done });
      progress.step(
        `${fold.piece}: test MAD ${fold.rows[first.name]!.test.meanAbsolute.toFixed(3)} s`,
      );
    });
  } finally {
    progress.stop();
  }
  const parameters = await trainer.endToEnd(pieces, await trainer.separately(pieces), first, () =>
    interruption.checkpoint(),
  );
  const { model } = modelOf(parameters, pieces);
  const text = JSON.stringify(toFile(model, provenance.stretches), undefined, 1);
  await directory.write('model.json', `${text}\n`);
  const rows = summarise([separateRow, ...config.endToEnd.map(({ name }) => name)], folds);
  return { measured: { rows, folds } };
}
