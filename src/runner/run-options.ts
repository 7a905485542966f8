import { shellCommand } from '../shell-words.js';
import { interruptible, type Interruption } from './interrupt.js';
import { RunDirectory } from './run-directory.js';

/** What every run needs beside its config. */
export interface RunOptions {
  /** The run directory. */
  out: string;
  dataFolder: string;
  /** Go on where an earlier start of the same run stopped. */
  resume: boolean;
  /** Also write the metrics as a TensorBoard event file. */
  tensorboard?: boolean;
  /** The engine's name and version, for the provenance. */
  engine: string;
  /** The command line, for the provenance. */
  command: string;
}

/**
 * Works in the directory of a run: opens it, notes the start in run.log, and when the work is
 * interrupted says how to go on.
 * @throws UsageError, StorageError as `RunDirectory.open`
 */
export function inRunDirectory<T>(
  config: object,
  { out, resume, tensorboard = false, command, engine }: RunOptions,
  work: (directory: RunDirectory, interruption: Interruption) => Promise<T>,
): Promise<T> {
  const hint = `Continue with the same command and: ${shellCommand(['--out', out, '--resume'])}`;
  // Around the directory: a signal that finds its lock taken must not leave it behind.
  return interruptible(hint, (interruption) =>
    RunDirectory.use({ path: out, config, resume, tensorboard }, async (directory) => {
      await directory.log(`started: ${command}; engine ${engine}`);
      return work(directory, interruption);
    }),
  );
}
