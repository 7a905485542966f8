import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { asPlayedHumdrum, humdrumDoubts, soundingHumdrum } from './humdrum-as-played.js';
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

describe('a tempo of Humdrum that begins within a bar', () => {
  const slow = '**kern\n*M2/4\n*MM60\n=1\n4c\n*MM120\n4d\n';

  it('begins with the next bar, which has none of its own, and is said', () => {
    expect(asPlayedHumdrum(`${slow}=2\n2e\n==\n*-`)).toBe(
      '**kern\n*M2/4\n*MM60\n=1\n4c\n*\n4d\n=2\n*MM120\n2e\n==\n*-',
    );
    const own = '=2\n*MM90\n2e\n==\n*-';
    expect(asPlayedHumdrum(slow + own)).toBe(slow.replace('*MM120', '*') + own);
    expect(humdrumDoubts(slow + own)).toEqual([
      'a tempo that begins within a bar is taken from the next bar on (1 bar, the first of them 1): times of the ' +
        'score are not exact there',
    ]);
  });

  it('is not said at the end of a bar, nor where it is the tempo that holds', () => {
    expect(humdrumDoubts('**kern\n*MM60\n=1\n2c\n*MM120\n=2\n2d\n==\n*-')).toEqual([]);
    expect(humdrumDoubts('**kern\n*MM60\n=1\n4c\n*MM60\n4d\n==\n*-')).toEqual([]);
  });
});

it('pieces of Humdrum after the first are said', () => {
  expect(humdrumDoubts('**kern\n4c\n*-\n**kern\n4d\n*-\n')).toEqual([
    '2 pieces, one after another: only the first is read',
  ]);
});

describe.skipIf(!installed)('Humdrum is known', () => {
  it.each([
    ['by lines that end in CR alone', kern('4c, 4d').replaceAll('\n', '\r')],
    ['where another spine is before **kern', '**recip\t**kern\n4\t4c\n4\t4d\n*-\t*-\n'],
  ])('%s', async (_, text) => {
    expect(await pitches(text)).toEqual([[60], [62]]);
  });
});
