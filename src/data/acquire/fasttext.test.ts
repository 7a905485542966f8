import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { dataScriptNamed, loadCatalogue } from './catalogue.js';
import { getDataSet } from './get-data-set.js';
import { readWordVectors } from '../readers/text/word-vectors.js';

test('fastText vectors are fetched, kept packed and read', async () => {
  const numbers = Array.from({ length: 300 }, (_, i) => i / 4);
  const text = `2 300\n${['perro', 'Ñandú'].map((word) => `${word} ${numbers.join(' ')}\n`).join('')}`;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    response.end(gzipSync(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dataFolder = mkdtempSync(join(tmpdir(), 'didyprog-fasttext-'));
  try {
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const script = dataScriptNamed(await loadCatalogue(), 'fasttext-es');
    const { folder } = await getDataSet(script, { dataFolder, from });
    expect(requests).toEqual(['/cc.es.300.vec.gz']);
    const { dimension, vectors } = await readWordVectors(
      join(folder, 'cc.es.300.vec.gz'),
      () => true,
    );
    expect(dimension).toBe(300);
    expect([...vectors.keys()]).toEqual(['perro', 'Ñandú']);
    expect(Array.from(vectors.get('Ñandú')!)).toEqual(numbers);
  } finally {
    server.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
