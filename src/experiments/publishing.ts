import { join } from 'node:path';
import { DataError } from '../errors.js';
import type { ReportSection } from '../report/html.js';
import type { Table } from '../report/table.js';
import type { RecordedRun } from '../runner/recorded-run.js';
import { experimentNamed, isExperiment } from './table.js';

/** What an experiment adds to the report of its runs, and what it commits to results/. */
export interface Publishing {
  /** The tables of finished runs, the paper's numbers beside ours; each is what result.json holds. */
  tables(results: readonly Record<string, unknown>[]): Table[];
  /** More than every run directory has: something to listen to, say. */
  sections?(run: RecordedRun, source: { dataFolder: string }): Promise<ReportSection[]>;
  /**
   * Writes what the project commits about finished runs into `folder`: NAME.md, NAME.json, figures.
   * @returns NAME
   */
  publish(runs: readonly RecordedRun[], folder: string): Promise<string>;
}

/** The publishing of the experiment that a run is one of, if it is known and has one. */
export async function publishingOf(run: RecordedRun): Promise<Publishing | undefined> {
  return publishingNamed(run.result?.['experiment']);
}

/** The publishing of the experiment that result.json calls so, if it is known and has one. */
export async function publishingNamed(name: unknown): Promise<Publishing | undefined> {
  return isExperiment(name) ? (await experimentNamed(name)).publishing?.() : undefined;
}

/**
 * Reads what an experiment wrote in the runs at `path`. result.json is known to be JSON; whether it is
 * what its experiment writes shows only in use.
 * @throws DataError when it is not
 */
export async function readingResult<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new DataError(
      `${join(path, 'result.json')} is not what its experiment writes (${error.message}): ` +
        'was it changed, or written by another version?',
    );
  }
}
