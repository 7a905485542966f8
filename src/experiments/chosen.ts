import { join } from 'node:path';
import { parseJsonAs, readTextIfThere } from '../read-file.js';
import { tableToMarkdown, type Table } from '../report/table.js';
import { choiceFile, choiceSchema, type Choice } from '../runner/sweep/choices.js';
import { valueText } from '../runner/run-values.js';
import type { FinishedRun, ResultHead, RunConfig } from './experiment.js';
import type { Place } from './places.js';

/** Which settings of a page's rows another sweep chose, and by what; nothing where none was. */
export async function chosenSection<R extends ResultHead<RunConfig>>(
  runs: readonly FinishedRun<R>[],
  placesOf: (results: readonly R[]) => Place[],
): Promise<string[]> {
  const places = placesOf(runs.map(({ result }) => result));
  const rows = new Map<string, Place & { choice: Choice }>();
  for (const [at, { path }] of runs.entries()) {
    const choice = await readChoice(path);
    const { table, row } = places[at]!;
    if (choice) rows.set(JSON.stringify([table, row, choice]), { table, row, choice });
  }
  return rows.size > 0 ? [tableToMarkdown(chosenTable([...rows.values()]))] : [];
}

async function readChoice(run: string): Promise<Choice | undefined> {
  const path = join(run, choiceFile);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJsonAs(choiceSchema, text, path);
}

function chosenTable(rows: readonly (Place & { choice: Choice })[]): Table {
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
