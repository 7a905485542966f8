import { describe, expect, it } from 'vitest';
import { DataError } from '../../../errors.js';
import { decodeMidi } from './midi.js';

const chunk = (name: string, ...body: number[]) => {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, Buffer.from(body)]);
};
const endOfTrack = [0, 0xff, 0x2f, 0];
/** 96 ticks a beat; 60 beats a minute, from tick 96 on 120. Written byte by byte. */
const tempoTrack = chunk(
  'MTrk',
  ...[0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40],
  ...[96, 0xff, 0x51, 3, 0x07, 0xa1, 0x20],
  ...endOfTrack,
);
const header = (tracks: number, division = 96) => chunk('MThd', 0, 1, 0, tracks, 0, division);

describe('decodeMidi', () => {
  it('applies tempo changes to every track, in the middle of a note too', () => {
    const notes = chunk(
      'MTrk',
      ...[48, 0x90, 60, 80],
      ...[96, 0x80, 60, 64],
      // Running status and a note-on of velocity 0 as note-off.
      ...[0, 0x91, 62, 80],
      ...[96, 62, 0],
      ...endOfTrack,
    );
    expect(decodeMidi(Buffer.concat([header(2), tempoTrack, notes]), 'a.mid')).toEqual([
      { onsetSeconds: 0.5, durationSeconds: 0.75, pitch: 60, channel: 0, track: 1 },
      { onsetSeconds: 1.25, durationSeconds: 0.5, pitch: 62, channel: 1, track: 1 },
    ]);
  });

  it('is at 120 beats a minute without a tempo, and ends a note that is never released', () => {
    const track = chunk('MTrk', 0, 0x90, 60, 80, 96, 0xff, 0x2f, 0);
    expect(decodeMidi(Buffer.concat([header(1), track]), 'a.mid')).toEqual([
      { onsetSeconds: 0, durationSeconds: 0.5, pitch: 60, channel: 0, track: 0 },
    ]);
  });

  it.each([
    ['text', Buffer.from('no MIDI file, whatever its name'), 'not a standard MIDI file'],
    ['nothing', Buffer.alloc(0), 'not a standard MIDI file'],
    [
      'a truncated track',
      Buffer.concat([header(1), tempoTrack]).subarray(0, 30),
      'truncated at byte 30',
    ],
    [
      'a track cut within its header',
      Buffer.concat([header(2), tempoTrack, Buffer.from('MTrk')]),
      'truncated at byte 44, within the chunk that starts at byte 40',
    ],
    [
      'a division of 0',
      Buffer.concat([header(1, 0), tempoTrack]),
      'corrupt MIDI file: 0 ticks a beat',
    ],
    [
      'a bad event',
      Buffer.concat([header(1), chunk('MTrk', 0, 0xf4, 1, 2, ...endOfTrack)]),
      'corrupt MIDI file: the event of track 0 at byte 22 has the status 0xf4, which does not exist',
    ],
    [
      'an event cut by the end of its track',
      Buffer.concat([header(2), chunk('MTrk', 0, 0x90, 60), tempoTrack]),
      'corrupt MIDI file: the event of track 0 that starts at byte 22 is cut short by the end of',
    ],
  ])('refuses %s and names the file', (_, bytes, message) => {
    expect(() => decodeMidi(bytes, 'a.mid')).toThrow(DataError);
    expect(() => decodeMidi(bytes, 'a.mid')).toThrow(`a.mid: ${message}`);
  });
});
