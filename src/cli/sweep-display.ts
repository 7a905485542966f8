import { checkResult, resultFile, type Experiment } from '../experiments/experiment.js';
import { tableToText, type Table } from '../report/table.js';
import { isQuiet } from '../runner/progress.js';
import type { CellStatus, SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { rewriteMessage, writeMessage } from '../terminal.js';

/** Shows a sweep while it runs. */
export interface SweepDisplay {
  update(): Promise<void>;
  stop(): void;
}

/** On a terminal a table that refreshes, elsewhere a line for each change; on stderr. */
export function createSweepDisplay(
  directory: SweepDirectory,
  experiment: Experiment,
): SweepDisplay {
  if (isQuiet()) return { update: () => Promise.resolve(), stop: () => undefined };
  const show = process.stderr.isTTY ? refreshing() : changes(directory, experiment);
  let busy = false;
  return {
    // Updates may come faster than a slow file system answers.
    async update() {
      if (busy) return;
      busy = true;
      try {
        const statuses = await directory.status();
        show(statuses, sweepTable(directory, experiment, statuses));
      } finally {
        busy = false;
      }
    },
    stop: () => undefined,
  };
}

type Show = (statuses: readonly CellStatus[], table: Table) => void;

function refreshing(): Show {
  let lines = 0;
  return (statuses, table) => {
    const height = process.stderr.rows - 3;
    const running = (row: readonly string[]) => row[1] === 'running' || row[1] === 'failed';
    // What does not fit is left out, first what is done or waiting.
    const rows =
      table.rows.length <= height - 3
        ? table.rows
        : table.rows.filter(running).slice(0, Math.max(0, height - 3));
    const text = `${tableToText({ ...table, rows, caption: counts(statuses) })}\n`;
    const shown = text
      .split('\n')
      .map((line) => line.slice(0, process.stderr.columns - 1))
      .join('\n');
    rewriteMessage(lines, shown);
    lines = shown.split('\n').length - 1;
  };
}

function changes(directory: SweepDirectory, experiment: Experiment): Show {
  const before = new Map<string, string>();
  return (statuses) => {
    for (const status of statuses) {
      const { name, state, problem } = status;
      if (before.get(name) === state || (state === 'waiting' && !before.has(name))) continue;
      before.set(name, state);
      const measures = cellMeasures(directory, experiment, status);
      const more = problem ?? (measures ? measuresText(measures) : '');
      writeMessage(`${name}: ${state}${more ? `  ${more}` : ''}  (${counts(statuses)})\n`);
    }
  };
}

const measuresText = (columns: Record<string, number>) =>
  Object.entries(columns)
    .map(([heading, value]) => `${heading} ${shortNumber(value)}`)
    .join(', ');

const counts = (statuses: readonly CellStatus[]) =>
  (['done', 'running', 'failed', 'stopped', 'waiting'] as const)
    .map((state) => [state, statuses.filter((one) => one.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

/** The result of a cell; undefined while it has none. */
export function cellResult(
  directory: SweepDirectory,
  experiment: Experiment,
  { name, result }: CellStatus,
) {
  if (result === undefined) return undefined;
  return checkResult(experiment, result, resultFile(directory.cellPath(name)));
}

/** The numbers of a cell that tables show; undefined while it has none. */
export function cellMeasures(
  directory: SweepDirectory,
  experiment: Experiment,
  status: CellStatus,
): Record<string, number> | undefined {
  const result = cellResult(directory, experiment, status);
  return result && experiment.columns(result);
}

/** Every cell with its values, its state and what it measured. */
export function sweepTable(
  directory: SweepDirectory,
  experiment: Experiment,
  statuses: readonly CellStatus[],
): Table {
  const measured = statuses.map((status) => cellMeasures(directory, experiment, status));
  const headings = [...new Set(measured.flatMap((columns) => Object.keys(columns ?? {})))];
  return {
    caption: directory.file.title ?? directory.file.name,
    columns: [
      'cell',
      'state',
      ...['epoch', ...headings].map((heading) => ({ heading, align: 'right' as const })),
    ],
    rows: statuses.map(({ name, state, epoch, problem }, index) => [
      name,
      problem === undefined ? state : `${state}: ${problem.slice(0, 60)}`,
      epoch === undefined ? '' : String(epoch),
      ...headings.map((heading) => {
        const value = measured[index]?.[heading];
        return value === undefined ? '' : shortNumber(value);
      }),
    ]),
  };
}

const shortNumber = (value: number) => String(Number(value.toPrecision(4)));
