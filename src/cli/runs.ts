import { counted } from '../counted.js';
import { Command } from 'commander';
import { UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { screenTable, type Column, type Table } from '../report/table.js';
import { groupBy } from '../report/group-by.js';
import { compareAll, compareRuns, type Row } from '../runner/run/comparison.js';
import { contentsOf } from '../runner/run/data-files.js';
import { onStopSignal, stopSignals } from '../runner/interrupt.js';
import { notice } from '../runner/notice.js';
import {
  findRuns,
  readRun,
  runName,
  summariseRun,
  type RecordedRun,
} from '../runner/run/recorded-run.js';
import {
  checkColumns,
  compareValues,
  csvText,
  hasValue,
  standardColumns,
  valueOf,
  valueText,
  type ListedRun,
} from '../runner/run/run-values.js';
import { rewriteMessage, screenWidth, writeData, writeResult } from '../terminal.js';
import { quoted, shortened } from '../visible.js';
import { wrapLines } from '../wrap.js';

interface RunsFlags {
  columns?: string[];
  sort?: string;
  filter?: { key: string; value: string }[];
  csv?: boolean;
  watch?: boolean;
  json?: boolean;
}

export function runsCommand(): Command {
  return new Command('runs')
    .argument('[folder]', 'where to look, folders below included', 'runs')
    .option(
      '--columns <keys>',
      `keys to show: ${standardColumns.join(', ')}, epoch, or any key of config or result`,
      keyList,
    )
    .option('--sort <key>', 'by the values of a key; -KEY for the largest first')
    .option('--filter <key=value>', 'only runs with this value; as often as needed', filterOf)
    .option('--csv', 'print the list as CSV, numbers in full')
    .option('--watch', 'show the list again every two seconds, until Ctrl-C')
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog runs
  didyprog runs --columns run,omega,gamma,score --sort -score --filter state=done
  didyprog runs runs/ner-losses --csv > losses.csv
  didyprog runs compare runs/first runs/second`,
    )
    .action(async (folder: string, flags: RunsFlags) => {
      const data = (['json', 'csv'] as const).find((flag) => flags[flag]);
      if (flags.watch && data) {
        throw new UsageError(`--watch shows a list; --${data} prints it once: give one of them`);
      }
      if (flags.json && flags.csv) throw new UsageError('--json and --csv: only one of them');
      if (flags.watch) return watch(folder, flags);
      const list = await listedRuns(folder, flags);
      const { runs } = list;
      if (flags.json) writeResult(`${JSON.stringify(runs.map(jsonOf))}\n`);
      else if (flags.csv) writeData(runsCsv(runs, flags.columns));
      else writeResult(`${listText(list, folder, flags)}\n`);
    })
    .addCommand(compareCommand());
}

const keyList = (text: string) =>
  text.split(',').map((key) => {
    if (key.trim() === '') throw new UsageError(`--columns ${text}: there is an empty key in it`);
    return key.trim();
  });

function filterOf(text: string, before: { key: string; value: string }[] = []) {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new UsageError(`--filter ${shortened(text)}: it must be like omega=l2`);
  }
  return [...before, { key, value }];
}

/** The runs in a folder: all, and those that the filters leave, in order. */
interface RunList {
  all: readonly ListedRun[];
  runs: readonly ListedRun[];
}

async function listedRuns(folder: string, flags: RunsFlags, say = notice): Promise<RunList> {
  const { columns = [], sort, filter = [] } = flags;
  const paths = await findRuns(folder);
  const all = await Promise.all(paths.map((path) => listed(path, folder, say)));
  const key = sort?.replace(/^-/, '');
  checkColumns(all, [
    ...columns,
    ...filter.map((one) => one.key),
    ...(key === undefined ? [] : [key]),
  ]);
  const runs = all.filter((run) => filter.every((one) => hasValue(run, one)));
  if (key === undefined) return { all, runs };
  const sign = sort?.startsWith('-') ? -1 : 1;
  const sorted = runs.sort((a, b) => {
    const [first, second] = [valueOf(a, key), valueOf(b, key)];
    const none = [first, second].some((value) => value === undefined || value === null);
    return compareValues(first, second) * (none ? 1 : sign);
  });
  return { all, runs: sorted };
}

/** The list as a table, or why there is nothing in it. */
function listText({ all, runs }: RunList, folder: string, flags: RunsFlags): string {
  if (runs.length > 0) return screenTable(runsTable(runs, flags));
  if (all.length === 0) return `no runs in ${folder}`;
  const filter = flags.filter ?? [];
  const unmet = filter.find((one) => !all.some((run) => hasValue(run, one)));
  const asked = (unmet ? [unmet] : filter).map(({ key, value }) => `${key}=${value}`);
  const none = `none of the ${counted(all.length, 'run')} in ${folder} has ${asked.join(' and ')}`;
  if (!unmet) return none;
  const values = new Set(all.map((run) => valueText(valueOf(run, unmet.key))).filter(Boolean));
  const shown = [...values]
    .sort()
    .slice(0, mostValues)
    .map((value) => shortened(value));
  const near = nearest(unmet.value, values);
  return (
    `${none}; its values are ${shown.join(', ')}${values.size > mostValues ? ', …' : ''}` +
    (near === undefined ? '' : `; did you mean ${shortened(near)}?`)
  );
}

/** More values of a key than this are no help. */
const mostValues = 10;

async function listed(path: string, folder: string, say: typeof notice): Promise<ListedRun> {
  const name = runName(path, folder);
  try {
    const run = await readRun(path, { say });
    return { path, name, run, summary: await summariseRun(run) };
  } catch (error) {
    return { path, name, problem: (error as Error).message };
  }
}

const jsonOf = (listed: ListedRun) =>
  'summary' in listed
    ? listed.summary
    : { path: listed.path, state: 'unreadable', problem: listed.problem };

/** Columns that a narrow screen leaves out first. */
const ranks: Record<string, number> = { started: 3, what: 2, measure: 1 };

function runsTable(
  runs: readonly ListedRun[],
  { columns = standardColumns, sort }: Pick<RunsFlags, 'columns' | 'sort'>,
): Table {
  // What the list is sorted by stays on any screen.
  const sorted = sort?.replace(/^-/, '');
  const rankOf = (heading: string, at: number) => {
    if (heading === sorted) return 0;
    return columns === standardColumns ? (ranks[heading] ?? 0) : at;
  };
  const isNumber = (column: string) =>
    runs.every((run) => ['number', 'undefined'].includes(typeof valueOf(run, column)));
  return {
    columns: columns.map((heading, at): Column => ({
      heading: heading === 'started' ? 'started (UTC)' : heading,
      align: isNumber(heading) ? 'right' : 'left',
      rank: rankOf(heading, at),
    })),
    rows: runs.map((run) =>
      columns.map((column) => {
        const value = valueOf(run, column);
        if (column === 'score' && value === undefined) return '–';
        return typeof value === 'number' ? numberText(value) : valueText(value);
      }),
    ),
  };
}

const runsCsv = (runs: readonly ListedRun[], columns: readonly string[] = standardColumns) =>
  csvText([columns, ...runs.map((run) => columns.map((one) => valueText(valueOf(run, one))))]);

/** `--watch`: on a terminal the list in place, elsewhere again where it has changed. */
async function watch(folder: string, flags: RunsFlags): Promise<void> {
  let ended = false;
  let wake: () => void = () => undefined;
  const restore = onStopSignal((signal) => {
    ended = true;
    process.exitCode = stopSignals[signal];
    wake();
  });
  let lines = 0;
  let before = '';
  // Once is enough, and above the list.
  const said = new Set<string>();
  const say = (text: string) => {
    if (!said.has(text)) notice(text);
    said.add(text);
  };
  while (!ended) {
    const list = await listedRuns(folder, flags, say);
    const text = `${listText(list, folder, flags)}\n`;
    if (process.stdout.isTTY) {
      const most = process.stdout.rows - 2;
      const all = text.split('\n');
      const shown =
        all.length <= most
          ? text
          : `${all.slice(0, most - 1).join('\n')}\n… and ${counted(all.length - most, 'line more', 'lines more')}\n`;
      rewriteMessage(lines, shown);
      lines = shown.split('\n').length - 1;
    } else if (text !== before) writeResult(text);
    before = text;
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, 2000);
    });
  }
  restore();
}

const numberText = (value: number | undefined) =>
  value === undefined ? '–' : String(Number(value.toPrecision(5)));

function compareCommand(): Command {
  return new Command('compare')
    .description('what differs between runs: config, metrics and results side by side')
    .argument('<run>', 'a run directory')
    .argument('<others...>', 'others')
    .option('--json', 'print the comparison as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog runs compare runs/first runs/second
  didyprog runs compare runs/ner-*`,
    )
    .action(async (first: string, others: string[], _: object, command: Command) => {
      const paths = [first, ...others];
      const runs = await Promise.all(paths.map((path) => readRun(path)));
      if (command.optsWithGlobals<{ json?: boolean }>().json) {
        const [a, b] = runs as [(typeof runs)[0], (typeof runs)[0]];
        const two = { a: first, b: others[0], ...compareRuns(a, b) };
        const value = runs.length === 2 ? two : { runs: paths, ...compareAll(runs) };
        const significance = await significanceOf(runs, paths);
        writeResult(`${JSON.stringify({ ...value, significance })}\n`);
      } else writeResult(`${await comparisonText(runs, paths)}\n`);
    });
}

/** Every run against the first; runs that differ in their seeds alone, on the same data, stand together. */
async function significanceOf(runs: readonly RecordedRun[], headings: readonly string[]) {
  const { differencesOf } = await import('../experiments/results/differences.js');
  const { withoutRepeats } = await import('../experiments/results/repeated-runs.js');
  const done = withoutRepeats(
    runs.flatMap(({ path, config, files, result }, at) =>
      result === undefined ? [] : [{ path, result: { config, files }, heading: headings[at]! }],
    ),
  );
  const settingOf = ({ result: { config, files } }: (typeof done)[number]) =>
    JSON.stringify([
      { ...config, seed: undefined, name: undefined, title: undefined },
      files && contentsOf(files),
    ]);
  const groups = groupBy(done, settingOf);
  const isSeeds = groups.size > 1;
  return differencesOf(
    done.map((run) => ({
      path: run.path,
      seed: Number(run.result.config['seed'] ?? 0),
      table: '',
      row: isSeeds
        ? groups
            .get(settingOf(run))!
            .map(({ heading }) => heading)
            .join(', ')
        : run.heading,
    })),
  );
}

async function comparisonText(runs: readonly RecordedRun[], paths: readonly string[]) {
  const { config, provenance, data, metrics, results } = compareAll(runs);
  const isLong = paths.some((path) => path.length > longestHeading);
  const headings = isLong ? paths.map((_, index) => letterOf(index)) : paths;
  const tables = [
    valuesTable('Settings that differ', config, headings),
    valuesTable('Data that differs', data, headings),
    valuesTable('Where they ran', provenance, headings),
    numbersTable('Last value of each curve', metrics, headings),
    numbersTable('Results', results.filter(isMain), headings),
  ].filter(({ rows }) => rows.length > 0);
  if (tables.length === 0) return 'the runs do not differ, and none has measured anything';
  const { differencesTable } = await import('../experiments/results/differences.js');
  const significance = await significanceOf(runs, headings);
  const tested = differencesTable(significance);
  const legend = { columns: ['', 'run'], rows: paths.map((path, at) => [headings[at]!, path]) };
  const shown = [...(isLong ? [legend] : []), ...tables, ...(tested ? [tested] : [])];
  const notes = tested ? [] : significance.notes.map((note) => wrapLines(note, screenWidth()));
  return [...shown.map(screenTable), ...notes].join('\n\n\n');
}

/** Longer paths stand once, and a letter for each in the tables. */
const longestHeading = 16;
const letterOf = (index: number) =>
  index < 26 ? String.fromCharCode(65 + index) : `run ${index + 1}`;

/** Single folds, epochs and deviations are for the JSON. */
const isMain = ({ name }: Row<number>) => !/^folds\.|\.deviation$|(^|\.)history\./.test(name);

function valuesTable(
  caption: string,
  rows: readonly Row<unknown>[],
  paths: readonly string[],
): Table {
  const text = (value: unknown): string => {
    if (Array.isArray(value) && value.length > 0) return value.map(text).join(' and ');
    return value === undefined ? '–' : typeof value === 'string' ? shortened(value) : quoted(value);
  };
  return {
    caption,
    columns: ['', ...paths],
    rows: rows.map(({ name, values }) => [name, ...values.map(text)]),
  };
}

/** Of two runs with their difference. */
function numbersTable(
  caption: string,
  rows: readonly Row<number>[],
  paths: readonly string[],
): Table {
  const isTwo = paths.length === 2;
  const headings = [...paths, ...(isTwo ? ['difference'] : [])];
  return {
    caption,
    columns: ['', ...headings.map((heading): Column => ({ heading, align: 'right' }))],
    rows: rows.map(({ name, values }) => {
      const [a, b] = values;
      const difference = a === undefined || b === undefined ? '' : numberText(b - a);
      return [name, ...values.map(numberText), ...(isTwo ? [difference] : [])];
    }),
  };
}
