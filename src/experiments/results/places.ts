import { groupBy } from '../../report/group-by.js';
import { leavesOf } from '../../runner/run/comparison.js';
import { dataLabels, type Fingerprint } from '../../runner/run/data-files.js';

/** Where a run stands in the tables of its experiment. */
export interface Place {
  /** Rows of one table can be compared: the language, or the corpus. */
  table: string;
  /** Runs that differ in their seed alone, and read the same data, share it. */
  row: string;
  /** Whether the other rows of its table are held against it; else they are against the first. */
  isReference?: boolean;
}

/**
 * The places of results: rows that hold runs of several configs are told apart by what differs, as
 * 'l2, convex, γ 4', and those of a table whose data has changed by the files, with their sums.
 */
export function placesBy<R extends { config: object; files?: readonly Fingerprint[] | undefined }>(
  results: readonly R[],
  placeOf: (result: R) => Place,
): Place[] {
  const places = results.map(placeOf);
  const rows = groupBy(places.keys(), (at) => JSON.stringify(places[at]));
  for (const own of rows.values()) {
    const labels = labelsOf(own.map((at) => results[at]!.config));
    own.forEach((at, index) => {
      places[at]!.row += labels[index]!;
    });
  }
  for (const own of groupBy(places.keys(), (at) => places[at]!.table).values()) {
    const labels = dataLabels(own.map((at) => results[at]!.files));
    own.forEach((at, index) => {
      if (labels[index] !== '') places[at]!.row += `, ${labels[index]!}`;
    });
  }
  return places;
}

/** By what configs differ apart from their seeds: ', γ 4'; nothing where they do not. */
function labelsOf(configs: readonly object[]): string[] {
  const leaves = configs.map((config) =>
    leavesOf({ ...config, name: undefined, title: undefined, seed: undefined }),
  );
  const keys = [...new Set(leaves.flatMap((own) => [...own.keys()]))].filter(
    (key) => new Set(leaves.map((own) => own.get(key))).size > 1,
  );
  return leaves.map((own) => keys.map((key) => `, ${short(key)} ${textOf(own.get(key))}`).join(''));
}

const short = (key: string) => (/(^|\.)gamma$/.test(key) ? 'γ' : key.split('.').at(-1)!);

const textOf = (value: unknown) =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);

/** Results by their place, in the order in which the places first appear. */
export function rowsOf<R>(
  results: readonly R[],
  places: readonly Place[],
): (Place & { results: R[] })[] {
  const rows = groupBy(results.keys(), (at) => JSON.stringify(places[at]));
  return [...rows.values()].map((own) => ({
    ...places[own[0]!]!,
    results: own.map((at) => results[at]!),
  }));
}
