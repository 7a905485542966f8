import { dtw } from '../../../dp/programs/dtw.js';
import { alignmentFigure } from '../../../report/figures/alignment-figure.js';
import type { NamedFigure } from '../../experiment.js';
import type { AlignConfig } from '../config.js';
import { pieceCosts } from '../evaluation.js';
import { prepareFold } from '../leave-one-out.js';
import type { Recording } from '../piece.js';
import type { FoldResult } from '../saved-folds.js';
import { type TrainingPlace, trainInPlace } from '../full-batch.js';
import { frameWiseTraining } from '../training.js';

const panels = (['negentropy', 'entmax15', 'l2'] as const).flatMap((omega) =>
  [0.3, 3, 30].map((gamma) => ({ omega, gamma })),
);

/** How much of a piece the figure shows: enough to see single events. */
const excerpt = { frames: 200 };

/**
 * The expected alignment of an excerpt of the first piece left out, under the frame-wise model of
 * its fold, for several γ and for three Ω, over the true path.
 */
export async function drawFigures(
  recordings: readonly Recording[],
  config: AlignConfig,
  folds: readonly FoldResult[],
  place: Omit<TrainingPlace, 'name'>,
): Promise<NamedFigure[]> {
  const { training, test, model } = prepareFold(recordings, [0], config);
  const [piece] = test;
  const { parameters } = await trainInPlace(
    frameWiseTraining(model, training, folds[0]!.settings.frameWise),
    { ...place, name: 'figure' },
  );
  const costs = pieceCosts(model, parameters, piece!);
  const all = piece!.events.length;
  // The excerpt ends with the last frame of an event, so that corner to corner is the right problem.
  let frames = Math.min(excerpt.frames, piece!.frames);
  while (frames < piece!.frames && piece!.truth[frames] === piece!.truth[frames - 1]) frames++;
  const events = piece!.truth[frames - 1]! + 1;
  const theta = new Float64Array(frames * events);
  for (let i = 0; i < frames; i++) {
    for (let j = 0; j < events; j++) theta[i * events + j] = costs[i * all + j]!;
  }
  const { truth, hopSeconds, name } = piece!;
  const svg = alignmentFigure({
    panels: panels.map(({ omega, gamma }) => {
      const program = dtw({ batch: 1, rows: frames, cols: events, moves: 'advance', omega, gamma });
      return {
        title: `${omega}, γ = ${gamma}`,
        expected: program.gradient(theta).gradient,
        frames,
        events,
      };
    }),
    truth: truth.slice(0, frames),
    hopSeconds,
  });
  const caption =
    `The expected alignment ∇DTW_Ω of the first ${(frames * hopSeconds).toFixed(0)} s of ${name} ` +
    'with its score, for several γ: negentropy above, entmax15 below it, then l2; the line is the true path. ' +
    'Frame-wise model, trained on the other pieces.';
  return [{ name: 'soft-alignment', svg, caption }];
}
