import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  ask,
  folder,
  freshList,
  json,
  makeRun,
  root,
  server,
} from '../../../test/explore-server.js';
import { MetricsFollower } from './metrics-follower.js';
import { RunFolder } from './runs.js';
import type { CurvesUpdate, RunList, ShownCurve, ShownRun } from '../shown.js';

// Ten thousand folders take a busy machine a while.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

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

  it('says what is wrong with metrics.jsonl as long as it is', async () => {
    const path = join(makeRun('replaced', '{"epoch":1,"loss":3}\n'), 'metrics.jsonl');
    const follower = new MetricsFollower(folder, ['replaced', 'metrics.jsonl']);
    await follower.update();
    renameSync(path, `${path}.aside`);
    mkdirSync(path);
    await follower.update();
    expect(follower.problem).toBe('metrics.jsonl is no file');
    rmdirSync(path);
    renameSync(`${path}.aside`, path);
    await follower.update();
    expect(follower.problem).toBeUndefined();
    expect(follower.curves.all()[0]!.values).toEqual([3]);
    rmSync(join(folder, 'replaced'), { recursive: true });
  });

  it('has no state of a folder that is no run, as one is that was emptied', async () => {
    const runs = new RunFolder(folder);
    expect(await runs.stateOf('good')).toBe('stopped');
    rmSync(join(makeRun('emptied'), 'config.yaml'));
    expect(await runs.stateOf('emptied')).toBe('');
    rmSync(join(folder, 'emptied'), { recursive: true });
  });

  it('lists runs with state and score, and says why one cannot be read', async () => {
    const hostile = '<img src=x onerror=alert(1)> & "quotes"';
    makeRun(hostile, '{"epoch":1,"score":0.5}\n{"epoch":2,"score":0.7}\n');
    const malformed: [file: string, text: string, problem: RegExp][] = [
      ['config.yaml', '{', /config\.yaml: not valid YAML/],
      ['result.json', '[1]', /result\.json: expected an object/],
      ['result.json', '{"a":', /result\.json: not valid JSON/],
      ['config.yaml', '['.repeat(5000), /config\.yaml: nested too deeply/],
    ];
    malformed.forEach(([file, text], index) => {
      writeFileSync(join(makeRun(`bad-${index}`), file), text);
    });
    symlinkSync(makeRun('../outside'), join(folder, 'bad-4'));
    malformed.push(['', '', /^it is a link out of the folder/]);
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
    writeFileSync(join(path, 'metrics.jsonl'), `{"loss":1}\n{"loss":1e999}\n{"loss":2}\n`);
    expect(await json('runs/at/odd/curves.json')).toMatchObject({
      problem: 'metrics.jsonl, line 2: loss is too large: expected a finite number',
      curves: [{ values: [1, 2] }],
    });
    const names = Array.from({ length: 3000 }, (_, n) => `{"m${n}":1}\n`);
    writeFileSync(join(path, 'metrics.jsonl'), names.join(''));
    expect((await json<{ curves: ShownCurve[] }>('runs/at/odd/curves.json')).curves).toHaveLength(
      500,
    );
    rmSync(path, { recursive: true });
  });
});
