import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArrays } from '../src/runner/checkpoint/checkpoint.js';
import { checkWritable } from '../src/runner/run/run-place.js';
import { SeededRandom } from '../src/random.js';
import { temporaryFolder } from './temporary-folder.js';

const program = fileURLToPath(new URL('training-program.mjs', import.meta.url));
const folder = temporaryFolder('durability');
const inFolder = (...names: string[]) => join(folder, ...names);

/** A run of 80 steps; slow ones are still at work when a busy machine comes to look at them. */
const start = (out: string, pace: 'quick' | 'slow' = 'quick') =>
  spawn(process.execPath, [program, out, pace === 'slow' ? '200' : '2'], { stdio: 'pipe' });

async function finish(out: string) {
  const child = start(out);
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

function holdsLock(out: string, pid: number | undefined) {
  try {
    const owner = JSON.parse(readFileSync(join(out, 'lock'), 'utf8')) as { pid: number };
    return owner.pid === pid;
  } catch {
    return false;
  }
}

/** What a run ends with: its summary and metrics.jsonl, without the times. */
const outcome = (out: string) => ({
  summary: readFileSync(join(out, 'summary.json'), 'utf8'),
  metrics: readFileSync(join(out, 'metrics.jsonl'), 'utf8').replaceAll(/,"seconds":[\d.]+/g, ''),
});

/** Every file of a run directory that has its name is whole; only a log's last line may be torn. */
async function expectReadable(out: string) {
  for (const name of ['latest.bin', 'previous.bin'])
    await readArrays(join(out, 'checkpoint', name));
  await readArrays(join(out, 'best.bin'));
  const files = existsSync(out) ? readdirSync(out, { withFileTypes: true }) : [];
  for (const { name } of files.filter((file) => file.isFile())) {
    const text = readFileSync(join(out, name), 'utf8');
    if (name === 'metrics.jsonl') {
      for (const line of text.split('\n').slice(0, -1)) JSON.parse(line);
    } else if (name.endsWith('.json')) JSON.parse(text);
  }
}

beforeAll(async () => {
  expect((await finish(inFolder('undisturbed'))).code).toBe(0);
});

describe('a run that is killed', () => {
  it('by SIGKILL at random moments ends with the numbers of an undisturbed one', async () => {
    const out = inFolder('killed');
    const random = new SeededRandom(11);
    for (let kills = 0; kills < 6; kills++) {
      const child = start(out);
      const ended = once(child, 'close');
      // From when it works, so that a busy machine does not make this a test of starting Node.
      while (child.exitCode === null && !holdsLock(out, child.pid)) await milliseconds(2);
      await milliseconds(random.between(0, 150));
      child.kill('SIGKILL');
      await ended;
      await expectReadable(out);
    }
    expect((await finish(out)).code).toBe(0);
    expect(outcome(out)).toEqual(outcome(inFolder('undisturbed')));
  });

  it('by SIGTERM saves, exits with 143, and goes on to the same numbers', async () => {
    const out = inFolder('terminated');
    const child = start(out, 'slow');
    while (!existsSync(join(out, 'checkpoint', 'latest.bin'))) await milliseconds(2);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([143, null]);
    expect(readdirSync(out)).not.toContain('lock');
    expect((await finish(out)).code).toBe(0);
    expect(outcome(out)).toEqual(outcome(inFolder('undisturbed')));
  });
});

describe('a run directory', () => {
  it('that another process holds is refused with the owner’s name, and left alone', async () => {
    const out = inFolder('shared');
    const first = start(out, 'slow');
    while (!existsSync(join(out, 'checkpoint', 'latest.bin'))) await milliseconds(2);
    // Stopped, so that it cannot come to its end before the second one has started.
    first.kill('SIGSTOP');
    const second = await finish(out);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`process ${first.pid}`);
    first.kill('SIGCONT');
    first.kill('SIGTERM');
    expect(await once(first, 'close')).toEqual([143, null]);
    expect((await finish(out)).code).toBe(0);
    expect(outcome(out)).toEqual(outcome(inFolder('undisturbed')));
  });

  it('that cannot be written is an error that says so', async () => {
    const file = inFolder('file');
    writeFileSync(file, 'in the way');
    const inTheWay = await finish(file);
    expect(inTheWay.code).toBe(2);
    expect(inTheWay.stderr).toContain('choose another --out');
    expect(readFileSync(file, 'utf8')).toBe('in the way');
  });

  it('in a read-only folder is an error that says so', async (context) => {
    const place = inFolder('read-only');
    mkdirSync(place);
    // Root may write in every folder, but not on every file system.
    const isRoot = process.getuid?.() === 0;
    const mount = ['-t', 'tmpfs', '-o', 'ro,size=4k', 'tmpfs', place];
    if (!isRoot) chmodSync(place, 0o500);
    else if (spawnSync('mount', mount).status !== 0) return context.skip('cannot mount here');
    try {
      const { code, stderr } = await finish(join(place, 'run'));
      expect(code).toBe(1);
      const refused = /cannot write .*(read-only|may not write there)/;
      expect(stderr).toMatch(refused);
      // Known before there is anything to write.
      await expect(checkWritable(join(place, 'runs', 'run'))).rejects.toThrow(refused);
    } finally {
      if (isRoot) spawnSync('umount', ['-l', place]);
    }
  });

  it('on a full disk keeps its last checkpoint, and goes on when there is room', async (context) => {
    const disk = inFolder('disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', disk]);
    if (mounted.status !== 0) return context.skip('needs root, to mount a small tmpfs');
    try {
      const out = join(disk, 'run');
      const child = start(out, 'slow');
      while (!existsSync(join(out, 'checkpoint', 'previous.bin'))) await milliseconds(2);
      let stderr = '';
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      fill(join(disk, 'ballast'));
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(stderr).toContain('the disk is full: free some space');
      expect(stderr).toContain('continues with --resume');
      expect(await readArrays(join(out, 'checkpoint', 'previous.bin'))).toBeDefined();
      expect(readdirSync(join(out, 'checkpoint')).filter((name) => name.endsWith('.part'))).toEqual(
        [],
      );
      rmSync(join(disk, 'ballast'));
      expect((await finish(out)).code).toBe(0);
      expect(outcome(out)).toEqual(outcome(inFolder('undisturbed')));
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });
});

/** Fills a file system up to the last byte. */
function fill(path: string) {
  for (const size of [4096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
}

const milliseconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count));
