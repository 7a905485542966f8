import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { guardFolder } from './folder-guard.js';
import { inOutputFolder, writeAside, writeNew } from './write-aside.js';

const folder = temporaryFolder('write-aside');

it('an error of writing speaks of going on only within a run', async () => {
  const path = join(folder, 'none', 'x.svg');
  const errorOf = () => writeAside(path, '').catch((error: Error) => error.message);
  expect(await errorOf()).toMatch(/x\.svg: the folder is missing[^.]*$/);
  const end = guardFolder(folder, () => Promise.resolve());
  // A run that could not write its config has nothing to go on with.
  expect(await errorOf()).not.toContain('--resume');
  writeFileSync(join(folder, 'config.yaml'), '');
  expect(await errorOf()).toContain('the run continues with --resume');
  end();
  expect(await errorOf()).not.toContain('--resume');
});

it('a folder in which nothing can be written goes again, not one that holds something', async () => {
  const path = join(folder, 'made', 'here');
  const write = (name: string) => inOutputFolder(path, () => writeAside(join(path, name), ''));
  await expect(write('missing/x')).rejects.toThrow('cannot write');
  expect(existsSync(join(folder, 'made'))).toBe(false);
  await write('x');
  await expect(write('missing/x')).rejects.toThrow('cannot write');
  expect(readdirSync(path)).toEqual(['x']);
});

it('a new file is that of one of two that write it at once, and whole', async () => {
  const path = join(folder, 'new');
  const texts = ['a'.repeat(1e5), 'b'.repeat(1e5)];
  const ends = await Promise.allSettled(texts.map((text) => writeNew(path, text)));
  const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
  expect(lost.map(({ message }) => message)).toEqual([
    `cannot write ${path}: a file is in the way`,
  ]);
  const winner = ends.findIndex(({ status }) => status === 'fulfilled');
  expect(readFileSync(path, 'utf8')).toBe(texts[winner]);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});
