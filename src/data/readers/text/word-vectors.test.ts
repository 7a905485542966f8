import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../../errors.js';
import { readWordVectors } from './word-vectors.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-vectors-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('word vectors', () => {
  /** What is read of a content, and what is said about it. */
  const read = async (
    content: string | Uint8Array,
    wanted: (word: string) => boolean = () => true,
  ) => {
    const path = join(folder, 'some.txt');
    await writeFile(path, content);
    const notices: string[] = [];
    const { dimension, vectors } = await readWordVectors(path, wanted, (text) =>
      notices.push(text),
    );
    return { dimension, notices, all: [...vectors].map(([word, values]) => [word, ...values]) };
  };

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
    ['too few numbers', 'a 1 2\nb 1\n', 'line 2: 1 number'],
    ['not a number', 'a 1 2\nb 1 x\n', 'line 2: "x" is not a finite number'],
    ['nothing in it', '', 'is empty'],
    ['only a header', '5 3\n', 'is empty'],
    ['too many numbers', 'a 1 2\nb 1 2 3\n', 'line 2: 3 numbers: expected are a word and 2'],
    ['another dimension than the header’s', '1 2\na 1 2 3\n', 'line 2: 3 numbers'],
    ['a last line that is cut off', 'a 1 2\nb 1 2\nc 1', 'line 3: 1 number'],
    ['NaN', 'a 1 2\nb 1 nan\n', 'line 2: "nan" is not a finite number'],
    ['NaN in the first line', 'a nan 2\nb 3 4\n', 'line 1: "nan" is not a finite number'],
    ['infinity', 'a 1 2\nb inf 2\nc 1 2\n', 'line 2: "inf" is not a finite number'],
    ['Infinity', 'a 1 2\nb 1 Infinity\n', 'line 2: "Infinity" is not a finite number'],
    [
      'more than float32 holds',
      'a 1 2\nb 1 1e39\n',
      'line 2: "1e39" is beyond the numbers of float32',
    ],
    ['more than float64 holds', 'a 1 2\nb -1e400 1\n', 'line 2: "-1e400" is beyond'],
    ['a hexadecimal number', 'a 1 2\nb 1 0x10\n', 'line 2: "0x10" is not a finite number'],
    ['a decimal comma', 'a 1 2\nb 1 0,5\n', 'line 2: "0,5" is not a finite number'],
    ['a line of no text', `a 1 2\n${'b'.repeat(1_000_001)}\n`, 'line 2: a line of over 1,000,000'],
    ['a NUL', 'a 1 2\nb\0 1 2\n', 'line 2: a NUL character'],
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

  it.each([
    ['several spaces', 'the  1   2 3\nof -1  0.5 2e-1\n'],
    ['spaces at both ends', ' the 1 2 3 \nof -1 0.5 2e-1  \n'],
    ['tabs', 'the\t1\t2\t3\nof\t-1\t0.5\t2e-1\t\n'],
    ['tabs and spaces', 'the \t 1 2\t3\nof\t-1 .5 2E-1\n'],
    ['CRLF, and none at the end', 'the 1 2 3\r\nof -1 0.5 +.2'],
    ['a byte-order mark', '\uFEFFthe 1 2 3\nof -1 0.5 2e-1\n'],
    ['a header with spaces', ' 2  3 \nthe 1 2. 3\nof -1 0.5 2e-1\n'],
    ['blank lines', '\nthe 1 2 3\n\nof -1 0.5 2e-1\n\n \n'],
  ])('may have %s', async (_, content) => {
    const expected = [
      ['the', 1, 2, 3],
      ['of', -1, 0.5, Math.fround(0.2)],
    ];
    expect(await read(content)).toEqual({ dimension: 3, notices: [], all: expected });
    expect((await read(content, (word) => word === 'of')).all).toEqual(expected.slice(1));
  });

  it('may be of words with spaces: what stands last is the vector', async () => {
    const phrases = 'the 1 2\nat name@domain.com 3 4\nNew York 5 6\na\u00a0b 7 8\n';
    expect((await read(phrases)).all).toEqual([
      ['the', 1, 2],
      ['at name@domain.com', 3, 4],
      ['New York', 5, 6],
      ['a\u00a0b', 7, 8],
    ]);
    expect((await read(phrases, (word) => word === 'New York')).all).toEqual([['New York', 5, 6]]);
    expect((await read(`. . . 1 2\n${phrases}`)).all[0]).toEqual(['. . .', 1, 2]);
    // Where tabs separate, numbers in a word are part of it.
    const tabs = 'the\t1\t2\n10 000\t3\t4\n1 1 2\t5 6\n';
    expect((await read(tabs)).all.slice(1)).toEqual([
      ['10 000', 3, 4],
      ['1 1 2', 5, 6],
    ]);
    expect((await read(tabs, (word) => word === '10 000')).all).toEqual([['10 000', 3, 4]]);
  });

  it('of which the header promises another number are read with a notice', async () => {
    const fewer = await read('5 3\nthe 1 2 3\nof 1 2 3\n');
    expect(fewer.all).toHaveLength(2);
    expect(fewer.notices).toEqual([
      expect.stringMatching(/line 1 promises 5 words, there are 2: the file may be cut off/),
    ]);
    expect((await read('1 3\nthe 1 2 3\nof 1 2 3\n')).notices).toEqual([
      expect.stringMatching(/promises 1 words, there are 2$/),
    ]);
  });

  it('count the first time where a word occurs twice, with a notice', async () => {
    const { all, notices } = await read('a 1\nb 2\na 3\n__proto__ 4\n__proto__ 5\n');
    expect(all).toEqual([
      ['a', 1],
      ['b', 2],
      ['__proto__', 4],
    ]);
    expect(notices).toEqual([expect.stringContaining('2 of the wanted words occur twice')]);
  });

  it('of words that are cut inside a character, or empty, are passed over', async () => {
    const content = Buffer.concat([
      Buffer.from('a 1 2\n'),
      Buffer.from([0xc3]),
      Buffer.from(' 3 4\n 5 6\nb 7 8\n'),
    ]);
    expect((await read(content, (word) => /^[a-z]$/.test(word))).all).toEqual([
      ['a', 1, 2],
      ['b', 7, 8],
    ]);
  });

  it('that are not UTF-8 are read with a notice, which counts the lines', async () => {
    const latin1 = Buffer.from('caf\xe9 1 2\na 3 4\nna\xefve 5 6\n', 'latin1');
    const { all, notices } = await read(latin1);
    expect(all[1]).toEqual(['a', 3, 4]);
    expect(notices).toEqual([
      expect.stringMatching(
        /some\.txt: 2 lines of 3 are not UTF-8, the first is line 1: .*convert/,
      ),
    ]);
    expect((await read('\ufffd 1 2\ncafé 3 4\n')).notices).toEqual([]);
  });

  it('in the binary formats of word2vec and fastText are refused by name', async () => {
    const floats = Buffer.from(new Float32Array([0.1, -0.25, 3, 1e-3, 0.7, 0.01]).buffer);
    const some = Buffer.concat([Buffer.from('the '), floats, Buffer.from('\nof '), floats]);
    const word2vec = Buffer.concat([Buffer.from('2 6\n'), some]);
    await expect(read(word2vec)).rejects.toThrow(
      /some\.txt: .* binary format of word2vec; .* text/,
    );
    await expect(read(gzipSync(word2vec))).rejects.toThrow('binary format of word2vec');
    const fastText = Buffer.concat([Buffer.from([0xba, 0x16, 0x4f, 0x2f]), some]);
    await expect(read(fastText)).rejects.toThrow('binary format of fastText');
  });

  it('come back whatever the words are', async () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\0\r\n\t ]|^\uFEFF/.test(text));
    const number = fc.float({ noNaN: true, noDefaultInfinity: true });
    const separator = fc.constantFrom(' ', '\t', '  ', ' \t');
    const rows = fc.uniqueArray(fc.tuple(word, fc.array(number, { minLength: 3, maxLength: 3 })), {
      minLength: 1,
      maxLength: 6,
      selector: ([word]) => word,
    });
    await fc.assert(
      fc.asyncProperty(rows, separator, fc.boolean(), async (rows, separator, header) => {
        const lines = rows.map(([word, values]) => [word, ...values.map(String)].join(separator));
        const content = `${header ? `${rows.length} 3\n` : ''}${lines.join('\n')}\n`;
        const { all, notices } = await read(content);
        expect(notices).toEqual([]);
        // −0 is written as 0.
        expect(all).toEqual(
          rows.map(([word, values]) => [word, ...values.map((value) => value + 0)]),
        );
      }),
    );
  });
});
