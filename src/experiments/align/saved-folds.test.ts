import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silenceProgress } from '../../runner/quiet.js';
import { RunDirectory } from '../../runner/run/run-directory.js';
import {
  foldResultSchema,
  resumeFolds,
  saveFold,
  withRows,
  type FoldResult,
} from './saved-folds.js';

silenceProgress();
let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'didyprog-folds-'));
});
afterEach(() => rm(path, { recursive: true }));

const errors = {
  rmse: 1,
  meanAbsolute: 1,
  medianAbsolute: 1,
  within50ms: 1,
  within100ms: 1,
  max: 2,
};
const result = (piece: string): FoldResult => ({
  piece,
  rows: { ['__proto__']: { test: errors, training: [errors] } },
  settings: {
    frameWise: { lambda: 0, iterations: 1, learningRate: 1 },
    endToEnd: [],
    chosen: ['constructor'],
  },
  seconds: 1,
});
const line = (fold: number, epoch: number) =>
  JSON.stringify({ fold, row: 'end-to-end', epoch, loss: fold / epoch });
const metrics = () => readFile(join(path, 'metrics.jsonl'), 'utf8');
const lines = (...all: string[]) => all.map((text) => `${text}\n`).join('');
const use = <T>(work: (directory: RunDirectory) => Promise<T>) =>
  RunDirectory.use({ path, config: {}, resume: true }, work);

/** Three folds of two lines each, saved, and a line of the fourth. */
async function threeFolds(): Promise<void> {
  await use(async (directory) => {
    for (const fold of [0, 1, 2]) {
      const own = [line(fold + 1, 1), line(fold + 1, 2)];
      for (const text of own) await directory.metric(JSON.parse(text) as object);
      await saveFold(directory, fold, { result: result(`piece ${fold}`), metrics: own });
    }
    await directory.metric(JSON.parse(line(4, 1)) as object);
  });
}

const folds = [0, 1, 2, 3];
const resumed = () =>
  use((directory) => resumeFolds(directory, folds, withRows(foldResultSchema, ['__proto__'])));

it('saved folds come back with their names, and lines of an unfinished fold go', async () => {
  await threeFolds();
  const saved = await resumed();
  expect([...saved.keys()]).toEqual([0, 1, 2]);
  expect(Object.keys(saved.get(1)!.result.rows)).toEqual(['__proto__']);
  expect(saved.get(1)!.result).toEqual(result('piece 1'));
  expect(await metrics()).toBe(
    lines(line(1, 1), line(1, 2), line(2, 1), line(2, 2), line(3, 1), line(3, 2)),
  );
});

it('a damaged fold is set aside, and the lines after it wait for it', async () => {
  await threeFolds();
  const file = join(path, 'checkpoint', 'fold-02.bin');
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(file, bytes);
  const saved = await resumed();
  expect([...saved.keys()]).toEqual([0, 2]);
  expect(saved.get(2)!.metrics).toEqual([line(3, 1), line(3, 2)]);
  expect(await metrics()).toBe(lines(line(1, 1), line(1, 2)));
  expect(await readFile(join(path, 'run.log'), 'utf8')).toContain(
    'fold-02.bin: the checksum does not match',
  );
});

it('metrics.jsonl that was cut or lost is written again from the folds', async () => {
  for (const text of ['', line(1, 1).slice(0, 9), lines(line(1, 1), line(1, 1))]) {
    await threeFolds();
    await writeFile(join(path, 'metrics.jsonl'), text);
    await resumed();
    expect((await metrics()).split('\n')).toHaveLength(7);
    expect(await metrics()).toContain(lines(line(3, 1), line(3, 2)));
    await rm(path, { recursive: true });
  }
  await threeFolds();
});

it('folds of version 0.1.0 are read, and their lines are found in metrics.jsonl', async () => {
  await use(async (directory) => {
    const old = { ...result('piece 1'), settings: { ...result('').settings, chosen: true } };
    await directory.write(
      join('checkpoint', 'fold-02.json'),
      JSON.stringify({ result: old, metricsBytes: 20 }),
    );
    const twice = [line(1, 1), line(2, 1), line(2, 2), line(2, 1), line(2, 2)];
    await directory.write('metrics.jsonl', lines(...twice));
  });
  const saved = await resumed();
  expect([...saved.keys()]).toEqual([1]);
  expect(saved.get(1)!.metrics).toEqual([line(2, 1), line(2, 2)]);
  expect(saved.get(1)!.result.settings.chosen).toBe(true);
  // Fold 1 is run again: its line goes.
  expect(await metrics()).toBe('');
});

it('a fold of version 0.1.0 that is no JSON, or not of a fold, is computed again', async () => {
  for (const text of ['{"result":', '{"result":{"piece":1}}']) {
    await use((directory) => directory.write(join('checkpoint', 'fold-01.json'), text));
    expect((await resumed()).size).toBe(0);
  }
});

it('a fold without a row of the table is computed again', async () => {
  await threeFolds();
  const all = await use((directory) =>
    resumeFolds(directory, folds, withRows(foldResultSchema, ['__proto__', 'other'])),
  );
  expect(all.size).toBe(0);
});
