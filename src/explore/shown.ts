// What the server, or an exported site, tells the page about runs.

/** More runs than this at once no chart can show: only of the first so many curves are sent. */
export const mostFollowed = 20;

interface ShownScore {
  name: string;
  value: number;
  better: 'higher' | 'lower';
}

/** A line of the list: a run by the names that lead to it, joined by '/', or why it cannot be read. */
export type ListedRun =
  | {
      name: string;
      kind: string;
      state: 'done' | 'running' | 'failed' | 'stopped';
      score: ShownScore | undefined;
      started: string | undefined;
      updated: string | undefined;
      /** Of a sweep's cell, if its name is cut: the values of its config that others have not. */
      values?: Readonly<Record<string, string>>;
    }
  | { name: string; state: 'unreadable'; problem: string };

export interface RunList {
  folder: string;
  /** Why there is no list. */
  problem?: string;
  runs: readonly ListedRun[];
  /** Files of a site that was exported: nothing changes any more. */
  exported?: true;
}

export type ModelKind = 'tagger' | 'translator';

/** All that is shown of a run but its curves. */
export type ShownRun = Exclude<ListedRun, { state: 'unreadable' }> & {
  /** The config's values by their dotted keys. */
  settings: readonly (readonly [key: string, value: unknown])[];
  /** The result's numbers by their dotted keys. */
  numbers: readonly (readonly [key: string, value: number])[];
  /** The last lines of run.log. */
  log: readonly string[];
  /** Names of drawings in figures/. */
  figures: readonly string[];
  /** What its model does, if the page can run it: page-model.json, and the numbers in best.bin. */
  model: ModelKind | undefined;
};

/** One measure of a run, thinned to what a screen can show. */
export interface ShownCurve {
  name: string;
  labels: readonly string[];
  measure: string;
  steps: readonly number[];
  values: readonly number[];
}

/** What has come of a run's metrics.jsonl: the curves that changed, or all after it was taken back. */
export interface CurvesUpdate {
  run: string;
  state: string;
  /** Forget what was known. */
  anew: boolean;
  problem?: string | undefined;
  curves: readonly ShownCurve[];
}

/** How far a long metrics.jsonl has been read. */
export interface ReadingProgress {
  run: string;
  read: number;
  size: number;
}
