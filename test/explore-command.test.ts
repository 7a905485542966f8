import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = temporaryFolder('explore-command');
const run = join(folder, 'runs/one');
mkdirSync(run, { recursive: true });
writeFileSync(join(run, 'config.yaml'), 'name: one\n');
writeFileSync(join(run, 'run.log'), '');

function start(...args: string[]) {
  const child = spawn(process.execPath, [main, 'explore', ...args], { cwd: folder });
  let [output, messages] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (messages += piece.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, output, messages }));
  return { child, ended, output: () => output };
}

describe('didyprog explore', () => {
  it('prints an address, serves the page and the runs there, and ends with Ctrl-C', async () => {
    const { child, ended, output } = start('--no-open');
    await expect
      .poll(output, { timeout: 20_000 })
      .toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/\n$/);
    const address = output().trim();
    expect(await (await fetch(address)).text()).toContain('<title>didyprog</title>');
    const list = (await (await fetch(`${address}runs/index.json`)).json()) as object;
    expect(list).toMatchObject({ runs: [{ name: 'one', state: 'stopped' }] });
    // A page that follows curves does not hold it up.
    const following = await fetch(`${address}runs/live?run=one`);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130 });
    await expect(following.text()).rejects.toThrow();
    expect(readdirSync(run).sort()).toEqual(['config.yaml', 'run.log']);
  });

  it('says what it cannot do', async () => {
    expect(await start('nowhere').ended).toMatchObject({
      code: 3,
      messages: 'there is no folder nowhere\n',
    });
    expect(await start('runs/one/config.yaml', '--no-open').ended).toMatchObject({
      code: 3,
      messages:
        'runs/one/config.yaml is a file: give a run directory, or a folder that holds some\n',
    });
    expect(await start('--port', '0').ended).toMatchObject({ code: 2 });
    expect(await start('--host', 'no.such.host.invalid', '--no-open').ended).toMatchObject({
      code: 2,
      messages: expect.stringContaining('cannot listen on no.such.host.invalid') as string,
    });
    expect(await start('--export', 'site', '--port', '8080').ended).toMatchObject({
      code: 2,
      messages: '--export writes files and serves nothing: no --port\n',
    });
    expect(await start('--export', 'runs').ended).toMatchObject({
      code: 2,
      messages: '--export runs: there is something in it already\n',
    });
  });

  it('warns of an address that others reach', async () => {
    const { child, ended, output } = start('--no-open', '--host', '0.0.0.0');
    await expect.poll(output, { timeout: 20_000 }).toMatch(/^http:/);
    child.kill('SIGINT');
    expect((await ended).messages).toContain('listening on 0.0.0.0: whoever reaches this machine');
  });
});
