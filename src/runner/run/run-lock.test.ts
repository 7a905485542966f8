import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import {
  mkdtemp,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.js';
import { RunDirectory } from './run-directory.js';
import { liveOwner, LostLockError, RunLock } from './run-lock.js';
import { writeAside } from '../write-aside.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a lock as another process would. */
const owner = (fields: object) =>
  writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', since: 'then', ...fields }));

/** The place of this process, as a lock of its own says it. */
async function place(): Promise<string> {
  const lock = await RunLock.acquire(path);
  const { place } = JSON.parse(await readFile(path, 'utf8')) as { place: string };
  await lock.release();
  return place;
}

/** Makes the lock look as if its owner had not touched it for an hour. */
async function stall() {
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(path, longAgo, longAgo);
}

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

  it('goes to exactly one of many that want it at once, and the others name that one', async () => {
    await owner({ place: await place(), host: hostname(), pid: 2 ** 22 + 1 });
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => RunLock.acquire(path)));
    const winners = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(winners).toHaveLength(1);
    for (const one of tries) {
      if (one.status === 'rejected') {
        expect((one.reason as Error).message).toContain(`process ${process.pid} on ${hostname()}`);
      }
    }
    await winners[0]!.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes to one of many that open the directory, whose other files they leave alone', async () => {
    const run = join(folder, 'run');
    const open = () => RunDirectory.open({ path: run, config: { a: 1 }, resume: true });
    for (let round = 0; round < 10; round++) {
      const tries = await Promise.allSettled(Array.from({ length: 8 }, open));
      const winners = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const losers = tries.flatMap((one) =>
        one.status === 'rejected' ? [one.reason as Error] : [],
      );
      expect(winners.length).toBeGreaterThan(0);
      for (const { message } of losers) expect(message).toContain('another process is at work');
      for (const winner of winners) await winner.close();
    }
  });

  it('is taken over from a process that has ended, or whose number another process has now', async () => {
    const here = { place: await place(), host: hostname() };
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await owner({ ...here, pid: child.pid });
    expect(await liveOwner(path)).toBeUndefined();
    await (await RunLock.acquire(path)).release();
    if (!existsSync('/proc/self/stat')) return;
    await owner({ ...here, pid: process.pid, processStart: '1' });
    await (await RunLock.acquire(path)).release();
  });

  it('of another place is stale only when its owner has not touched it for long', async () => {
    // The same host's name, in a container; a lock of version 0.1.0; another host.
    const gone = 2 ** 22 + 1;
    for (const fields of [
      { host: hostname(), place: 'another namespace', pid: gone },
      { host: hostname(), pid: gone },
      { job: 'slurm 1_2' },
    ]) {
      await owner(fields);
      await expect(RunLock.acquire(path)).rejects.toThrow(/process \d+ on .*delete/);
      expect(await liveOwner(path)).toMatchObject(fields);
      await stall();
      expect(await liveOwner(path)).toBeUndefined();
      await (await RunLock.acquire(path)).release();
    }
  });

  it('is judged by the file system’s clock, not by this machine’s', async () => {
    await owner({});
    const { now } = Date;
    // A clock that is a day ahead of the one that noted the heartbeat.
    Date.now = () => now() + 86_400_000;
    try {
      await expect(RunLock.acquire(path)).rejects.toThrow('another process is at work');
      expect(await liveOwner(path)).toMatchObject({ pid: 1 });
    } finally {
      Date.now = now;
    }
  });

  it.skipIf(spawnSync('unshare', ['-pf', 'true']).status !== 0)(
    'is not taken from a living process by one of another PID namespace',
    async () => {
      const lock = await RunLock.acquire(path);
      const module = new URL('../../../dist/runner/run/run-lock.js', import.meta.url).href;
      const program = `
        const { RunLock } = await import('${module}');
        await RunLock.acquire(process.argv[1]).catch((error) => console.log(error.message));`;
      for (const mount of [[], ['--mount-proc']]) {
        const node = [process.execPath, '--input-type=module', '-e', program, path];
        const { stdout } = spawnSync('unshare', ['-pf', ...mount, ...node], { encoding: 'utf8' });
        expect(stdout).toContain(`process ${process.pid} on ${hostname()}`);
      }
      await lock.check();
      await lock.release();
    },
  );

  it('of the same batch job is stale once that job was queued again, and not before', async () => {
    await owner({ job: 'slurm 17_3', restarts: 0 });
    Object.assign(process.env, { SLURM_ARRAY_JOB_ID: '17', SLURM_ARRAY_TASK_ID: '3' });
    try {
      await expect(RunLock.acquire(path)).rejects.toThrow('slurm 17_3');
      process.env['SLURM_RESTART_COUNT'] = '1';
      await (await RunLock.acquire(path)).release();
    } finally {
      delete process.env['SLURM_ARRAY_JOB_ID'];
      delete process.env['SLURM_ARRAY_TASK_ID'];
      delete process.env['SLURM_RESTART_COUNT'];
    }
  });

  it('is an error at once when it is none, and stays', async () => {
    const makers: Record<string, () => unknown> = {
      'an empty file': () => writeFile(path, ''),
      'a file of another kind': () => writeFile(path, 'ÿ'),
      // All processes of a group; nobody since no time.
      'a file of another kind and not the lock': () => owner({ pid: 0 }),
      'a file of another kind and not the lock of': () => owner({ since: undefined }),
      'a folder': () => mkdir(path),
      'a symbolic link': () => symlink(join(folder, 'nowhere'), path),
      ...(process.platform !== 'win32' && { 'a named pipe': () => spawnSync('mkfifo', [path]) }),
    };
    for (const [kind, make] of Object.entries(makers)) {
      await make();
      await expect(RunLock.acquire(path)).rejects.toThrow(`${path} is ${kind}`);
      expect(await liveOwner(path)).toBeUndefined();
      expect(await readdir(folder)).toEqual(['lock']);
      await rm(path, { recursive: true });
    }
  });
});

describe('the owner of a lock that another process has taken', () => {
  it('writes nothing more, says who took it, and leaves the lock alone', async () => {
    const run = join(folder, 'run');
    const directory = await RunDirectory.open({ path: run, config: {}, resume: false });
    await directory.metric({ epoch: 1 });
    path = join(run, 'lock');
    await owner({ pid: 77 });
    const files = () =>
      Object.fromEntries(
        ['metrics.jsonl', 'config.yaml'].map((name) => [
          name,
          readFileSync(join(run, name), 'utf8'),
        ]),
      );
    const before = files();
    for (const write of [
      () => directory.metric({ epoch: 2 }),
      () => directory.log('goes on'),
      () => directory.write('result.json', '{}'),
      () => writeAside(join(run, 'checkpoint', 'latest.bin'), 'new'),
    ]) {
      await expect(write()).rejects.toThrow(LostLockError);
      await expect(write()).rejects.toThrow('process 77 on elsewhere');
    }
    expect(files()).toEqual(before);
    await directory.close();
    expect((await readdir(run)).sort()).toEqual([
      'checkpoint',
      'config.yaml',
      'lock',
      'metrics.jsonl',
    ]);
    expect(await readFile(path, 'utf8')).toContain('"pid":77');
  });

  it('still writes elsewhere', async () => {
    const lock = await RunLock.acquire(path);
    await owner({ pid: 77 });
    const outside = await mkdtemp(join(tmpdir(), 'didyprog-outside-'));
    await writeAside(join(outside, 'file'), 'text');
    await lock.release();
    await rm(outside, { recursive: true });
  });
});
