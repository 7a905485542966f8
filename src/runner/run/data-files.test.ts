import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dataFile, DataFiles, dataFolderOf, readAgain } from './data-files.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('data');
const run = join(folder, 'run');
const file = join(folder, 'a.txt');
const said: string[] = [];

vi.mock('../notice.js', () => ({ notice: (text: string) => said.push(text) }));
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
    expect(await readAgain(run, folder, read)).toBe('data');
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
    expect(said).toEqual([expect.stringContaining('a.txt has changed'), 'doubtful']);
  });

  it('is named where it has changed or come since, doubtful or not', async () => {
    const other = join(folder, 'run-2');
    mkdirSync(other);
    const noted = (uses: readonly string[]) => (files: DataFiles) => {
      for (const use of uses) files.note(join(folder, use), use);
      return Promise.resolve('data');
    };
    for (const use of ['train', 'test']) writeFileSync(join(folder, use), 'some');
    const files = new DataFiles(folder);
    await noted(['train', 'test'])(files);
    writeFileSync(join(other, dataFile), JSON.stringify(await files.fingerprints()));
    writeFileSync(join(folder, 'test'), 'else');
    // Read in training alone.
    await readAgain(other, folder, noted(['train']));
    expect(said).toEqual([]);
    writeFileSync(join(folder, 'more'), 'new');
    await readAgain(other, folder, noted(['train', 'test', 'more']));
    expect(said).toEqual([
      `more was not there when ${other} read its data`,
      expect.stringMatching(
        `^test has changed since ${other} read it as test: its SHA-256 was [0-9a-f]{12}… and is [0-9a-f]{12}…$`,
      ),
    ]);
  });
});

it('says once what is doubtful in a file that is read twice', async () => {
  const files = new DataFiles(folder);
  await read(files);
  await read(files);
  files.notify('doubtful elsewhere');
  expect(said).toEqual(['doubtful', 'doubtful elsewhere']);
});

it('the folder of the data sets is no file, nor need it be there', () => {
  writeFileSync(join(folder, 'dev.conll'), 'a O');
  expect(() => dataFolderOf(join(folder, 'dev.conll'))).toThrow(
    'dev.conll is a file: expected is the folder of the data sets',
  );
  expect(dataFolderOf(join(folder, 'none'))).toBe(join(folder, 'none'));
  vi.stubEnv('DIDYPROG_DATA', join(folder, 'dev.conll'));
  expect(() => dataFolderOf(undefined)).toThrow(/^DIDYPROG_DATA .*dev.conll is a file/);
  expect(dataFolderOf('other')).toBe('other');
  vi.stubEnv('DIDYPROG_DATA', '');
  expect(dataFolderOf(undefined)).toBe('data');
  vi.unstubAllEnvs();
});
