import { conllLanguages } from '../../data/acquire/known-data.js';
import { omegaNames } from '../../dp/omega/table.js';
import { placesBy, rowsOf, type Place } from '../results/places.js';
import { dataTitle, languageOf } from './data-used.js';
import type { NerResult } from './result.js';

/** Runs that differ in their seed alone, on the same data. */
export interface NerRow extends Place {
  results: NerResult[];
}

/** The place of each result: on which data, and which Ω and loss, as the paper's table calls them. */
export const nerPlaces = (results: readonly NerResult[]): Place[] =>
  placesBy(results, (result) => {
    const { omega, loss } = result.config;
    return {
      table: languageOf(result) ?? dataTitle(result),
      row:
        `${omega}, ${loss === 'cost' ? 'cost-sensitive' : loss}` +
        (omega === 'hard' ? ' (structured perceptron)' : ''),
      isReference: omega === 'negentropy' && loss === 'convex',
    };
  });

/** The rows of tables, in the order of `inOrder`. */
export function nerRows(results: readonly NerResult[]): NerRow[] {
  const sorted = inOrder(results, (result) => result);
  return rowsOf(sorted, nerPlaces(sorted));
}

/** Runs in the order of language (own data last, in the given order), Ω, loss and seed. */
export function inOrder<Run>(runs: readonly Run[], resultOf: (run: Run) => NerResult): Run[] {
  const rank = (run: Run) => {
    const result = resultOf(run);
    const language = languageOf(result);
    return [
      language ? conllLanguages.indexOf(language) : conllLanguages.length,
      ...settingRank(result),
      result.config.seed,
    ];
  };
  return runs.toSorted((a, b) => compareRanks(rank(a), rank(b)));
}

/** Of two rows, which comes first in the paper's table. */
export const compareSettings = (a: NerRow, b: NerRow): number =>
  compareRanks(settingRank(a.results[0]!), settingRank(b.results[0]!));

const settingRank = ({ config: { omega, loss } }: NerResult) => [
  omegaNames.indexOf(omega),
  ['convex', 'cost'].indexOf(loss),
];

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
