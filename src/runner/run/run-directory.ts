import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, UsageError } from '../../errors.js';
import { removeEmpty } from '../../make-folder.js';
import { parseYaml, readTextIfThere, readWholeFile } from '../../read-file.js';
import { quoted, visible } from '../../visible.js';
import { begunConfig, hashProblem } from './begun-config.js';
import { differingKeys } from './comparison.js';
import { configYaml } from '../config/config.js';
import { Interrupted } from '../interrupt.js';
import { notice } from '../notice.js';
import { parseMetrics } from './recorded-run.js';
import { checkPlace, strayNames } from './run-place.js';
import { isLockPart, removeOldLockParts, RunLock } from './run-lock.js';
import { eventFileOf, EventFile } from './tensorboard.js';
import {
  appendText,
  inFile,
  inOutputFolder,
  makeOutputFolder,
  storageError,
  writeAside,
} from '../write-aside.js';

/** Why a run did not finish: failure.json, removed when the run goes on. */
export interface Failure {
  message: string;
  exitCode: number;
  at: string;
}

/**
 * Whether a run may go on with another value of a key: true, or why not, or undefined where nothing is
 * to be said about the key.
 */
export type MayDiffer = (key: string, before: unknown, now: unknown) => true | string | undefined;

export interface RunOpening {
  path: string;
  /** The resolved config; it becomes config.yaml. */
  config: object;
  /** Continue an unfinished run of the same config. */
  resume: boolean;
  /** What may differ from the config that the run began with; by default nothing. */
  mayDiffer?: MayDiffer | undefined;
  /** Also write every metric to a TensorBoard event file. A run that has one goes on with it. */
  tensorboard?: boolean;
}

/**
 * The directory a run writes: config.yaml (resolved), metrics.jsonl, checkpoint/, result.json,
 * run.log, and figures. One process at a time works in it.
 */
export class RunDirectory {
  readonly path: string;
  readonly #lock: RunLock;
  readonly #tensorboard: boolean;
  /** The folders that were made for a new run; undefined for one that goes on. */
  readonly #made: readonly string[] | undefined;
  #events: { file: EventFile; lines: number } | undefined;

  private constructor(
    path: string,
    lock: RunLock,
    tensorboard: boolean,
    made: readonly string[] | undefined,
  ) {
    this.path = path;
    this.#lock = lock;
    this.#tensorboard = tensorboard;
    this.#made = made;
  }

  /**
   * Opens a run directory, does `work` in it, and closes it. An error of `work` is written to
   * failure.json and run.log before it is thrown on; but a new run whose data is missing or
   * unreadable, so that nothing was done, leaves no directory behind.
   * @throws UsageError as `open`
   */
  static async use<T>(
    opening: RunOpening,
    work: (directory: RunDirectory) => Promise<T>,
  ): Promise<T> {
    const directory = await RunDirectory.open(opening);
    try {
      return await work(directory);
    } catch (error) {
      if (!(error instanceof DataError && (await directory.#discard().catch(() => false)))) {
        await directory.recordFailure(error).catch(() => undefined);
      }
      throw error;
    } finally {
      await directory.close();
    }
  }

  /**
   * Opens a run directory for this process alone; `close` it at the end. An earlier unfinished run
   * of the same config is continued with `resume`; anything else that is already there is never
   * overwritten.
   * @throws UsageError when the directory holds a run and `resume` is not asked for, or holds one
   *   of another config, or another process is at work in it
   * @throws StorageError when it cannot be written
   */
  static async open(opening: RunOpening): Promise<RunDirectory> {
    const { path, config } = opening;
    const yaml = configYaml(config);
    await checkPlace(path);
    await checkBefore(opening, await readIfThere(join(path, 'config.yaml')), yaml);
    return inOutputFolder(join(path, 'checkpoint'), async (made) => {
      const lock = await RunLock.acquire(join(path, 'lock'));
      try {
        // Once more, now that nobody else writes here.
        await checkPlace(path);
        const before = await readIfThere(join(path, 'config.yaml'));
        await checkBefore(opening, before, yaml);
        await removeParts(path);
        await writeAside(join(path, 'config.yaml'), yaml);
        await rm(join(path, 'failure.json'), { force: true });
        const tensorboard = opening.tensorboard || (await eventFileOf(path)) !== undefined;
        return new RunDirectory(path, lock, tensorboard, before === undefined ? made : undefined);
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  /**
   * Says whether `open` would begin a new run, before anything is written.
   * @throws UsageError as `open`
   */
  static async check(opening: RunOpening): Promise<{ isNew: boolean }> {
    const { path, config } = opening;
    await checkPlace(path);
    const before = await readIfThere(join(path, 'config.yaml'));
    await checkBefore(opening, before, configYaml(config));
    return { isNew: before === undefined };
  }

  /** Lets other processes work in the directory. */
  async close(): Promise<void> {
    await this.#lock.release();
  }

  /**
   * Makes the directory of a new run under `runs/`, named after what it runs and when it started,
   * with a number where another run of this second has that name. When the process ends without
   * having used it, it goes again.
   * @throws StorageError when it cannot be made
   */
  static async fresh(name: string, now = new Date()): Promise<string> {
    const time = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
    const made = await makeOutputFolder('runs');
    for (let count = 1; ; count++) {
      const path = join('runs', `${name}-${time}${count === 1 ? '' : `-${count}`}`);
      try {
        await mkdir(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw storageError(path, error);
      }
      process.once('exit', () => removeEmpty([path, ...made]));
      return path;
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async write(name: string, content: string): Promise<string> {
    await writeAside(this.file(name), content);
    return this.file(name);
  }

  /** Appends one record to metrics.jsonl, and to the event file when there is to be one. */
  async metric(record: object): Promise<void> {
    if (this.#tensorboard) this.#events ??= await this.#openEvents();
    await appendText(this.file('metrics.jsonl'), `${JSON.stringify(record)}\n`);
    if (this.#events) await this.#events.file.append(record, this.#events.lines++);
  }

  /** Only at the first metric: by then a resumed run has cut metrics.jsonl to its checkpoint. */
  async #openEvents(): Promise<{ file: EventFile; lines: number }> {
    const path = this.file('metrics.jsonl');
    const { lines } = parseMetrics((await readIfThere(path)) ?? '', path);
    // One event a line, whatever is in it.
    const records = lines.map((line) => line ?? {});
    return { file: await EventFile.open(this.path, records), lines: records.length };
  }

  /**
   * Makes what metrics.jsonl holds last, and returns its length in bytes, to be kept in the
   * checkpoint that is written now.
   */
  async syncMetrics(): Promise<number> {
    return inFile(this.file('metrics.jsonl'), 'a', async (file) => {
      await file.sync();
      return (await file.stat()).size;
    });
  }

  /**
   * Takes metrics.jsonl back to `bytes`, its length at the checkpoint that the run goes on from:
   * what came after is written again.
   */
  async rewindMetrics(bytes: number): Promise<void> {
    const path = this.file('metrics.jsonl');
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    const cutAt = (length: number) => inFile(path, 'r+', (file) => file.truncate(length));
    if (size > bytes) await cutAt(bytes);
    const { problem } = parseMetrics((await readIfThere(path)) ?? '', path);
    if (problem !== undefined) await this.notice(problem);
    if (size >= bytes) return;
    // What follows must begin on a line of its own.
    if (size > 0) await cutAt((await readWholeFile(path)).lastIndexOf(0x0a) + 1);
    await this.notice(`${path} is shorter than at the checkpoint: lines are lost`);
  }

  /** Appends a line with the time to run.log, on one line whatever is in it. */
  async log(line: string): Promise<void> {
    await appendText(this.file('run.log'), `${new Date().toISOString()} ${visible(line)}\n`);
  }

  /** A notice that stands in run.log, too. */
  async notice(text: string): Promise<void> {
    notice(text);
    await this.log(text);
  }

  /** Removes a new run in which nothing was done yet. @returns whether it was one */
  async #discard(): Promise<boolean> {
    if (!this.#made) return false;
    const entries = await readdir(this.path, { withFileTypes: true });
    const units = await readdir(this.file('checkpoint'));
    const folders = entries.filter((entry) => !entry.isFile());
    if (units.length > 0 || folders.length > 1) return false;
    const names = entries.map(({ name }) => name).filter((name) => !strayNames.test(name));
    if (names.some((name) => workFiles.includes(name))) return false;
    await this.#lock.check();
    for (const name of names.filter((name) => name !== 'checkpoint' && name !== 'lock')) {
      await rm(this.file(name), { force: true });
    }
    await this.close();
    removeEmpty([this.file('checkpoint'), ...this.#made]);
    return true;
  }

  private async recordFailure(error: unknown): Promise<void> {
    const { message, exitCode = 1 } = error as Error & { exitCode?: number };
    if (error instanceof Interrupted) {
      await this.log(`stopped by ${error.signal}, saved`);
      return;
    }
    await this.log(`failed: ${message}`);
    const failure: Failure = { message, exitCode, at: new Date().toISOString() };
    await this.write('failure.json', `${JSON.stringify(failure)}\n`);
  }
}

/** Files by which something was done in a run. */
const workFiles = ['metrics.jsonl', 'result.json', 'best.bin'];

async function checkBefore(
  { path, resume, mayDiffer }: RunOpening,
  before: string | undefined,
  yaml: string,
): Promise<void> {
  if (before === undefined) return;
  if (!resume) {
    throw new UsageError(
      `${path} already holds a run: continue it with --resume, or choose another --out`,
    );
  }
  await checkUnchanged(path, before, mayDiffer);
  if (before === yaml) return;
  const problem = configProblem(path, before, yaml, mayDiffer);
  if (problem === undefined) return;
  throw new UsageError(
    `${path} holds a run of another config: ${problem}; ` +
      'resume with the same settings, or choose another --out',
  );
}

/**
 * Makes sure that config.yaml is what the run was trained with: it is there to be read, and a run of
 * two settings would pass for one of the last.
 */
async function checkUnchanged(path: string, text: string, mayDiffer?: MayDiffer): Promise<void> {
  const file = join(path, 'config.yaml');
  let config: unknown;
  try {
    config = parseYaml(text, file);
  } catch {
    return;
  }
  const begun = await begunConfig(path);
  const problem = begun
    ? differenceText(begun, config, mayDiffer, ['was', 'and is', ''])
    : await hashProblem(path, text);
  if (problem === undefined) return;
  throw new UsageError(
    `${file} was changed since the run started: ${problem}; put it back. What may change when a run ` +
      'goes on is set by --epochs, or --set beside --resume; other settings need another --out',
  );
}

/** More would hide the first. */
const mostDifferences = 5;

/**
 * Why a run of one config cannot go on with another: the keys that differ, with both values.
 * @returns undefined when it can
 */
export function configProblem(
  path: string,
  before: string,
  yaml: string,
  mayDiffer?: MayDiffer,
): string | undefined {
  let config: unknown;
  try {
    config = parseYaml(before, join(path, 'config.yaml'));
  } catch {
    return 'its config.yaml cannot be read';
  }
  return differenceText(config, parseYaml(yaml, 'the config'), mayDiffer);
}

function differenceText(
  before: unknown,
  now: unknown,
  mayDiffer: MayDiffer = () => undefined,
  [is, and, end] = ['is', 'there and', ' now'],
): string | undefined {
  const problems = differingKeys(before, now).flatMap(({ name, a, b }) => {
    const said = mayDiffer(name, a, b);
    if (said === true) return [];
    const key = name === '' ? 'the whole' : name;
    return [`${key} ${is} ${quoted(a)} ${and} ${quoted(b)}${end}${said ? ` (${said})` : ''}`];
  });
  if (problems.length === 0) return undefined;
  const more = problems.length - mostDifferences;
  return problems.slice(0, mostDifferences).join(', ') + (more > 0 ? `, and ${more} more` : '');
}

/** Removes what a killed process left half written; the lock says that no other is at work. */
async function removeParts(path: string): Promise<void> {
  for (const folder of [path, join(path, 'checkpoint')]) {
    for (const name of await readdir(folder)) {
      if (name.endsWith('.part') && !isLockPart(name))
        await rm(join(folder, name), { force: true });
    }
  }
  await removeOldLockParts(join(path, 'lock'));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readTextIfThere(path);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; choose another --out`);
  }
}
