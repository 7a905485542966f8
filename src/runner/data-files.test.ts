import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dataFile, DataFiles, readAgain } from './data-files.js';
import { temporaryFolder } from '../../test/temporary-folder.js';

const folder = temporaryFolder('data');
const run = join(folder, 'run');
const file = join(folder, 'a.txt');
const said: string[] = [];

vi.mock('./notice.js', () => ({ notice: (text: string) => said.push(text) }));
afterEach(() => {
  said.length = 0;
});

const read = (files: DataFiles) => {
  files.note(file, 'train');
  files.notify('doubtful');
  return Promise.resolve('data');
};

describe('data that a finished run has read', () => {
  it('is read again without its notices, unless it is other data now', async () => {
    writeFileSync(file, 'some');
    mkdirSync(run);
    // A run of version 0.1.0 recorded nothing: whether it is the same is not known.
    expect((await readAgain(run, folder, read)).data).toBe('data');
    expect(said).toEqual(['doubtful']);
    const files = new DataFiles(folder);
    await read(files);
    expect(said).toEqual(['doubtful', 'doubtful']);
    writeFileSync(join(run, dataFile), JSON.stringify(await files.fingerprints()));
    said.length = 0;
    await readAgain(run, folder, read);
    expect(said).toEqual([]);
    writeFileSync(file, 'other');
    await readAgain(run, folder, read);
    expect(said).toEqual(['doubtful']);
  });
});

it('says once what is doubtful in a file that is read twice', async () => {
  const files = new DataFiles(folder);
  await read(files);
  await read(files);
  files.notify('doubtful elsewhere');
  expect(said).toEqual(['doubtful', 'doubtful elsewhere']);
});
