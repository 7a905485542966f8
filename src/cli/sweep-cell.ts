import { constants } from 'node:os';
import { Command } from 'commander';
import type { Backend } from '../backends.js';
import { UsageError } from '../errors.js';
import { backendFlag } from '../experiments/experiment.js';
import { experimentNamed } from '../experiments/registry.js';
import { Interrupted } from '../runner/interrupt.js';
import { LockedError } from '../runner/run/run-lock.js';
import { SweepDirectory } from '../runner/sweep/sweep-directory.js';
import { restartToTrain } from '../runner/training/training-process.js';
import { count } from '../option-values.js';
import { flagOption } from './flag-option.js';
import { startEngine } from '../experiments/start-engine.js';
import { writeMessage } from '../terminal.js';

interface CellFlags {
  backend?: Backend;
  tensorboard?: boolean;
  endedBy?: number;
}

/** `didyprog sweep cell`: what the launchers start for each cell. */
export function cellCommand(): Command {
  return new Command('cell')
    .description('run one cell of a sweep; a launcher calls this')
    .argument('<folder>', 'the sweep’s directory')
    .argument('<name>', 'the cell')
    .addOption(flagOption(backendFlag))
    .option('--tensorboard')
    .option(
      '--ended-by <signal>',
      'only write down the number of the signal that ended the cell',
      count,
    )
    .hook('preAction', (_, command) => {
      if (command.opts<CellFlags>().endedBy === undefined) restartToTrain();
    })
    .action(async (path: string, name: string, _: CellFlags, command: Command) => {
      const flags = command.optsWithGlobals<CellFlags>();
      if (flags.endedBy === undefined) await runCell(path, name, flags);
      else await recordSignal(path, name, flags.endedBy);
    });
}

async function recordSignal(path: string, name: string, number: number): Promise<void> {
  const directory = await SweepDirectory.open(path);
  const known = Object.entries(constants.signals).find(([, value]) => value === number);
  await directory.recordSignal(name, known?.[0] ?? `signal ${number}`);
}

/**
 * Runs a cell unless it is done. While another process is at work on it, waits: that process may
 * finish, or die, and then this one goes on from its checkpoint.
 */
async function runCell(path: string, name: string, flags: CellFlags): Promise<void> {
  const directory = await SweepDirectory.open(path);
  const cell = directory.file.cells.find((cell) => cell.name === name);
  if (!cell) throw new UsageError(`${path}: the sweep has no cell ${name}`);
  for (let waited = false; ; waited = true) {
    const { state } = await directory.cellStatus(name);
    if (state === 'done') return;
    if (state !== 'running') {
      try {
        await start(directory, cell, flags);
        return;
      } catch (error) {
        if (!(error instanceof LockedError)) {
          const { message, exitCode } = error as Error & { exitCode?: number };
          if (!(error instanceof Interrupted)) {
            await directory.recordFailure(name, message, exitCode).catch(() => undefined);
          }
          throw error;
        }
      }
    }
    if (!waited) writeMessage(`${name}: another process is at work on it; waiting\n`);
    await new Promise((done) => setTimeout(done, 2000));
  }
}

async function start(
  directory: SweepDirectory,
  { name, config, choice }: SweepDirectory['file']['cells'][number],
  { backend, tensorboard = false }: CellFlags,
): Promise<void> {
  const experiment = experimentNamed(directory.file.experiment);
  const { runExperiment } = await import('../experiments/run-experiment.js');
  await runExperiment(experiment, experiment.config.parse(config), {
    out: directory.cellPath(name),
    dataFolder: directory.file.dataFolder,
    resume: true,
    tensorboard,
    startEngine: () => startEngine(backend, (reason) => writeMessage(`${name}: ${reason}\n`)),
    command: directory.file.command,
    ...(choice && { choice }),
  });
}
