import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { compareAll } from './comparison.js';
import { readRun } from './recorded-run.js';

const folder = temporaryFolder('comparison');
const sha256 = 'a'.repeat(64);
const files = [{ use: 'train', name: 'train.txt', bytes: 1, sha256 }];
const stretch = {
  ...{ command: 'didyprog train', commit: 'c1', engine: 'cpu 1', node: 'v20', cores: 2, seed: 3 },
  ...{ startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:00Z', wallSeconds: 60 },
};
const resumed = {
  ...{ ...stretch, command: 'didyprog resume', engine: 'wasm 1', wallSeconds: 30.5 },
  ...{ endedAt: '2026-01-01T00:02:00Z', reached: { epochs: 4 } },
};

async function run(name: string, contents: Record<string, unknown>) {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'config.yaml'), 'seed: 3\n');
  writeFileSync(join(path, 'run.log'), '');
  for (const [file, value] of Object.entries(contents)) {
    writeFileSync(join(path, file), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return readRun(path);
}

it('a run that is not done is compared by what it has noted, one of several starts by all of them', async () => {
  const whole = await run('whole', { 'result.json': { provenance: [stretch], files } });
  const stopped = await run('stopped', { 'provenance.json': [stretch], 'data.json': files });
  const same = compareAll([whole, stopped]);
  expect(same).toMatchObject({ config: [], provenance: [], data: [] });

  const several = await run('several', {
    'result.json': { provenance: [stretch, resumed], files: [{ ...files[0], name: 'moved' }] },
  });
  const { provenance, data } = compareAll([whole, several]);
  expect(data).toEqual([]);
  expect(provenance).toEqual([
    { name: 'command', values: ['didyprog train', ['didyprog train', 'didyprog resume']] },
    { name: 'engine', values: ['cpu 1', ['cpu 1', 'wasm 1']] },
    { name: 'endedAt', values: [stretch.endedAt, resumed.endedAt] },
    { name: 'wallSeconds', values: [60, 90.5] },
    { name: 'starts', values: [1, 2] },
    { name: 'reached.epochs', values: [undefined, 4] },
  ]);
});

it('a run with damaged notes is compared by the rest', async () => {
  const damaged = await run('damaged', { 'provenance.json': '[{', 'data.json': '[]x' });
  expect(compareAll([damaged, damaged])).toMatchObject({ provenance: [], data: [] });
});
