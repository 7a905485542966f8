import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../errors.js';
import type { ReportSection } from '../report/html.js';
import type { Table } from '../report/table.js';
import { fingerprintSchema } from '../runner/data-files.js';
import type { RecordedRun } from '../runner/recorded-run.js';
import { shortened } from '../visible.js';
import { experimentNamed, isExperiment } from './table.js';

/** What an experiment adds to the report of its runs, and what it commits to results/. */
export interface Publishing {
  /** What its other functions read of a result.json. */
  result: z.ZodType;
  /** The tables of finished runs, the paper's numbers beside ours; each is what result.json holds. */
  tables(results: readonly Record<string, unknown>[]): Table[];
  /** What a finished run is, by its data and settings; the config's own title may say otherwise. */
  title(result: Readonly<Record<string, unknown>>): string;
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
 * Checks that result.json in `path` holds what its experiment reads from it: it may come from anyone.
 * What fails after that is a fault of this program, and looks like one.
 * @throws DataError that names the first key that is not so
 */
export function checkResult(publishing: Publishing, result: unknown, path: string): void {
  const checked = publishing.result.safeParse(result);
  if (checked.success) return;
  const [issue] = checked.error.issues;
  const key = shortened(issue!.path.map(String).join('.')) || 'the whole';
  throw new DataError(
    `${join(path, 'result.json')} is not what its experiment writes (${key}: ${issue!.message}): ` +
      'was it changed, or written by another version?',
  );
}

/** A number; what is not finite is null in JSON. */
export const measured = z.number().nullable();

/** Where a result comes from: stretches, or the one object of version 0.1.0. */
export const anyProvenance = z.union([z.array(z.looseObject({})), z.looseObject({})]);

/** The data files that were read; version 0.1.0 wrote none. */
export const anyFiles = z.array(fingerprintSchema).optional();
