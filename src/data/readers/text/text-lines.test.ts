import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../../errors.js';
import { LineSplitter, readLines, type TextOptions } from './text-lines.js';

/** The lines of bytes that come in chunks of these sizes, the last one again and again. */
function linesOf(bytes: Uint8Array, sizes: readonly number[], options?: TextOptions): string[] {
  const splitter = new LineSplitter('f', options);
  const lines: string[] = [];
  for (let at = 0, chunk = 0; at < bytes.length; chunk++) {
    const size = sizes[Math.min(chunk, sizes.length - 1)]!;
    lines.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...lines, ...splitter.end()];
}

const utf16 = (text: string, bigEndian: boolean) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

describe('lines of text', () => {
  it('end at LF and CRLF, mixed, and at nothing else', () => {
    const inside = 'a\u2028b\u2029c\u0085d\ve\ff\rg';
    const text = `${inside}\r\n\r\nlast\n\n \r\r\nno end`;
    expect(linesOf(Buffer.from(text), [1000])).toEqual([inside, '', 'last', '', ' \r', 'no end']);
    expect(linesOf(Buffer.from('a\rb\rc\n'), [1000])).toEqual(['a\rb\rc']);
    expect(linesOf(Buffer.from('one\rline\r\r'), [1000])).toEqual(['one\rline\r']);
    expect(linesOf(Buffer.from('x\n'), [1])).toEqual(['x']);
    expect(linesOf(Buffer.from('\n'), [1])).toEqual(['']);
    expect(linesOf(Buffer.from(''), [1])).toEqual([]);
  });

  it('are the same whatever the chunks and the encoding', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\0\r\n\uFEFF]/g, ''));
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 9 });
    const ended = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')));
    fc.assert(
      fc.property(ended, fc.string({ minLength: 1 }), sizes, (content, last, sizes) => {
        const end = last.replace(/[\0\r\n\uFEFF]/g, '') || 'x';
        const text = content.map((parts) => parts.join('')).join('') + end;
        const expected = [...content.map(([line]) => line), end];
        expect(linesOf(Buffer.from(text), sizes)).toEqual(expected);
        expect(linesOf(Buffer.from(`\uFEFF${text}`), sizes)).toEqual(expected);
        expect(linesOf(utf16(text, false), sizes)).toEqual(expected);
        expect(linesOf(utf16(text, true), sizes)).toEqual(expected);
      }),
    );
  });

  it('are Windows-1252 on demand: Latin-1 but for 0x80 to 0x9f', () => {
    const bytes = Uint8Array.from({ length: 255 }, (_, at) => at + 1);
    const codes = linesOf(bytes, [40], { encoding: 'windows-1252' }).join('\n');
    // From index-windows-1252.txt of the Encoding Standard.
    const signs =
      '20AC 81 201A 192 201E 2026 2020 2021 2C6 2030 160 2039 152 8D 17D 8F 90 2018 2019 201C 201D 2022 ' +
      '2013 2014 2DC 2122 161 203A 153 9D 17E 178';
    const expected = [...bytes];
    expected.splice(0x7f, 32, ...signs.split(' ').map((one) => parseInt(one, 16)));
    expect([...codes].map((character) => character.charCodeAt(0))).toEqual(expected);
  });

  it('lose a byte-order mark at the beginning only', () => {
    expect(linesOf(Buffer.from('\uFEFF\uFEFFa\n\uFEFFb\n'), [6])).toEqual(['\uFEFFa', '\uFEFFb']);
  });

  it.each([
    ['broken UTF-8', Buffer.from('a\n\nb\xe9\nc\n', 'latin1'), 'f, line 3: not UTF-8'],
    ['UTF-8 cut off', Buffer.from('a\né').subarray(0, 3), 'f, line 2: not UTF-8'],
    [
      'a surrogate in UTF-8',
      Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80, 0x0a]),
      'f, line 2: not UTF-8',
    ],
    ['a NUL', Buffer.from('a\r\nb\0\n'), 'f, line 2: a NUL character'],
    ['UTF-16 without its mark', Buffer.from('ab\n', 'utf16le'), 'f, line 1: a NUL character'],
    ['UTF-16 cut off', utf16('ab\ncd', false).subarray(0, 11), 'not UTF-16'],
    ['half a pair in UTF-16', utf16('a\n\ud800b\n', true), 'not UTF-16'],
    [
      'a long line',
      Buffer.from(`a\n${'x'.repeat(1_000_001)}\n`),
      'f, line 2: a line of over 1,000,000',
    ],
    ['lines that end at CR', Buffer.from('a\rb\rc'), 'f: its lines end at carriage returns alone'],
    ['much that ends at CR', Buffer.alloc(5_000_000, 'abc\r'), 'f: its lines end at carriage'],
    ['CR in UTF-16', utf16('onset\r0.5\r1\r', true), 'f: its lines end at carriage returns alone'],
    ['a line without end', Buffer.alloc(5_000_000, 'x'), 'f, line 1: a line of over 1,000,000'],
  ])('of %s are an error with the line', (_, bytes, message) => {
    for (const size of [3, 1000, 10_000_000]) {
      if (bytes.length > 100_000 && size < 1000) continue;
      expect(() => linesOf(bytes, [size])).toThrow(DataError);
      expect(() => linesOf(bytes, [size])).toThrow(message);
    }
  });

  it('are read with U+FFFD for what is not UTF-8 on demand', () => {
    const bytes = Buffer.from('b\xe9\nc\n', 'latin1');
    const invalid: number[] = [];
    const options = { replaceInvalid: (line: number) => invalid.push(line) };
    expect(linesOf(bytes, [9], options)).toEqual(['b\uFFFD', 'c']);
    expect(invalid).toEqual([1]);
    // Not where the text has U+FFFD itself; whatever the pieces are.
    const some = Buffer.concat([Buffer.from('a\uFFFD\n'), bytes, bytes]);
    for (const size of [1, 4, 99]) {
      invalid.length = 0;
      linesOf(some, [size], options);
      expect(invalid).toEqual([2, 4]);
    }
  });
});

describe('readLines', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'didyprog-lines-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (path: string) => {
    const lines: string[] = [];
    for await (const line of readLines(path)) lines.push(line);
    return lines;
  };

  it('reads plain files and gzip, by their bytes', async () => {
    const path = join(folder, 'a.txt');
    await writeFile(path, 'für\r\n\nlast');
    expect(await read(path)).toEqual(['für', '', 'last']);
    await writeFile(path, gzipSync('für\n'));
    expect(await read(path)).toEqual(['für']);
  });

  it('refuses a folder, a missing file and a gzip that is cut off, by name', async () => {
    await expect(read(folder)).rejects.toThrow(`${folder}: a folder`);
    await expect(read(join(folder, 'none'))).rejects.toThrow(DataError);
    const path = join(folder, 'cut.gz');
    await writeFile(path, gzipSync(Buffer.alloc(10_000, 'abc\n')).subarray(0, 40));
    await expect(read(path)).rejects.toThrow(path);
    await expect(read(path)).rejects.toThrow(DataError);
  });

  it('refuses other archives by name, also within gzip', async () => {
    const path = join(folder, 'packed');
    const tar = Buffer.alloc(10_240);
    tar.write('dev.conll');
    tar.write('ustar', 257);
    for (const [bytes, kind] of [
      [tar, 'a tar archive'],
      [gzipSync(tar), 'a tar archive'],
      [Buffer.from('BZh91AY&SY…'), 'a bzip2 file'],
      [Buffer.from('\xfd7zXZ\0\0', 'latin1'), 'an xz file'],
      [Buffer.from('\x28\xb5\x2f\xfd\x24', 'latin1'), 'a Zstandard file'],
    ] as const) {
      await writeFile(path, bytes);
      await expect(read(path)).rejects.toThrow(`${path}: it is ${kind}: unpack it first`);
    }
    await writeFile(path, 'BZh is a word\n');
    expect(await read(path)).toEqual(['BZh is a word']);
  });
});
