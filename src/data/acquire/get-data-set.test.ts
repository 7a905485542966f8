import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendAndCut, sendRange, serve, type FileServer } from '../../../test/file-server.js';
import { zipBytes, type ZipEntry } from '../../../test/zip-bytes.js';
import { DataError, UsageError } from '../../errors.js';
import { dataScriptNamed, loadCatalogue, stateOf, type DataScript } from './catalogue.js';
import { getDataSet } from './get-data-set.js';

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

const contents: Record<string, string> = {
  'one/one.wav': 'the first recording',
  'one/one.txt': 'the first score',
  'two/two.wav': 'the second recording',
};

const script: DataScript = {
  name: 'chorales',
  title: 'chorales for a test',
  licence: 'none',
  addresses: [],
  origin: 'the test itself',
  files: Object.fromEntries(Object.entries(contents).map(([path, text]) => [path, sha256(text)])),
};

/** As a repository's archive has it: a folder around everything, and more files than wanted. */
const archive = (changed: Record<string, string> = {}, more: ZipEntry[] = []) =>
  zipBytes([
    { name: 'repository-2a53cdc/README.md', content: 'read me' },
    ...Object.entries({ ...contents, ...changed }).map(([path, content]) => ({
      name: `repository-2a53cdc/${path}`,
      content,
    })),
    { name: 'repository-2a53cdc/one/one-violin.wav', content: 'the violin alone' },
    ...more,
  ]);

let folder: string;
let dataFolder: string;
let server: FileServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-data-'));
  dataFolder = join(folder, 'data');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function expectLaidOut(): Promise<void> {
  expect(await readdir(dataFolder)).toEqual(['chorales']);
  const files = await readdir(join(dataFolder, 'chorales'), {
    recursive: true,
    withFileTypes: true,
  });
  expect(files.filter((file) => file.isFile())).toHaveLength(3);
  for (const [path, text] of Object.entries(contents)) {
    expect(await readFile(join(dataFolder, 'chorales', path), 'utf8')).toBe(text);
  }
}

/** Nothing is in the data folder, and nothing beside it but what the test put there. */
async function expectNothing(beside: string[] = []): Promise<void> {
  expect((await readdir(folder)).filter((name) => name !== 'data')).toEqual(beside);
  expect(await readdir(dataFolder).catch(() => [])).toEqual([]);
}

async function getFromArchive(bytes: Buffer, options: { maxBytes?: number } = {}) {
  const from = join(folder, 'archive.zip');
  await writeFile(from, bytes);
  return getDataSet(script, { dataFolder, from, ...options });
}

describe('getDataSet', () => {
  it('downloads an archive over a cut connection, checks and lays it out, and tidies up', async () => {
    const bytes = archive();
    server = await serve((response, { number, headers }) => {
      if (number === 0) sendAndCut(response, bytes, 300);
      else sendRange(response, headers, bytes);
    });
    const addresses = [`${server.url}/archive.zip`];
    const got = await getDataSet({ ...script, addresses }, { dataFolder, retryDelayMs: 1 });
    expect(got).toMatchObject({ files: 3, alreadyHere: false, notes: [] });
    expect(server.requests[1]!.range).toBe('bytes=300-');
    await expectLaidOut();
    expect(await stateOf(script, dataFolder)).toMatchObject({ state: 'here', filesHere: 3 });
    const again = await getDataSet(script, { dataFolder });
    expect(again.alreadyHere).toBe(true);
  });

  it('keeps the part of a download that fails, and goes on from it the next time', async () => {
    const bytes = archive();
    let down = true;
    server = await serve((response, { number, headers }) => {
      if (number === 0) sendAndCut(response, bytes, 300);
      else if (down) response.writeHead(503).end();
      else sendRange(response, headers, bytes);
    });
    const online = { ...script, addresses: [`${server.url}/archive.zip`] };
    const options = { dataFolder, retryDelayMs: 1 };
    await expect(getDataSet(online, options)).rejects.toThrow('gave up');
    const work = join(dataFolder, '.downloads', 'chorales');
    expect((await readdir(work)).sort()).toEqual(['archive.zip.part', 'archive.zip.part.json']);
    down = false;
    await getDataSet(online, options);
    expect(server.requests.at(-1)!.range).toBe('bytes=300-');
    await expectLaidOut();
  });

  it('takes several files, each packed, from another address', async () => {
    server = await serve((response, { path }) => {
      const text = Object.entries(contents).find(
        ([name]) => path === `/mirror/${name.slice(4)}.gz`,
      );
      response.end(gzipSync(text![1]));
    });
    const addresses = Object.keys(contents).map(
      (path) => `https://gone.example/${path.slice(4)}.gz`,
    );
    await getDataSet({ ...script, addresses }, { dataFolder, from: `${server.url}/mirror/` });
    await expectLaidOut();
  });

  it('takes a zip, and a folder that is already unpacked', async () => {
    await getFromArchive(archive());
    await expectLaidOut();
    await cp(join(dataFolder, 'chorales'), join(folder, 'copy'), { recursive: true });
    await rm(dataFolder, { recursive: true });
    await getDataSet(script, { dataFolder, from: join(folder, 'copy') });
    await expectLaidOut();
  });

  it('refuses files that are not the published ones, names them, and nothing stays', async () => {
    const refused = getFromArchive(archive({ 'one/one.txt': 'another score' }));
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(
      `1 of 3 files are not the expected ones, and nothing was laid out: one/one.txt has SHA-256 ` +
        `${sha256('another score')}, expected ${sha256('the first score')}`,
    );
    await expectNothing(['archive.zip']);
  });

  it('deletes a downloaded archive with wrong files, so that the next time starts anew', async () => {
    server = await serve((response, { headers }) =>
      sendRange(response, headers, archive({ 'one/one.txt': 'another score' })),
    );
    const refused = getDataSet(script, { dataFolder, from: `${server.url}/archive.zip` });
    await expect(refused).rejects.toThrow('not the expected ones');
    await expectNothing();
  });

  it.each(['../../evil.txt', '/evil.txt', '..\\evil.txt'])(
    'refuses an archive with the entry %j: nothing is written, inside or outside',
    async (name) => {
      await expect(getFromArchive(archive({}, [{ name, content: 'evil' }]))).rejects.toThrow(
        /"[^"]*evil.txt".*Nothing of this archive was unpacked/,
      );
      await expectNothing(['archive.zip']);
    },
  );

  it('says which file is missing and what was expected', async () => {
    const from = join(folder, 'copy');
    await mkdir(from);
    const refused = getDataSet(script, { dataFolder, from });
    await expect(refused).rejects.toThrow(
      /copy: no one\/one.wav in it. Expected a copy of the test/,
    );
    await expectNothing(['copy']);
  });

  it('refuses an archive that would fill the disk', async () => {
    await expect(getFromArchive(archive(), { maxBytes: 20 })).rejects.toThrow(
      'more than the 20 bytes',
    );
    await expectNothing(['archive.zip']);
  });

  it('mends an incomplete folder and leaves what else is in it', async () => {
    await getFromArchive(archive());
    await rm(join(dataFolder, 'chorales', 'one'), { recursive: true });
    await writeFile(join(dataFolder, 'chorales', 'notes.md'), 'mine');
    expect(await stateOf(script, dataFolder)).toMatchObject({ state: 'incomplete', filesHere: 1 });
    await getFromArchive(archive());
    expect(await readFile(join(dataFolder, 'chorales', 'notes.md'), 'utf8')).toBe('mine');
    expect(await readFile(join(dataFolder, 'chorales', 'one', 'one.txt'), 'utf8')).toBe(
      'the first score',
    );
  });

  it('only notes a difference where the publisher renews the file', async () => {
    const from = join(folder, 'archive.zip');
    await writeFile(from, archive({ 'one/one.txt': 'a newer score' }));
    const got = await getDataSet({ ...script, renewed: 'it grows' }, { dataFolder, from });
    expect(got.notes).toHaveLength(1);
    expect(got.notes[0]).toContain('it grows');
  });

  it('asks for a copy where there is no public address, with the command', async () => {
    await expect(getDataSet(script, { dataFolder })).rejects.toThrow(
      'didyprog data chorales --from PATH',
    );
    await expectNothing();
  });
});

describe('the catalogue', () => {
  it('has a well-formed script for every data set', async () => {
    const catalogue = await loadCatalogue();
    expect(catalogue.map(({ name }) => name)).toContain('bach10');
    for (const { name, title, licence, origin, files } of catalogue) {
      for (const text of [name, title, licence, origin]) expect(text).toMatch(/\S/);
      expect(Object.keys(files).length).toBeGreaterThan(0);
      for (const sum of Object.values(files)) expect(sum).toMatch(/^([0-9a-f]{64})?$/);
    }
    expect(Object.keys(dataScriptNamed(catalogue, 'bach10').files)).toHaveLength(40);
  });

  it('lists the names when one is unknown', async () => {
    const catalogue = await loadCatalogue();
    expect(() => dataScriptNamed(catalogue, 'bach11')).toThrow(UsageError);
    expect(() => dataScriptNamed(catalogue, 'bach11')).toThrow(/bach11.*bach10, /);
  });
});

it('an empty file, a web page, a tar archive and an address of another kind are said as such', async () => {
  const empty = join(folder, 'empty.zip');
  await writeFile(empty, '');
  await expect(getDataSet(script, { dataFolder, from: empty })).rejects.toThrow('it is empty');
  const page = join(folder, 'page.zip');
  await writeFile(page, '\n<!DOCTYPE html><title>Sign in</title>');
  await expect(getDataSet(script, { dataFolder, from: page })).rejects.toThrow('it is a web page');
  const tar = Buffer.alloc(10_240);
  tar.write('ustar', 257);
  const packed = join(folder, 'copy.tar.gz');
  await writeFile(packed, gzipSync(tar));
  await expect(getDataSet(script, { dataFolder, from: packed })).rejects.toThrow(
    `${packed}: it is a tar archive: unpack it first`,
  );
  const from = 'ftp://example.org/x.zip';
  await expect(getDataSet(script, { dataFolder, from })).rejects.toThrow(`${from}: not an address`);
});
