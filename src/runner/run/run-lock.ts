import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFile,
  link,
  open,
  readdir,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exitCodes, UsageError } from '../../errors.js';
import { guardFolder } from '../folder-guard.js';
import { isAlive, readLock, thisProcess, type FoundLock, type LockOwner } from './lock-owner.js';
import { storageError } from '../write-aside.js';

export type { LockOwner } from './lock-owner.js';

/** The lock is held by a process that lives, or nobody can tell by whom. Exit code 2. */
export class LockedError extends UsageError {
  override name = 'LockedError';
}

/** Another process has taken the lock from this one, which stood still too long. Exit code 1. */
export class LostLockError extends Error {
  override name = 'LostLockError';
  readonly exitCode = exitCodes.failed;
}

/** Where nothing else tells whether the owner lives, a lock not touched for so long is stale. */
const staleSeconds = 300;
const heartbeatSeconds = 30;

/**
 * A lock on a directory that names its owner; a stale one is taken over. While it is held, every
 * write in the directory first checks that it is still there.
 */
export class RunLock {
  readonly #path: string;
  readonly #content: string;
  readonly #file: FileHandle;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #endGuard: () => void;

  private constructor(path: string, content: string, file: FileHandle) {
    this.#path = path;
    this.#content = content;
    this.#file = file;
    this.#heartbeat = setInterval(() => void touch(file), heartbeatSeconds * 1000);
    this.#heartbeat.unref();
    this.#endGuard = guardFolder(dirname(path), () => this.check());
  }

  /**
   * Takes the lock file `path`. Works on network file systems too: it rests on link and rename.
   * @throws LockedError that names the owner when another process holds it, or says what stands
   *   there when it is no lock
   */
  static async acquire(path: string): Promise<RunLock> {
    const token = randomUUID();
    const content = `${JSON.stringify(thisProcess(token))}\n`;
    const aside = `${path}.${token}.part`;
    let file: FileHandle | undefined;
    try {
      file = await open(aside, 'wx');
      await file.writeFile(content);
      await file.sync();
      for (let tries = 0; ; tries++) {
        if (await tryLink(aside, path)) break;
        const found = await readLock(path);
        if (typeof found !== 'object') {
          if (tries === mostTries) throw notALock(path, found);
          // It was given back just now, or is being written where there are no links.
          if (found !== undefined && found !== 'an empty file') throw notALock(path, found);
          await pause();
          continue;
        }
        // A network file system may have made the link and lost the answer.
        if (found.text === content) break;
        if (!(await isStale(found, file))) throw locked(path, found.owner);
        if (await replaceStale(path, found.text, aside, file)) break;
      }
      const held = await open(path, 'r+').catch(async (error: unknown) => {
        await rm(path, { force: true }).catch(() => undefined);
        throw error;
      });
      return new RunLock(path, content, held);
    } catch (error) {
      throw storageError(path, error);
    } finally {
      await file?.close().catch(() => undefined);
      await rm(aside, { force: true }).catch(() => undefined);
    }
  }

  /**
   * @throws LostLockError when the lock is not this process's any more: it stood still for so long
   *   that another one took the directory over
   */
  async check(): Promise<void> {
    const found = await readLock(this.#path);
    if (typeof found === 'object' && found.text === this.#content) return;
    const who =
      typeof found === 'object' ? `${describeOwner(found.owner)} has taken it` : 'it is gone';
    throw new LostLockError(
      `the lock ${this.#path} is not this process's any more: ${who}. Nothing more is written ` +
        'here; what was saved is unharmed',
    );
  }

  /** Gives the lock back; one that another process has taken over is left alone. */
  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#endGuard();
    await this.#file.close().catch(() => undefined);
    const found = await readLock(this.#path).catch(() => undefined);
    if (typeof found !== 'object' || found.text !== this.#content) return;
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

/** The owner of the lock file `path` if it still lives, else undefined. */
export async function liveOwner(path: string): Promise<LockOwner | undefined> {
  const found = await readLock(path);
  if (typeof found !== 'object') return undefined;
  const alive = isAlive(found.owner) ?? !isOld(found, await folderClock(dirname(path)));
  return alive ? found.owner : undefined;
}

/**
 * Says at once what `RunLock.acquire` would say once there is work to do.
 * @throws LockedError as there
 */
export async function checkFree(path: string): Promise<void> {
  const owner = await liveOwner(path);
  if (owner) throw locked(path, owner);
}

/** Whether `name` in the folder of a lock is one that a process wrote to take it. */
export const isLockPart = (name: string) => /^lock\..*\.part$/.test(name);

/** Removes what killed processes left that were about to take the lock `path`. */
export async function removeOldLockParts(path: string): Promise<void> {
  const folder = dirname(path);
  const now = await mtime(path);
  for (const name of await readdir(folder)) {
    if (!isLockPart(name) || !name.startsWith(basename(path))) continue;
    const part = join(folder, name);
    const made = await mtime(part).catch(() => now);
    if (now - made > staleSeconds * 1000) await rm(part, { force: true });
  }
}

/** How often a lock that is neither there nor not there is looked at again, after a pause each. */
const mostTries = 40;
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

const mtime = async (path: string) => (await stat(path)).mtimeMs;

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!noLinks.has(code)) throw error;
  }
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What file systems answer that have no links: FAT, some network shares. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function isStale(found: FoundLock, aside: FileHandle): Promise<boolean> {
  const alive = isAlive(found.owner);
  return alive === undefined ? isOld(found, await touch(aside)) : !alive;
}

/** Two times of one clock: the owner's and this one's file are on the same file system. */
const isOld = ({ touchedMs }: FoundLock, nowMs: number) => nowMs - touchedMs > staleSeconds * 1000;

/**
 * Has the file system note its own time on a lock: its first byte is written again. The file may
 * be another's by now; nothing of it changes then.
 * @returns that time, in milliseconds
 */
async function touch(file: FileHandle): Promise<number> {
  try {
    await file.write('{', 0);
    // A network file system notes the time when the byte arrives.
    await file.datasync();
    return (await file.stat()).mtimeMs;
  } catch {
    return -Infinity;
  }
}

/** The times of file systems by device, with when they were asked; asked again after a minute. */
const clocks = new Map<number, { timeMs: number; asked: number }>();

/** The time by the clock of the file system that holds `folder`, or by ours where it is read-only. */
async function folderClock(folder: string): Promise<number> {
  const { dev } = await stat(folder);
  const known = clocks.get(dev);
  const passed = known ? performance.now() - known.asked : Infinity;
  if (known && passed < 60_000) return known.timeMs + passed;
  const probe = join(folder, `lock.${randomUUID()}.part`);
  let timeMs = Date.now();
  try {
    const file = await open(probe, 'wx');
    try {
      timeMs = await touch(file);
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
  } catch {
    // A folder that may only be read.
  }
  clocks.set(dev, { timeMs, asked: performance.now() });
  return timeMs;
}

/** A takeover lasts milliseconds; one that is older was left by a process that was killed in it. */
const takeoverSeconds = 10;

/**
 * Puts `aside` in the stale lock's place, unless it has changed since it was read. One process at a
 * time may try, or two could both win.
 */
async function replaceStale(
  path: string,
  staleText: string,
  aside: string,
  file: FileHandle,
): Promise<boolean> {
  const takeover = `${path}.takeover`;
  if (!(await tryLink(aside, takeover))) {
    const since = (await stat(takeover).catch(() => undefined))?.ctimeMs ?? Infinity;
    if ((await touch(file)) - since > takeoverSeconds * 1000) await rm(takeover, { force: true });
    await pause();
    return false;
  }
  try {
    const found = await readLock(path);
    if (typeof found !== 'object' || found.text !== staleText) return false;
    await rename(aside, path);
    return true;
  } finally {
    await rm(takeover, { force: true });
  }
}

const describeOwner = ({ pid, host, since, job }: LockOwner) =>
  `process ${pid} on ${host}, since ${since}${job ? ` (${job})` : ''}`;

const locked = (path: string, owner: LockOwner) =>
  new LockedError(
    `another process is at work in ${dirname(path)}: ${describeOwner(owner)}. ` +
      `Wait for it, choose another --out, or, if it is gone, delete ${path}`,
  );

const notALock = (path: string, kind = 'a link to a file that is not there') =>
  new LockedError(
    `${path} is ${kind} and not the lock of a run: it cannot be told whether a process is at work ` +
      'here. If none is, delete it; else choose another --out',
  );
