import type { ReportSection } from '../report/html.js';
import type { Table } from '../report/table.js';
import type { RecordedRun } from '../runner/recorded-run.js';

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

/** By what result.json calls the experiment. Loaded when first needed. */
export const publishing: Readonly<Record<string, () => Promise<Publishing>>> = {
  align: async () => (await import('./align/publish.js')).alignPublishing,
};

/** The publishing of the experiment that a run is one of, if it is known. */
export async function publishingOf(run: RecordedRun): Promise<Publishing | undefined> {
  const experiment = run.result?.['experiment'];
  if (typeof experiment !== 'string' || !Object.hasOwn(publishing, experiment)) return undefined;
  return publishing[experiment]!();
}
