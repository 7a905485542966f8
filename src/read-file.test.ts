import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from './errors.js';
import { parseJson, parseYaml, readTextFile, readWholeFile } from './read-file.js';
import { temporaryFolder } from '../test/temporary-folder.js';

const folder = temporaryFolder('read');

/** A file of this size that takes no place on the disk. */
function sparse(name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

async function refusal(read: Promise<unknown>): Promise<string> {
  const error: unknown = await read.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as Error).message;
}

describe('a file', () => {
  it('is read as it is', async () => {
    const path = join(folder, 'text');
    writeFileSync(path, 'für\r\n');
    expect(await readTextFile(path)).toBe('für\r\n');
    expect(await readWholeFile(path)).toEqual(Buffer.from('für\r\n'));
  });

  it('that is longer than a string or a buffer can be is refused with its size', async () => {
    const path = sparse('text', 600_000_000);
    expect(await refusal(readTextFile(path))).toMatch(
      /text: it has 600\.0 MB, more than the 5\d\d/,
    );
    const checkpoint = sparse('checkpoint', 2 ** 31);
    expect(await refusal(readWholeFile(checkpoint))).toMatch(/checkpoint: it has 2\.15 GB/);
    expect(await refusal(readTextFile(path, 1000))).toMatch(/more than the 1000 bytes/);
  });

  it('that is missing keeps the code of the file system', async () => {
    await expect(readTextFile(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });

  it('that is a folder, a pipe or a device is named as such, and nothing waits', async () => {
    expect(await refusal(readTextFile(folder))).toContain('it is a folder, expected a file');
    if (process.platform === 'win32') return;
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await refusal(readTextFile(pipe))).toContain('it is a named pipe');
    expect(await refusal(readTextFile('/dev/zero'))).toContain('it is a device');
  });
});

const nested = (open: string, close: string, depth: number) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;

describe('JSON and YAML', () => {
  it('are values', () => {
    expect(parseJson('{"a":["[[{\\"",1]}', 'x.json')).toEqual({ a: ['[[{"', 1] });
    expect(parseYaml('a: [1, &b 2]\nc: *b\n', 'x.yaml')).toEqual({ a: [1, 2], c: 2 });
  });

  it('of 200,000 levels are refused', () => {
    const texts = {
      arrays: nested('[', ']', 200_000),
      objects: nested('{"a":', '}', 200_000),
      open: '['.repeat(200_000),
      list: '- '.repeat(20_000),
    };
    for (const text of Object.values(texts)) {
      expect(() => parseYaml(text, 'x.yaml')).toThrow(
        /x\.yaml: (nested too deeply|it has 1\.2 MB)/,
      );
      expect(() => parseJson(text, 'x.json')).toThrow(
        /x\.json: (nested too deeply|not valid JSON)/,
      );
    }
  });

  it('that are damaged are refused in one line', () => {
    for (const text of ['{"a":', '', 'nonsense', '{"a": 1} more']) {
      expect(() => parseJson(text, 'x.json')).toThrow(/^x\.json: not valid JSON: .*$/);
    }
    expect(() => parseYaml('a: [1\nb: 2', 'x.yaml')).toThrow(
      /^x\.yaml: not valid YAML: .*line 2.*$/,
    );
    expect(() => parseYaml('a: 1\nb: *nope\nc: &nope 2', 'x.yaml')).toThrow(
      /^x\.yaml: not valid YAML: no anchor &nope stands before \*nope at line 2$/,
    );
    for (const own of ['&own { b: 1, c: *own }', '&own\n  - 1\n  - c: [*own]']) {
      expect(() => parseYaml(`a: ${own}`, 'x.yaml')).toThrow(
        /^x\.yaml: not valid YAML: \*own stands within its own anchor at line [13]$/,
      );
    }
    // The other control characters are what YAML 1.2 calls not printable.
    expect(() => parseYaml('a: 1\r# \0\rb: 2', 'x.yaml')).toThrow(
      'x.yaml: not valid YAML: the control character "\\u0000" at line 2',
    );
    expect(parseYaml('# a comment\ra: 1\r\nb:\r x\x7f\x85', 'x.yaml')).toEqual({
      ...{ a: 1, b: 'x\x7f\x85' },
    });
    expect(parseYaml('a: &one [1]\nb: { c: *one, d: &one 2, e: *one }', 'x.yaml')).toEqual({
      a: [1],
      b: { c: [1], d: 2, e: 2 },
    });
    expect(() => parseYaml(`a: ${'x'.repeat(5_000_000)}`, 'x.yaml')).toThrow(/at most 1\.0 MB/);
  });

  it('of a thousand million laughs are refused', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const item = level === 0 ? 'lol' : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array(10).fill(item).join(', ')}]`;
    });
    expect(() => parseYaml(levels.join('\n'), 'x.yaml')).toThrow(
      /x\.yaml: not valid YAML: .*alias/i,
    );
  });
});

it('keys of YAML are words: others are refused by their line', () => {
  for (const [text, line] of [
    ['a: 1\n? [b, c]\n: 2\n', 2],
    ['a: 1\nd:\n  null: 3\n', 3],
  ] as const) {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(`a key must be a word at line ${line}`);
  }
  expect(parseYaml('? a\n: 1\n2: b\n&k x: 1\n', 'x')).toEqual({
    ...{ a: 1, 2: 'b', x: 1 },
  });
});
