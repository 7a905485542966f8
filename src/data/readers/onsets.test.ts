import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOnsets } from './onsets.js';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder('onsets');
const file = join(folder, 'onsets.csv');
const read = async (text: string) => {
  writeFileSync(file, text);
  return Array.from(await readOnsets(file));
};

describe('onsets', () => {
  it.each([
    ['a number a line', '0.5\n1\n\n2.25\n'],
    ['what align file writes', 'event,onset_seconds,pitches\n0,0.5,60 64\n1,1.0,62\n2,2.25,60\n'],
    ['a header of other names: the first column', 'when;pitch\r\n0.5;60\r\n1;62\r\n2.25;64\r\n'],
    ['tabs, and a column called time', '# by hand\nbar\ttime\n1\t0.5\n1\t1e0\n2\t2.25\n'],
  ])('are read from %s', async (_, text) => {
    expect(await read(text)).toEqual([0.5, 1, 2.25]);
  });

  it.each([
    ['0.5\nlate\n', 'line 2: "late" in column 1 is no number'],
    ['event,onset\n0,1\n1\n', 'line 3: "" in column 2 is no number'],
    ['1\n2\n1.5\n', 'line 3: the onset 1.5 s is before the one above it, 2 s'],
    ['onset\n', 'no onset'],
  ])('that are none are an error with the line: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
