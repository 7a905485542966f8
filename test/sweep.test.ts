import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configYaml } from '../src/runner/config/config.js';
import { RunLock } from '../src/runner/run/run-lock.js';
import { commandLine } from './command-line-here.js';
import { smallData, sweepFile, type Summary } from './small-sweep.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('sweep');

const run = (...args: string[]) => commandLine(folder, args);

describe('didyprog sweep', () => {
  it('starts nothing unless every cell is valid, and names cell, key and value', async () => {
    const file = sweepFile(
      folder,
      'broken',
      'grid:\n  seed: [1, -1]\n  endToEnd.0.gamma: [1, no]\n  sed: [1]\n',
    );
    const { status, stderr } = await run('sweep', file);
    expect(status).toBe(2);
    expect(stderr).toContain('4 cells are not valid, nothing was started');
    expect(stderr).toContain('cell seed=-1,gamma=no,sed=1');
    expect(stderr).toMatch(/endToEnd\.0\.gamma: got "no"/);
    expect(stderr).toContain('sed: there is no such key here');
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it('runs folds as cells and puts them together to the numbers of one run of all', async () => {
    const file = sweepFile(folder, 'folds', `${smallData}grid:\n  fold: { from: 1, to: 3 }\n`);
    const { status, stdout } = await run('sweep', file, '--jobs', '2', '--json');
    expect(status).toBe(0);
    const { cells, combined } = JSON.parse(stdout) as Summary;
    expect(cells.map(({ name, state }) => [name, state])).toEqual(
      [1, 2, 3].map((fold) => [`fold=${fold}`, 'done']),
    );
    // One cell for the whole, with the same settings: its directory is an ordinary run's.
    const whole = sweepFile(folder, 'whole', `${smallData}grid:\n  seed: [0]\n`);
    expect((await run('sweep', whole)).status).toBe(0);
    const text = readFileSync(join(folder, 'runs/whole/cells/seed=0/result.json'), 'utf8');
    const together = JSON.parse(text) as { rows: unknown };
    expect(combined[0]!.folds).toHaveLength(3);
    // What the model of all pieces and the figures went on from is not needed any more.
    expect(readdirSync(join(folder, 'runs/whole/cells/seed=0/checkpoint')).sort()).toEqual(
      [1, 2, 3].map((fold) => `fold-0${fold}.bin`),
    );
    expect(combined[0]!.rows).toEqual(together.rows);
    expect(readFileSync(join(folder, 'runs/folds/summary.md'), 'utf8')).toMatch(/^\| 2 +\| done/m);
    // The numbers of another config must not pass for this one's.
    sweepFile(folder, 'folds', `${smallData.replace('5 }', '6 }')}grid:\n  fold: [1]\n`);
    const changed = await run('sweep', file);
    expect(changed.status).toBe(2);
    expect(changed.stderr).toContain('fold=1 holds a run of another config');
  });

  it('skips done cells, leaves failed ones unless --retry, and fails while any is not done', async () => {
    const file = sweepFile(folder, 'retry', `${smallData}grid:\n  fold: [1, 9]\n`);
    const first = await run('sweep', file, '--jobs', '2');
    expect(first.status).toBe(1);
    expect(first.stderr).toContain('fold=9: failed: fold: got 9; there are 3 pieces');
    const starts = (cell: string) => {
      const log = readFileSync(join(folder, 'runs/retry/cells', cell, 'run.log'), 'utf8');
      return log.match(/ started: /g)?.length;
    };
    expect((await run('sweep', file, '--retry')).status).toBe(1);
    expect([starts('fold=1'), starts('fold=9')]).toEqual([1, 2]);
    const status = await run('sweep', 'status', 'runs/retry', '--json');
    expect((JSON.parse(status.stdout) as Summary).cells).toMatchObject([
      { name: 'fold=1', state: 'done' },
      { name: 'fold=9', state: 'failed', problem: 'fold: got 9; there are 3 pieces' },
    ]);
    expect((await run('sweep', 'status', '.')).status).toBe(3);
    // What other starts are told changes nothing for the one that is at work.
    const before = readFileSync(join(folder, 'runs/retry/sweep.json'), 'utf8');
    const lock = await RunLock.acquire(join(folder, 'runs/retry/lock'));
    for (const words of [
      ['sweep', file],
      ['resume', 'runs/retry'],
    ]) {
      const other = await run(...words, '--data', 'elsewhere');
      expect(other.stderr).toContain('another process is at work in runs/retry');
    }
    await lock.release();
    expect(readFileSync(join(folder, 'runs/retry/sweep.json'), 'utf8')).toBe(before);
  });

  it('shows a cell that cannot be read as such, beside the others, and leaves it alone', async () => {
    const cells = ['damaged', 'other', 'failed', 'waiting'];
    const file = {
      ...{ name: 'unreadable', experiment: 'align', dataFolder: 'data', command: 'c', slurm: {} },
      cells: cells.map((name) => ({ name, values: { seed: name }, config: {} })),
    };
    const path = join(folder, 'runs/unreadable');
    const files: Record<string, string> = {
      'sweep.json': JSON.stringify(file),
      'cells/damaged/result.json': '{"rows":',
      'cells/other/result.json': '{"experiment":"align"}',
      'cells/failed/failure.json': '{}',
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    const { status, stdout } = await run('sweep', 'status', path, '--json');
    expect(status).toBe(0);
    const [damaged, other, failed, waiting] = (JSON.parse(stdout) as Summary).cells;
    expect(damaged).toMatchObject({ state: 'unreadable' });
    expect(damaged!.problem).toMatch(/^result\.json: not valid JSON/);
    expect(other).toMatchObject({ state: 'unreadable' });
    expect(other!.problem).toMatch(/^result\.json is not what its experiment writes/);
    expect(failed).toMatchObject({ state: 'failed', problem: 'failure.json does not say why' });
    expect(waiting).toMatchObject({ state: 'waiting' });
    for (const [name, text] of Object.entries(files)) {
      expect(readFileSync(join(path, name), 'utf8')).toBe(text);
    }
  });

  it('tells before it starts what state each cell is in, and which are to run', async () => {
    const file = sweepFile(folder, 'dry', `${smallData}grid:\n  seed: { from: 1, to: 4 }\n`);
    const printed = await run('sweep', file, '--print-config', '--json');
    const cells = JSON.parse(printed.stdout) as { name: string; config: object }[];
    const cellFile = (at: number, name: string) =>
      join(folder, 'runs/dry/cells', cells[at]!.name, name);
    for (const at of [0, 1, 2]) {
      mkdirSync(cellFile(at, ''), { recursive: true });
      writeFileSync(cellFile(at, 'config.yaml'), configYaml(cells[at]!.config));
    }
    writeFileSync(cellFile(0, 'result.json'), '{"experiment":"align"}');
    writeFileSync(cellFile(1, 'failure.json'), '{"message":"no luck"}');
    const dry = async (...more: string[]) => {
      const { stdout } = await run('sweep', file, '--dry-run', ...more);
      return stdout;
    };
    const { cells: shown } = JSON.parse(await dry('--json')) as Summary;
    expect(shown.map(({ state }) => state)).toEqual([
      ...['unreadable', 'failed', 'stopped', 'waiting'],
    ]);
    expect(shown[1]!.problem).toBe('no luck');
    expect(await dry()).toMatch(/cells +4: 1 unreadable, 1 failed, 1 stopped, 1 waiting\n/);
    expect(await dry()).toMatch(/measured on 2 of them/);
    expect(await dry('--retry')).toMatch(/measured on 3 of them/);
  });

  it('asked to stop, has its cells save and leave, and says how to go on', async () => {
    const long = smallData.replace('iterations: 5', 'iterations: 3000');
    const file = sweepFile(folder, 'stopped', `${long}grid:\n  fold: [1, 2, 3]\n`);
    const child = spawn(process.execPath, [main, 'sweep', file, '--jobs', '2'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
      if (data.toString().includes('running')) child.kill('SIGTERM');
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(143);
    expect(stderr).toContain('The same command goes on');
    const cells = join(folder, 'runs/stopped/cells');
    expect(readdirSync(cells).length).toBeLessThan(3);
    for (const cell of readdirSync(cells)) {
      expect(existsSync(join(cells, cell, 'lock'))).toBe(false);
      expect(existsSync(join(cells, cell, 'failure.json'))).toBe(false);
    }
  });
});
