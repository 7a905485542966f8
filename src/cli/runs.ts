import { Command } from 'commander';
import { tableToText, type Table } from '../report/table.js';
import { compareRuns, type Comparison, type Difference } from '../runner/comparison.js';
import {
  findRuns,
  readRun,
  runName,
  summariseRun,
  type RunSummary,
  type Score,
} from '../runner/recorded-run.js';
import { writeResult } from '../terminal.js';
import { quoted, shortened } from '../visible.js';

/** `didyprog runs`: what has been run, and two runs side by side. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('List runs with their state and best score, or compare two')
    .argument('[folder]', 'where to look, folders below included', 'runs')
    .option('--json', 'print the list, or the comparison, as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog runs
  didyprog runs runs/ner-losses --json
  didyprog runs compare runs/first runs/second`,
    )
    .action(async (folder: string, flags: { json?: boolean }) => {
      const paths = await findRuns(folder);
      const runs = await Promise.all(paths.map(summarised));
      if (flags.json) writeResult(`${JSON.stringify(runs)}\n`);
      else if (runs.length === 0) writeResult(`no runs in ${folder}\n`);
      else writeResult(`${tableToText(runsTable(runs, folder))}\n`);
    })
    .addCommand(compareCommand());
}

/** A run, or why it cannot be read: one damaged directory does not hide the others. */
type Listed = RunSummary | { path: string; state: 'unreadable'; problem: string };

async function summarised(path: string): Promise<Listed> {
  try {
    return await summariseRun(await readRun(path));
  } catch (error) {
    return { path, state: 'unreadable', problem: (error as Error).message };
  }
}

function runsTable(runs: readonly Listed[], folder: string): Table {
  return {
    columns: ['run', 'what', 'state', { heading: 'score', align: 'right' }, 'measure', 'started'],
    rows: runs.map((run) => {
      const name = runName(run.path, folder);
      if (run.state === 'unreadable') return [name, '', run.state, '', run.problem, ''];
      const { kind, state, score, started } = run;
      const when = started?.slice(0, 16).replace('T', ' ') ?? '';
      return [name, kind, state, score ? scoreText(score) : '–', score?.name ?? '', when];
    }),
  };
}

const scoreText = ({ value }: Score) => numberText(value);

const numberText = (value: number | undefined) =>
  value === undefined ? '–' : String(Number(value.toPrecision(5)));

function compareCommand(): Command {
  return new Command('compare')
    .description('what differs between two runs: config, metrics and results side by side')
    .argument('<run>', 'a run directory')
    .argument('<other>', 'another')
    .addHelpText(
      'after',
      `
Example:
  didyprog runs compare runs/first runs/second`,
    )
    .action(async (first: string, second: string, _: object, command: Command) => {
      const runs = await Promise.all([readRun(first), readRun(second)]);
      const comparison = compareRuns(...runs);
      if (command.optsWithGlobals<{ json?: boolean }>().json) {
        writeResult(`${JSON.stringify({ a: first, b: second, ...comparison })}\n`);
      } else {
        writeResult(`${comparisonText(comparison, first, second)}\n`);
      }
    });
}

function comparisonText(comparison: Comparison, a: string, b: string): string {
  const { config, provenance, data, metrics, results } = comparison;
  const tables = [
    valuesTable('Settings that differ', config, a, b),
    valuesTable('Data that differs', data, a, b),
    valuesTable('Where they ran', provenance, a, b),
    numbersTable('Last value of each curve', metrics, a, b),
    numbersTable('Results', results.filter(isMain), a, b),
  ].filter(({ rows }) => rows.length > 0);
  if (tables.length === 0) return 'the two runs do not differ, and neither has measured anything';
  return tables.map(tableToText).join('\n\n\n');
}

/** Single folds and deviations are for the JSON. */
const isMain = ({ name }: Difference<number>) => !/^folds\.|\.deviation$/.test(name);

function valuesTable(caption: string, rows: readonly Difference<unknown>[], a: string, b: string) {
  const text = (value: unknown) =>
    value === undefined ? '–' : typeof value === 'string' ? shortened(value) : quoted(value);
  return {
    caption,
    columns: ['', a, b],
    rows: rows.map((row) => [row.name, text(row.a), text(row.b)]),
  };
}

function numbersTable(caption: string, rows: readonly Difference<number>[], a: string, b: string) {
  return {
    caption,
    columns: ['', ...[a, b, 'difference'].map((heading) => ({ heading, align: 'right' as const }))],
    rows: rows.map((row) => [
      row.name,
      numberText(row.a),
      numberText(row.b),
      row.a === undefined || row.b === undefined ? '' : numberText(row.b - row.a),
    ]),
  };
}
