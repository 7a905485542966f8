import { meanAndDeviation, type OnsetErrors } from '../../metrics/onset-errors.js';
import type { Fingerprint } from '../../runner/data-files.js';
import type { Stretch } from '../../runner/provenance.js';
import type { Score } from '../../runner/recorded-run.js';
import type { AlignConfig } from './config.js';
import { rowsOf } from './leave-one-out.js';
import type { FoldResult } from './saved-folds.js';

/** A mean over folds and its population standard deviation. */
export interface Spread {
  mean: number;
  deviation: number;
}

/** One row of the table. RMSE and deviations in seconds, shares between 0 and 1. */
export interface SummaryRow {
  name: string;
  test: Record<keyof OnsetErrors, Spread>;
  /** The mean over the training pieces of each fold, then mean and deviation over folds. */
  training: Record<keyof OnsetErrors, Spread>;
}

/** What a leave-one-out run measured: result.json. */
export interface AlignResult {
  experiment: 'align';
  config: AlignConfig;
  /** One object in results of version 0.1.0; `stretchesOf` reads both. */
  provenance: Stretch[] | Stretch;
  /** The files that were read; left out by version 0.1.0. */
  files?: Fingerprint[];
  score?: Score;
  rows: SummaryRow[];
  folds: FoldResult[];
}

const measures = [
  'rmse',
  'meanAbsolute',
  'medianAbsolute',
  'within50ms',
  'within100ms',
  'max',
] as const satisfies (keyof OnsetErrors)[];

/** The test RMSE of the first end-to-end setting: what the run is judged by. */
export function alignScore(config: AlignConfig, rows: readonly SummaryRow[]): Score {
  const { name } = config.endToEnd[0]!;
  const { mean } = rows.find((row) => row.name === name)!.test.rmse;
  return { name: 'test RMSE (s)', value: mean, better: 'lower' };
}

/** The rows of the table from the folds of a run. */
export function summarise(config: AlignConfig, folds: readonly FoldResult[]): SummaryRow[] {
  return rowsOf(config).map((name) => {
    const rows = folds.map((fold) => fold.rows[name]!);
    const spreads = (of: (row: (typeof rows)[number], measure: keyof OnsetErrors) => number) =>
      Object.fromEntries(
        measures.map((measure) => [measure, meanAndDeviation(rows.map((row) => of(row, measure)))]),
      ) as Record<keyof OnsetErrors, Spread>;
    return {
      name,
      test: spreads((row, measure) => row.test[measure]),
      training: spreads((row, measure) => {
        const errors = row.training.map((piece) => piece[measure]);
        return meanAndDeviation(errors).mean;
      }),
    };
  });
}
