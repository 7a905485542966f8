import { meanOf, type Claim } from '../../results/claims.js';
import { rowNames } from '../config.js';
import type { AlignResult } from './result.js';

/** The paper's findings on alignment, held against runs: by the first setting, the paper's. */
export function alignClaims(results: readonly AlignResult[]): Claim[] {
  const [first] = results;
  if (!first) return [];
  const rmse = (name: string | undefined) =>
    meanOf(first.rows.filter((row) => row.name === name).map(({ test }) => test.rmse.mean));
  const paper = first.config.endToEnd.find(
    ({ omega, loss }) => omega === 'negentropy' && loss === 'area',
  );
  const endToEnd = rmse((paper ?? first.config.endToEnd[0])?.name);
  const [random, frameWise] = [rmse(rowNames.random), rmse(rowNames.frameWise)];
  const compared = (better: number, worse: number) => ({
    measured: Number.isNaN(better + worse)
      ? ''
      : `${better.toFixed(3)} s against ${worse.toFixed(3)} s`,
    holds: Number.isNaN(better + worse) ? undefined : better < worse,
  });
  return [
    {
      claim: 'training on single frames is better than random weights',
      ...compared(frameWise, random),
    },
    {
      claim: 'training through the alignment is better than on single frames',
      ...compared(endToEnd, frameWise),
    },
  ];
}
