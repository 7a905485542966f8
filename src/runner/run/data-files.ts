import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { DataError, UsageError } from '../../errors.js';
import { requireFile } from '../../input-file.js';
import { parseJson, readTextIfThere, sha256Of } from '../../read-file.js';
import { notice } from '../notice.js';

export const fingerprintSchema = z.object({
  /** What the run reads the file for: 'train', 'vectors'. */
  use: z.string(),
  /** Relative to the data folder, else to the working folder; with / between folders. */
  name: z.string(),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A data file that a run reads, and the SHA-256 of what it holds. */
export type Fingerprint = z.output<typeof fingerprintSchema>;

/** The data files that a run reads. Noting them is free; each is hashed once, when asked for. */
export class DataFiles {
  readonly folder: string;
  readonly #files: { use: string; path: string }[] = [];
  /** By path, size and time of the last change. */
  readonly #sums = new Map<string, string>();

  /** Takes what is doubtful in them: said at once, unless told otherwise, and once of a file that is read twice. */
  readonly notify: (text: string) => void;

  constructor(folder: string, notify: (text: string) => void = notice) {
    this.folder = folder;
    const said = new Set<string>();
    this.notify = (text) => {
      if (!said.has(text)) notify(text);
      said.add(text);
    };
  }

  /** Notes a file, once for each use, and returns its path for who reads it. */
  note(path: string, use: string): string {
    if (!this.#files.some((file) => file.use === use && file.path === path)) {
      this.#files.push({ use, path });
    }
    return path;
  }

  get paths(): string[] {
    return [...new Set(this.#files.map(({ path }) => path))];
  }

  /**
   * The fingerprints of the files noted so far, by use. Files are streamed: memory does not grow
   * with them. O(bytes).
   * @throws DataError for a file that cannot be read
   */
  async fingerprints(): Promise<Fingerprint[]> {
    const all: Fingerprint[] = [];
    for (const { use, path } of this.#files) {
      await requireFile(path);
      try {
        const found = await stat(path);
        if (!found.isFile()) throw new Error('a pipe can be read but once: give a file');
        const { size, mtimeMs } = found;
        const key = JSON.stringify([path, size, mtimeMs]);
        const sha256 = this.#sums.get(key) ?? (await sha256Of(path));
        this.#sums.set(key, sha256);
        all.push({ use, name: this.#nameOf(path), bytes: size, sha256 });
      } catch (error) {
        throw new DataError(`cannot read ${path}: ${(error as Error).message}`);
      }
    }
    // Readers that run side by side note their files in any order.
    return all.sort((a, b) =>
      a.use === b.use ? (a.name < b.name ? -1 : 1) : a.use < b.use ? -1 : 1,
    );
  }

  #nameOf(path: string): string {
    const below = relative(this.folder, path);
    const outside = below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below);
    return (outside ? relative('.', path) : below).split(sep).join('/');
  }
}

/** The file of a run directory that holds the fingerprints. */
export const dataFile = 'data.json';

/**
 * The fingerprints that a run directory has recorded; undefined where there are none, as in runs of
 * version 0.1.0.
 * @throws DataError when the file is damaged
 */
export async function recordedData(run: string): Promise<Fingerprint[] | undefined> {
  const path = join(run, dataFile);
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    const fingerprints = fingerprintsOf(parseJson(text, path));
    if (fingerprints) return fingerprints;
    throw new DataError(`${path}: expected the fingerprints of the run’s data`);
  } catch (error) {
    throw new DataError(
      `${(error as Error).message}; with that file moved away the run goes on, and whether its data ` +
        'is still the same is not checked',
    );
  }
}

/**
 * Reads data for a finished run. Files that are not what the run read are named. What is doubtful in
 * them is said, unless the run has read the same files: then it was said at the time.
 * @param read notes every file that it reads
 */
export async function readAgain<Data>(
  run: string,
  dataFolder: string,
  read: (files: DataFiles) => Promise<Data>,
): Promise<Data> {
  const doubts: string[] = [];
  const files = new DataFiles(dataFolder, (text) => doubts.push(text));
  const data = await read(files);
  const before = await recordedData(run);
  const changes = before && changesOf(run, before, await files.fingerprints());
  changes?.forEach((text) => notice(text));
  if (changes?.length !== 0) doubts.forEach((text) => notice(text));
  return data;
}

/** Which files are not what a run read, a sentence each. What it read and nobody reads now is none. */
function changesOf(
  run: string,
  before: readonly Fingerprint[],
  now: readonly Fingerprint[],
): string[] {
  return now.flatMap(({ use, name, sha256 }) => {
    const sums = before.flatMap((file) => (file.use === use ? [file.sha256] : []));
    if (sums.includes(sha256)) return [];
    return [
      sums[0] === undefined
        ? `${name} was not there when ${run} read its data`
        : `${name} has changed since ${run} read it as ${use}: its SHA-256 was ${shortSum(sums[0])} ` +
          `and is ${shortSum(sha256)}`,
    ];
  });
}

/** The fingerprints that a result has; undefined where it has none. */
export function fingerprintsOf(value: unknown): Fingerprint[] | undefined {
  const parsed = z.array(fingerprintSchema).safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** What files hold, each for its use, as one text; their names may differ. */
export const contentsOf = (files: readonly Fingerprint[]): string =>
  files
    .map(({ use, sha256 }) => `${use} ${sha256}`)
    .sort()
    .join();

/** Whether files hold the same, each for its use. */
export const sameContents = (a: readonly Fingerprint[], b: readonly Fingerprint[]): boolean =>
  contentsOf(a) === contentsOf(b);

/** As much of a SHA-256 as tells two files apart. */
export const shortSum = (sha256: string) => `${sha256.slice(0, 12)}…`;

/** A file by its name and what it holds, where that is known. */
export const fileText = ({ name, sha256 }: { name: string; sha256?: string | undefined }) =>
  sha256 === undefined ? name : `${name} (SHA-256 ${shortSum(sha256)})`;

/**
 * What tells the data of runs apart that one would take for the same: of each run its files that another
 * run has read by the same name with other contents. Numbers over them must not be pooled.
 * @param runs the files of each; undefined where they are not known
 * @returns for each run the files with their sums; '' where there are none
 */
export function dataLabels(runs: readonly (readonly Fingerprint[] | undefined)[]): string[] {
  const keyOf = ({ use, name }: Fingerprint) => JSON.stringify([use, name]);
  const sums = new Map<string, Set<string>>();
  for (const file of runs.flatMap((files) => files ?? [])) {
    const key = keyOf(file);
    sums.set(key, (sums.get(key) ?? new Set()).add(file.sha256));
  }
  return runs.map((files = []) => {
    const changed = files.filter((file) => sums.get(keyOf(file))!.size > 1);
    return [...new Set(changed.map(fileText))].join(', ');
  });
}

/**
 * Makes sure that a run goes on with the data it began with. A file may have moved.
 * @throws DataError that names the first file that differs, with both sums
 */
export function checkSameData(
  run: string,
  before: readonly Fingerprint[],
  now: readonly Fingerprint[],
): void {
  if (sameContents(before, now)) return;
  const advice = `${run} cannot go on with other data: bring the files back, or choose another --out`;
  const same = (one: Fingerprint) => (other: Fingerprint) =>
    other.use === one.use && other.name === one.name;
  for (const file of before) {
    const other =
      now.find(same(file)) ??
      (before.length === now.length ? now[before.indexOf(file)] : undefined);
    if (!other) throw new DataError(`${file.name} was data of the run and is not now; ${advice}`);
    if (other.sha256 !== file.sha256) {
      const renamed = other.name === file.name ? '' : ` (now ${other.name})`;
      throw new DataError(
        `${file.name}${renamed} has changed since the run began: its SHA-256 was ${file.sha256} ` +
          `and is ${other.sha256}; ${advice}`,
      );
    }
  }
  const added = now.find((file) => !before.some(same(file)))!;
  throw new DataError(`${added.name} was not data of the run when it began; ${advice}`);
}

/**
 * The folder that holds the data sets: --data, else $DIDYPROG_DATA unless empty, else ./data.
 * @throws UsageError where one of the first two is a file: what reads no data set would pass over it
 */
export function dataFolderOf(flag: string | undefined): string {
  const variable = process.env['DIDYPROG_DATA'] || undefined;
  const given = flag ?? variable;
  if (given !== undefined && statSync(given, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(
      `${flag === undefined ? 'DIDYPROG_DATA' : '--data'} ${given} is a file: expected is the folder of the ` +
        'data sets; files of your own have other options',
    );
  }
  return given ?? 'data';
}
