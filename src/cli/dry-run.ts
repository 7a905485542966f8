import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../backends.js';
import { DataError, exitCodes, UsageError } from '../errors.js';
import type { Experiment, RunConfig, TrainCommand } from '../experiments/experiment.js';
import { mayDifferFrom } from '../experiments/run-experiment.js';
import { startEngine } from '../experiments/start-engine.js';
import { isThere } from '../make-folder.js';
import { screenTable } from '../report/table.js';
import { begunConfig, checkCheckpoint } from '../runner/run/begun-config.js';
import { configYaml } from '../runner/config/config.js';
import { DataFiles, dataFolderOf } from '../runner/run/data-files.js';
import { aboutDuration, type Estimate } from '../runner/training/estimate.js';
import { leavesOf } from '../runner/run/comparison.js';
import { notice } from '../runner/notice.js';
import { valueText } from '../runner/run/run-values.js';
import { RunDirectory, type RunOpening } from '../runner/run/run-directory.js';
import { checkPlace } from '../runner/run/run-place.js';
import type { Setting } from '../runner/config/settings.js';
import type { Sweep } from '../runner/sweep/definition.js';
import { isDue } from '../runner/sweep/launch.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { writeResult } from '../terminal.js';
import { cellStatuses, countsText, sweepTables } from './sweep-display.js';

/** The options of every command that makes a run. */
export interface RunFlags {
  config?: string;
  set?: readonly Setting[];
  printConfig?: boolean;
  dryRun?: boolean;
  data?: string;
  seed?: number;
  out?: string;
  resume?: boolean;
  backend?: Backend;
  tensorboard?: boolean;
  json?: boolean;
  /** Of those with a report: where the runs are published as well. */
  results?: string;
}

/** What `--dry-run` says of one run. */
interface DryRun {
  name: string;
  /** The config's main settings: the values of keys that have an option, and what data it is. */
  settings: [key: string, value: string][];
  /** The data files that are there; none for generated data. */
  files: string[];
  /** Why the data cannot be read, and how to get it. */
  missing?: string;
  estimate?: Estimate;
  out: string;
  /** Whether the run goes on, is done already, or is new. */
  state: 'new' | 'goes on' | 'done';
}

/** `--dry-run`: says what would run, and ends with 3 where data is missing. */
export async function dryRun<Config extends RunConfig, Measured>(
  experiment: Experiment<Config, Measured>,
  train: TrainCommand<Config>,
  configs: readonly Config[],
  values: RunFlags,
): Promise<void> {
  const { chooseEngine } = await import('../engine/index.js');
  const engine = await chooseEngine({ backend: values.backend });
  notice(engine.reason);
  const name = train.report ? train.words.join('-') : configs[0]!.name;
  const folder = values.out ?? join('runs', `${name}-DATE-TIME`);
  if (values.out !== undefined) {
    await checkPlace(values.out, [...configs.map((config) => config.name), 'report.html']);
  }
  const named = train.flags.flatMap(({ key, about }) => key ?? about ?? []);
  const keys = ['title', 'data', 'corpus', 'features.kind', ...named, 'seed'];
  const runs: DryRun[] = [];
  for (const config of configs) {
    const out = configs.length > 1 ? join(folder, config.name) : folder;
    const opening = { path: out, config, resume: values.resume === true };
    const mayDiffer = mayDifferFrom(experiment, config);
    const state = values.out === undefined ? 'new' : await stateOf({ ...opening, mayDiffer });
    const looked = await lookAt(experiment, config, dataFolderOf(values.data));
    runs.push({
      name: config.name,
      settings: settingsOf(config, keys),
      ...looked,
      out,
      state,
    });
  }
  if (values.json) writeResult(`${JSON.stringify(runs)}\n`);
  else writeResult(`${runs.map((run) => dryRunText(run, engine.name)).join('\n\n\n')}\n`);
  if (runs.some(({ missing }) => missing !== undefined)) process.exitCode = exitCodes.data;
}

async function stateOf(opening: RunOpening) {
  const { isNew } = await RunDirectory.check(opening);
  if (isNew) return 'new';
  const { path, config } = opening;
  const done = await isThere(join(path, 'result.json'));
  const begun = await begunConfig(path);
  if (done && (!begun || configYaml(begun) === configYaml(config))) return 'done';
  await checkCheckpoint(path);
  return 'goes on';
}

/** `sweep --dry-run`: every cell with its state, and about how long those that are to run would take. */
export async function drySweep(
  experiment: Experiment,
  sweep: Sweep,
  flags: {
    out: string;
    data?: string;
    backend?: Backend;
    jobs?: number;
    retry?: boolean;
    json?: boolean;
  },
): Promise<void> {
  const { definition, cells } = sweep;
  const { out } = flags;
  const directory = await SweepDirectory.check(out, sweep, dataFolderOf(flags.data));
  const statuses = await cellStatuses(directory, experiment);
  const due = cells.filter((_, at) => isDue(statuses[at]!.state, flags.retry === true));
  // A few cells stand for all: the first, one in the middle, the last.
  const chosen = new Set([0, due.length >> 1, due.length - 1].flatMap((at) => due[at] ?? []));
  await startEngine(flags.backend);
  const looked = [];
  const failing: { cell: string; message: string }[] = [];
  for (const { name, config } of chosen) {
    try {
      looked.push(
        await lookAt(experiment, experiment.config.parse(config), dataFolderOf(flags.data)),
      );
    } catch (error) {
      const { message, exitCode = exitCodes.failed } = error as Error & { exitCode?: number };
      failing.push({ cell: name, message });
      process.exitCode = exitCode;
    }
  }
  const estimates = looked.flatMap(({ estimate }) => estimate ?? []);
  const mean = estimates.reduce((sum, { seconds }) => sum + seconds, 0) / estimates.length;
  const jobs = Math.min(flags.jobs ?? availableParallelism(), Math.max(1, due.length));
  const missing = [...new Set(looked.flatMap((one) => one.missing ?? []))];
  const seconds = estimates.length > 0 ? (mean * due.length) / jobs : undefined;
  if (missing.length > 0) process.exitCode = exitCodes.data;
  if (flags.json) {
    const shown = statuses.map(({ name, state, problem }) => ({ name, state, problem }));
    writeResult(
      `${JSON.stringify({ sweep: definition.name, out, cells: shown, missing, failing, seconds })}\n`,
    );
    return;
  }
  const files = [...new Set(looked.flatMap((one) => one.files))];
  const data = files.length > 0 ? `found: ${files.join(', ')}` : 'generated: no files needed';
  const rows = [
    ['cells', `${cells.length}: ${countsText(statuses)}`],
    ['data', missing.length > 0 ? missing.join('; ') : data],
    ...failing.map(({ cell, message }) => ['would fail', `${cell}: ${message}`]),
    ...(seconds === undefined
      ? []
      : [
          ['work of a cell', estimates[0]!.work],
          [
            'time',
            `${aboutDuration(seconds)} with ${jobs} at a time (${aboutDuration(mean)} a cell, measured ` +
              `on ${estimates.length} of them, each by itself with all cores; ${estimates[0]!.basis})`,
          ],
        ]),
    [
      'writes',
      `${out}: sweep.json, summary.json, summary.md, cells/ with a run directory each, logs/`,
    ],
  ];
  const caption = `Dry run of ${definition.name}: nothing is written`;
  const tables = [
    sweepTables(directory, experiment, statuses)[0]!,
    { caption, columns: ['what', ''], rows },
  ];
  writeResult(`${tables.map(screenTable).join('\n\n')}\n`);
}

/** The data of a config, and how long it would take on it. */
async function lookAt<Config extends RunConfig, Measured>(
  experiment: Experiment<Config, Measured>,
  config: Config,
  dataFolder: string,
): Promise<Pick<DryRun, 'files' | 'missing' | 'estimate'>> {
  const files = new DataFiles(dataFolder);
  try {
    const estimate = await experiment.estimate?.(config, files);
    // What has no estimate reads its data all the same, to say what is missing.
    if (!experiment.estimate) await experiment.load(config, files);
    return { files: files.paths, ...(estimate && { estimate }) };
  } catch (error) {
    if (error instanceof DataError) return { files: [], missing: error.message };
    // Which steps a gamma is too small for, no schema can tell.
    const { message } = error as Error;
    throw error instanceof RangeError && message.startsWith('gamma is ')
      ? new UsageError(message)
      : error;
  }
}

/** The keys that have options, with the values of all keys within them. */
function settingsOf(config: RunConfig, keys: readonly string[]): [string, string][] {
  const isPart = (key: string) => keys.some((one) => key === one || key.startsWith(`${one}.`));
  return [...leavesOf(config)]
    .filter(([key]) => isPart(key))
    .map(([key, value]) => [key, valueText(value)]);
}

function dryRunText(run: DryRun, engine: string): string {
  const { missing, files, estimate, out, state } = run;
  const data =
    missing ?? (files.length > 0 ? `found: ${files.join(', ')}` : 'generated: no files needed');
  const rows = [
    ...run.settings,
    ['data', data],
    ...(estimate
      ? [
          ['work', estimate.work],
          ['time', `${aboutDuration(estimate.seconds)} (${estimate.basis}; engine ${engine})`],
        ]
      : []),
    [
      'writes',
      `${out} (${said[state]}): config.yaml, run.log, metrics.jsonl, checkpoint/, result.json, the model, ` +
        'scores and figures',
    ],
  ];
  return screenTable({
    caption: `Dry run of ${run.name}: nothing is written`,
    columns: ['what', ''],
    rows,
  });
}

const said = {
  new: 'a new run directory',
  'goes on': 'the run goes on from its checkpoint',
  done: 'it is done already and stays as it is',
} as const;
