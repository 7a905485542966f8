import { join } from 'node:path';
import { Command } from 'commander';
import type { Backend } from '../backends.js';
import { exitCodes, UsageError } from '../errors.js';
import { experimentOf } from '../experiments/config-kinds.js';
import { backendFlag, dataFlag, type RunConfig } from '../experiments/experiment.js';
import { experimentNamed } from '../experiments/registry.js';
import { startEngine, startEngineAgain } from '../experiments/start-engine.js';
import { isThere } from '../make-folder.js';
import { count } from '../option-values.js';
import { howBefore } from '../runner/run/begun-config.js';
import { configFile, loadConfig } from '../runner/config/config.js';
import { dataFolderOf } from '../runner/run/data-files.js';
import { restartToTrain } from '../runner/training/training-process.js';
import { notice } from '../runner/notice.js';
import { startedCommand } from '../runner/run/provenance.js';
import { entriesOf, findRuns } from '../runner/run/recorded-run.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { conclude } from './experiments.js';
import { flagOption } from './flag-option.js';
import { runCells, slurmOptions } from './sweep.js';

interface ResumeFlags {
  epochs?: number;
  data?: string;
  backend?: Backend;
  tensorboard?: boolean;
  jobs?: number;
  retry?: boolean;
  json?: boolean;
}

export function resumeCommand(): Command {
  return new Command('resume')
    .argument('<run>', 'a run directory, a sweep, or a folder that holds runs')
    .option(
      '--epochs <n>',
      'go on to so many epochs, where the schedule of the run permits it',
      count,
    )
    .addOption(
      flagOption({ ...dataFlag, description: 'where the data sets are, if they have moved' }),
    )
    .addOption(flagOption({ ...backendFlag, description: 'another engine than before' }))
    .option('--tensorboard', 'also write the metrics as a TensorBoard event file')
    .option('--jobs <n>', 'of a sweep: cells at a time (default: one a core)', count)
    .option('--retry', 'of a sweep: also run the cells that failed')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Config, data and engine are those that the run began with, and a TensorBoard event file goes on. A
run that is done stays as it is, unless --epochs asks for more.

Examples:
  didyprog resume runs/mine
  didyprog resume runs/mine --epochs 20
  didyprog resume runs/ner-losses --jobs 2`,
    )
    .hook('preAction', restartToTrain)
    .action(resumeAll);
}

async function resumeAll(folder: string, flags: ResumeFlags): Promise<void> {
  if (await isThere(join(folder, 'sweep.json'))) return resumeSweep(folder, flags);
  const paths = await findRuns(folder);
  const ofSweep = (['jobs', 'retry'] as const).find((flag) => flags[flag] !== undefined);
  if (ofSweep) throw new UsageError(`--${ofSweep} is for a sweep, and ${folder} is none`);
  if (paths.length === 0) {
    throw new UsageError(`there is no run in ${folder}: didyprog runs lists those you have`);
  }
  const [only] = paths;
  if (paths.length === 1) return resumeRun(only!, flags);
  for (const path of paths) {
    try {
      await resumeRun(path, flags);
    } catch (error) {
      // What stops one run, a damaged file or another process, does not stop the others.
      const { exitCode } = error as { exitCode?: number };
      if (exitCode !== exitCodes.usage && exitCode !== exitCodes.data) throw error;
      notice(`${path} is left out: ${(error as Error).message}`);
      process.exitCode = exitCode;
    }
  }
}

async function resumeSweep(folder: string, flags: ResumeFlags): Promise<void> {
  if (flags.epochs !== undefined) {
    throw new UsageError('--epochs is for a run: the epochs of a sweep are in its file');
  }
  const begun = await SweepDirectory.open(folder);
  const { data: moved } = flags;
  const prepare = async () => {
    if (moved !== undefined) return begun.withData(moved);
    await begun.checkData();
    return begun;
  };
  const { experiment, slurm, command } = begun.file;
  const launcher = /--launcher[ =]slurm/.test(command) ? 'slurm' : 'local';
  const wait = !command.includes('--no-wait');
  const { backend = begun.file.backend, tensorboard = command.includes('--tensorboard') } = flags;
  const launch = { ...flags, launcher, wait, backend, tensorboard } as const;
  await runCells(folder, prepare, experimentNamed(experiment), slurmOptions(slurm, launch), launch);
}

async function resumeRun(path: string, flags: ResumeFlags): Promise<void> {
  await entriesOf(path);
  const experiment = await experimentOf(await configFile(path));
  const settings =
    flags.epochs === undefined ? [] : [{ key: experiment.epochs.key, text: String(flags.epochs) }];
  const config: RunConfig = await loadConfig(experiment.config, path, { settings });
  const before = await howBefore(path, notice);
  const dataFolder = flags.data ?? before.dataFolder ?? dataFolderOf(undefined);
  const { runExperiment } = await import('../experiments/run-experiment.js');
  const result = await runExperiment(experiment, config, {
    ...{ out: path, dataFolder, resume: true, tensorboard: flags.tensorboard === true },
    startEngine: () =>
      flags.backend === undefined && before.engine !== undefined
        ? startEngineAgain(before.engine)
        : startEngine(flags.backend),
    command: startedCommand(),
  });
  const [train] = experiment.train;
  const prepared = { out: path, dataFolder };
  await conclude(experiment, train!, { values: flags, prepared, results: [result], paths: [path] });
}
