import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { zipBytes, type ZipEntry } from '../../../test/zip-bytes.js';
import { DataError } from '../../errors.js';
import { bounded, findFile, FolderWriter, openSource } from './archive.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-archive-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function openZip(entries: readonly ZipEntry[]) {
  const path = join(folder, 'some.zip');
  await writeFile(path, zipBytes(entries));
  return openSource(path);
}

async function textOf(file: { open(): Promise<AsyncIterable<unknown>> }): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await file.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('openSource', () => {
  it('sees a zip, a folder, a gz and a plain file alike', async () => {
    const lines = join(folder, 'lines');
    await mkdir(join(lines, 'inner'), { recursive: true });
    await writeFile(join(lines, 'inner', 'a.txt'), 'hello');
    await writeFile(join(lines, 'inner', 'b.txt.gz'), gzipSync('packed'));
    const zip = await openZip([
      { name: 'top/', content: '' },
      { name: 'top/inner/a.txt', content: 'hello' },
      { name: 'top/inner/b.txt.gz', content: gzipSync('packed') },
    ]);
    for (const source of [zip, await openSource(lines)]) {
      expect(await textOf(findFile([source], 'a.txt')!)).toBe('hello');
      expect(await textOf(findFile([source], 'inner/b.txt')!)).toBe('packed');
      expect(findFile([source], 'c.txt')).toBeUndefined();
      source.close();
    }
    const alone = await openSource(join(lines, 'inner', 'b.txt.gz'));
    expect(await textOf(findFile([alone], 'b.txt')!)).toBe('packed');
  });

  it.each([
    ['../outside.txt', 'points outside'],
    ['top/../../outside.txt', 'points outside'],
    ['/outside.txt', 'absolute path'],
    ['C:/outside.txt', 'names a drive'],
    ['C:outside.txt', 'names a drive'],
    ['..\\outside.txt', 'backslash'],
    ['a\0.txt', 'NUL character'],
  ])('refuses an archive with the entry %j', async (name, fault) => {
    const refused = openZip([
      { name: 'fine.txt', content: 'fine' },
      { name, content: 'evil' },
    ]);
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(fault);
    await expect(refused).rejects.toThrow(JSON.stringify(name));
    expect(await readdir(folder)).toEqual(['some.zip']);
  });

  it('refuses an archive with a symbolic link', async () => {
    const refused = openZip([{ name: 'link', content: '/etc', mode: 0o120777 }]);
    await expect(refused).rejects.toThrow('"link" is a link');
  });

  it.each([
    ['a device', 0o020666],
    ['a pipe', 0o010644],
    ['a socket', 0o140777],
  ])('refuses an archive with %s', async (_, mode) => {
    const refused = openZip([{ name: 'odd', content: '', mode }]);
    await expect(refused).rejects.toThrow('"odd" is a device or a pipe');
  });

  it('tells names that differ in case alone apart, and takes none for another', async () => {
    const source = await openZip([
      { name: 'A.txt', content: 'upper' },
      { name: 'a.txt', content: 'lower' },
    ]);
    expect(await textOf(findFile([source], 'a.txt')!)).toBe('lower');
    expect(findFile([source], 'a.TXT')).toBeUndefined();
    source.close();
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe, by a link neither', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openSource(pipe)).rejects.toThrow('pipe: it is a named pipe');
    await mkdir(join(folder, 'set'));
    await symlink(pipe, join(folder, 'set', 'a.txt'));
    await symlink('/dev/zero', join(folder, 'set', 'b.txt'));
    await symlink('nowhere', join(folder, 'set', 'c.txt'));
    const source = await openSource(join(folder, 'set'));
    for (const name of ['a.txt', 'b.txt', 'c.txt']) {
      await expect(findFile([source], name)!.open()).rejects.toThrow(DataError);
    }
  });

  it('names an archive that is cut off, and a path where nothing is', async () => {
    const path = join(folder, 'cut.zip');
    await writeFile(path, zipBytes([{ name: 'a.txt', content: 'hello' }]).subarray(0, 40));
    await expect(openSource(path)).rejects.toThrow(`${path}: not a zip archive`);
    const missing = openSource(join(folder, 'none.zip'));
    await expect(missing).rejects.toThrow(DataError);
    await expect(missing).rejects.toThrow('none.zip: it does not exist');
  });
});

describe('findFile', () => {
  it('prefers the whole path to its end, and its end to the bare name', async () => {
    const source = await openZip([
      { name: 'x.txt', content: '1' },
      { name: 'top/a/x.txt', content: '2' },
      { name: 'other/x.txt', content: '3' },
    ]);
    expect(findFile([source], 'x.txt')!.path).toBe('x.txt');
    expect(findFile([source], 'a/x.txt')!.path).toBe('top/a/x.txt');
    expect(() => findFile([source], 'b/x.txt')).toThrow('is there 3 times');
    source.close();
  });
});

describe('FolderWriter', () => {
  const bytes = async function* (text: string) {
    yield Buffer.from(text);
  };

  it('writes below its folder and nowhere else', async () => {
    const writer = new FolderWriter(join(folder, 'set'), 1000);
    await writer.write('a/b.txt', bytes('hello'), 'here');
    expect(await readFile(join(folder, 'set', 'a', 'b.txt'), 'utf8')).toBe('hello');
    for (const path of [
      '../b.txt',
      '/b.txt',
      'a\\..\\..\\b.txt',
      'c:b.txt',
      'NUL',
      'a/com1.txt',
      'aux .x',
    ]) {
      await expect(writer.write(path, bytes('evil'), 'here')).rejects.toThrow(DataError);
    }
    expect(await readdir(folder)).toEqual(['set']);
  });

  it('stops an archive that unpacks to more than is allowed', async () => {
    const path = join(folder, 'bomb.txt.gz');
    await writeFile(path, gzipSync(Buffer.alloc(50_000_000)));
    const source = await openSource(path);
    const writer = new FolderWriter(join(folder, 'set'), 1_000_000);
    const refused = writer.write('a', await source.files[0]!.open(), path);
    await expect(refused).rejects.toThrow('bomb.txt.gz: unpacks to more than the 1000000 bytes');
  });

  it('stops a file that unpacks to more than is allowed, also where little is used of it', async () => {
    const path = join(folder, 'bomb.txt.gz');
    await writeFile(path, gzipSync('\n'.repeat(5_000_000)));
    const source = await openSource(path);
    const file = bounded(source.files[0]!, 1_000_000);
    await expect(textOf(file)).rejects.toThrow('unpacks to more than the 1000000 bytes allowed');
    expect((await textOf(bounded(source.files[0]!, 5_000_000))).length).toBe(5_000_000);
  });

  it('names an entry whose bytes are damaged', async () => {
    const archive = zipBytes([{ name: 'a.txt', content: 'hello '.repeat(100) }]);
    // A deflate block of the reserved type, just after the local header and the name.
    archive.fill(0xff, 35, 40);
    const path = join(folder, 'damaged.zip');
    await writeFile(path, archive);
    const source = await openSource(path);
    const file = source.files[0]!;
    const writer = new FolderWriter(join(folder, 'set'), 1000);
    const bytes = await file.open();
    // The damage is found before anybody reads.
    await new Promise((done) => setTimeout(done, 50));
    await expect(writer.write('a.txt', bytes, file.where)).rejects.toThrow('entry a.txt: damaged');
    source.close();
  });
});
