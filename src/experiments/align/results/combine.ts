import { isDeepStrictEqual } from 'node:util';
import { DataError } from '../../../errors.js';
import { dataLabels } from '../../../runner/run/data-files.js';
import { stretchesOf } from '../../../runner/run/provenance.js';
import { rowsOf } from '../config.js';
import type { AlignResult } from './result.js';
import { foldResultSchema, withRows } from '../saved-folds.js';
import { alignScore, summarise } from './summary.js';

/**
 * Puts runs of single folds together: those that differ in nothing but the fold, on the same data, become the run of
 * the whole leave-one-out, folds in their order, with its rows. Its time is the sum of theirs.
 * @returns one result for each group of several folds
 * @throws DataError for a fold without a row of the config
 */
export function combineFolds(results: readonly AlignResult[]): AlignResult[] {
  const groups: { of: object; results: AlignResult[] }[] = [];
  const labels = dataLabels(results.map(({ files }) => files));
  for (const [at, result] of results.entries()) {
    if (result.config.fold === undefined) continue;
    const of = { config: { ...result.config, fold: undefined }, data: labels[at] };
    const group = groups.find((other) => isDeepStrictEqual(other.of, of));
    if (group) group.results.push(result);
    else groups.push({ of, results: [result] });
  }
  return groups.filter(({ results }) => results.length > 1).map(({ results }) => joined(results));
}

function joined(results: readonly AlignResult[]): AlignResult {
  const inOrder = results.toSorted((a, b) => a.config.fold! - b.config.fold!);
  const first = inOrder[0]!;
  const config = { ...first.config };
  delete config.fold;
  const schema = withRows(foldResultSchema, rowsOf(config));
  const folds = inOrder.flatMap(({ folds }) => folds);
  for (const fold of folds) {
    const [issue] = schema.safeParse(fold).error?.issues ?? [];
    if (issue) throw new DataError(`the fold of ${fold.piece}: ${issue.message}`);
  }
  const sameFiles = inOrder.every(({ files }) => isDeepStrictEqual(files, first.files));
  const result: AlignResult = {
    experiment: 'align',
    config,
    // Of each fold: where it ran, and with what.
    provenance: inOrder.flatMap(({ provenance }) => stretchesOf(provenance)),
    ...(sameFiles && { files: first.files }),
    rows: summarise(rowsOf(config), folds),
    folds,
  };
  return { ...result, score: alignScore(result) };
}
