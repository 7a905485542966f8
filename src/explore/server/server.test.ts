import {
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  ask,
  folder,
  freshList,
  makeRun,
  pageFolder,
  root,
  secret,
  server,
  temporary,
} from '../../../test/explore-server.js';
import { isBlockedPort } from './blocked-ports.js';
import { hostsOf, isHostName } from './guard.js';
import { startServer } from './server.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe('the server of explore', () => {
  it('serves the page to whoever has the token, isolated and under a strict policy', async () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    const { status, text, headers } = await ask(root());
    expect([status, text]).toEqual([200, '<!doctype html><title>the page</title>']);
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = headers['content-security-policy'] as string;
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
    expect(await ask(`${root()}assets/main.js`)).toMatchObject({ status: 200, text: 'export {};' });
  });

  it.each(['/', '/runs/index.json', `/${'0'.repeat(32)}/`, '/favicon.ico', '//', '/%'])(
    'says nothing at %s, without the token',
    async (path) => {
      const { status, text } = await ask(path);
      expect(status).toBe(403);
      expect(text).toMatch(/lacks the token/);
    },
  );

  it('is called as browsers write a host: without port 80, an address in its one form', () => {
    // What Chromium sends for http://127.0.0.1:80/ and http://[::ffff:127.0.0.1]:8123/.
    expect(hostsOf('127.0.0.1', 80)).toContain('127.0.0.1');
    expect(hostsOf('[::ffff:127.0.0.1]', 8123)).toContain('[::ffff:7f00:1]:8123');
    expect(hostsOf('127.0.0.1', 8080)).not.toContain('127.0.0.1');
  });

  it('listens on no port from which browsers open no page, and tells an address that they take', async () => {
    // Node's fetch keeps to the same list.
    const isBlocked = (port: number) =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => false,
        (error: Error) => (error.cause as Error).message === 'bad port',
      );
    for (const port of [1, 22, 6000, 6669, 10_080]) {
      expect(await isBlocked(port), `${port}`).toBe(true);
      const served = startServer({ folder, pageFolder, port });
      await expect(served).rejects.toThrow(`browsers open no page from port ${port}`);
    }
    expect([80, 6670, 8080].filter(isBlockedPort)).toEqual([]);
    await expect(startServer({ folder, pageFolder, host: '' })).rejects.toThrow('host is empty');
    // http://12345/ is the address 0.0.48.57.
    expect(['12345', '0x7f', 'two words'].filter(isHostName)).toEqual([]);
    expect(['Host-1', 'a.example', '127.0.0.1'].filter(isHostName)).toHaveLength(3);
    // All addresses, written otherwise.
    const all = await startServer({ folder, pageFolder, host: '0' });
    expect(new URL(all.url).hostname).toBe(hostname().toLowerCase());
    await all.close();
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((of) =>
    of?.some(({ address }) => address === '::1'),
  );
  it.skipIf(!hasIpv6)('listens on an IPv6 address, also in brackets as in a URL', async () => {
    for (const host of ['::1', '[::1]']) {
      const local = await startServer({ folder, pageFolder, host });
      expect(new URL(local.url).hostname).toBe('[::1]');
      expect((await fetch(local.url)).status).toBe(200);
      await local.close();
    }
  });

  it('ends the answer where a file is cut while it is sent', async () => {
    const path = join(makeRun('cut'), 'large.json');
    writeFileSync(path, Buffer.alloc(4e7, 32));
    const answer = await fetch(`${server.url}runs/at/cut/large.json`);
    truncateSync(path, 10);
    await expect(answer.text()).rejects.toThrow();
    rmSync(join(folder, 'cut'), { recursive: true });
  });

  it('takes an address of twenty runs with long names', async () => {
    const run = encodeURIComponent(`${'長'.repeat(80)}/${'名'.repeat(80)}`);
    const path = `${root()}runs/live?${Array(20).fill(`run=${run}`).join('&')}`;
    expect(await ask(path, {}, 'HEAD')).toMatchObject({ status: 200 });
  });

  it('refuses another Host, another Origin and other sites, and does nothing but read', async () => {
    const { port, host } = new URL(server.url);
    for (const name of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`]) {
      expect(await ask(root(), { host: name })).toMatchObject({ status: 403 });
    }
    for (const origin of ['http://evil.example', 'null', `https://${host}`, `http://${host}.a`]) {
      expect(await ask(root(), { origin })).toMatchObject({ status: 403 });
    }
    expect(
      await ask(root(), { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
    ).toMatchObject({ status: 403 });
    expect(
      await ask(root(), { host: `localhost:${port}`, origin: `http://localhost:${port}` }),
    ).toMatchObject({ status: 200 });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(root(), {}, method);
      expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
    expect(await ask(root(), {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  it('answers what cannot go on: no last slash, curves of no run or without a reader', async () => {
    const { status, headers } = await ask(root().slice(0, -1));
    expect([status, headers.location]).toEqual([301, root()]);
    expect(await ask(`${root()}runs/live`)).toMatchObject({ status: 400 });
    expect(await ask(`${root()}runs/live?run=good`, {}, 'HEAD')).toMatchObject({ status: 200 });
  });

  it('never leaves its folders, however the path is written', async () => {
    const up = [
      '..',
      '%2e%2e',
      '.%2e',
      '..%2f..',
      '..%5c..',
      '%2e%2e%2f%2e%2e',
      '..%00',
      '%252e%252e',
      '....//',
    ];
    for (const step of up) {
      for (const path of [
        `${step}/secret.json`,
        `assets/${step}/${step}/secret.json`,
        `runs/at/${step}/secret.json`,
        `runs/at/good/${step}/${step}/secret.json`,
        `runs/at/good/figures/${step}/${step}/${step}/secret.json`,
        `runs/at/${step}/run.json`,
        `runs/at/${step}/${step}/secret.json/curves.json`,
      ]) {
        const { status, text } = await ask(root() + path);
        expect(text, path).not.toContain('root:');
        // A run that is none is a list of no curves.
        if (!path.endsWith('curves.json')) expect(status, path).toBeGreaterThanOrEqual(400);
      }
    }
    const absolute = encodeURIComponent(join(temporary, 'secret.json'));
    expect(await ask(`${root()}runs/at/${absolute}`)).toMatchObject({ status: 404 });
    expect(await ask(`${root()}${absolute}`)).toMatchObject({ status: 404 });
    expect(await ask(`${root()}runs/at/good/%ff.json`)).toMatchObject({ status: 400 });
  });

  it('follows no link out of the folder, in files, in folders and in what it reads itself', async () => {
    const outside = join(temporary, 'secret.json');
    const linked = makeRun('linked');
    symlinkSync(outside, join(linked, 'figures/link.json'));
    symlinkSync(temporary, join(linked, 'out'));
    for (const path of ['figures/link.json', 'out/secret.json']) {
      expect(await ask(`${root()}runs/at/linked/${path}`)).toMatchObject({ status: 404 });
    }
    rmSync(linked, { recursive: true });
    const drawings = join(temporary, 'drawings');
    mkdirSync(drawings);
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg"><title>root:x</title></svg>`;
    writeFileSync(join(drawings, 'private-name.svg'), drawing);
    for (const [at, target] of [
      ['figures', drawings],
      ['figures/a.svg', join(drawings, 'private-name.svg')],
      ['figures/captions.json', outside],
    ] as const) {
      const run = makeRun('linked-drawing');
      rmSync(join(run, at), { recursive: true, force: true });
      symlinkSync(target, join(run, at));
      for (const page of ['run.json', 'report.html']) {
        const { text } = await ask(`${root()}runs/at/linked-drawing/${page}`);
        expect(text).toContain(`${at}: it is a link, which is not followed`);
        expect(text).not.toMatch(/root:|private-name/);
      }
      rmSync(run, { recursive: true });
    }
    const linkedFiles = ['config.yaml', 'metrics.jsonl', 'result.json', 'run.log'];
    for (const name of linkedFiles) {
      const run = makeRun(`link-${name}`);
      rmSync(join(run, name), { force: true });
      symlinkSync(outside, join(run, name));
      const shown = await ask(`${root()}runs/at/link-${name}/run.json`);
      const curves = await ask(`${root()}runs/at/link-${name}/curves.json`);
      expect(shown.text).toContain(`${name}: it is a link, which is not followed`);
      expect(shown.text + curves.text).not.toContain('root:');
    }
    const list = await freshList();
    expect(JSON.stringify(list)).not.toContain('root:');
    for (const name of linkedFiles) {
      const problem = `${name}: it is a link, which is not followed`;
      expect(list.runs).toContainEqual({ name: `link-${name}`, state: 'unreadable', problem });
      rmSync(join(folder, `link-${name}`), { recursive: true });
    }
  });

  it('sends only kinds of files that it knows, and documents that run nothing', async () => {
    const path = makeRun('documents');
    writeFileSync(join(path, 'report.html'), '<script>parent.steal()</script>');
    writeFileSync(join(path, '.env.json'), secret);
    writeFileSync(join(path, 'id_rsa'), secret);
    const report = await ask(`${root()}runs/at/documents/report.html`);
    expect(report.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/);
    expect(report.headers['content-security-policy']).not.toMatch(/script|allow/);
    // Without one it is written anew, for the reader only.
    rmSync(join(path, 'report.html'));
    const written = await ask(`${root()}runs/at/documents/report.html`);
    expect(written.text).toContain('<h1>small</h1>');
    expect(written.headers['content-security-policy']).toMatch(/^sandbox;/);
    // As is one that is older than what it tells.
    writeFileSync(join(path, 'report.html'), 'of yesterday');
    utimesSync(join(path, 'report.html'), 1e9, 1e9);
    const anew = await ask(`${root()}runs/at/documents/report.html`);
    expect(anew.text).toContain('<h1>small</h1>');
    for (const name of ['.env.json', 'id_rsa', 'figures', 'lock']) {
      expect(await ask(`${root()}runs/at/documents/${name}`)).toMatchObject({ status: 404 });
    }
    rmSync(path, { recursive: true });
  });

  it('writes nothing into the folder', () => {
    expect(readdirSync(join(folder, 'good')).sort()).toEqual([
      'config.yaml',
      'figures',
      'metrics.jsonl',
      'run.log',
    ]);
  });
});
