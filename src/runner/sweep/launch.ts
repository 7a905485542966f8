import { join } from 'node:path';
import { counted } from '../../counted.js';
import { UsageError } from '../../errors.js';
import { shellCommand } from '../../shell-words.js';
import { Interrupted, type Interruption } from '../interrupt.js';
import { liveOwner } from '../run/run-lock.js';
import type { SlurmSettings } from './definition.js';
import { runLocally, threadsPerJob, type CellCommand } from './local.js';
import { queuedCells, submitArrays, submittedJobs } from './slurm.js';
import type { CellStatus, SweepDirectory } from './sweep-directory.js';

/** What both launchers need. */
export interface Launch {
  directory: SweepDirectory;
  command: CellCommand;
  /** Also run the cells that failed before. */
  retry: boolean;
  /** Called about once a second, or less often where it takes long. */
  onChange: () => Promise<void>;
  /** Says a line to whoever watches. */
  note: (line: string) => void;
  interruption: Interruption;
}

/** No cell is started more often than this by one call: what kills it would kill it again. */
const mostStarts = 3;

/**
 * Runs every cell that is not done in processes of this machine, `jobs` at a time, and waits also
 * for those that another process is at work on.
 * @throws Interrupted when the sweep was asked to stop, after its cells have saved
 */
export async function launchLocally(launch: Launch, jobs: number): Promise<void> {
  const { directory, command, interruption, retry } = launch;
  const starts = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let shown = Promise.resolve();
  const poll = () => {
    const started = performance.now();
    shown = launch.onChange().finally(() => {
      // Of thousands of cells it takes time that the cells would lose.
      timer = setTimeout(poll, Math.max(1000, 9 * (performance.now() - started)));
    });
  };
  timer = setTimeout(poll, 1000);
  launch.note(`${counted(jobs, 'cell')} at a time, threads of each: ${threadsPerJob(jobs)}`);
  try {
    for (;;) {
      const statuses = await directory.status();
      const cells = statuses
        .filter(({ name, state }) => isDue(state, retry && !starts.has(name)))
        .map(({ name }) => name)
        .filter((name) => (starts.get(name) ?? 0) < mostStarts);
      for (const name of cells) starts.set(name, (starts.get(name) ?? 0) + 1);
      if (cells.length > 0) await runLocally({ directory, cells, jobs, command, interruption });
      else if (statuses.some(({ state }) => state === 'running')) await seconds(1);
      else return;
      if (interruption.asked) await noteOthers(launch);
      await interruption.checkpoint();
    }
  } finally {
    // Whatever is being shown now is of before.
    await shown;
    clearTimeout(timer);
    await launch.onChange();
  }
}

/** Names the cells that processes of another start are at work on: they were not asked to stop. */
async function noteOthers({ directory, note }: Launch): Promise<void> {
  for (const { name, state } of await directory.status()) {
    if (state !== 'running') continue;
    const owner = await liveOwner(join(directory.cellPath(name), 'lock'));
    if (!owner) continue;
    const { pid, host } = owner;
    note(
      `${name} is still at work, begun by another start: kill ${pid} on ${host} has it save and stop`,
    );
  }
}

/**
 * Submits every cell that is neither done nor queued as a job array, or several where the cluster allows only smaller
 * ones.
 * @param wait stay until no cell is queued or running any more
 * @throws Interrupted when the watching was asked to stop; the jobs go on
 */
export async function launchOnSlurm(
  launch: Launch,
  settings: SlurmSettings,
  wait: boolean,
): Promise<void> {
  const { directory, command, interruption } = launch;
  const before = await queuedCells(await submittedJobs(directory));
  if (before === undefined) {
    throw new UsageError('the Slurm controller does not answer: try again when squeue works');
  }
  const queued = new Set(before);
  const due = (await directory.status())
    .filter(({ state, name }) => isDue(state, launch.retry) && !queued.has(name))
    .map(({ name }) => name);
  if (due.length > 0) {
    await submitArrays(directory, due, settings, command, ({ id, cells }) =>
      launch.note(`job array ${id}: ${counted(cells.length, 'cell')} submitted`),
    );
  }
  if (!wait) return;
  const jobs = await submittedJobs(directory);
  for (;;) {
    await launch.onChange();
    const queued = await queuedCells(jobs);
    const running = (await directory.status()).some(({ state }) => state === 'running');
    if (queued?.length === 0 && !running) break;
    if (interruption.asked) {
      const ids = jobs.map(({ id }) => id).join(' ');
      throw new Interrupted(
        interruption.asked,
        `No longer watching; the jobs go on. To look: ${shellCommand(['didyprog', 'sweep', 'status', directory.path])}; ` +
          `to end them: scancel ${ids}`,
      );
    }
    await seconds(1);
  }
  await launch.onChange();
}

/** Whether a sweep that goes on runs a cell. */
export const isDue = (state: CellStatus['state'], retry: boolean) =>
  state === 'waiting' || state === 'stopped' || (state === 'failed' && retry);

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));
