import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { DataError } from '../../errors.js';
import { leavesOf, numbersOf } from '../../runner/run/comparison.js';
import {
  developmentScore,
  entriesOf,
  findRuns,
  isRunDirectory,
  readRun,
  stateOf,
  summariseRun,
  type RecordedRun,
  type RunSummary,
  type Score,
} from '../../runner/run/recorded-run.js';
import type { SavedTranslator } from '../../experiments/attention/new-translator.js';
import type { SavedTagger } from '../../experiments/ner/saved-model.js';
import { isCutName } from '../../runner/sweep/cut-name.js';
import { dataFolderOf } from '../../runner/run/data-files.js';
import type { ListedRun, ModelKind, RunList, ShownRun } from '../shown.js';
import { pathInside } from './files.js';
import { MetricsFollower } from './metrics-follower.js';

/** The files of a run that are read for the list, and the most that is read of each. */
const readFiles = {
  'config.yaml': 1e6,
  'result.json': 64e6,
  'run.log': 16e6,
  'metrics.jsonl': Infinity,
  'failure.json': 1e6,
  lock: 1e5,
} as const;

type ReadFile = keyof typeof readFiles;

/** A longer metrics.jsonl nobody waits for at a page. */
const mostMetricsBytes = 4e6;
/** Runs that are read at once. */
const atOnce = 8;
/** The last lines of run.log that are shown. */
const logLines = 50;

interface Kept {
  stamp: string;
  listed: ListedRun;
  /** Of a cell whose name is cut, the values of its config by their dotted keys. */
  settings: ReadonlyMap<string, unknown> | undefined;
}

/** The runs below a folder, read again only where something changed. */
export class RunFolder {
  readonly root: string;
  readonly #mostMetricsBytes: number;
  readonly #kept = new Map<string, Kept>();
  /** Readers of long metrics, and whether they are at it. */
  readonly #followed = new Map<string, { follower: MetricsFollower; isReading: boolean }>();
  #listing: { until: number; list: Promise<RunList> } | undefined;

  /** @param limits.mostMetricsBytes how long a metrics.jsonl may be that is waited for */
  constructor(root: string, limits = { mostMetricsBytes }) {
    this.root = root;
    this.#mostMetricsBytes = limits.mostMetricsBytes;
  }

  /** Every run with its state and score. A folder that cannot be read is a list with a problem. */
  async list(): Promise<RunList> {
    if (this.#listing && performance.now() < this.#listing.until) return this.#listing.list;
    const started = performance.now();
    const listing = { until: Infinity, list: this.#read() };
    this.#listing = listing;
    const list = await listing.list;
    // A folder that takes long to read is not read all the time.
    listing.until = performance.now() + Math.max(500, 4 * (performance.now() - started));
    return list;
  }

  async #read(): Promise<RunList> {
    let paths: string[];
    try {
      paths = await findRuns(this.root);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return { folder: this.root, problem: error.message, runs: [] };
    }
    const runs: ListedRun[] = [];
    for (let from = 0; from < paths.length; from += atOnce) {
      const next = paths.slice(from, from + atOnce);
      runs.push(...(await Promise.all(next.map((path) => this.#listed(path)))));
    }
    this.#readOn();
    return { folder: this.root, runs: this.#withCellValues(runs, paths) };
  }

  /** The list, with values where names of a sweep's cells do not tell them: those that differ. */
  #withCellValues(runs: readonly ListedRun[], paths: readonly string[]): ListedRun[] {
    const sweeps = new Map<string, ReadonlyMap<string, unknown>[]>();
    for (const path of paths) {
      const settings = this.#kept.get(path)?.settings;
      if (settings) sweeps.set(dirname(path), [...(sweeps.get(dirname(path)) ?? []), settings]);
    }
    const differing = new Map(
      [...sweeps].map(([folder, cells]) => {
        const keys = [...new Set(cells.flatMap((cell) => [...cell.keys()]))];
        const values = (key: string) => new Set(cells.map((cell) => shownValue(cell.get(key))));
        return [folder, keys.filter((key) => key !== 'name' && values(key).size > 1)];
      }),
    );
    return runs.map((run, at) => {
      const path = paths[at]!;
      const settings = this.#kept.get(path)?.settings;
      if (!settings || run.state === 'unreadable') return run;
      const keys = differing.get(dirname(path))!;
      return {
        ...run,
        values: Object.fromEntries(keys.map((key) => [key, shownValue(settings.get(key))])),
      };
    });
  }

  /**
   * What the page needs of a run's model beside its numbers, which are in best.bin.
   * @throws DataError when there is none
   */
  async model(names: readonly string[]): Promise<SavedTagger | SavedTranslator> {
    const path = await pathInside(this.root, names);
    const kind = path === undefined ? undefined : await modelKindOf(path);
    if (path === undefined || kind === undefined) {
      throw new DataError(`${names.join('/')} has no model that runs in a page`);
    }
    await this.#check(path);
    for (const name of [...modelFiles[kind], 'best.bin']) {
      if (!(await pathInside(this.root, [...names, name]))) {
        throw new DataError(`${name}: it is a link out of the folder`);
      }
    }
    if (kind === 'tagger') {
      const { readSavedTagger } = await import('../../experiments/ner/saved-model.js');
      return readSavedTagger(path);
    }
    const { readSavedTranslator } = await import('../../experiments/attention/saved-translator.js');
    return readSavedTranslator(path);
  }

  /**
   * The report of a run, as `didyprog report` writes it.
   * @throws DataError when it is no run or cannot be read
   */
  async report(names: readonly string[]): Promise<string> {
    const path = await pathInside(this.root, names);
    if (path === undefined) throw new DataError(`there is no run ${names.join('/')}`);
    const { withMetrics } = await this.#check(path);
    if (!withMetrics) {
      throw new DataError(
        `metrics.jsonl: too long to wait for here: run didyprog report ${path}, then open it again`,
      );
    }
    // Loaded when it is wanted: experiments load TensorFlow.js.
    const { reportPage } = await import('../../experiments/results/report.js');
    return reportPage(path, dataFolderOf(undefined));
  }

  /** Whether a report lies in a run's folder that is not older than what it tells. */
  async hasFreshReport(names: readonly string[]): Promise<boolean> {
    const written = async (name: string) => {
      const path = await pathInside(this.root, [...names, name]);
      return path === undefined ? undefined : (await stat(path)).mtimeMs;
    };
    const report = await written('report.html');
    if (report === undefined) return false;
    const told = ['config.yaml', 'result.json', 'metrics.jsonl', 'run.log'];
    return (await Promise.all(told.map(written))).every((at) => at === undefined || at <= report);
  }

  /** The state of a run by its name; '' where there is none, though a folder may be there. */
  async stateOf(name: string): Promise<string> {
    const path = await pathInside(this.root, name.split('/').filter(Boolean));
    const state = path === undefined ? '' : await stateOf(path);
    return state === 'stopped' && !(await isRunDirectory(path!)) ? '' : state;
  }

  /** The names that lead from the folder to a run. */
  namesOf(path: string): string[] {
    return relative(this.root, path).split(sep).filter(Boolean);
  }

  async #listed(path: string): Promise<ListedRun> {
    const names = this.namesOf(path);
    const name = names.join('/');
    try {
      const { stamp, withMetrics } = await this.#check(path);
      const kept = this.#kept.get(path);
      // Who holds the lock, and whether it lives, no file tells.
      if (kept?.stamp === stamp && kept.listed.state !== 'running') return kept.listed;
      // The page names damaged lines where it shows the curves.
      const run = await readRun(path, { metrics: withMetrics, say: () => undefined });
      const listed: ListedRun = { name, ...withoutPath(await summariseRun(run)) };
      const settings = isCutName(name) ? leavesOf(run.config, 'index') : undefined;
      const isWhole = withMetrics || listed.score !== undefined;
      this.#kept.set(path, { stamp: isWhole ? stamp : '', listed, settings });
      return isWhole ? listed : { ...listed, score: this.#scoreSoFar(path) };
    } catch (error) {
      return { name, state: 'unreadable', problem: (error as Error).message };
    }
  }

  /** The best score in a long metrics.jsonl, as far as it has been read: a later list has the rest. */
  #scoreSoFar(path: string): Score | undefined {
    const known = this.#followed.get(path) ?? {
      follower: new MetricsFollower(this.root, [...this.namesOf(path), 'metrics.jsonl']),
      isReading: false,
    };
    this.#followed.set(path, known);
    const { bestScore } = known.follower.curves;
    return bestScore === undefined ? undefined : developmentScore(bestScore);
  }

  /** Reads on in the long metrics of the last list, for the next one. */
  #readOn(): void {
    for (const known of this.#followed.values()) {
      if (known.isReading) continue;
      known.isReading = true;
      // What is wrong with the file is said where its curves are.
      void known.follower
        .update()
        .catch(() => undefined)
        .finally(() => (known.isReading = false));
    }
  }

  /**
   * Looks at a run's files before they are read.
   * @throws DataError for a link, which might show what lies outside the folder
   */
  async #check(path: string) {
    const entries = await entriesOf(path);
    if ((await pathInside(this.root, this.namesOf(path))) === undefined) {
      throw new DataError('it is a link out of the folder, which is not followed');
    }
    const stamps: string[] = [];
    let withMetrics = true;
    for (const entry of entries) {
      const { name } = entry;
      if (name === 'figures') await refuseLinks(path, entry);
      if (!Object.hasOwn(readFiles, name)) continue;
      refuseLink(entry, name);
      const { mtimeMs, size } = await stat(join(path, name));
      stamps.push(`${name} ${mtimeMs} ${size}`);
      if (name === 'metrics.jsonl') withMetrics = size <= this.#mostMetricsBytes;
      if (size > readFiles[name as ReadFile])
        throw new DataError(`${name}: it has ${size} bytes, more than is shown`);
    }
    return { stamp: stamps.join(), withMetrics };
  }

  /**
   * One run, with its settings, numbers and drawings.
   * @throws DataError when it is no run or cannot be read
   */
  async run(names: readonly string[]): Promise<ShownRun> {
    const path = await pathInside(this.root, names);
    if (path === undefined) throw new DataError(`there is no run ${names.join('/')}`);
    await this.#check(path);
    const run = await readRun(path, { metrics: false });
    const listed = await this.#listed(path);
    if (listed.state === 'unreadable') throw new DataError(listed.problem);
    return { ...listed, ...detailsOf(run), ...(await filesOf(path)) };
  }
}

/** A value of a config as a table shows it. */
const shownValue = (value: unknown) =>
  typeof value === 'string' ? value : value === undefined ? '–' : JSON.stringify(value);

function refuseLink(entry: Dirent, name: string): void {
  if (entry.isSymbolicLink()) throw new DataError(`${name}: it is a link, which is not followed`);
}

/** Refuses a folder of figures that is a link or holds one: a report would show where it leads. */
async function refuseLinks(path: string, figures: Dirent): Promise<void> {
  refuseLink(figures, figures.name);
  if (!figures.isDirectory()) return;
  for (const entry of await readdir(join(path, figures.name), { withFileTypes: true })) {
    refuseLink(entry, `${figures.name}/${entry.name}`);
  }
}

const withoutPath = ({ kind, state, score, started, updated }: RunSummary) => ({
  ...{ kind, state, score, started, updated },
});

function detailsOf(run: RecordedRun) {
  const { result, config, log } = run;
  return {
    settings: [...leavesOf(config, 'index')],
    numbers: [...numbersOf(result ?? {})].slice(0, 2000),
    log: log.slice(-logLines).map(({ at, text }) => `${at} ${text}`),
  };
}

/** By which files a model is known, beside best.bin. */
const modelFiles = { tagger: ['lexicon.json'], translator: ['vocabulary.json'] } as const;

async function modelKindOf(path: string): Promise<ModelKind | undefined> {
  const names = await readdir(path).catch(() => [] as string[]);
  if (!names.includes('best.bin')) return undefined;
  const kinds = ['tagger', 'translator'] as const;
  return kinds.find((kind) => modelFiles[kind].every((name) => names.includes(name)));
}

/** What else of a run can be opened. */
async function filesOf(path: string) {
  const figures = await readdir(join(path, 'figures')).catch(() => [] as string[]);
  return {
    figures: figures.filter((name) => name.endsWith('.svg')).sort(),
    model: await modelKindOf(path),
  };
}
