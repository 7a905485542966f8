import { describe, expect, it } from 'vitest';
import { bar, musicXml, note } from '../../../../test/music-xml.js';
import { asPlayedMei } from './mei-as-played.js';
import { asPlayed } from './musicxml-as-played.js';
import { musicXmlDoubts } from './musicxml-doubts.js';

const mark = (unit: string, perMinute: string, sound = '') =>
  `<direction><direction-type><metronome>${unit}<per-minute>${perMinute}</per-minute></metronome>` +
  `</direction-type>${sound}</direction>`;
const unit = (name: string, dots = 0) =>
  `<beat-unit>${name}</beat-unit>${'<beat-unit-dot/>'.repeat(dots)}`;

describe('a metronome mark', () => {
  // A dotted quarter is one and a half quarters, one with two dots seven eighths of two.
  it.each([
    [unit('quarter'), '60', 60],
    [unit('quarter', 1), '60', 90],
    [unit('half', 1), '60', 180],
    [unit('eighth', 1), '60.5', 45.375],
    [unit('quarter', 2), '60', 105],
  ])('of MusicXML says its quarters a minute: %s = %s', (units, perMinute, tempo) => {
    expect(asPlayed(mark(units, perMinute))).toContain(`<sound tempo="${tempo}"/></direction>`);
  });

  it.each([
    ['that says it itself', mark(unit('quarter', 1), '60', '<sound tempo="80"/>')],
    ['of two units', mark(unit('quarter') + unit('eighth'), '60')],
    ['of no number', mark(unit('quarter'), 'fast')],
  ])('stays as it is: one %s', (_, direction) => {
    expect(asPlayed(direction)).toBe(direction);
  });

  it('within a bar is said, though nothing but the mark says it', () => {
    const half = note('C', 4, 2);
    const score = musicXml([bar(1, half + mark(unit('quarter'), '90') + half, { tempo: 60 })]);
    expect(musicXmlDoubts(asPlayed(score))).toEqual([expect.stringContaining('within a bar')]);
  });

  it('of MEI says its quarters a minute where it has dots', () => {
    const tempo = '<tempo mm="60" mm.unit="8" mm.dots="1"/>';
    expect(asPlayedMei(tempo)).toBe(tempo.replace('tempo', 'tempo midi.bpm="45"'));
    const said = '<tempo midi.bpm="80" mm="60" mm.unit="4" mm.dots="1"/>';
    expect(asPlayedMei(said)).toBe(said);
  });
});
