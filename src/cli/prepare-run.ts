import { chooseEngine } from '../engine/index.js';
import { UsageError } from '../errors.js';
import { tableToText, type Table } from '../report/table.js';
import { startedCommand } from '../runner/provenance.js';
import { RunDirectory } from '../runner/run-directory.js';
import { checkPlace } from '../runner/run-place.js';
import type { RunOptions } from '../runner/run-options.js';
import { dataFolderOf } from './data-folder.js';
import { notice } from './notice.js';
import type { RunFlags } from './run-flags.js';
import { writeResult } from '../terminal.js';

/**
 * Starts the engine, says which it is, and gives what a run needs beside its config.
 * @param name of a new run directory
 * @param parts the names of runs inside it, where a command makes several
 * @throws UsageError when it is not said which run to continue, or no run can be written at --out
 */
export async function prepareRun(
  flags: RunFlags,
  name: string,
  parts: readonly string[] = [],
): Promise<RunOptions> {
  if (flags.resume && flags.out === undefined) {
    throw new UsageError('--resume needs --out, the run directory to continue');
  }
  if (flags.out !== undefined) await checkPlace(flags.out, [...parts, 'report.html']);
  const engine = await chooseEngine({ backend: flags.backend });
  notice(engine.reason);
  return {
    out: flags.out ?? (await RunDirectory.fresh(name)),
    dataFolder: dataFolderOf(flags.data),
    resume: flags.resume === true,
    tensorboard: flags.tensorboard === true,
    engine: `${engine.name} ${engine.version}`,
    command: startedCommand(),
  };
}

/** Prints what a run measured, where it is, and a line on what to do with it. */
export function printRun(
  { json }: RunFlags,
  run: { result: object; table: Table; out: string; next: string },
): void {
  writeResult(
    json
      ? `${JSON.stringify(run.result)}\n`
      : `${tableToText(run.table)}\n\nRun directory  ${run.out}\n${run.next}\n`,
  );
}
