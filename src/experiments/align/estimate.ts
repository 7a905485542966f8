import { counted } from '../../counted.js';
import { SeededRandom } from '../../random.js';
import type { Estimate } from '../../runner/training/estimate.js';
import type { AlignConfig } from './config.js';
import { foldsOf, prepareFold } from './leave-one-out.js';
import type { FullBatch } from './full-batch.js';
import type { Parameters } from './model.js';
import type { Recording } from './piece.js';
import { endToEndTraining, frameWiseTraining } from './training.js';

/** How long the folds would take: a few steps of each training, measured on the first of them. */
export async function estimateFolds(
  recordings: readonly Recording[],
  config: AlignConfig,
): Promise<Estimate> {
  const folds = foldsOf(config, recordings);
  const { training, model } = prepareFold(recordings, [folds[0]!], config);
  const secondsOf = async ({ task }: FullBatch<Parameters>, steps: number) => {
    const started = performance.now();
    for (let step = 0; step < steps; step++) await task.step(undefined, new SeededRandom(0));
    return (performance.now() - started) / 1000;
  };
  const frameWise = frameWiseTraining(model, training, config.frameWise);
  await secondsOf(frameWise, 1);
  const iteration = (await secondsOf(frameWise, 5)) / 5;
  let seconds = iteration * config.frameWise.iterations;
  for (const setting of config.endToEnd) {
    const options = { ...setting, moves: config.moves };
    const one = endToEndTraining(model, training, model.zero(), options);
    seconds += (await secondsOf(one, 1)) * setting.epochs;
  }
  const rows = config.endToEnd.map(({ epochs }) => epochs).join(' + ');
  return {
    work:
      `${counted(folds.length, 'fold')} of ${counted(config.frameWise.iterations, 'frame-wise step')} and ` +
      `${rows} end-to-end epochs over ${counted(training.length, 'piece')}`,
    seconds: seconds * folds.length,
    basis:
      `5 frame-wise steps of ${(iteration * 1000).toPrecision(3)} ms and an epoch of each ` +
      'end-to-end training measured here; evaluation, figures and the model of all pieces come on top',
  };
}
