import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { hostname } from 'node:os';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CurvesUpdate, RunList, ShownCurve, ShownRun } from '../shown.js';
import { isBlockedPort } from './blocked-ports.js';
import { hostsOf } from './guard.js';
import { startServer, type ExploreServer } from './server.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

// Ten thousand folders take a busy machine a while.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const temporary = temporaryFolder('explore');
const folder = join(temporary, 'runs');
const pageFolder = join(temporary, 'page');
const secret = 'root:x:0:0:the secret';
let server: ExploreServer;

beforeAll(async () => {
  mkdirSync(folder);
  mkdirSync(join(pageFolder, 'assets'), { recursive: true });
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(pageFolder, 'assets/main.js'), 'export {};');
  writeFileSync(join(temporary, 'secret.json'), secret);
  makeRun('good', '{"epoch":1,"loss":3}\n{"epoch":2,"loss":2}\n');
  server = await startServer({ folder, pageFolder });
});

afterAll(async () => {
  await server.close();
});

function makeRun(name: string, metrics = ''): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'figures'), { recursive: true });
  writeFileSync(join(path, 'config.yaml'), 'name: small\nmodel: { hidden: 5 }\n');
  writeFileSync(join(path, 'metrics.jsonl'), metrics);
  writeFileSync(join(path, 'run.log'), '2026-01-02T03:04:05.000Z started: didyprog train ner\n');
  return path;
}

interface Answer {
  status: number;
  text: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** Sends a path as it is: URL and fetch would tidy it up. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, path, method, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () =>
          resolve({ status: response.statusCode!, text, headers: response.headers }),
        );
      },
    );
    sent.on('error', reject).end();
  });
}

const root = () => new URL(server.url).pathname;
const json = async <T>(path: string) => JSON.parse((await ask(root() + path)).text) as T;

/** The list as a server gives it that has not read it before. */
async function freshList(): Promise<RunList> {
  const other = await startServer({ folder, pageFolder });
  const list = (await (await fetch(`${other.url}runs/index.json`)).json()) as RunList;
  await other.close();
  return list;
}

/** Reads the events of the live curves until one fits. */
async function eventWith<T>(
  runs: readonly string[],
  fits: (event: string, data: T) => boolean,
  meanwhile: (data: T) => void = () => undefined,
): Promise<T> {
  const words = new URLSearchParams(runs.map((run) => ['run', run]));
  const { body } = await fetch(`${server.url}runs/live?${words.toString()}`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body!) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const one of events) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(one)!;
      const value = JSON.parse(data!) as T;
      if (fits(event!, value)) return value;
      meanwhile(value);
    }
  }
  throw new Error('the stream ended');
}

/** Making them takes longer than listing them: all 10,000 only in `npm run fuzz`. */
const manyRuns = process.env['DIDYPROG_FUZZ_SEED'] ? 10_000 : 1000;

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
    // All addresses, written otherwise.
    const all = await startServer({ folder, pageFolder, host: '0' });
    expect(new URL(all.url).hostname).toBe(hostname().toLowerCase());
    await all.close();
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

  it.skipIf(process.platform === 'win32')(
    'opens runs of any name that this system has',
    async () => {
      for (const name of ['at 10:30', 'back\\slash', 'a dot.']) {
        makeRun(name);
        const shown = await json<ShownRun>(`runs/at/${encodeURIComponent(name)}/run.json`);
        expect(shown.name).toBe(name);
        rmSync(join(folder, name), { recursive: true });
      }
    },
  );

  it('tells the values of cells whose names are cut', async () => {
    for (const [omega, sum] of [
      ['l2', '0123456789'],
      ['hard', 'abcdef0123'],
    ] as const) {
      const path = makeRun(`sweep/cells/model.hidden=5,om~${sum}`);
      writeFileSync(join(path, 'config.yaml'), `model: { hidden: 5 }\nomega: ${omega}\n`);
    }
    const { runs } = await freshList();
    expect(runs.flatMap((run) => ('values' in run ? [run.values] : []))).toEqual([
      ...[{ omega: 'l2' }, { omega: 'hard' }],
    ]);
    rmSync(join(folder, 'sweep'), { recursive: true });
  });

  it('has the score of a run with long metrics once it has read them', async () => {
    const note = `{"epoch":1,"score":0.25,"note":{"text":"${'x'.repeat(1000)}"}}\n`;
    makeRun('long', note.repeat(5000));
    const scored = async () =>
      (await json<RunList>('runs/index.json')).runs.find(({ name }) => name === 'long');
    await expect
      .poll(scored, { timeout: 30_000, interval: 600 })
      .toMatchObject({ score: { value: 0.25 } });
    rmSync(join(folder, 'long'), { recursive: true });
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

  it('lists runs with state and score, and says why one cannot be read', async () => {
    const hostile = '<img src=x onerror=alert(1)> & "quotes"';
    makeRun(hostile, '{"epoch":1,"score":0.5}\n{"epoch":2,"score":0.7}\n');
    const malformed: [file: string, text: string, problem: RegExp][] = [
      ['config.yaml', '{', /config\.yaml: not valid YAML/],
      ['result.json', '[1]', /result\.json: expected an object/],
      ['result.json', '{"a":', /result\.json: not valid JSON/],
      ['metrics.jsonl', '{}\nnonsense\n', /metrics\.jsonl, line 2: not valid JSON/],
      ['config.yaml', '['.repeat(5000), /config\.yaml: nested too deeply/],
    ];
    malformed.forEach(([file, text], index) => {
      writeFileSync(join(makeRun(`bad-${index}`), file), text);
    });
    const { runs } = await freshList();
    const named = new Map(runs.map((run) => [run.name, run]));
    expect(named.get('good')).toMatchObject({ state: 'stopped', kind: 'train ner' });
    expect(named.get(hostile)).toMatchObject({ score: { value: 0.7 } });
    malformed.forEach(([, , problem], index) => {
      expect(named.get(`bad-${index}`)).toMatchObject({
        state: 'unreadable',
        problem: expect.stringMatching(problem) as string,
      });
    });
    const shown = await json<ShownRun>(`runs/at/${encodeURIComponent(hostile)}/run.json`);
    expect(shown.settings).toEqual([
      ['name', 'small'],
      ['model.hidden', 5],
    ]);
    for (const name of [hostile, 'bad-0', 'bad-1', 'bad-2', 'bad-3', 'bad-4']) {
      rmSync(join(folder, name), { recursive: true });
    }
  });

  it('follows a run that trains, is killed with a torn line, and resumes at its checkpoint', async () => {
    const path = makeRun('live', '{"epoch":1,"loss":3}\n');
    const metrics = join(path, 'metrics.jsonl');
    const losses = ({ curves }: CurvesUpdate) => curves[0]?.values;
    const seen: (readonly number[] | undefined)[] = [];
    const steps = [
      () => appendFileSync(metrics, '{"epoch":2,"loss":2}\n{"epoch":3,"lo'),
      // Taken back to the first epoch, then on with other numbers.
      () => {
        truncateSync(metrics, 21);
        appendFileSync(metrics, '{"epoch":2,"loss":1.5}\n{"epoch":3,"loss":1}\n');
      },
    ];
    const last = await eventWith<CurvesUpdate>(
      ['live'],
      (_, data) => losses(data)?.at(-1) === 1,
      (data) => {
        seen.push(losses(data));
        steps.shift()?.();
      },
    );
    expect(seen).toEqual([[3], [3, 2]]);
    expect(last).toMatchObject({ anew: true, state: 'stopped' });
    expect(last.curves[0]).toMatchObject({
      measure: 'loss',
      steps: [1, 2, 3],
      values: [3, 1.5, 1],
    });
    rmSync(path, { recursive: true });
  });

  it('lists a thousand runs and more, and answers others meanwhile', async () => {
    for (let run = 0; run < manyRuns; run++) {
      const path = join(folder, 'many', `run-${run}`);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'config.yaml'), 'name: small\n');
      writeFileSync(join(path, 'run.log'), '');
    }
    let isListed = false;
    const listing = freshList().finally(() => (isListed = true));
    expect(await ask(root())).toMatchObject({ status: 200 });
    expect(isListed).toBe(false);
    expect((await listing).runs.length).toBe(manyRuns + 1);
    rmSync(join(folder, 'many'), { recursive: true });
  });

  it('draws a metrics.jsonl of 200 MB in bounded memory, and answers others meanwhile', async () => {
    const path = makeRun('huge');
    const metrics = join(path, 'metrics.jsonl');
    const padding = 'x'.repeat(950);
    const records = 200_000;
    for (let from = 0; from < records; from += 10_000) {
      const lines = Array.from(
        { length: 10_000 },
        (_, line) =>
          `{"step":${from + line},"loss":${1 / (1 + from + line)},"note":{"text":"${padding}"}}\n`,
      );
      appendFileSync(metrics, lines.join(''));
    }
    expect(statSync(metrics).size).toBeGreaterThan(195e6);
    const before = process.memoryUsage().arrayBuffers;
    let asked = 0;
    const reading = json<{ curves: ShownCurve[] }>('runs/at/huge/curves.json');
    const others = (async () => {
      for (; asked < 5; asked++) await ask(root());
    })();
    const first = await Promise.race([reading.then(() => 'read'), others.then(() => 'others')]);
    expect(first).toBe('others');
    const { curves } = await reading;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
    expect(curves).toHaveLength(1);
    const { steps, values } = curves[0]!;
    expect(values.length).toBeLessThanOrEqual(1001);
    expect([steps[0], steps.at(-1)]).toEqual([0, records - 1]);
    expect(values[1]).toBe(1 / (1 + steps[1]!));
    // The list has it too, without its score.
    const { runs } = await freshList();
    expect(runs.find(({ name }) => name === 'huge')).toMatchObject({ state: 'stopped' });
    rmSync(path, { recursive: true });
  });

  it('says of metrics that cannot be opened why, and sends the curves of the others', async () => {
    const path = makeRun('shut');
    rmSync(join(path, 'metrics.jsonl'));
    // No user can read a socket as a file, not even root.
    const socket = createSocket().listen(join(path, 'metrics.jsonl'));
    await once(socket, 'listening');
    const { problem } = await json<{ problem: string }>('runs/at/shut/curves.json');
    expect(problem).toMatch(/^metrics\.jsonl cannot be read: E[A-Z]+$/);
    const isGood = (event: string, { run }: CurvesUpdate) => event === 'curves' && run === 'good';
    const { curves } = await eventWith<CurvesUpdate>(['shut', 'good'], isGood);
    expect(curves).toHaveLength(1);
    socket.close();
    rmSync(path, { recursive: true });
  });

  it('takes a line without an end, and many measures, for what they are', async () => {
    const path = makeRun('odd');
    writeFileSync(join(path, 'metrics.jsonl'), `{"loss":1}\n${'x'.repeat(5e6)}\n{"loss":2}\n`);
    const long = await json<{ curves: ShownCurve[]; problem: string }>('runs/at/odd/curves.json');
    expect(long.problem).toBe('metrics.jsonl, line 2: longer than a megabyte');
    expect(long.curves[0]!.values).toEqual([1, 2]);
    const names = Array.from({ length: 3000 }, (_, n) => `{"m${n}":1}\n`);
    writeFileSync(join(path, 'metrics.jsonl'), names.join(''));
    expect((await json<{ curves: ShownCurve[] }>('runs/at/odd/curves.json')).curves).toHaveLength(
      500,
    );
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
