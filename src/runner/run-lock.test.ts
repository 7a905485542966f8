import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { liveOwner, RunLock } from './run-lock.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

const owner = (fields: object) =>
  writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', since: 'then', ...fields }));

describe('the lock of a run directory', () => {
  it('names its owner to the second that wants it, and is free again when released', async () => {
    const lock = await RunLock.acquire(path);
    await expect(RunLock.acquire(path)).rejects.toThrow(UsageError);
    await expect(RunLock.acquire(path)).rejects.toThrow(`process ${process.pid} on ${hostname()}`);
    expect((await liveOwner(path))?.pid).toBe(process.pid);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await RunLock.acquire(path)).release();
  });

  it('goes to exactly one of many that want it at once, also when a stale one is in the way', async () => {
    await owner({ host: hostname(), pid: 2 ** 22 + 1 });
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => RunLock.acquire(path)));
    const winners = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]!.release();
  });

  it('is taken over from a process that has ended, or whose number another process has now', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await owner({ host: hostname(), pid: child.pid });
    expect(await liveOwner(path)).toBeUndefined();
    await (await RunLock.acquire(path)).release();
    await owner({ host: hostname(), pid: process.pid, processStart: '1' });
    await (await RunLock.acquire(path)).release();
  });

  it('of another host is stale only when its owner has not touched it for long', async () => {
    await owner({ job: 'slurm 1_2' });
    await expect(RunLock.acquire(path)).rejects.toThrow(
      /process 1 on elsewhere.*slurm 1_2.*delete/,
    );
    const longAgo = new Date(Date.now() - 3600_000);
    await utimes(path, longAgo, longAgo);
    await (await RunLock.acquire(path)).release();
  });

  it('of the same batch job, requeued on another host, is stale', async () => {
    await owner({ job: 'slurm 17_3' });
    process.env['SLURM_ARRAY_JOB_ID'] = '17';
    process.env['SLURM_ARRAY_TASK_ID'] = '3';
    try {
      await (await RunLock.acquire(path)).release();
    } finally {
      delete process.env['SLURM_ARRAY_JOB_ID'];
      delete process.env['SLURM_ARRAY_TASK_ID'];
    }
  });

  it('that nobody can read is somebody’s until it is old', async () => {
    await writeFile(path, 'ÿ');
    await expect(RunLock.acquire(path)).rejects.toThrow('an unknown process');
  });
});
