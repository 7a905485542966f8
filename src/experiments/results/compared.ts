import { tableToMarkdown, type Table } from '../../report/table.js';
import { differencesOf, differencesTable } from './differences.js';
import type { FinishedRun, ResultHead, RunConfig } from '../experiment.js';
import type { Place } from './places.js';

/** The tables of differences between the rows of a result page, and notes where there are none. */
export async function comparedTables<R extends ResultHead<RunConfig>>(
  runs: readonly Pick<FinishedRun<R>, 'path' | 'result'>[],
  placesOf: (results: readonly R[]) => Place[],
): Promise<{ tables: Table[]; notes: string[] }> {
  const places = placesOf(runs.map(({ result }) => result));
  const hasRows = new Set(places.map(({ table, row }) => JSON.stringify([table, row])));
  const hasTables = new Set(places.map(({ table }) => table));
  // Each table has one row: there is nothing to compare.
  if (hasRows.size === hasTables.size) return { tables: [], notes: [] };
  const differences = await differencesOf(
    runs.map(({ path, result }, at) => ({ path, seed: result.config.seed, ...places[at]! })),
  );
  const table = differencesTable(differences);
  return table ? { tables: [table], notes: [] } : { tables: [], notes: differences.notes };
}

/** The same as Markdown, for a page. */
export async function comparedSection<R extends ResultHead<RunConfig>>(
  ...[runs, placesOf]: Parameters<typeof comparedTables<R>>
): Promise<string[]> {
  const { tables, notes } = await comparedTables(runs, placesOf);
  return [...tables.map(tableToMarkdown), ...notes];
}
