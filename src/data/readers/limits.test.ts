import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DataError } from '../../errors.js';
import { readScore } from './scores/score.js';
import { readSamples } from './audio/wav-samples.js';
import { encodeWav16, readWav } from './audio/wav.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('limits');

/** A file that begins like this and goes on with zeros, which take no place on the disk. */
function sparse(name: string, beginning: Uint8Array, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, beginning);
  truncateSync(path, bytes);
  return path;
}

it('a score larger than any is refused by its size', async () => {
  const path = sparse('a.mid', Buffer.from('MThd'), 40_000_000);
  await expect(readScore(path)).rejects.toThrow(DataError);
  await expect(readScore(path)).rejects.toThrow(
    'a.mid: more than 32 MB, the most that can be read',
  );
});

it('a recording longer than can be held is refused before memory is taken for it', async () => {
  const head = encodeWav16({ sampleRate: 8000, samples: new Float64Array(0) });
  const large = sparse('b.wav', head, 2 ** 31 + 10);
  await expect(readWav(large)).rejects.toThrow(/b\.wav: it has 2\.15 GB, .*convert it to mono/);
  // A length is all that is read of it.
  const data = { length: 600_000_000 } as Buffer;
  const format = { encoding: 'pcm', channels: 1, sampleRate: 8000, sampleBytes: 1 } as const;
  expect(() => readSamples(data, format, 'c.wav')).toThrow(
    'c.wav: 600000000 samples a channel: expected at most 500000000; cut it with',
  );
});
