import { DataError } from '../errors.js';
import {
  checkResult,
  type Experiment,
  type Result,
  type RunConfig,
} from '../experiments/experiment.js';
import { cellsTable, seedsTable } from '../report/sweep-table.js';
import { tableToText, type Table } from '../report/table.js';
import { dataLabels } from '../runner/run/data-files.js';
import { aboutDuration } from '../runner/training/estimate.js';
import { secondsOf, stretchesOf } from '../runner/run/provenance.js';
import { isQuiet } from '../runner/quiet.js';
import {
  unreadable,
  type CellStatus,
  type SweepDirectory,
} from '../runner/sweep/sweep-directory.js';
import { columnsOf, rewriteMessage, writeMessage } from '../terminal.js';

/**
 * Shows a sweep while it runs: on a terminal a table that refreshes, elsewhere a line for each change; on
 * stderr.
 * @returns what brings it up to date
 */
export function createSweepDisplay(
  directory: SweepDirectory,
  experiment: Experiment,
): () => Promise<void> {
  if (isQuiet()) return () => Promise.resolve();
  const show = process.stderr.isTTY ? refreshing() : changes(experiment);
  let busy = false;
  // Between two cells fewer run for a moment: that is not how fast it goes.
  let together = 0;
  return async () => {
    // Updates may come faster than a slow file system answers.
    if (busy) return;
    busy = true;
    try {
      const statuses = await cellStatuses(directory, experiment);
      together = Math.max(together, runningOf(statuses));
      const states = stateText(statuses, together);
      show(statuses, states, sweepTables(directory, experiment, statuses)[0]!);
    } finally {
      busy = false;
    }
  };
}

type Show = (statuses: readonly CheckedStatus[], states: string, table: Table) => void;

const runningOf = (statuses: readonly CheckedStatus[]) =>
  statuses.filter(({ state }) => state === 'running').length;

function refreshing(): Show {
  let lines = 0;
  return (_, states, table) => {
    // Room for the line of states, the rule and a note on columns that are left out.
    const height = process.stderr.rows - 6;
    const at = table.columns.findIndex(
      (column) => typeof column !== 'string' && column.heading === 'state',
    );
    const running = (row: readonly string[]) => /^(running|failed|unreadable)/.test(row[at]!);
    // What does not fit is left out, first what is done or waiting.
    const rows =
      table.rows.length <= height - 3
        ? table.rows
        : table.rows.filter(running).slice(0, Math.max(0, height - 3));
    const shownTable = { ...table, rows, caption: states };
    const text = `${tableToText(shownTable, columnsOf(process.stderr) - 1)}\n`;
    const shown = text
      .split('\n')
      .map((line) => line.slice(0, columnsOf(process.stderr) - 1))
      .join('\n');
    rewriteMessage(lines, shown);
    lines = shown.split('\n').length - 1;
  };
}

function changes(experiment: Experiment): Show {
  const before = new Map<string, string>();
  return (statuses, states) => {
    for (const status of statuses) {
      const { name, state, problem } = status;
      if (before.get(name) === state || (state === 'waiting' && !before.has(name))) continue;
      before.set(name, state);
      const measures = cellMeasures(experiment, status);
      const more = problem ?? (measures ? measuresText(measures) : '');
      writeMessage(`${name}: ${state}${more ? `  ${more}` : ''}  (${states})\n`);
    }
  };
}

const measuresText = (columns: Record<string, number>) =>
  Object.entries(columns)
    .map(([heading, value]) => `${heading} ${shortNumber(value)}`)
    .join(', ');

/** How many cells are in which state, and about how long the rest will take. */
function stateText(statuses: readonly CheckedStatus[], together: number): string {
  const left = secondsLeft(statuses, together);
  return `${countsText(statuses)}${left === undefined ? '' : `, ${aboutDuration(left)} left`}`;
}

/** From the time of the cells that are done, and how many run at a time. */
function secondsLeft(statuses: readonly CheckedStatus[], together: number): number | undefined {
  const seconds = statuses.flatMap(({ result }) =>
    result === undefined ? [] : [secondsOf(stretchesOf(result.provenance))],
  );
  const open = statuses.filter(({ state }) => !isOver(state)).length;
  const running = runningOf(statuses);
  if (seconds.length === 0 || open === 0 || together === 0) return undefined;
  const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
  // Those that run are half done, on average.
  return (mean * (open - running / 2)) / Math.min(together, open);
}

/** How many cells are in which state: '2 done, 1 waiting'. */
export const countsText = (statuses: readonly CheckedStatus[]) =>
  (['done', 'unreadable', 'running', 'failed', 'stopped', 'waiting'] as const)
    .map((state) => [state, statuses.filter((one) => one.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

/** Whether a sweep that goes on leaves the cell as it is. */
const isOver = (state: CellStatus['state']) =>
  state === 'done' || state === 'failed' || state === 'unreadable';

/** A cell with its result as its experiment writes it. */
export type CheckedStatus = Omit<CellStatus, 'result'> & {
  result: Result<RunConfig, object> | undefined;
};

/** How all cells stand; what is not as the experiment writes it is unreadable. */
export async function cellStatuses(
  directory: SweepDirectory,
  experiment: Experiment,
): Promise<CheckedStatus[]> {
  const statuses = await directory.status();
  return statuses.map(({ result, ...status }) => {
    if (result === undefined) return { ...status, result };
    try {
      return { ...status, result: checkResult(experiment, result, 'result.json') };
    } catch (error) {
      if (error instanceof DataError) return { ...unreadable(status, error), result: undefined };
      throw error;
    }
  });
}

/** The numbers of a cell that tables show; undefined while it has none. */
export const cellMeasures = (
  experiment: Experiment,
  { result }: CheckedStatus,
): Record<string, number> | undefined => result && experiment.columns(result);

/** Every cell with its values, its state and what it measured, and means over seeds. */
export function sweepTables(
  directory: SweepDirectory,
  experiment: Experiment,
  statuses: readonly CheckedStatus[],
): Table[] {
  const { title, name, cells } = directory.file;
  const data = dataLabels(statuses.map(({ result }) => result?.files));
  const runs = statuses.map((status, at) => ({
    ...status,
    values: cells[at]!.values,
    data: data[at],
    measures: cellMeasures(experiment, status),
  }));
  const seeds = seedsTable(runs);
  return [cellsTable(runs, title ?? name), ...(seeds ? [seeds] : [])];
}

const shortNumber = (value: number) => String(Number(value.toPrecision(4)));
