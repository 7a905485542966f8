import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../errors.js';
import type { Chunk } from '../metrics/chunks.js';
import { chunkScores } from '../metrics/chunk-scores.js';
import { formatConll, parseConll, readConll } from './conll.js';
import { convertTags, recogniseScheme, tagsOfChunks } from './tag-scheme.js';
import { countEntries, Vocabulary } from './vocabulary.js';
import { readWordVectors } from './word-vectors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-conll-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Sentences as random runs of tokens inside and outside chunks. */
const chunkedSentence = fc
  .array(
    fc.record({
      type: fc.constantFrom('PER', 'LOC', undefined),
      length: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((runs) => {
    const chunks: Chunk[] = [];
    let at = 0;
    for (const { type, length } of runs) {
      if (type) chunks.push({ type, first: at, last: at + length - 1 });
      at += length;
    }
    return { chunks, length: at };
  });

describe('tag schemes', () => {
  it('conversion keeps the chunks, as the scorer sees them, and comes back', () => {
    fc.assert(
      fc.property(chunkedSentence, ({ chunks, length }) => {
        const iobes = tagsOfChunks(chunks, length, 'IOBES');
        for (const scheme of ['IOB1', 'IOB2'] as const) {
          const tags = tagsOfChunks(chunks, length, scheme);
          expect(convertTags(tags, 'IOBES')).toEqual(iobes);
          expect(convertTags(iobes, scheme)).toEqual(tags);
          if (chunks.length > 0) expect(chunkScores([iobes], [tags]).f1).toBe(100);
        }
      }),
    );
  });

  it('recognises the scheme where the tags tell', () => {
    expect(recogniseScheme([['I-PER', 'B-PER', 'O']])).toBe('IOB1');
    expect(recogniseScheme([['O', 'I-PER'], ['B-LOC'], ['I-LOC']])).toBe('IOB1');
    expect(recogniseScheme([['O', 'I-PER'], ['B-LOC'], ['B-LOC']])).toBe('IOB2');
    expect(recogniseScheme([['O', 'B-PER', 'I-PER']])).toBe('IOB2');
    expect(recogniseScheme([['O', 'B-PER', 'E-PER', 'S-LOC']])).toBe('IOBES');
    expect(recogniseScheme([['O'], ['O', 'O']])).toBe('IOB2');
  });
});

describe('CoNLL column files', () => {
  it('are read word first, tag last, without quoting, by sentences, documents dropped', () => {
    const text =
      '-DOCSTART- -X- O O\n\n" " O O\nU.N. NNP  I-NP I-ORG\n\n\nParis\tNNP\tI-NP\tI-LOC\r\n'.replaceAll(
        '\r',
        '',
      );
    const { sentences, scheme } = parseConll(text, 'a.txt');
    expect(scheme).toBe('IOB1');
    expect(sentences).toEqual([
      { words: ['"', 'U.N.'], tags: ['O', 'S-ORG'] },
      { words: ['Paris'], tags: ['S-LOC'] },
    ]);
  });

  it('come back from what formatConll writes', () => {
    const sentences = [{ words: ['New', 'York', '!'], tags: ['B-LOC', 'E-LOC', 'O'] }];
    for (const scheme of ['IOB1', 'IOB2', 'IOBES'] as const) {
      expect(parseConll(formatConll(sentences, scheme), 'x').sentences).toEqual(sentences);
    }
  });

  it('are UTF-8 or Latin-1, with any line ends', async () => {
    const path = join(folder, 'latin.txt');
    await writeFile(path, Buffer.from('España B-LOC\r\n', 'latin1'));
    expect((await readConll(path)).sentences[0]!.words).toEqual(['España']);
    await writeFile(path, 'España B-LOC\r\n\r\ny O\r\n');
    expect((await readConll(path)).sentences.map(({ words }) => words)).toEqual([
      ['España'],
      ['y'],
    ]);
  });

  it.each([
    ['a missing column', 'a NN O\nb O\n', 'f, line 2: 2 columns: 3 are expected'],
    ['no tag at all', 'a\n', 'f, line 1: 1 columns: a word and a tag are expected'],
    ['an unknown scheme', 'a O\n\nb X-PER\n', "f, line 3: the tag 'X-PER' is of no known scheme"],
    ['mixed schemes', 'a I-PER\n\nb O\nc S-LOC\n', "line 1 ('I-PER') is IOB1, line 4 ('S-LOC')"],
    ['an empty file', '\n\n', 'f: no sentence'],
  ])('%s is an error with its place', (_, text, message) => {
    expect(() => parseConll(text, 'f')).toThrow(DataError);
    expect(() => parseConll(text, 'f')).toThrow(message);
  });

  it('a missing file is an error that names it', async () => {
    await expect(readConll(join(folder, 'none'))).rejects.toThrow(/cannot read .*none/);
  });

  it.each([
    ['conll2003-en/eng.train', 14041, 'IOB1'],
    ['conll2003-en/eng.testa', 3250, 'IOB1'],
    ['conll2002/esp.train', 8323, 'IOB2'],
    ['conll2002/ned.train', 15806, 'IOB2'],
    ['conll2003-de/deu.train', 12152, 'IOB2'],
  ])('the real %s has its %i sentences in %s', async (name, count, expected) => {
    const path = join(process.env['DIDYPROG_DATA'] ?? 'data', ...name.split('/'));
    if (!existsSync(path)) {
      console.log(`skipped: ${path} is not there`);
      return;
    }
    const { sentences, scheme } = await readConll(path);
    expect({ sentences: sentences.length, scheme }).toEqual({ sentences: count, scheme: expected });
  });
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

describe('a vocabulary', () => {
  it('is sorted by frequency after the unknown entry, which stands for all others', () => {
    const vocabulary = Vocabulary.ofCounts(countEntries(['b', 'a', 'a', 'c']), '<unk>');
    expect(vocabulary.entries).toEqual(['<unk>', 'a', 'b', 'c']);
    expect(['a', 'c', 'z'].map((entry) => vocabulary.index(entry))).toEqual([1, 3, 0]);
    expect(() => vocabulary.known('z')).toThrow("'z' is not among <unk>, a, b, c");
    expect(() => new Vocabulary(['a', 'a'])).toThrow("'a' twice");
  });
});
