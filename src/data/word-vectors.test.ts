import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../errors.js';
import { readWordVectors } from './word-vectors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-vectors-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('word vectors', () => {
  const glove = 'the 1 2 3\nof -1 0.5 2e-1\nthe 9 9 9\n. . . 4 5 6\n';

  it('of GloVe and fastText, plain and gzip: the wanted ones', async () => {
    for (const [name, content] of [
      ['glove.txt', glove],
      ['glove.txt.gz', gzipSync(glove)],
      ['fast.vec', `4 3\n${glove}`],
    ] as const) {
      const path = join(folder, name);
      await writeFile(path, content);
      const { dimension, vectors } = await readWordVectors(path, (word) => word !== 'of');
      expect(dimension).toBe(3);
      expect([...vectors].map(([word, values]) => [word, ...values])).toEqual([
        ['the', 1, 2, 3],
        ['. . .', 4, 5, 6],
      ]);
    }
  });

  it.each([
    ['too few numbers', 'a 1 2\nb 1\n', 'line 2: 1 numbers'],
    ['not a number', 'a 1 2\nb 1 x\n', "line 2: 'x' is not a finite number"],
    ['nothing in it', '', 'is empty'],
  ])('%s is an error with its place', async (_, content, message) => {
    const path = join(folder, 'bad.txt');
    await writeFile(path, content);
    await expect(readWordVectors(path, () => true)).rejects.toThrow(message);
  });

  it('a gzip that is cut off, or a file that is not there, is an error that names it', async () => {
    const path = join(folder, 'cut.gz');
    await writeFile(path, gzipSync(glove.repeat(1000)).subarray(0, 60));
    await expect(readWordVectors(path, () => true)).rejects.toThrow(/cut\.gz/);
    await expect(readWordVectors(join(folder, 'no'), () => true)).rejects.toThrow(DataError);
  });
});
