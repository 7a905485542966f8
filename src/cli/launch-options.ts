import { Option, type Command } from 'commander';
import type { Backend } from '../backends.js';
import { UsageError } from '../errors.js';
import { backendFlag } from '../experiments/experiment.js';
import { count } from '../option-values.js';
import { flagOption } from './flag-option.js';

/** Where and how the cells of a sweep run. */
export interface LaunchFlags {
  data?: string;
  launcher: 'local' | 'slurm';
  jobs?: number;
  partition?: string;
  time?: string;
  mem?: string;
  cpus?: number;
  backend?: Backend;
}

/** The options of every command that runs cells. */
export function launchOptions(command: Command): Command {
  return command
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .addOption(
      new Option('--launcher <name>', 'where cells run')
        .choices(['local', 'slurm'])
        .default('local'),
    )
    .option('--jobs <n>', 'cells at a time (default: one a core; on Slurm no limit)', count)
    .option('--partition <name>', 'Slurm: the partition')
    .option('--time <limit>', 'Slurm: the time limit of a start, as 30 or 2:00:00')
    .option('--mem <size>', 'Slurm: memory of a cell, as 4G')
    .option('--cpus <n>', 'Slurm: cores of a cell, and its threads', count)
    .addOption(flagOption(backendFlag));
}

const ofSlurm = { partition: 'partition', time: 'time', mem: 'mem', cpus: 'cpus', wait: 'no-wait' };

/** @throws UsageError for an option of Slurm where cells run on this machine: it would count for nothing */
export function checkLauncher(flags: LaunchFlags & { wait?: boolean }): void {
  if (flags.launcher === 'slurm') return;
  const given = Object.entries(ofSlurm).filter(([name]) => {
    const value = flags[name as keyof typeof ofSlurm];
    return name === 'wait' ? value === false : value !== undefined;
  });
  if (given.length === 0) return;
  const options = given.map(([, option]) => `--${option}`);
  throw new UsageError(
    `${options.join(', ')} ${given.length === 1 ? 'is' : 'are'} for Slurm, and cells would run on this ` +
      'machine: add --launcher slurm',
  );
}

/** The same options as a command line has them. */
export function launchWords(flags: LaunchFlags): string[] {
  const { data, launcher, jobs, partition, time, mem, cpus, backend } = flags;
  const given = { data, launcher, jobs, partition, time, mem, cpus, backend };
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}
