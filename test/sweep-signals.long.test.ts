import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line-here.js';
import { smallData, sweepFile, type Summary } from './small-sweep.js';
import { temporaryFolder } from './temporary-folder.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('sweep-signals');

const run = (...args: string[]) => commandLine(folder, args);

describe('didyprog sweep', () => {
  it('names the signal that killed a cell, leaves the cell, and goes on with it by --retry', async () => {
    const long = smallData.replace('iterations: 5', 'iterations: 3000');
    const file = sweepFile(folder, 'killed', `${long}grid:\n  fold: [1]\n`);
    const cell = join(folder, 'runs/killed/cells/fold=1');
    const owner = () => {
      try {
        return (JSON.parse(readFileSync(join(cell, 'lock'), 'utf8')) as { pid: number }).pid;
      } catch {
        return undefined;
      }
    };
    /** Starts the sweep and, once its cell is at work, does something to one of the two. */
    const during = async (act: (sweep: number, cell: number) => void, ...more: string[]) => {
      const before = owner();
      const child = spawn(process.execPath, [main, 'sweep', file, ...more], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
      const ended = once(child, 'close') as Promise<[number | null]>;
      // At work is who has the lock and has put away what is known of an earlier failure.
      const failed = () => existsSync(join(cell, 'failure.json'));
      while (child.exitCode === null && ((owner() ?? before) === before || failed())) await tenth();
      act(child.pid!, owner()!);
      return { code: (await ended)[0], stderr };
    };
    const problem = 'the process was ended by SIGKILL: by hand, or for want of memory';
    const killed = await during((_, pid) => process.kill(pid, 'SIGKILL'));
    expect(killed.code).toBe(1);
    expect(killed.stderr).toContain(`fold=1: failed: ${problem}`);
    const expected = [{ name: 'fold=1', state: 'failed', problem }];
    const status = await run('sweep', 'status', 'runs/killed', '--json');
    expect((JSON.parse(status.stdout) as Summary).cells).toMatchObject(expected);
    const summary = readFileSync(join(folder, 'runs/killed/summary.json'), 'utf8');
    expect((JSON.parse(summary) as Summary).cells).toMatchObject(expected);
    // Not again by itself, only when asked to.
    expect((await run('sweep', file)).stderr).toContain(`fold=1: failed: ${problem}`);
    const again = await during((pid) => process.kill(pid, 'SIGTERM'), '--retry');
    expect(again.code).toBe(143);
    expect(existsSync(join(cell, 'failure.json'))).toBe(false);
    const stopped = await run('sweep', 'status', 'runs/killed', '--json');
    expect((JSON.parse(stopped.stdout) as Summary).cells).toMatchObject([{ state: 'stopped' }]);
  }, 300_000);
});

const tenth = () => new Promise((resolve) => setTimeout(resolve, 100));
