import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { askedThreads } from '../../asked-threads.js';
import { isStopped, stopSignals, type Interruption } from '../interrupt.js';
import { keptMemory } from '../training/training-process.js';
import type { SweepDirectory } from './sweep-directory.js';

/** The command that runs one cell on so many threads. */
export type CellCommand = (cell: string, threads: number) => readonly string[];

export interface LocalOptions {
  directory: SweepDirectory;
  /** The cells to run, in order. */
  cells: readonly string[];
  /** Processes at a time. */
  jobs: number;
  command: CellCommand;
  interruption: Interruption;
}

/**
 * Runs cells in a pool of processes; the machine's threads are divided among them. A cell that
 * fails does not stop the others. When the sweep is asked to stop, the cells are asked to save, and
 * this returns when they have.
 */
export async function runLocally(options: LocalOptions): Promise<void> {
  const { interruption, jobs } = options;
  const queue = [...options.cells];
  const running = new Set<ChildProcess>();
  const worker = async () => {
    for (;;) {
      const cell = interruption.asked ? undefined : queue.shift();
      if (cell === undefined) return;
      await runCell(cell, options, running);
    }
  };
  // The cells have process groups of their own, so that a Ctrl-C reaches them once: from here.
  const stop = () => {
    for (const child of running) child.kill('SIGTERM');
  };
  const forward = setInterval(() => {
    if (!interruption.asked) return;
    clearInterval(forward);
    stop();
  }, 100);
  // After a second Ctrl-C nobody would be left who could ask them.
  process.once('exit', stop);
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, queue.length) }, worker));
  } finally {
    clearInterval(forward);
    process.off('exit', stop);
  }
}

/** Threads of each of `jobs` processes on this machine, or within DIDYPROG_THREADS. */
export function threadsPerJob(jobs: number): number {
  const all = askedThreads(process.env['DIDYPROG_THREADS']) ?? availableParallelism();
  return Math.max(1, Math.floor(all / jobs));
}

async function runCell(
  cell: string,
  { directory, command, jobs }: LocalOptions,
  running: Set<ChildProcess>,
): Promise<void> {
  const log = openSync(join(directory.path, 'logs', `${cell}.log`), 'a');
  const threads = threadsPerJob(jobs);
  const [program, ...args] = command(cell, threads);
  const child = spawn(program!, args, {
    stdio: ['ignore', log, log],
    detached: true,
    env: { ...process.env, ...keptMemory(), DIDYPROG_THREADS: String(threads) },
  });
  closeSync(log);
  running.add(child);
  const ended = await new Promise<{ code: number | null; signal: string | null; error?: Error }>(
    (resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
    },
  );
  running.delete(child);
  const { code, signal, error } = ended;
  if (error) {
    await directory.recordFailure(cell, `the process did not start: ${error.message}`);
  } else if (signal !== null && !(signal in stopSignals)) {
    await directory.recordSignal(cell, signal);
  } else if (code !== null && code !== 0 && !isStopped(code)) {
    await directory.recordFailure(cell, `the process ended with exit code ${code}: see its log`);
  }
}
