import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bar, barline, musicXml, note } from '../../../../test/music-xml.js';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { impliedStarts } from './repeat-starts.js';
import { readWholeScore } from './score.js';

const verovio: string = 'verovio/esm';
const installed = await import(verovio).then(
  () => true,
  () => false,
);

/** A word a bar: |: starts, :| ends, 1 and 2 are endings, ] is the last bar of one. */
const signs = (text: string) =>
  text.split(' ').map((word) => ({
    starts: word.startsWith('|:'),
    ends: word.endsWith(':|'),
    isLaterEnding: word.includes('2'),
    endsEnding: word.includes(']'),
  }));

describe('a repeat without a sign at its beginning', () => {
  it.each([
    ['from the first bar', '. :| .', []],
    ['after a repeat', ':| . :| :|', [1, 3]],
    ['after one with a sign', '. |: :| . :|', [3]],
    ['none where there is a sign', ':| |: . :|', []],
    ['after endings', '. 1]:| 2] . :|', [3]],
    ['one with endings after another', ':| . 1]:| 2] .', [1]],
    ['endings of which the second goes back, too', '. 1]:| 2]:| 2] :|', [4]],
  ])('begins %s', (_, bars, starts) => {
    expect(impliedStarts(signs(bars))).toEqual(starts);
  });
});

const folder = temporaryFolder('repeats');

/** The bars that are played of a score. */
async function played(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, text);
  const notices: string[] = [];
  const { engraved } = await readWholeScore(path, (notice) => notices.push(notice));
  expect(notices).toEqual([]);
  return engraved!.bars.map(({ name }) => name).join(' ');
}

describe.skipIf(!installed)('a repeat that begins after another is played from there', () => {
  const back = { after: barline('right', { repeat: true }) };
  const ending = (number: number, repeat: boolean) => ({
    before: barline('left', { ending: number }),
    after: barline('right', { ending: number, repeat }),
  });
  const xml = (...bars: object[]) =>
    musicXml(bars.map((signs, at) => bar(at + 1, note('C', 4, 4), signs)));

  it('in MusicXML', async () => {
    expect(await played('a.musicxml', xml(back, {}, back, {}))).toBe('1 1 2 3 2 3 4');
    const endings = xml({}, ending(1, true), ending(2, false), {}, back, {});
    expect(await played('a.musicxml', endings)).toBe('1 2 1 3 4 5 4 5 6');
  });

  it('in Humdrum, no bar left out', async () => {
    const head = '**kern\t**kern\n*M2/4\t*M2/4\n*MM60\t*MM60\n';
    const kern = (lines: string[]) =>
      `${head}${lines.map((line) => `=${line}\t=${line}\n2c\t2e\n`).join('')}==\t==\n*-\t*-\n`;
    expect(await played('a.krn', kern(['1', '2:|!', '3', '4:|!']))).toBe('1 1 2 3 2 3 4');
    expect(await played('a.krn', kern(['1!|:', '2:|!|:', '3', '4:|!']))).toBe('1 1 2 3 2 3 4');
  });

  it('in MEI, no bar left out', async () => {
    const measure = (signs: string, n: number) =>
      `<measure n="${n + 1}" ${signs}><staff n="1"><layer n="1"><note pname="c" oct="4" dur="1"/></layer>` +
      '</staff></measure>';
    const mei = (signs: string[]) =>
      '<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0"><meiHead><fileDesc><titleStmt><title/>' +
      '</titleStmt><pubStmt/></fileDesc></meiHead><music><body><mdiv><score>' +
      '<scoreDef><staffGrp><staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp></scoreDef>' +
      `<section>${signs.map(measure).join('')}</section></score></mdiv></body></music></mei>`;
    const end = 'right="rptend"';
    expect(await played('a.mei', mei([end, 'left="dbl"', end, '']))).toBe('1 1 2 3 2 3 4');
  });
});
