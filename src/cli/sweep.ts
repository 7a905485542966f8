import { join } from 'node:path';
import { Command } from 'commander';
import { availableParallelism } from 'node:os';
import {
  dryRunFlag,
  printConfigFlag,
  setFlag,
  type Experiment,
} from '../experiments/experiment.js';
import { requireSweep } from '../experiments/config-kinds.js';
import { experimentNamed } from '../experiments/registry.js';
import { projectFile } from '../project-file.js';
import { screenTable, tableToMarkdown, type Table } from '../report/table.js';
import {
  configFile,
  configYaml,
  merge,
  validateConfig,
  type ConfigValue,
} from '../runner/config/config.js';
import { interruptible } from '../runner/interrupt.js';
import { isQuiet } from '../runner/quiet.js';
import { startedCommand } from '../runner/run/provenance.js';
import { RunLock } from '../runner/run/run-lock.js';
import { valueText } from '../runner/run/run-values.js';
import { entryOf } from '../runner/config/schema-keys.js';
import type { Setting } from '../runner/config/settings.js';
import {
  checkTimeLimit,
  defaultSweepFolder,
  loadSweep,
  slurmSchema,
  type SlurmSettings,
} from '../runner/sweep/definition.js';
import { launchLocally, launchOnSlurm, type Launch } from '../runner/sweep/launch.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { collectorFlags } from '../runner/training/training-process.js';
import { inOutputFolder, jsonText, writeAside } from '../runner/write-aside.js';
import { asPath, shellCommand } from '../shell-words.js';
import { dataFolderOf, dataLabels } from '../runner/run/data-files.js';
import { flagOption } from './flag-option.js';
import { checkLauncher, launchOptions, type LaunchFlags } from './launch-options.js';
import { cellCommand } from './sweep-cell.js';
import {
  cellMeasures,
  cellStatuses,
  createSweepDisplay,
  sweepTables,
  type CheckedStatus,
} from './sweep-display.js';
import { writeData, writeMessage, writeResult } from '../terminal.js';

interface SweepFlags extends LaunchFlags {
  out?: string;
  set?: readonly Setting[];
  printConfig?: boolean;
  dryRun?: boolean;
  retry?: boolean;
  tensorboard?: boolean;
  wait: boolean;
  json?: boolean;
}

export function sweepCommand(): Command {
  const command = new Command('sweep')
    .argument('<file>', 'the sweep: a YAML file with experiment, base and grid, or one that ships')
    .option('--out <folder>', 'the sweep’s directory (default: runs/ and the file’s name)')
    .addOption(flagOption(setFlag))
    .addOption(flagOption(printConfigFlag))
    .addOption(flagOption(dryRunFlag))
    .option('--retry', 'also run the cells that failed before')
    .option('--tensorboard', 'also write the metrics as TensorBoard event files');
  return launchOptions(command)
    .option('--no-wait', 'Slurm: submit and return')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Every cell is a run in a directory of its own. The same command again goes on: cells that are done
are skipped, those that stopped continue from their checkpoints.

Examples:
  didyprog sweep configs/sweeps/align-folds.yaml --jobs 2
  didyprog sweep configs/sweeps/align-folds.yaml --launcher slurm --partition main --time 2:00:00
  didyprog sweep status runs/align-folds`,
    )
    .action(runSweep)
    .addCommand(statusCommand())
    .addCommand(cellCommand(), { hidden: true });
}

async function runSweep(name: string, flags: SweepFlags): Promise<void> {
  checkLauncher(flags);
  const path = await configFile(name);
  await requireSweep(path);
  let experiment: Experiment | undefined;
  const schemaOf = (name: string) => {
    experiment = experimentNamed(name);
    return experiment.config;
  };
  const sweep = await loadSweep(path, schemaOf, flags.set);
  if (flags.printConfig) {
    const parts = sweep.cells.map(({ name, config }) => `# ${name}\n${configYaml(config)}`);
    if (flags.json) writeResult(`${JSON.stringify(sweep.cells)}\n`);
    else writeData(parts.join('---\n'));
    return;
  }
  const slurm = slurmOptions(sweep.definition.slurm, flags);
  const out = flags.out ?? defaultSweepFolder(path);
  if (flags.dryRun) {
    const { drySweep } = await import('./dry-run.js');
    await drySweep(experiment!, sweep, { ...flags, out });
    return;
  }
  const dataFolder = dataFolderOf(flags.data);
  await SweepDirectory.check(out, sweep, dataFolder);
  const begun = { dataFolder, command: startedCommand(), slurm, backend: flags.backend };
  const create = () => SweepDirectory.create(out, sweep, begun);
  await runCells(out, create, experiment!, slurm, flags);
}

/** What `runCells` needs of the options of a sweep. */
export type CellFlags = Pick<
  SweepFlags,
  'launcher' | 'jobs' | 'retry' | 'backend' | 'tensorboard' | 'wait' | 'json'
>;

/**
 * Runs what is not done of a sweep, and prints its table.
 * @param prepare writes sweep.json, or reads it; called once no other start is at work there
 */
export async function runCells(
  out: string,
  prepare: () => Promise<SweepDirectory>,
  experiment: Experiment,
  slurm: SlurmSettings,
  flags: CellFlags,
): Promise<void> {
  const [lock, directory] = await inOutputFolder(out, async () => {
    const lock = await RunLock.acquire(join(out, 'lock'));
    const prepared = prepare().catch(async (error: unknown) => {
      await lock.release();
      throw error;
    });
    return [lock, await prepared] as const;
  });
  try {
    const hint = `The same command goes on; to look: ${shellCommand(['didyprog', 'sweep', 'status', out])}`;
    await interruptible(hint, async (interruption) => {
      const launch: Launch = {
        directory,
        command: (cell, threads) => cellCommandLine(directory, cell, threads, flags),
        retry: flags.retry === true,
        onChange: createSweepDisplay(directory, experiment),
        note: (line) => isQuiet() || writeMessage(`${line}\n`),
        interruption,
      };
      if (flags.launcher === 'local') {
        await launchLocally(launch, flags.jobs ?? availableParallelism());
      } else {
        await launchOnSlurm(launch, slurm, flags.wait);
      }
    });
  } finally {
    await lock.release();
  }
  if (flags.launcher === 'slurm' && !flags.wait) {
    writeResult(`To look: ${shellCommand(['didyprog', 'sweep', 'status', out])}\n`);
    return;
  }
  await conclude(directory, experiment, flags);
}

/** The sweep file's Slurm settings with the command line's over them. */
export function slurmOptions(file: SlurmSettings, flags: LaunchFlags): SlurmSettings {
  const { partition, time, mem: memory, cpus, jobs: atOnce } = flags;
  const settings = merge({ ...file }, { partition, time, memory, cpus, atOnce } as ConfigValue);
  const valid = validateConfig(slurmSchema, settings, 'the Slurm options');
  if (flags.launcher === 'slurm') checkTimeLimit(valid);
  return valid;
}

/** The command that runs one cell, as a launcher starts it. */
function cellCommandLine(
  directory: SweepDirectory,
  cell: string,
  threads: number,
  flags: CellFlags,
): string[] {
  return [
    process.execPath,
    ...collectorFlags(threads),
    projectFile('dist/cli/main.js'),
    ...['sweep', 'cell', asPath(directory.path), cell],
    ...(flags.backend === undefined ? [] : ['--backend', flags.backend]),
    ...(flags.tensorboard ? ['--tensorboard'] : []),
  ];
}

/** Writes summary.json and summary.md, prints the table, and fails unless every cell is done. */
async function conclude(
  directory: SweepDirectory,
  experiment: Experiment,
  { json }: { json?: boolean },
): Promise<void> {
  const statuses = await cellStatuses(directory, experiment);
  const results = statuses.flatMap(({ result }) => result ?? []);
  const all = results.length === statuses.length;
  const combined = all ? (experiment.combine?.(results) ?? []) : [];
  const summary = { ...summaryOf(directory, experiment, statuses), combined };
  // Paths there are relative to the file: the folder may move.
  const cells = summary.cells.map((cell) => ({ ...cell, path: `cells/${cell.name}` }));
  await writeAside(join(directory.path, 'summary.json'), jsonText({ ...summary, cells }));
  const data = dataLabels(combined.map(({ files }) => files));
  const tables = [
    ...sweepTables(directory, experiment, statuses),
    ...combined.flatMap((result, at) =>
      captioned(directory, experiment.tables([result]), { result, data: data[at]! }),
    ),
  ];
  const page = tables.map(tableToMarkdown).join('\n\n');
  await writeAside(join(directory.path, 'summary.md'), `# ${directory.file.name}\n\n${page}\n`);
  writeResult(json ? jsonText(summary) : `${tables.map(screenTable).join('\n\n')}\n`);
  if (all) return;
  const problems = statuses
    .filter(({ state }) => state !== 'done')
    .map(({ name, state, problem }) => `  ${name}: ${state}${problem ? `: ${problem}` : ''}`);
  throw new Error(
    `${problems.length} of ${statuses.length} cells are not done\n${problems.join('\n')}\n` +
      `Their logs are in ${join(directory.path, 'logs')}; failed ones run again with --retry`,
  );
}

/** The tables of a result that several cells make, under the swept values that these have in common. */
function captioned(
  directory: SweepDirectory,
  tables: readonly Table[],
  { result, data }: { result: object; data: string },
): Table[] {
  const keys = new Set(directory.file.cells.flatMap(({ values }) => Object.keys(values)));
  const values = [...keys].flatMap((key) => {
    const value = ['config', ...key.split('.')].reduce<unknown>(entryOf, result);
    return value === undefined ? [] : [`${key}=${valueText(value)}`];
  });
  return tables.map((table) => ({
    ...table,
    caption: [values.join(', '), data, table.caption].filter(Boolean).join(': '),
  }));
}

function summaryOf(
  directory: SweepDirectory,
  experiment: Experiment,
  statuses: readonly CheckedStatus[],
) {
  const { name, experiment: kind, cells } = directory.file;
  const data = dataLabels(statuses.map(({ result }) => result?.files));
  return {
    sweep: name,
    experiment: kind,
    cells: statuses.map((status, index) => ({
      ...status,
      result: undefined,
      values: cells[index]!.values,
      ...(data[index] && { data: data[index] }),
      path: directory.cellPath(status.name),
      measures: cellMeasures(experiment, status),
    })),
  };
}

function statusCommand(): Command {
  return new Command('status')
    .description('how the cells of a sweep stand')
    .argument('<folder>', 'the sweep’s directory')
    .option('--json', 'print the status as JSON')
    .addHelpText('after', '\nExample:\n  didyprog sweep status runs/align-folds')
    .action(async (path: string, _: object, command: Command) => {
      const directory = await SweepDirectory.open(path);
      const experiment = experimentNamed(directory.file.experiment);
      const statuses = await cellStatuses(directory, experiment);
      if (command.optsWithGlobals<{ json?: boolean }>().json) {
        const summary = summaryOf(directory, experiment, statuses);
        writeResult(`${JSON.stringify(summary)}\n`);
      } else {
        const tables = sweepTables(directory, experiment, statuses);
        writeResult(`${tables.map(screenTable).join('\n\n')}\n`);
      }
    });
}
