import { meanAndDeviation } from '../../metrics/onset-errors.js';
import { namedValues } from '../../runner/checkpoint/named-values.js';
import { combinations } from '../../runner/sweep/grid.js';
import { foldChoices, type FoldChoices } from './choices.js';
import type { AlignConfig } from './config.js';
import { evaluatePiece } from './evaluation.js';
import { trainInPlace, type FullBatch, type TrainingPlace } from './full-batch.js';
import { foldsOf, prepareFold } from './leave-one-out.js';
import type { Parameters } from './model.js';
import type { Recording } from './piece.js';
import { bestSetting, type Selection } from './selection.js';
import { endToEndTraining, frameWiseTraining } from './training.js';

/** One inner split of the training pieces; its test pieces validate. */
type InnerFold = ReturnType<typeof prepareFold>;

/**
 * Chooses the settings of every fold: its training pieces are split into inner folds, each setting of
 * the grid is trained on all but one and scored on that one, and the setting with the smallest mean
 * validation RMSE wins.
 */
export const alignSelection = (config: AlignConfig): Selection<Recording, FoldChoices> => ({
  schema: foldChoices,
  folds: (recordings) => foldsOf(config, recordings),
  nameOf: ({ chorale }) => chorale.name,
  choose: (training, place) => chooseOnTraining(training, config, place),
  say: ({ frameWise }) => JSON.stringify(frameWise.choice),
});

async function chooseOnTraining(
  training: readonly Recording[],
  config: AlignConfig,
  place: TrainingPlace,
): Promise<FoldChoices> {
  const started = performance.now();
  const { innerFolds = 3, ...grids } = config.select ?? { frameWise: {}, endToEnd: {} };
  const folds = Array.from({ length: innerFolds }, (_, inner) =>
    prepareFold(
      training,
      training.flatMap((_, index) => (index % innerFolds === inner ? [index] : [])),
      config,
    ),
  );

  const frameWiseGrid = combinations({
    lambda: grids.frameWise.lambda ?? [config.frameWise.lambda],
    iterations: grids.frameWise.iterations ?? [config.frameWise.iterations],
  });
  let earlierSeconds = 0;
  let trainings = 0;
  const inPlace = async (training: FullBatch<Parameters>) => {
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
  const { best, tried } = await bestSetting(settings, async (setting) => {
    const parameters: Parameters[] = [];
    const errors: number[] = [];
    for (const [inner, fold] of folds.entries()) {
      const trained = await train(setting, fold, inner);
      parameters.push(trained);
      for (const piece of fold.test) {
        errors.push(evaluatePiece(fold.model, trained, piece, config.moves).rmse);
      }
    }
    return { error: meanAndDeviation(errors).mean, kept: parameters };
  });
  return {
    scores: {
      choice: best.setting,
      validationRmse: best.error,
      tried: tried.map(({ setting, error }) => ({ setting, validationRmse: error })),
    },
    parameters: best.kept,
  };
}
