import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { soundingHumdrum } from './humdrum-as-played.js';
import { readWholeScore } from './score.js';

const verovio: string = 'verovio/esm';
const installed = await import(verovio).then(
  () => true,
  () => false,
);
const folder = temporaryFolder('humdrum');

async function read(text: string) {
  const path = join(folder, 'a.krn');
  writeFileSync(path, text);
  const notices: string[] = [];
  const score = await readWholeScore(path, (notice) => notices.push(notice));
  return { ...score, notices };
}

const kern = (notes: string, before = '') =>
  `**kern\n*clefG2\n${before}*M4/4\n*MM60\n=1\n${notes.split(', ').join('\n')}\n==\n*-\n`;
const pitches = async (text: string) => (await read(text)).events.map((event) => event.pitches);

describe.skipIf(!installed)('pitches of Humdrum', () => {
  it('are those of the tokens where the key or the bar says their accidentals', async () => {
    const inKey = kern('4f#, 4fn, 4f#, 4f# 4cc#', '*k[f#c#]\n');
    expect(await pitches(inKey)).toEqual([[66], [65], [66], [66, 73]]);
    expect(await pitches(kern('4b-, 4b-, 4B--, 4d##'))).toEqual([[70], [70], [57], [64]]);
    expect(await pitches(kern('4f#, 4f#yy, 4f#X, 4f#', '*k[f#]\n'))).toEqual(
      Array.from({ length: 4 }, () => [66]),
    );
  });

  it('are those of the tokens in parts of transposing instruments, which sound as they stand', async () => {
    const clarinet = kern('4d, 4e, 4f#, 4b-', '*ITrd1c2\n*k[f#c#]\n');
    expect(await pitches(clarinet)).toEqual([[62], [64], [66], [70]]);
  });

  it('need no more accidentals in the drawing', async () => {
    const { engraved, notices } = await read(kern('4f#, 4f#, 4c#, 4c#', '*k[f#]\n'));
    const [page] = engraved!.draw(2000);
    expect(page!.match(/class="accid">/g)).toHaveLength(1);
    expect(notices).toEqual([]);
  });
});

it('what is no note stays as it is', () => {
  const text = '!!!OTL: a-b c#\n*k[b-]\t*\n=1-\t=1-\n4r\tf\n[4b-\tf\n';
  expect(soundingHumdrum(text)).toBe(text.replace('[4b-', '[4b-X'));
});
