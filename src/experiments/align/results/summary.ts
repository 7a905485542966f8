import { meanAndDeviation, type OnsetErrors } from '../../../metrics/onset-errors.js';
import type { Score } from '../../../runner/run/recorded-run.js';
import type { SummaryRow } from './result.js';
import type { FoldResult } from '../saved-folds.js';

const measures = [
  'rmse',
  'meanAbsolute',
  'medianAbsolute',
  'within50ms',
  'within100ms',
  'max',
] as const satisfies (keyof OnsetErrors)[];

/** What results of both aligners have. */
interface FoldsSummary {
  config: { endToEnd: readonly { name: string }[] };
  rows: readonly SummaryRow[];
}

/** The test errors of the first end-to-end setting: what the run is judged by. */
export function firstErrors({ config, rows }: FoldsSummary): SummaryRow['test'] {
  const { name } = config.endToEnd[0]!;
  return rows.find((row) => row.name === name)!.test;
}

export function alignScore(result: FoldsSummary): Score {
  return { name: 'test RMSE (s)', value: firstErrors(result).rmse.mean, better: 'lower' };
}

/** What tables of sweeps show of them. */
export function errorColumns(result: FoldsSummary) {
  const errors = firstErrors(result);
  return {
    'test RMSE (s)': errors.rmse.mean,
    'test MAD (s)': errors.meanAbsolute.mean,
    'within 50 ms': errors.within50ms.mean,
  };
}

/** Rows of a table from the folds of a run. */
export function summarise(
  names: readonly string[],
  folds: readonly Pick<FoldResult, 'rows'>[],
): SummaryRow[] {
  return names.map((name) => {
    const rows = folds.map((fold) => fold.rows[name]!);
    const spreads = (of: (row: (typeof rows)[number], measure: keyof OnsetErrors) => number) =>
      Object.fromEntries(
        measures.map((measure) => [measure, meanAndDeviation(rows.map((row) => of(row, measure)))]),
      ) as SummaryRow['test'];
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
