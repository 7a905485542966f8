import { readFileSync, readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { kindOf } from '../../input-file.js';
import { readTextFile } from '../../read-file.js';

export interface LockOwner {
  pid: number;
  host: string;
  /** When the owner took the lock, ISO 8601. */
  since: string;
  /**
   * The boot of the machine and the PID namespace in which `pid` means something; undefined in
   * locks of version 0.1.0.
   */
  place?: string | undefined;
  /** What tells this process from a later one with the same number, where the system says it. */
  processStart?: string | undefined;
  /** The batch system's job, when there is one, and how often it was queued again. */
  job?: string | undefined;
  restarts?: number | undefined;
  /** Tells this lock from all others. */
  token?: string | undefined;
}

/** This process as the owner of a lock. */
export function thisProcess(token: string): LockOwner {
  const { SLURM_JOB_ID, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID } = process.env;
  const array = SLURM_ARRAY_JOB_ID && `slurm ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`;
  return {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    place: place(),
    processStart: processState(process.pid),
    job: array || (SLURM_JOB_ID && `slurm ${SLURM_JOB_ID}`) || undefined,
    restarts: Number(process.env['SLURM_RESTART_COUNT'] ?? 0),
    token,
  };
}

/**
 * Whether the owner of a lock lives, as far as this process can tell without its heartbeat:
 * undefined where its number means nothing here, on another machine or in a container.
 */
export function isAlive(owner: LockOwner): boolean | undefined {
  const here = thisProcess('');
  // A batch system starts a job again only when its earlier start is over.
  const restarted = (here.restarts ?? 0) > (owner.restarts ?? 0);
  if (owner.job !== undefined && owner.job === here.job && restarted) return false;
  if (owner.place === undefined || owner.place !== here.place) return undefined;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const start = processState(owner.pid);
  return start === undefined || owner.processStart === undefined || start === owner.processStart;
}

/** Where process numbers are those that this process sees. */
function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return `${hostname()} ${process.platform}`;
  }
}

/**
 * The process' start in clock ticks since the boot, on Linux; a zombie has ended. Undefined where
 * /proc does not tell, or tells of another namespace's processes.
 */
function processState(pid: number): string | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

/** A lock file: its text, its owner, and when its owner last touched it, by the file system's clock. */
export interface FoundLock {
  text: string;
  owner: LockOwner;
  touchedMs: number;
}

/** More than any owner writes. */
const mostBytes = 65_536;

/**
 * Reads the lock file `path`. Never waits, whatever stands there.
 * @returns undefined when there is none; a text that says what it is when it is no lock
 */
export async function readLock(path: string): Promise<FoundLock | string | undefined> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) return kindOf(found);
    if (found.size > mostBytes) return 'a file of another kind';
    const text = await readTextFile(path, mostBytes);
    const owner = parseOwner(text);
    if (owner) return { text, owner, touchedMs: found.mtimeMs };
    return text === '' ? 'an empty file' : 'a file of another kind';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(text) as LockOwner | null;
    // Zero and below would be groups of processes.
    if (!Number.isSafeInteger(owner?.pid) || owner!.pid < 1) return undefined;
    if (typeof owner!.host === 'string' && typeof owner!.since === 'string') return owner!;
  } catch {
    // Not JSON: nobody that this program knows.
  }
  return undefined;
}
