import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { parseJson, readTextFile } from '../../read-file.js';
import { shellWord, shellWords } from '../../shell-words.js';
import { makeOutputFolder, writeAside } from '../write-aside.js';
import { checkTimeLimit, type SlurmSettings } from './definition.js';
import type { CellCommand } from './local.js';
import type { SweepDirectory } from './sweep-directory.js';

const execute = promisify(execFile);

const jobSchema = z.object({
  id: z.string().regex(/^\d+$/),
  /** The cell of each task, by its number. */
  cells: z.array(z.string()),
});

/** A job array that was submitted: slurm/job-ID.json in the sweep's directory. */
export type SlurmJob = z.output<typeof jobSchema>;

/**
 * Submits the cells as job arrays, as few as the cluster's limit allows. Only the file system is
 * shared with the nodes: a task reads sweep.json and writes its run directory.
 * @param command the command that runs one cell
 * @param onSubmitted called for each array that Slurm has taken
 * @throws UsageError when there is no Slurm here, or it does not take a job, or its partition's own
 *   time limit leaves no time to work
 */
export async function submitArrays(
  directory: SweepDirectory,
  cells: readonly string[],
  settings: SlurmSettings,
  command: CellCommand,
  onSubmitted: (job: SlurmJob) => void,
): Promise<void> {
  if (settings.time === undefined) {
    for (const limit of await partitionLimits(settings.partition)) checkTimeLimit(settings, limit);
  }
  const folder = join(directory.path, 'slurm');
  await makeOutputFolder(folder);
  const most = await largestArray();
  let before: string | undefined;
  for (let from = 0; from < cells.length; from += most) {
    const some = cells.slice(from, from + most);
    const script = join(folder, `array-${Date.now()}-${from}.sh`);
    await writeAside(script, arrayScript(directory, some, settings, command));
    // A limit of cells at a time holds for one array: several run one after the other then.
    const after = settings.atOnce !== undefined && before !== undefined;
    const options = [
      ...arrayOptions(directory, some.length, settings),
      ...(after ? [`--dependency=afterany:${before}`] : []),
    ];
    let id: string;
    try {
      const { stdout } = await execute('sbatch', ['--parsable', ...options, resolve(script)]);
      id = stdout.trim().split(';')[0]!;
    } catch (error) {
      throw slurmError('sbatch', error);
    }
    const job: SlurmJob = { id, cells: some };
    await writeAside(join(folder, `job-${id}.json`), `${JSON.stringify(job)}\n`);
    onSubmitted(job);
    before = id;
  }
}

/** The most tasks of an array: the cluster's MaxArraySize, or Slurm's default when it does not say. */
async function largestArray(): Promise<number> {
  const { stdout } = await execute('scontrol', ['show', 'config']).catch(() => ({ stdout: '' }));
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] ?? 1001);
  return Math.max(1, size);
}

/**
 * The time limits of partitions for jobs that ask for none: DefaultTime, else MaxTime.
 * @param names with commas; the cluster's default partition when undefined
 * @returns nothing where the cluster does not say
 */
async function partitionLimits(names: string | undefined) {
  const { stdout } = await execute('scontrol', ['show', 'partition', '--oneliner']).catch(() => ({
    stdout: '',
  }));
  return stdout.split('\n').flatMap((line) => {
    const value = (key: string) => new RegExp(`\\b${key}=(\\S+)`).exec(line)?.[1];
    const partition = value('PartitionName');
    const meant = names?.split(',').includes(partition ?? '') ?? value('Default') === 'YES';
    const time = [value('DefaultTime'), value('MaxTime')].find((limit) => /^\d/.test(limit ?? ''));
    return partition !== undefined && meant && time !== undefined ? [{ time, partition }] : [];
  });
}

/** The jobs that this sweep has submitted so far. */
export async function submittedJobs(directory: SweepDirectory): Promise<SlurmJob[]> {
  const folder = join(directory.path, 'slurm');
  const names = await readdir(folder).catch(() => []);
  const jobs = names.filter((name) => /^job-\d+\.json$/.test(name));
  return Promise.all(jobs.map((name) => readJob(join(folder, name))));
}

async function readJob(path: string): Promise<SlurmJob> {
  const parsed = jobSchema.safeParse(parseJson(await readTextFile(path), path));
  if (parsed.success) return parsed.data;
  throw new DataError(`${path}: expected the number and the cells of a job array`);
}

/**
 * The cells of `jobs` that are waiting or running, by their names.
 * @returns undefined when the controller does not answer: nothing is known then
 */
export async function queuedCells(jobs: readonly SlurmJob[]): Promise<string[] | undefined> {
  const queued: string[] = [];
  for (const { id, cells } of jobs) {
    let lines: string[];
    try {
      const { stdout } = await execute('squeue', ['-h', '-r', '-j', id, '-o', '%K %T']);
      lines = stdout.split('\n').filter(Boolean);
    } catch (error) {
      const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
      if (code === 'ENOENT') throw slurmError('squeue', error);
      // A job that ended a while ago is forgotten.
      if (/Invalid job id/i.test(stderr)) continue;
      return undefined;
    }
    for (const line of lines) {
      const cell = cells[Number(line.split(' ')[0])];
      if (cell !== undefined) queued.push(cell);
    }
  }
  return queued;
}

/**
 * What sbatch is asked for beside the script. On its command line, since a line of the script ends at
 * a newline in a value. The script opens its log itself, since Slurm gives % and \ in the path of one
 * meanings of their own.
 */
function arrayOptions(
  directory: SweepDirectory,
  cells: number,
  { partition, time, memory, cpus = 1, atOnce, warningSeconds }: SlurmSettings,
): string[] {
  return [
    `--job-name=${directory.file.name}`,
    `--array=0-${cells - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
    '--requeue',
    '--open-mode=append',
    `--signal=B:USR1@${warningSeconds}`,
    '--chdir=/',
    '--output=/dev/null',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
  ];
}

/**
 * The batch script of the array. Before the time limit, or on SIGTERM, the cell is asked to save;
 * when it has, the task goes back to the queue, unless Slurm is cancelling or requeuing it itself.
 * A signal that ended the cell unasked, as for want of memory, is written down by the cell's command
 * with --ended-by: nobody else may be there to see it.
 */
export function arrayScript(
  directory: SweepDirectory,
  cells: readonly string[],
  { setup, cpus = 1 }: SlurmSettings,
  command: CellCommand,
): string {
  const commands = cells.map((cell) => shellWords(command(cell, cpus), 'linux'));
  return `#!/usr/bin/env bash
set -u
task="\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
exec >> ${shellWord(resolve(directory.path, 'logs', 'slurm-'), 'linux')}"$task.log" 2>&1
cd -- ${shellWord(process.cwd(), 'linux')} || exit 1
${setup.join('\n')}
export DIDYPROG_THREADS="\${SLURM_CPUS_PER_TASK:-${cpus}}"
case "$SLURM_ARRAY_TASK_ID" in
${commands.map((line, index) => `${index}) set -- ${line} ;;`).join('\n')}
*) echo "no cell $SLURM_ARRAY_TASK_ID" >&2; exit 2 ;;
esac
"$@" &
cell=$!
asked=
stop() { asked=yes; kill -TERM "$cell" 2>/dev/null; }
trap stop USR1 TERM
# wait returns early when a signal comes.
while true; do
  wait "$cell"
  code=$?
  kill -0 "$cell" 2>/dev/null || break
done
if [ -n "$asked" ] && [ "$code" -eq 143 ]; then
  for _ in $(seq 30); do
    state=$(squeue -h -j "$task" -o %T) && break
    sleep 2
  done
  if [ "\${state:-}" = RUNNING ]; then scontrol requeue "$task"; fi
elif [ -z "$asked" ] && [ "$code" -gt 128 ] && [ "$code" -ne 129 ] &&
  [ "$code" -ne 130 ] && [ "$code" -ne 143 ]; then
  "$@" --ended-by "$((code - 128))"
fi
exit "$code"
`;
}

function slurmError(program: string, error: unknown): UsageError {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
  if (code === 'ENOENT') {
    return new UsageError(
      `there is no ${program} on this machine: --launcher slurm must be started where Slurm's ` +
        'commands are; --launcher local needs none',
    );
  }
  return new UsageError(`${program} did not take the job: ${(stderr || message).trim()}`);
}
