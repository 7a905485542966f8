import { setScales, type OnsetParameters } from '../../../alignment/model.js';
import { meanAndDeviation } from '../../../metrics/onset-errors.js';
import type { TrainingPlace } from '../full-batch.js';
import { combinations } from '../../../runner/sweep/grid.js';
import { bestSetting, innerFoldsOf, type Selection } from '../selection.js';
import { onsetsFoldChoices, type OnsetsFoldChoices } from './choices.js';
import { chosenScales, type OnsetsConfig } from './config.js';
import { alignerOf, alignPieces, errorsIn, quantile, type Aligned } from './evaluation.js';
import { foldsOf, type OnsetsTrainer } from './leave-one-out.js';
import type { TrainingPiece } from './training.js';

/** One inner split of the training pieces, with what was trained on its training part. */
interface InnerFold {
  training: TrainingPiece[];
  validation: TrainingPiece[];
  parameters: OnsetParameters;
  /** Aligns the pieces held out by `parameters`. */
  aligners: (() => Aligned)[];
}

/**
 * Chooses the settings of every fold: its training pieces are split into inner folds, and the setting
 * with the smallest mean absolute error on the pieces that are held out wins. The scales are chosen one
 * after the other, without end-to-end training; then the settings of that.
 */
export function onsetsSelection(
  config: OnsetsConfig,
  trainer: OnsetsTrainer,
): Selection<TrainingPiece, OnsetsFoldChoices> {
  return {
    schema: onsetsFoldChoices,
    folds: (pieces) => foldsOf(config, pieces),
    nameOf: ({ name }) => name,
    choose: (training, place) => chooseOnTraining(training, config, trainer, place),
    say: ({ scales }) => JSON.stringify(scales.choice),
  };
}

async function chooseOnTraining(
  pieces: readonly TrainingPiece[],
  config: OnsetsConfig,
  trainer: OnsetsTrainer,
  place: TrainingPlace,
): Promise<OnsetsFoldChoices> {
  const started = performance.now();
  const { innerFolds = 3, scales: grids } = config.select ?? {};
  let earlierSeconds = 0;
  const folds: InnerFold[] = [];
  for (const [inner, fold] of innerFoldsOf(pieces, innerFolds).entries()) {
    const name = `${place.name}-${inner}`;
    const trained = await trainer.separately(fold.training, { ...place, name });
    earlierSeconds += trained.earlierSeconds;
    const { parameters } = trained;
    folds.push({
      ...fold,
      parameters,
      aligners: fold.validation.map((piece) => alignerOf(piece, parameters)),
    });
  }
  let scales = config.scales;
  let validationMad = Infinity;
  const tried: OnsetsFoldChoices['scales']['tried'] = [];
  for (const name of chosenScales) {
    const values = grids?.[name] ?? [scales[name]];
    if (values.length === 1 && tried.length > 0) {
      scales = { ...scales, [name]: values[0]! };
      continue;
    }
    const settings = values.map((value) => ({ ...scales, [name]: value }));
    const found = await bestSetting(settings, async (setting) => {
      const aligned = folds.flatMap(({ parameters, aligners }) => {
        setScales(parameters, setting);
        return aligners.map((align) => align());
      });
      await place.interruption.checkpoint();
      return { error: meanAbsoluteError(aligned), kept: undefined };
    });
    scales = found.best.setting;
    validationMad = found.best.error;
    tried.push(...found.tried.map(({ setting, error }) => ({ setting, validationMad: error })));
  }
  for (const { parameters } of folds) setScales(parameters, scales);

  const endToEnd = await chooseEndToEnd(folds[0]!, config, trainer, place);
  earlierSeconds += endToEnd.earlierSeconds;
  const seconds = Math.round((earlierSeconds + (performance.now() - started) / 1000) * 10) / 10;
  return {
    scales: { choice: scales, validationMad, tried },
    ...(endToEnd.chosen && { endToEnd: endToEnd.chosen }),
    seconds,
  };
}

/**
 * The settings of the end-to-end trainings: of the first one, on the first inner fold, for all of them.
 * Nothing is trained where there is nothing to choose.
 */
async function chooseEndToEnd(
  { training, validation, parameters }: InnerFold,
  { endToEnd: [first], select }: OnsetsConfig,
  trainer: OnsetsTrainer,
  place: TrainingPlace,
): Promise<{ chosen: OnsetsFoldChoices['endToEnd']; earlierSeconds: number }> {
  const settings = combinations({
    learningRate: select?.endToEnd.learningRate ?? [first!.learningRate],
    convex: select?.endToEnd.convex ?? [first!.convex],
  });
  let earlierSeconds = 0;
  if (settings.length === 1) return { chosen: undefined, earlierSeconds };
  let trainings = 0;
  const { best, tried } = await bestSetting(settings, async (setting) => {
    const trained = await trainer.endToEnd(
      training,
      parameters,
      { ...first!, ...setting },
      { ...place, name: `${place.name}-end-to-end-${trainings++}` },
    );
    earlierSeconds += trained.earlierSeconds;
    const aligned = alignPieces(validation, trained.parameters);
    return { error: meanAbsoluteError(aligned), kept: undefined };
  });
  return {
    chosen: {
      choice: best.setting,
      validationMad: best.error,
      tried: tried.map(({ setting, error }) => ({ setting, validationMad: error })),
    },
    earlierSeconds,
  };
}

/** The mean over pieces of the mean absolute error, the median error of all taken off. */
function meanAbsoluteError(aligned: readonly Aligned[]): number {
  const errors = aligned.map(errorsIn);
  const bias = quantile(Float64Array.from(errors.flatMap((one) => [...one])), 0.5);
  return meanAndDeviation(
    errors.map((one) => one.reduce((sum, error) => sum + Math.abs(error - bias), 0) / one.length),
  ).mean;
}
