import { describe, expect, it } from 'vitest';
import { bar, metronome, musicXml, note } from '../../../../test/music-xml.js';
import { musicXmlDoubts } from './musicxml-doubts.js';

const whole = note('C', 4, 4);
const half = note('C', 4, 2);
const transpose = (chromatic: number, octaves = 0) =>
  '<attributes><transpose><diatonic>0</diatonic>' +
  `<chromatic>${chromatic}</chromatic><octave-change>${octaves}</octave-change></transpose></attributes>`;
const doubtsOf = (...bars: string[]) =>
  musicXmlDoubts(musicXml(bars.map((inside, at) => bar(at + 1, inside))));

describe('an instrument in another key', () => {
  it('is said where it is not that of the first bar, with what it does to the notes', () => {
    const clarinets = [transpose(-2) + whole, transpose(-2) + whole, transpose(-3) + whole];
    expect(doubtsOf(...clarinets)).toEqual([
      'from bar 3 on a part is for an instrument in another key, which verovio does not read: ' +
        'its notes are 1 semitone too high',
    ]);
    expect(doubtsOf(whole, transpose(0, 1) + whole)).toEqual([
      expect.stringContaining('its notes are 12 semitones too low'),
    ]);
    expect(doubtsOf(transpose(-2) + whole, whole)).toEqual([]);
  });
});

describe('a tempo', () => {
  it('is said where it begins within a bar, wherever other voices are', () => {
    const back = '<backup><duration>8</duration></backup>';
    expect(doubtsOf(metronome(60) + whole, metronome(90) + whole)).toEqual([]);
    expect(doubtsOf(metronome(60) + whole, whole + back + metronome(90) + whole)).toEqual([]);
    const chord = half + note('E', 4, 2, undefined, true);
    expect(doubtsOf(metronome(60) + whole, chord + metronome(90) + half, whole)).toEqual([
      'a tempo that begins within a bar is taken for all of the bar (1 bar, the first of them 2): ' +
        'times of the score are not exact there',
    ]);
  });

  it('is said where it stands in no direction, if it is another one', () => {
    const bare = (tempo: number) => `<sound tempo="${tempo}"/>`;
    expect(doubtsOf(bare(60) + whole, bare(60) + whole)).toEqual([]);
    expect(doubtsOf(bare(60) + whole, bare(50) + whole, bare(40) + whole)).toEqual([
      'a tempo in no direction is passed over by verovio (2 bars, the first of them 2): ' +
        'times of the score are not exact there',
    ]);
  });
});

describe('a jump', () => {
  const words = (text: string, sound = '') =>
    `<direction><direction-type><words>${text}</words></direction-type>${sound}</direction>`;

  it('is said where words alone ask for it', () => {
    expect(doubtsOf(whole, whole + words('D.C. al Fine'))).toEqual([
      'bar 2 says "D.C. al Fine" in words alone: verovio does not play it; --jumps of align file names where ' +
        'a recording goes on, such as 2:1',
    ]);
    for (const text of ['Da Capo', 'D. S. al Coda', 'dal segno', 'DC al Fine']) {
      expect(doubtsOf(whole + words(text))).toHaveLength(1);
    }
    for (const text of ['Fine', 'dc', 'ad lib.', 'capo 3']) {
      expect(doubtsOf(whole + words(text))).toEqual([]);
    }
    expect(doubtsOf(whole, whole + words('D.C.', '<sound dacapo="yes"/>'))).toEqual([]);
  });
});
