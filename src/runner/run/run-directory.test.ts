import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunDirectory } from './run-directory.js';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'didyprog-directory-'));
});
afterEach(() => {
  rmSync(path, { recursive: true });
});

const lost = 'lines are lost';
it.each([
  ['whole', '{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":2}\n', undefined],
  [
    'with lines after the checkpoint',
    '{"a":1}\n{"a":2}\n{"a":3}\n',
    '{"a":1}\n{"a":2}\n',
    undefined,
  ],
  ['cut in the middle of a line', '{"a":1}\n{"a"', '{"a":1}\n', lost],
  ['cut in its first line', '{"a', '', lost],
  ['emptied', '', '', lost],
  [
    'with a damaged line',
    '{"a":?}\n{"a":2}\n',
    '{"a":?}\n{"a":2}\n',
    'metrics.jsonl, line 1: not valid JSON',
  ],
])('metrics.jsonl %s goes on with a line of its own', async (_, found, kept, said) => {
  const opening = { path, config: {}, resume: false, tensorboard: true };
  const directory = await RunDirectory.open(opening);
  try {
    writeFileSync(join(path, 'metrics.jsonl'), found);
    await directory.rewindMetrics(16);
    await directory.metric({ a: 9 });
    expect(readFileSync(join(path, 'metrics.jsonl'), 'utf8')).toBe(`${kept}{"a":9}\n`);
    await directory.log('end');
    const log = readFileSync(join(path, 'run.log'), 'utf8');
    if (said === undefined) expect(log.split('\n')).toHaveLength(2);
    else expect(log).toContain(said);
  } finally {
    await directory.close();
  }
});

it('is not made within another run, where no list would show it', async () => {
  const outer = await RunDirectory.open({ path, config: {}, resume: false });
  await outer.close();
  const inner = { path: join(path, 'a', 'b'), config: {}, resume: false };
  await expect(RunDirectory.check(inner)).rejects.toThrow(`is within the run ${path}`);
  await expect(RunDirectory.open(inner)).rejects.toThrow('choose another --out');
  expect(existsSync(join(path, 'a'))).toBe(false);
});
