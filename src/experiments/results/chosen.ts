import { join } from 'node:path';
import { parseJsonAs, readTextIfThere } from '../../read-file.js';
import { tableToMarkdown, type Table } from '../../report/table.js';
import { choiceFile, choiceSchema, type Choice } from '../../runner/sweep/choices.js';
import { valueText } from '../../runner/run/run-values.js';
import type { FinishedRun, ResultHead, RunConfig } from '../experiment.js';
import type { Place } from './places.js';

/** Which settings of a page's rows another sweep chose, and by what; nothing where none was. */
export async function chosenSection<R extends ResultHead<RunConfig>>(
  runs: readonly FinishedRun<R>[],
  placesOf: (results: readonly R[]) => Place[],
): Promise<string[]> {
  const places = placesOf(runs.map(({ result }) => result));
  const rows: ChosenRow[] = [];
  for (const [at, { path }] of runs.entries()) {
    const choice = await readChoice(path);
    const { table, row } = places[at]!;
    if (choice) rows.push({ table, row, choice });
  }
  return chosenTables(eachRow(rows)).map(tableToMarkdown);
}

/** A row of a table, and what was chosen for it. */
interface ChosenRow extends Pick<Place, 'table' | 'row'> {
  choice: Choice;
}

/** Which settings were chosen for a run of a sweep, and by what; undefined where none were. */
export async function readChoice(run: string): Promise<Choice | undefined> {
  const path = join(run, choiceFile);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJsonAs(choiceSchema, text, path);
}

/** The choices of rows as a table; nothing where there are none. */
export const chosenTables = (rows: readonly ChosenRow[]): Table[] =>
  rows.length > 0 ? [chosenTable(rows)] : [];

/** Each of some rows once: runs of several seeds share theirs. */
export const eachRow = <Row extends { row: string; choice: Choice }>(
  rows: readonly Row[],
): Row[] => [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];

function chosenTable(rows: readonly ChosenRow[]): Table {
  const hasTables = new Set(rows.map(({ table }) => table)).size > 1;
  const measures = [...new Set(rows.map(({ choice }) => choice.measure))];
  const sources = new Set(
    rows.map(
      ({ choice: { file, sha256, sweep, tried } }) =>
        `${file} (SHA-256 ${sha256.slice(0, 12)}…), sweep ${sweep}, ` +
        `${[...new Set(tried.map(({ seeds }) => seeds))].join(' or ')} ` +
        `seed${tried.every(({ seeds }) => seeds === 1) ? '' : 's'} of each`,
    ),
  );
  return {
    caption: `Settings chosen on ${measures.join(', ')}`,
    columns: [
      ...(hasTables ? ['data'] : []),
      'row',
      'chosen',
      `tried, with their ${measures.join(', ')}`,
    ],
    rows: rows.map(({ table, row, choice: { tried } }) => [
      ...(hasTables ? [table] : []),
      row,
      settingsText(tried[0]!.settings),
      tried
        .map(({ settings, score }) => `${settingsText(settings)}: ${Number(score.toPrecision(4))}`)
        .join('; '),
    ]),
    notes: [`From ${[...sources].join('; ')}.`],
  };
}

const settingsText = (settings: Choice['tried'][number]['settings']) =>
  Object.entries(settings)
    .map(([key, value]) => `${key} ${valueText(value)}`)
    .join(', ') || 'nothing else';
