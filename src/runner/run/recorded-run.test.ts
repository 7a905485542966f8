import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../errors.js';
import { compareRuns, curvesOf } from './comparison.js';
import { findRuns, readRun, summariseRun } from './recorded-run.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'didyprog-runs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A run directory as an experiment leaves it. */
function makeRun(name: string, files: Record<string, string | Uint8Array>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

const lines = (...records: object[]) => records.map((line) => `${JSON.stringify(line)}\n`).join('');
const log = '2026-01-02T03:04:05.678Z started: didyprog train ner --omega l2; engine cpu 4\n';
const epochs = [70, 82.5, 81].map((score, index) => ({
  ...{ kind: 'epoch', epoch: index + 1, step: 10 * (index + 1), loss: 1 / (index + 1), score },
}));

describe('a recorded run', () => {
  it('that is done has the score of its result', async () => {
    const score = { name: 'test F1', value: 90.1, better: 'higher' };
    const path = makeRun('done', {
      'config.yaml': 'name: ner\n',
      'run.log': log,
      'metrics.jsonl': lines(...epochs),
      'result.json': JSON.stringify({ experiment: 'ner', score }),
    });
    expect(await summariseRun(await readRun(path))).toEqual({
      path,
      kind: 'train ner',
      state: 'done',
      score,
      started: '2026-01-02T03:04:05.678Z',
      updated: '2026-01-02T03:04:05.678Z',
    });
  });

  it('has the settings that it was trained with, whatever its config.yaml says by now', async () => {
    const files = { 'config.yaml': 'omega: l2\n', 'run.log': log };
    const config = { omega: 'hard' };
    const [plain, stopped, done] = [
      makeRun('plain', files),
      makeRun('stopped', { ...files, 'resume.json': JSON.stringify({ config }) }),
      makeRun('done', { ...files, 'result.json': JSON.stringify({ config }) }),
    ];
    expect((await readRun(plain)).config).toEqual({ omega: 'l2' });
    expect((await readRun(stopped)).config).toEqual(config);
    expect((await readRun(done)).config).toEqual(config);
  });

  it.each(['-q train ner --out a', 'train --quiet ner', 'train ner -q', 'train ner'])(
    'that began by %s is a training of a tagger',
    async (words) => {
      const log = (command: string) =>
        `2026-01-02T03:04:05.678Z started: didyprog ${command}; engine cpu 4\n`;
      const path = makeRun('quiet', {
        'config.yaml': 'name: ner\n',
        'run.log': log(words) + log('-q resume quiet'),
      });
      expect((await summariseRun(await readRun(path))).kind).toBe('train ner');
    },
  );

  it('that is not done has the best development score so far', async () => {
    const path = makeRun('stopped', {
      'config.yaml': 'name: ner\n',
      'run.log': log,
      'metrics.jsonl': lines(...epochs),
    });
    // As a kill leaves it.
    appendFileSync(join(path, 'metrics.jsonl'), '{"kind":"ep');
    const { state, score } = await summariseRun(await readRun(path));
    expect(state).toBe('stopped');
    expect(score).toMatchObject({ value: 82.5, better: 'higher' });
  });

  it('is found at any depth, and is not looked into', async () => {
    const files = { 'config.yaml': 'a: 1\n', 'run.log': log };
    const paths = ['sweep/a', 'sweep/b', 'single'].map((name) => makeRun(name, files));
    makeRun('sweep/a/inner', files);
    makeRun('no-run', { 'config.yaml': 'a: 1\n' });
    const lost = makeRun('lost', { 'provenance.json': '[]', 'run.log': log });
    expect(await findRuns(folder)).toEqual([lost, ...paths].toSorted());
    await expect(readRun(lost)).rejects.toThrow('there is no config.yaml in it');
    await expect(findRuns(join(folder, 'nothing'))).rejects.toThrow(DataError);
    await expect(readRun(join(folder, 'no-run'))).rejects.toThrow(/not a run directory/);
  });

  it('is found through symbolic links, once and without loops', async () => {
    const files = { 'config.yaml': 'a: 1\n', 'run.log': log };
    const own = makeRun('linked/z/own', files);
    makeRun('away/cells/one', files);
    const linked = join(folder, 'linked');
    const links = {
      again: 'z/own',
      loop: '.',
      up: '..',
      'far/sweep': '../../away',
      gone: 'nowhere',
    };
    mkdirSync(join(linked, 'far'));
    for (const [name, to] of Object.entries(links)) symlinkSync(to, join(linked, name));
    const gone = join(linked, 'gone');
    const one = join(linked, 'far/sweep/cells/one');
    expect(await findRuns(linked)).toEqual([one, gone, own]);
    await expect(readRun(gone)).rejects.toThrow(
      `${gone} is a symbolic link to nowhere, which is not there`,
    );
  });

  it.skipIf(process.platform !== 'linux')(
    'is found beside a folder that cannot be read, which says why',
    async () => {
      const path = makeRun('beside/run', { 'config.yaml': 'a: 1\n', 'run.log': log });
      const beside = join(folder, 'beside');
      // Latin-1: no string of Node leads to it.
      mkdirSync(Buffer.concat([Buffer.from(join(beside, 'caf')), Buffer.of(0xe9)]));
      const unreadable = join(beside, 'caf\uFFFD');
      expect(await findRuns(beside)).toEqual([unreadable, path]);
      await expect(readRun(unreadable)).rejects.toThrow(
        `cannot read the folder ${unreadable}: its name is not in UTF-8`,
      );
    },
  );

  it('of any bytes is read, or is an error of ours that names the file', async () => {
    const names = ['config.yaml', 'metrics.jsonl', 'result.json', 'run.log'];
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          Object.fromEntries(
            names.map((name) => [
              name,
              fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(Buffer.from)),
            ]),
          ),
          { requiredKeys: ['config.yaml', 'run.log'] },
        ),
        async (files) => {
          const path = makeRun(`random-${count++}`, files as Record<string, Uint8Array>);
          try {
            const run = await readRun(path);
            await summariseRun(run);
            compareRuns(run, run);
          } catch (error) {
            expect(error).toBeInstanceOf(DataError);
            expect((error as Error).message).toContain(path);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps the curve around damaged lines of metrics.jsonl, and says which they are', async () => {
    const path = makeRun('damaged', {
      'config.yaml': 'a: 1\n',
      'metrics.jsonl': '{"a":1}\n{"a":\n{"a":2}\n{"a":1,"b":{"c":-1e999}}\n\0\n{"a":3}\n',
    });
    const said: string[] = [];
    const { metrics } = await readRun(path, { say: (text) => said.push(text) });
    expect(metrics).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(said.join()).toMatch(
      /metrics\.jsonl, line 2: not valid JSON.*: the line is left out of the curve, and so are 2 more$/,
    );
    writeFileSync(join(path, 'metrics.jsonl'), '{"a":1}\n{"a":1,"b":{"c":-1e999}}\n');
    await readRun(path, { say: (text) => said.push(text) });
    expect(said[1]).toMatch(
      /metrics\.jsonl, line 2: b\.c is too large: expected a finite number: the line is left out of the curve$/,
    );
  });
});

describe('curvesOf', () => {
  it('has one curve for each measure of each kind of record', () => {
    const curves = curvesOf([
      { kind: 'step', epoch: 1, step: 5, loss: 3 },
      { kind: 'epoch', epoch: 1, step: 10, loss: 2, dev: { f1: 80 } },
      { kind: 'step', epoch: 2, step: 15, loss: 1 },
    ]);
    const named = (name: string) => curves.find((curve) => curve.name === name);
    expect(named('step/loss')).toMatchObject({ steps: [5, 15], values: [3, 1] });
    expect(named('epoch/dev/f1')).toMatchObject({ steps: [10], values: [80] });
  });
});

describe('compareRuns', () => {
  it('shows the settings that differ, and every measured number side by side', async () => {
    const rows = (rmse: number) => [{ name: 'end-to-end', test: { rmse } }];
    const run = (name: string, config: string, loss: number, result: object) =>
      readRun(
        makeRun(name, {
          'config.yaml': config,
          'metrics.jsonl': lines({ epoch: 1, loss: 9 }, { epoch: 2, loss }),
          'result.json': JSON.stringify(result),
        }),
      );
    const comparison = compareRuns(
      await run('a', 'gamma: 1\nloss: { omega: l2 }\nseed: 1\n', 0.5, {
        config: { gamma: 1, loss: { omega: 'l2' }, seed: 1 },
        provenance: { commit: 'x', cores: 2 },
        rows: rows(1.5),
      }),
      await run('b', 'gamma: 3\nloss: { omega: l2 }\n', 0.25, {
        provenance: { commit: 'y', cores: 2 },
        rows: rows(1.25),
      }),
    );
    expect(comparison).toEqual({
      config: [
        { name: 'gamma', a: 1, b: 3 },
        { name: 'seed', a: 1, b: undefined },
      ],
      provenance: [{ name: 'commit', a: 'x', b: 'y' }],
      data: [],
      metrics: [{ name: 'loss', a: 0.5, b: 0.25 }],
      results: [{ name: 'rows.end-to-end.test.rmse', a: 1.5, b: 1.25 }],
    });
  });
});
