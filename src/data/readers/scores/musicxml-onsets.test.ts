import { describe, expect, it } from 'vitest';
import { bar, musicXml, note } from '../../../../test/music-xml.js';
import { writtenOnsets } from './musicxml-onsets.js';

const onsetsOf = (...bars: string[]) => Object.fromEntries(writtenOnsets(musicXml(bars)));
const back = (divisions: number) => `<backup><duration>${divisions}</duration></backup>`;
const forward = back(2).replaceAll('backup', 'forward');
const rest = '<note><rest/><duration>2</duration></note>';
const grace = note('D', 5, 1)
  .replace('<duration>2</duration>', '')
  .replace('<note>', '<note><grace/>');

describe('writtenOnsets', () => {
  it('goes by durations, whatever is drawn: rests, chords, voices, divisions', () => {
    const half = note('C', 4, 2);
    expect(
      onsetsOf(bar(1, rest + half + note('E', 4, 2, undefined, true) + note('G', 4, 1))),
    ).toEqual({
      1: [1, 3],
    });
    expect(onsetsOf(bar(1, half + half + back(8) + forward + note('G', 4, 1)))).toEqual({
      1: [0, 2, 1],
    });
    const finer = '<attributes><divisions>4</divisions></attributes>';
    expect(onsetsOf(bar(1, half), bar(2, finer + half + half))).toEqual({ 1: [0], 2: [0, 1] });
  });

  it('leaves out notes that are tied to others, and those whose time grace notes change', () => {
    const tied = note('C', 4, 2, 'start') + note('C', 4, 1, 'stop') + note('D', 4, 1);
    expect(onsetsOf(bar(1, tied))).toEqual({ 1: [0, 3] });
    expect(onsetsOf(bar(1, note('C', 4, 1) + grace + note('E', 4, 1) + note('F', 4, 2)))).toEqual({
      1: [0, 2],
    });
  });

  it('leaves out bars that cannot be told apart', () => {
    expect(onsetsOf(bar(1, note('C', 4, 4)), bar(2, note('D', 4, 4)), bar(2, rest))).toEqual({
      1: [0],
    });
  });
});
