import { spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { main } from './killed-run.js';
import { temporaryFolder } from './temporary-folder.js';

vi.setConfig({ testTimeout: 120_000 });

const config = fileURLToPath(new URL('small-ner.yaml', import.meta.url));
const folder = temporaryFolder('output');
const full = '/dev/full';

const train = (name: string, stdio: StdioOptions) =>
  spawn(
    process.execPath,
    [main, 'train', 'ner', '--config', config, '--backend', 'cpu', '--out', join(folder, name)],
    { stdio },
  );

/** The files of a finished run, saved and left: a result and no lock. */
function expectSaved(name: string) {
  const names = readdirSync(join(folder, name));
  expect(names).toContain('result.json');
  expect(names).not.toContain('lock');
  expect(names.filter((file) => file.endsWith('.part'))).toEqual([]);
}

describe.skipIf(process.platform === 'win32')('a training whose output nobody takes', () => {
  it('goes on and is saved when the reader of stderr leaves', async () => {
    const child = train('reader-left', ['ignore', 'pipe', 'pipe']);
    child.stderr!.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expectSaved('reader-left');
  });

  it('is saved when the readers of both leave, and ends with 1, since its table is lost', async () => {
    const child = train('both-left', ['ignore', 'pipe', 'pipe']);
    child.stdout!.destroy();
    child.stderr!.once('data', () => child.stderr!.destroy());
    expect(await once(child, 'close')).toEqual([1, null]);
    expectSaved('both-left');
  });

  it('goes on and is saved when stderr is closed', () => {
    const command = `"$0" "$1" train ner --config "$2" --backend cpu --out "$3" 2>&-`;
    const words = [process.execPath, main, config, join(folder, 'closed')];
    expect(spawnSync('sh', ['-c', command, ...words]).status).toBe(0);
    expectSaved('closed');
  });

  it.skipIf(!existsSync(full))('goes on and is saved when a full disk takes stderr', async () => {
    const file = openSync(full, 'w');
    const child = train('full', ['ignore', 'pipe', file]);
    closeSync(file);
    expect(await once(child, 'close')).toEqual([0, null]);
    expectSaved('full');
  });

  it.skipIf(!existsSync(full))(
    'is saved when a full disk takes its table, and says so',
    async () => {
      const file = openSync(full, 'w');
      const child = train('full-result', ['ignore', file, 'pipe']);
      closeSync(file);
      let stderr = '';
      child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(stderr).toContain('the result could not be printed: the disk is full');
      expectSaved('full-result');
    },
  );

  it('saves when its terminal hangs up, ends with 129, and is resumed', async () => {
    const out = join(folder, 'hung-up');
    const program = fileURLToPath(new URL('training-program.mjs', import.meta.url));
    const start = (pace: string) =>
      spawn(process.execPath, [program, out, pace], { stdio: 'ignore' });
    const child = start('200');
    while (!existsSync(join(out, 'checkpoint', 'latest.bin'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGHUP');
    expect(await once(child, 'close')).toEqual([129, null]);
    expect(readdirSync(out)).not.toContain('lock');
    expect(await once(start('2'), 'close')).toEqual([0, null]);
  });
});

describe.skipIf(process.platform === 'win32')('a result', () => {
  const terminal = new URL('../dist/terminal.js', import.meta.url).href;
  /** Prints ten megabytes once stdin ends, and exits with 1 when they did not get out. */
  const program = `
    const { writeResult, resultProblem } = await import('${terminal}');
    for await (const _ of process.stdin);
    writeResult('x'.repeat(10_000_000));
    process.exitCode = (await resultProblem()) === undefined ? 0 : 1;`;
  const words = ['--input-type=module', '-e', program];

  it('is done when its reader has taken the first of it and left', () => {
    const script = `"$@" < /dev/null | head -c 10; exit "\${PIPESTATUS[0]}"`;
    const command = ['-c', script, 'bash', process.execPath, ...words];
    expect(spawnSync('bash', command).status).toBe(0);
  });

  it('is lost when its reader left without a look', async () => {
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([1, null]);
  });

  it.skipIf(!existsSync(full))('is lost when the disk is full, whatever prints it', () => {
    for (const command of ['--version', 'completion bash', '--help', 'data']) {
      const script = `"$0" "$1" ${command} > ${full}`;
      const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, main], {
        encoding: 'utf8',
      });
      expect(status, command).toBe(1);
      expect(stderr, command).toContain('could not be printed');
    }
  });
});
