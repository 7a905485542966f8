import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, utimes, writeFile, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { UsageError } from '../errors.js';
import { storageError } from './write-aside.js';

/** Who works in a run directory. */
export interface LockOwner {
  pid: number;
  host: string;
  /** When the owner took the lock, ISO 8601. */
  since: string;
  /** What tells this process from a later one with the same number, where the system says it. */
  processStart: string | undefined;
  /** The batch system's job, when there is one: a job that was requeued owns what it left. */
  job: string | undefined;
}

/** The lock is held by a process that lives. Exit code 2. */
export class LockedError extends UsageError {
  override name = 'LockedError';
}

/** On another host nothing else tells whether the owner still lives. */
const foreignLockSeconds = 300;
const heartbeatSeconds = 30;

/** A lock on a directory that names its owner; a stale one is taken over. */
export class RunLock {
  readonly #path: string;
  readonly #content: string;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(path: string, content: string) {
    this.#path = path;
    this.#content = content;
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, heartbeatSeconds * 1000);
    this.#heartbeat.unref();
  }

  /**
   * Takes the lock file `path`. Works on network file systems too: it rests on link and rename.
   * @throws LockedError that names the owner when another process holds it
   */
  static async acquire(path: string): Promise<RunLock> {
    const content = `${JSON.stringify(thisProcess())}\n`;
    const aside = `${path}.${randomUUID()}.part`;
    try {
      await writeFile(aside, content);
      for (;;) {
        if (await tryLink(aside, path)) return new RunLock(path, content);
        const found = await readOwner(path);
        if (!found) continue;
        if (!(await isStale(path, found.owner))) throw locked(path, found.owner);
        if (await replaceStale(path, found.text, aside)) return new RunLock(path, content);
      }
    } catch (error) {
      throw storageError(path, error);
    } finally {
      await rm(aside, { force: true }).catch(() => undefined);
    }
  }

  /** Gives the lock back; one that another process has taken over is left alone. */
  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    const text = await readFile(this.#path, 'utf8').catch(() => undefined);
    if (text === this.#content) await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

/** The owner of the lock file `path` if it still lives, else undefined. */
export async function liveOwner(path: string): Promise<LockOwner | undefined> {
  const found = await readOwner(path);
  if (!found?.owner || (await isStale(path, found.owner))) return undefined;
  return found.owner;
}

function thisProcess(): LockOwner {
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    processStart: processStart(process.pid),
    job: batchJob(),
  };
}

function batchJob(): string | undefined {
  const { SLURM_JOB_ID, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID } = process.env;
  if (SLURM_ARRAY_JOB_ID) return `slurm ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`;
  return SLURM_JOB_ID ? `slurm ${SLURM_JOB_ID}` : undefined;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The lock's content; an owner that cannot be read is undefined. */
async function readOwner(
  path: string,
): Promise<{ text: string; owner: LockOwner | undefined } | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(text) as LockOwner | null;
    if (typeof owner?.pid === 'number' && typeof owner.host === 'string') return { text, owner };
  } catch {
    // Not JSON: nobody that this program knows.
  }
  return { text, owner: undefined };
}

async function isStale(path: string, owner: LockOwner | undefined): Promise<boolean> {
  if (owner && owner.host === hostname()) {
    return !isAlive(owner.pid) || owner.processStart !== processStart(owner.pid);
  }
  // A batch system starts a requeued job only when its first start is over.
  if (owner?.job !== undefined && owner.job === batchJob()) return true;
  const age = await stat(path).then(
    ({ mtimeMs }) => (Date.now() - mtimeMs) / 1000,
    () => Infinity,
  );
  return age > foreignLockSeconds;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The process' start in clock ticks since the boot, on Linux; a zombie counts as ended. */
function processStart(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

/** A takeover lasts milliseconds; one that is older was left by a process that was killed in it. */
const takeoverSeconds = 10;

/**
 * Puts `aside` in the stale lock's place, unless it has changed since it was read. One process at a
 * time may try, or two could both win.
 */
async function replaceStale(path: string, staleText: string, aside: string): Promise<boolean> {
  const takeover = `${path}.takeover`;
  if (!(await tryLink(aside, takeover))) {
    const age = await stat(takeover).then(
      ({ ctimeMs }) => (Date.now() - ctimeMs) / 1000,
      () => 0,
    );
    if (age > takeoverSeconds) await rm(takeover, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return false;
  }
  try {
    if ((await readOwner(path))?.text !== staleText) return false;
    await rename(aside, path);
    return true;
  } finally {
    await rm(takeover, { force: true });
  }
}

function locked(path: string, owner: LockOwner | undefined): LockedError {
  const who = owner
    ? `process ${owner.pid} on ${owner.host}, since ${owner.since}` +
      (owner.job ? ` (${owner.job})` : '')
    : 'an unknown process';
  return new LockedError(
    `another process is at work in this run directory: ${who}. ` +
      `Wait for it, choose another --out, or, if it is gone, delete ${path}`,
  );
}
