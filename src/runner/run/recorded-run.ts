import type { Dirent } from 'node:fs';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../errors.js';
import { isFolder, isThere } from '../../make-folder.js';
import { parseJson, parseYaml, readTextIfThere, readUndamaged } from '../../read-file.js';
import { quoted, visible } from '../../visible.js';
import { howBefore } from './begun-config.js';
import { dataFile, fingerprintsOf, type Fingerprint } from './data-files.js';
import { namedValuesSchema } from '../checkpoint/named-values.js';
import { notice } from '../notice.js';
import { provenanceFile, stretchesOf, type Stretch } from './provenance.js';
import { liveOwner } from './run-lock.js';
import { entryOf } from '../config/schema-keys.js';
import { parseResult } from './saved-result.js';

export const scoreSchema = z.object({
  /** The measure with its unit: 'test RMSE (s)'. */
  name: z.string(),
  value: z.number(),
  better: z.enum(['higher', 'lower']),
});

/** The number that a run is judged by. An experiment writes it to result.json as `score`. */
export type Score = z.output<typeof scoreSchema>;

/**
 * done: result.json is there. running: a living process holds the lock. failed: its last start
 * ended with an error. stopped: none of these; --resume continues it.
 */
export type RunState = 'done' | 'running' | 'failed' | 'stopped';

/** What a run directory holds, whatever experiment wrote it. */
export interface RecordedRun {
  path: string;
  /** What it was trained with, whatever its config.yaml says by now. */
  config: Record<string, unknown>;
  /** The records of metrics.jsonl. */
  metrics: readonly Record<string, unknown>[];
  result: Record<string, unknown> | undefined;
  /** Its starts, and its data files where they are known: of its result, else as it has noted them so far. */
  provenance: readonly Stretch[];
  files: readonly Fingerprint[] | undefined;
  /** Lines of run.log: ISO time and text. */
  log: readonly { at: string; text: string }[];
}

/** A line of `didyprog runs`. */
export interface RunSummary {
  path: string;
  /** What ran: 'align bach10', 'train ner'. */
  kind: string;
  state: RunState;
  /** The result's score; of an unfinished training the best on the development set so far. */
  score: Score | undefined;
  /** ISO 8601 times of the first and the last line of run.log. */
  started: string | undefined;
  updated: string | undefined;
}

const objectSchema = namedValuesSchema(z.unknown());

/** The files by which a folder is known to be a run directory. */
const configFile = 'config.yaml';
export const failureFile = 'failure.json';
const markers = ['run.log', 'metrics.jsonl', 'result.json', 'checkpoint'];

/** The files that `readRun` reads. */
export const recordFiles = [
  ...[configFile, 'result.json', 'run.log', 'metrics.jsonl'],
  ...[provenanceFile, dataFile],
];

export async function isRunDirectory(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => [] as string[]);
  return names.includes(configFile) && markers.some((name) => names.includes(name));
}

/**
 * Reads a run directory. The last line of metrics.jsonl may be torn, as a kill leaves it; damaged ones within
 * are left out.
 * @param options.metrics false leaves metrics.jsonl alone, which may be long
 * @param options.say told of damaged lines
 * @throws DataError for a folder that is not a run directory, or a file in it that is not what it
 *   should be, with the line
 */
export async function readRun(
  path: string,
  { metrics = true, say = notice }: { metrics?: boolean; say?: (text: string) => void } = {},
): Promise<RecordedRun> {
  if (!(await isRunDirectory(path))) {
    await entriesOf(path);
    const failure = await readUndamaged(join(path, failureFile));
    if (failure) {
      const message = quoted(entryOf(failure, 'message'));
      throw new DataError(`${path} failed before it began, it has no ${configFile}: ${message}`);
    }
    throw new DataError(
      `${path} is not a run directory: there is no ${configFile} in it beside ` +
        `${markers.join(', ')}; didyprog runs lists those under a folder`,
    );
  }
  const text = (name: string) => readTextIfThere(join(path, name));
  const [config, result, log, records] = await Promise.all([
    ...[configFile, 'result.json', 'run.log'].map(text),
    metrics ? text('metrics.jsonl') : undefined,
  ]);
  const parsed =
    result === undefined
      ? undefined
      : checkObject(await parseResult(result, path, 'result.json'), join(path, 'result.json'));
  const written = parseConfig(config ?? '', join(path, configFile));
  const begun = objectSchema.safeParse(parsed?.['config'] ?? (await howBefore(path)).config);
  const { lines, problem } = parseMetrics(records ?? '', join(path, 'metrics.jsonl'));
  if (problem !== undefined) say(problem);
  return {
    path,
    config: begun.data ?? written,
    metrics: lines.filter((line) => line !== undefined),
    result: parsed,
    provenance: stretchesOf(
      parsed?.['provenance'] ?? (await readUndamaged(join(path, provenanceFile))),
    ),
    files: fingerprintsOf(parsed?.['files'] ?? (await readUndamaged(join(path, dataFile)))),
    log: parseLog(log ?? ''),
  };
}

/**
 * What is in a folder of runs.
 * @throws DataError when it is missing or cannot be read
 */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const link = await readlink(folder).catch(() => undefined);
    if (code === 'ENOENT' && link !== undefined) {
      throw new DataError(`${folder} is a symbolic link to ${visible(link)}, which is not there`);
    }
    if (folder.includes('\uFFFD')) {
      throw new DataError(`cannot read the folder ${folder}: its name is not in UTF-8`);
    }
    throw new DataError(
      code === 'ENOENT'
        ? `there is no folder ${folder}: runs go to runs/ unless --out says otherwise`
        : code === 'ENOTDIR'
          ? `${folder} is a file: give a run directory, or a folder that holds some`
          : `cannot read the folder ${folder}: ${message}`,
    );
  }
}

/**
 * The run directories in `folder` and below it, in the order of their names; also those that symbolic links
 * lead to, each once, by its own place where that is below `folder`. Among them is what cannot be
 * read below it: whoever reads it says why, and the others are not lost.
 * @throws DataError when the folder itself is missing or cannot be read
 */
export async function findRuns(folder: string, depth = 6): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  const links: { path: string; depth: number }[] = [];
  const look = async (path: string, real: string, depth: number): Promise<void> => {
    if (seen.has(real)) return;
    seen.add(real);
    const entries = await entriesOf(path);
    // Of one that failed before it had a config, or has lost it, readRun says so.
    const isLeft = entries.some(({ name }) => name === failureFile || name === provenanceFile);
    if (isLeft || (await isRunDirectory(path))) found.push(path);
    else if (depth > 0) {
      const order = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      for (const entry of order) {
        const below = join(path, entry.name);
        if (skipped.test(entry.name)) continue;
        if (entry.isSymbolicLink()) links.push({ path: below, depth: depth - 1 });
        if (entry.isDirectory()) await lookBelow(below, join(real, entry.name), depth - 1);
      }
    }
  };
  const lookBelow = async (path: string, real: string, depth: number) => {
    await look(path, real, depth).catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      found.push(path);
    });
  };
  await look(folder, await realpath(folder).catch(() => resolve(folder)), depth);
  for (const { path, depth } of links) {
    const real = await realpath(path).catch(() => undefined);
    // A link may lead to the whole disk.
    if (real === undefined) found.push(path);
    else if (await isFolder(real)) await lookBelow(path, real, Math.min(depth, mostBelowLink));
  }
  const key = (path: string) => path.replaceAll(sep, '\0');
  return found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Levels below a link at which runs are looked for; the cells of a table of several sweeps are at the third. */
const mostBelowLink = 3;
const skipped = /^(\..*|node_modules)$/;

/** What ran, in what state it is, and how good it is. */
export async function summariseRun(run: RecordedRun): Promise<RunSummary> {
  return {
    path: run.path,
    kind: kindOf(run),
    state: await stateOf(run.path),
    score: scoreOf(run),
    started: run.log[0]?.at,
    updated: run.log.at(-1)?.at,
  };
}

/** The command line that the run was last started with, if run.log tells it. */
export function commandOf(run: RecordedRun): string | undefined {
  return startsOf(run).at(-1);
}

const startsOf = ({ log }: RecordedRun) =>
  log.flatMap(({ text }) => /^started: (.*?)(?:; engine [^;]*)?$/.exec(text)?.[1] ?? []);

export async function stateOf(path: string): Promise<RunState> {
  if (await liveOwner(join(path, 'lock'))) return 'running';
  if (await isThere(join(path, 'result.json'))) return 'done';
  return (await isThere(join(path, failureFile))) ? 'failed' : 'stopped';
}

/** The first words of its command: 'align bach10'; else what the result or the config says. */
function kindOf(run: RecordedRun): string {
  // A cell is what its experiment is; who goes on with a run does not say what it is.
  const said = startsOf(run)
    .map((command) => command.replaceAll(/ (?:-q|--quiet)(?= )/g, ''))
    .findLast((command) => !/^didyprog (sweep|resume) /.test(command));
  const words = said?.split(' ').slice(1, 3) ?? [];
  const kind = words.filter((word) => /^\w+$/.test(word)).join(' ');
  return kind || String(run.result?.['experiment'] ?? run.config['name'] ?? 'unknown');
}

function scoreOf({ result, metrics }: RecordedRun): Score | undefined {
  const final = scoreSchema.safeParse(result?.['score']);
  if (final.success) return final.data;
  const scores = metrics.map(({ score }) => score).filter((score) => typeof score === 'number');
  if (scores.length === 0) return undefined;
  return developmentScore(scores.reduce((best, score) => Math.max(best, score)));
}

/** The score of a training that is not done: its best on the development set so far. */
export const developmentScore = (value: number): Score => ({
  name: 'development score',
  value,
  better: 'higher',
});

const parseConfig = (text: string, path: string) => checkObject(parseYaml(text, path), path);

/**
 * The whole lines of metrics.jsonl, undefined for those that are damaged: a full disk or a power cut may leave
 * some, and the others are still right.
 * @returns the lines, and what is wrong with the first damaged one
 */
export function parseMetrics(text: string, path: string) {
  const problems: string[] = [];
  // What follows the last line break is empty, or a line that was not written to its end.
  const lines = text.split('\n').slice(0, -1);
  const records = lines.map((line, index) => {
    try {
      return parseRecord(line, `${path}, line ${index + 1}`);
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  });
  const more = problems.length - 1;
  const others = more > 0 ? `, and so are ${more} more` : '';
  const problem =
    more < 0 ? undefined : `${problems[0]}: the line is left out of the curve${others}`;
  return { lines: records, problem };
}

/**
 * A record of metrics.jsonl.
 * @param where the file and the line
 * @throws DataError for what is not an object, or has a number that no curve could show
 */
export function parseRecord(text: string, where: string): Record<string, unknown> {
  const record = parseObject(text, where);
  const key = overflowIn(record);
  if (key === undefined) return record;
  throw new DataError(`${where}: ${key} is too large: expected a finite number`);
}

/** The key of a number that is too large for a float, as 1e999 is. */
function overflowIn(value: object): string | undefined {
  for (const [key, entry] of Object.entries(value) as [string, unknown][]) {
    if (entry === Infinity || entry === -Infinity) return key;
    const inner = typeof entry === 'object' && entry !== null ? overflowIn(entry) : undefined;
    if (inner !== undefined) return `${key}.${inner}`;
  }
  return undefined;
}

const parseObject = (text: string, where: string) => checkObject(parseJson(text, where), where);

function checkObject(value: unknown, where: string): Record<string, unknown> {
  const parsed = objectSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DataError(`${where}: expected an object, not ${quoted(value)}`);
}

function parseLog(text: string): { at: string; text: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, at, rest] = /^(\d{4}-\d\d-\d\dT\S+) (.*)$/.exec(line) ?? [];
    return at !== undefined && rest !== undefined ? [{ at, text: rest }] : [];
  });
}

/** The path of a run as a list under `folder` shows it. */
export const runName = (path: string, folder: string) => relative(folder, path) || path;
