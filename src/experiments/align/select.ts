import { meanAndDeviation } from '../../metrics/onset-errors.js';
import { removeCheckpoints } from '../../runner/checkpoint.js';
import type { Interruption } from '../../runner/interrupt.js';
import { namedValues } from '../../runner/named-values.js';
import type { Progress } from '../../runner/progress.js';
import type { RunDirectory } from '../../runner/run-directory.js';
import { loadUnit, saveUnit } from '../../runner/units.js';
import { allPieces, foldChoices, type FoldChoices } from './choices.js';
import type { AlignConfig } from './config.js';
import { evaluatePiece } from './evaluation.js';
import { foldsOf, prepareFold } from './leave-one-out.js';
import type { Parameters, PitchModel } from './model.js';
import type { Piece, Recording } from './piece.js';
import {
  endToEndTraining,
  frameWiseTraining,
  trainInPlace,
  type FullBatch,
  type TrainingPlace,
} from './training.js';

/** One inner split of the training pieces. */
interface InnerFold {
  model: PitchModel;
  training: Piece[];
  validation: Piece[];
}

/**
 * Chooses the settings of every fold on its training pieces alone: they are split into inner folds,
 * each setting of the grid is trained on all but one and scored on that one, and the setting with
 * the smallest mean validation RMSE wins. The piece that the outer fold leaves out is never seen.
 * One more choice, on all pieces, is for the model that ships.
 */
export async function selectSettings(
  recordings: readonly Recording[],
  config: AlignConfig,
  run: { directory: RunDirectory; progress: Progress; interruption: Interruption },
): Promise<Record<string, FoldChoices>> {
  const chosen = namedValues<FoldChoices>();
  // The choice on all pieces is the last.
  for (const fold of [...foldsOf(config, recordings), undefined]) {
    const whole = fold === undefined;
    const name = whole ? allPieces : recordings[fold]!.chorale.name;
    const training = whole ? recordings : recordings.filter((_, index) => index !== fold);
    const unit = whole ? 'select-all' : `select-${String(fold + 1).padStart(2, '0')}`;
    let choice = await loadUnit(run.directory, unit, foldChoices);
    if (!choice) {
      const { directory, interruption } = run;
      const place = { directory, interruption, training: config.training, name: unit };
      choice = await chooseOnTraining(training, config, place);
      await saveUnit(directory, unit, choice);
    }
    await removeCheckpoints(run.directory.file('checkpoint'), `${unit}-`);
    chosen[name] = choice;
    run.progress.step(`${name}: ${JSON.stringify(choice.frameWise.choice)}`);
  }
  return chosen;
}

async function chooseOnTraining(
  training: readonly Recording[],
  config: AlignConfig,
  place: TrainingPlace,
): Promise<FoldChoices> {
  const started = performance.now();
  const { innerFolds = 3, ...grids } = config.select ?? { frameWise: {}, endToEnd: {} };
  const prepared = Array.from({ length: innerFolds }, (_, inner) =>
    prepareFold(
      training,
      training.flatMap((_, index) => (index % innerFolds === inner ? [index] : [])),
      config,
    ),
  );
  const folds: InnerFold[] = prepared.map(({ model, training, test }) => ({
    model,
    training,
    validation: test,
  }));

  const frameWiseGrid = combinations({
    lambda: grids.frameWise.lambda ?? [config.frameWise.lambda],
    iterations: grids.frameWise.iterations ?? [config.frameWise.iterations],
  });
  let earlierSeconds = 0;
  let trainings = 0;
  const inPlace = async (training: FullBatch) => {
    const trained = await trainInPlace(training, {
      ...place,
      name: `${place.name}-${trainings++}`,
    });
    earlierSeconds += trained.earlierSeconds;
    return trained.parameters;
  };
  const frameWise = await best(folds, config, frameWiseGrid, (setting, { model, training }) =>
    inPlace(frameWiseTraining(model, training, { ...config.frameWise, ...setting })),
  );

  const endToEnd: FoldChoices['endToEnd'] = namedValues();
  for (const variant of config.endToEnd) {
    const grid = combinations({
      gamma: grids.endToEnd.gamma ?? [variant.gamma],
      lambda: grids.endToEnd.lambda ?? [variant.lambda],
      epochs: grids.endToEnd.epochs ?? [variant.epochs],
    });
    const { scores } = await best(folds, config, grid, (setting, { model, training }, inner) => {
      const start = variant.start === 'zero' ? model.zero() : frameWise.parameters[inner]!;
      const options = { ...variant, ...setting, moves: config.moves };
      return inPlace(endToEndTraining(model, training, start, options));
    });
    endToEnd[variant.name] = scores;
  }
  const seconds = Math.round((earlierSeconds + (performance.now() - started) / 1000) * 10) / 10;
  return { frameWise: frameWise.scores, endToEnd, seconds };
}

/** Trains and scores every setting on every inner fold; keeps the best one's parameters. */
async function best<Setting>(
  folds: readonly InnerFold[],
  config: AlignConfig,
  settings: readonly Setting[],
  train: (setting: Setting, fold: InnerFold, inner: number) => Promise<Parameters>,
) {
  const tried: { setting: Setting; validationRmse: number }[] = [];
  let bestRmse = Infinity;
  let kept: { choice: Setting; parameters: Parameters[] } | undefined;
  for (const setting of settings) {
    const parameters: Parameters[] = [];
    const errors: number[] = [];
    for (const [inner, fold] of folds.entries()) {
      const trained = await train(setting, fold, inner);
      parameters.push(trained);
      for (const piece of fold.validation) {
        errors.push(evaluatePiece(fold.model, trained, piece, config.moves).rmse);
      }
    }
    const validationRmse = meanAndDeviation(errors).mean;
    tried.push({ setting, validationRmse });
    if (validationRmse < bestRmse) {
      bestRmse = validationRmse;
      kept = { choice: setting, parameters };
    }
  }
  if (!kept) throw new Error('no setting of the grid gave a finite validation error');
  return {
    scores: { choice: kept.choice, validationRmse: bestRmse, tried },
    parameters: kept.parameters,
  };
}

/** Every combination of the values of a grid, the last key varying fastest. */
function combinations<Grid extends Record<string, readonly unknown[]>>(
  grid: Grid,
): { [Key in keyof Grid]: Grid[Key][number] }[] {
  let settings: Record<string, unknown>[] = [{}];
  for (const [key, values] of Object.entries(grid)) {
    settings = settings.flatMap((setting) => values.map((value) => ({ ...setting, [key]: value })));
  }
  return settings as { [Key in keyof Grid]: Grid[Key][number] }[];
}
