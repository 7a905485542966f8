import type { Estimate } from '../../runner/estimate.js';
import type { AlignConfig } from './config.js';
import { foldsOf, prepareFold } from './leave-one-out.js';
import type { Recording } from './piece.js';
import { trainEndToEnd, trainFrameWise } from './training.js';

/** How long the folds would take: a few steps of each training, measured on the first of them. */
export async function estimateFolds(
  recordings: readonly Recording[],
  config: AlignConfig,
): Promise<Estimate> {
  const folds = foldsOf(config, recordings);
  const { training, model, dispose } = prepareFold(recordings, [folds[0]!], config);
  const timed = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
  };
  const frameWise = (iterations: number) =>
    trainFrameWise(model, training, { ...config.frameWise, iterations });
  await frameWise(1);
  const iteration = (await timed(() => frameWise(5))) / 5;
  let seconds = iteration * config.frameWise.iterations;
  for (const setting of config.endToEnd) {
    const one = { ...setting, epochs: 1, moves: config.moves };
    const start = model.zero();
    seconds += (await timed(() => trainEndToEnd(model, training, start, one))) * setting.epochs;
  }
  dispose();
  const rows = config.endToEnd.map(({ epochs }) => epochs).join(' + ');
  return {
    work:
      `${folds.length} folds of ${config.frameWise.iterations} frame-wise steps and ` +
      `${rows} end-to-end epochs over ${training.length} pieces`,
    seconds: seconds * folds.length,
    basis:
      `5 frame-wise steps of ${(iteration * 1000).toPrecision(3)} ms and an epoch of each ` +
      'end-to-end training measured here; evaluation, figures and the model of all pieces come on top',
  };
}
