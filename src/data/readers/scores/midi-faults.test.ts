import fc from 'fast-check';
import { writeMidi, type MidiEvent } from 'midi-file';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../errors.js';
import { decodeMidi } from './midi.js';

const chunk = (name: string, body: Uint8Array | number[], length = body.length) => {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32BE(length, 4);
  return Buffer.concat([head, Buffer.from(body)]);
};
const header = ({ format = 1, tracks = 1, division = [0, 96], more = [] as number[] } = {}) =>
  chunk('MThd', [0, format, 0, tracks, ...division, ...more]);
const endOfTrack = [0, 0xff, 0x2f, 0];
/** C at 0, D at half a second, each half a second long: 96 ticks a beat, 120 beats a minute. */
const notes = [...[0, 0x90, 60, 80, 96, 0x80, 60, 0], ...[0, 0x90, 62, 80, 96, 0x80, 62, 0]];
const whole = [...notes, ...endOfTrack];
const track = chunk('MTrk', whole);
/** 60 beats a minute. */
const tempo = chunk('MTrk', [0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, ...endOfTrack]);

/** What a file was read as: [onset in ms, pitch] of each note, and the notices. */
function read(...parts: Uint8Array[]) {
  const notices: string[] = [];
  const found = decodeMidi(Buffer.concat(parts), 'a.mid', (text) => notices.push(text));
  return {
    notes: found.map(({ onsetSeconds, pitch }) => [Math.round(onsetSeconds * 1000), pitch]),
    notices,
  };
}

/** The error that refuses a file. */
function refusal(...parts: Uint8Array[]): string {
  try {
    decodeMidi(Buffer.concat(parts), 'a.mid');
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message;
  }
  return 'read';
}

const asWritten = [
  [0, 60],
  [500, 62],
];
const silently = { notes: asWritten, notices: [] };
const alien = chunk('XFIH', Buffer.from('hello'));
const withEvents = (...events: number[]) => chunk('MTrk', [...events, ...whole]);

describe('a standard MIDI file', () => {
  it('may hold chunks that are no track anywhere, as the specification says', () => {
    expect(read(header(), alien, track)).toEqual(silently);
    expect(read(header(), track, alien)).toEqual(silently);
    const slower = [
      [0, 60],
      [1000, 62],
    ];
    const between = read(header({ tracks: 2 }), alien, tempo, alien, alien, track, alien);
    expect(between).toEqual({ notes: slower, notices: [] });
  });

  it('may have a longer header', () => {
    expect(read(header({ more: [1, 2, 3, 4] }), track)).toEqual(silently);
    expect(read(header({ more: [...Buffer.from('XFIH')] }), track)).toEqual(silently);
  });

  it('may have any metadata of any length, which is skipped', () => {
    const unused = [0, 1, 3, 5, 0x20, 0x21, 0x54, 0x58, 0x59, 0x60, 0x7f];
    for (const type of unused) {
      for (const length of [0, 1, 2, 3, 4, 5, 6, 100]) {
        const event = [0, 0xff, type, length, ...Array<number>(length).fill(0x90)];
        expect(read(header(), withEvents(...event)), `${type}: ${length}`).toEqual(silently);
      }
    }
  });

  it('may have a text of any length', () => {
    // 0x87 0xf7 0x50 is 130,000 and 0x81 0x80 0x80 0x00 is 2,097,152.
    for (const [length, quantity] of [
      [130_000, [0x87, 0xf7, 0x50]],
      [2_097_152, [0x81, 0x80, 0x80, 0x00]],
    ] as const) {
      const text = Buffer.concat([
        Buffer.from([0, 0xff, 1, ...quantity]),
        Buffer.alloc(length, 'x'),
        Buffer.from(whole),
      ]);
      expect(read(header(), chunk('MTrk', text))).toEqual(silently);
    }
  });

  it('may have System Exclusive messages, in several packets too', () => {
    const packets = [
      ...[0, 0xf0, 3, 0x43, 0x12, 0x00],
      ...[0, 0xf7, 6, 0x43, 0x12, 0x00, 0x43, 0x12, 0x00],
      ...[0, 0xf7, 4, 0x43, 0x12, 0x00, 0xf7],
    ];
    expect(read(header(), withEvents(...packets))).toEqual(silently);
    expect(read(header(), withEvents(0, 0xf0, 0))).toEqual(silently);
  });

  it('may go on with a running status after metadata', () => {
    const events = [0, 0x90, 60, 80, 96, 0xff, 1, 1, 65, 0, 60, 0, 0, 62, 80, 96, 0xf0, 1, 0xf7];
    expect(read(header(), chunk('MTrk', [...events, 0, 62, 0, ...endOfTrack]))).toEqual(silently);
  });

  it('may have tempo changes on any track, however many', () => {
    const change = [48, 0xff, 0x51, 3, 0x07, 0xa1, 0x20];
    const first = chunk('MTrk', whole);
    const second = chunk('MTrk', [0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, ...change, ...endOfTrack]);
    // 48 ticks at one second a beat, then half a second a beat.
    expect(read(header({ tracks: 2 }), first, second).notes).toEqual([
      [0, 60],
      [750, 62],
    ]);
  });

  it('may be within RIFF', () => {
    const midi = Buffer.concat([header(), track]);
    const riff = (size = midi.length, before = Buffer.alloc(0)) => {
      const head = Buffer.from('RIFF____RMID', 'latin1');
      const data = Buffer.from('data____');
      data.writeUInt32LE(size, 4);
      return Buffer.concat([head, before, data, midi]);
    };
    const info = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    expect(read(riff())).toEqual(silently);
    expect(read(riff(), Buffer.of(0))).toEqual(silently);
    expect(read(riff(midi.length, info))).toEqual(silently);
    expect(read(riff(1_000_000)).notes).toEqual(asWritten);
    expect(refusal(Buffer.from('RIFF____RMIDjunk\0\0\0\0'))).toContain('without MIDI data');
  });

  it('counts SMPTE time: 29 stands for 30000/1001 frames a second', () => {
    const onsetOf = (frames: number, ticksAFrame: number) => {
      const late = chunk('MTrk', [0x83, 0x60, 0x90, 60, 80, 1, 0x80, 60, 0, ...endOfTrack]);
      const division = [256 - frames, ticksAFrame];
      const bytes = Buffer.concat([header({ division, tracks: 2 }), tempo, late]);
      return decodeMidi(bytes, 'a.mid')[0]!.onsetSeconds;
    };
    // The note is at tick 480.
    expect(onsetOf(24, 40)).toBeCloseTo(0.5, 12);
    expect(onsetOf(25, 40)).toBeCloseTo(0.48, 12);
    expect(onsetOf(29, 80)).toBeCloseTo((6 * 1001) / 30000, 12);
    expect(onsetOf(30, 80)).toBeCloseTo(0.2, 12);
    for (const division of [
      [256 - 24, 0],
      [256 - 60, 4],
      [0x80, 4],
      [0, 0],
    ]) {
      expect(refusal(header({ division }), track)).toMatch(/^a.mid: corrupt MIDI file: /);
    }
  });

  it('of format 2 is read when one piece has notes, and else refused by name', () => {
    const format2 = header({ format: 2, tracks: 2 });
    expect(read(format2, tempo, track)).toEqual(silently);
    expect(refusal(format2, track, track)).toContain('MIDI format 2 with 2 independent pieces');
    expect(refusal(header({ format: 3 }), track)).toBe('a.mid: MIDI format 3, expected 0, 1 or 2');
  });
});

describe('a MIDI file that is wrong but whole is read with a notice', () => {
  const noticed = (parts: Uint8Array[], notice: string, expected: number[][] = asWritten) => {
    const { notes, notices } = read(...parts);
    expect(notes).toEqual(expected);
    expect(notices).toEqual([expect.stringContaining(notice)]);
    expect(notices[0]).toMatch(/^a\.mid: .*\(at byte \d+/);
  };

  it('with bytes after its last track', () => {
    noticed([header(), track, Buffer.of(0)], '1 byte of no chunk ignored (at byte 42)');
    noticed([header(), track, Buffer.of(0x1a)], '1 byte of');
    noticed([header(), track, Buffer.alloc(1000)], '1000 bytes of no chunk ignored');
    noticed([header(), track, Buffer.from('MTr')], '3 bytes of');
    noticed([header(), track, Buffer.from('xxxx\xff\xff\xff\xff', 'latin1')], '8 bytes of');
    noticed([header(), track, header(), track], 'a second MIDI file is ignored');
    noticed([header({ tracks: 2 }), track, Buffer.alloc(9), tempo], '9 bytes of', [
      [0, 60],
      [1000, 62],
    ]);
  });

  it('with a header that counts too few tracks or too many', () => {
    const slower = [
      [0, 60],
      [1000, 62],
    ];
    noticed([header(), tempo, track], 'the header counts 1 track, the file holds 2', slower);
    noticed([header({ tracks: 0 }), track], 'counts 0 tracks, the file holds 1: all are read');
    noticed([header({ tracks: 3 }), track], 'counts 3 tracks, the file holds 1: the file may be');
    noticed([header({ format: 0, tracks: 2 }), tempo, track], 'format 0 with 2 tracks', slower);
  });

  it('with wrong lengths of tracks', () => {
    const wrong = 'the length of a track is wrong';
    for (const length of [0, 1, 5, 8, whole.length - 1, whole.length + 1, 5000, 0xffffffff]) {
      const body = Buffer.from(whole);
      noticed([header(), chunk('MTrk', body, length)], wrong);
      const { notes } = read(header({ tracks: 2 }), chunk('MTrk', body, length), tempo);
      expect(notes, `a length of ${length}`).toEqual([
        [0, 60],
        [1000, 62],
      ]);
    }
    // One that takes the next track for a part of its own.
    const swallows = chunk('MTrk', whole, whole.length + tempo.length);
    expect(read(header({ tracks: 2 }), swallows, tempo).notes[1]).toEqual([1000, 62]);
    noticed([header(), chunk('MTrk', [...whole, 0, 0])], 'bytes after an End of Track event');
  });

  it('with a wrong length of its header', () => {
    for (const length of [0, 5, 7, 14, 0xffffffff]) {
      const wrong = header();
      wrong.writeUInt32BE(length, 4);
      noticed([wrong, track], 'the length of the header is wrong');
    }
  });

  it('with tracks that have no End of Track', () => {
    const unended = chunk('MTrk', notes);
    noticed([header(), unended], 'a track without an End of Track event');
    expect(read(header({ tracks: 3 }), tempo, unended, unended).notices).toEqual([
      'a.mid: a track without an End of Track event ends with its chunk (at byte 33 and at 1 more place)',
    ]);
    expect(read(header(), unended, Buffer.of(0)).notes).toEqual(asWritten);
  });

  it('with numbers of more than four bytes', () => {
    const long = 'a number of more than four bytes';
    for (const count of [4, 8]) {
      const zeros = Array<number>(count).fill(0x80);
      noticed([header(), withEvents(...zeros, 0, 0xff, 1, 0)], long);
      noticed([header(), withEvents(0, 0xff, 1, ...zeros, 1, 65)], long);
    }
    noticed(
      [header(), withEvents(0x81, 0x80, 0x80, 0x80, 0, 0xff, 1, 0)],
      long,
      [
        [(2 ** 28 / 96) * 500, 60],
        [(2 ** 28 / 96) * 500 + 500, 62],
      ].map(([ms, pitch]) => [Math.round(ms!), pitch!]),
    );
    const enormous = withEvents(...Array<number>(8).fill(0xff), 0x7f, 0xff, 1, 0);
    expect(refusal(header(), enormous)).toBe(
      'a.mid: corrupt MIDI file: the event of track 0 at byte 22 has a number too large to be meant',
    );
  });

  it('with a tempo of zero, which is ignored', () => {
    const zero = withEvents(0, 0xff, 0x51, 3, 0, 0, 0);
    noticed([header(), zero], 'a tempo of 0 microseconds a beat is ignored (at byte 22)');
    expect(refusal(header(), withEvents(0, 0xff, 0x51, 2, 7, 0))).toContain('a tempo of 2 bytes');
  });

  it('with system messages that belong to no file', () => {
    for (const event of [[0xf1, 1], [0xf2, 1, 2], [0xf3, 1], [0xf6], [0xf8], [0xfa], [0xfe]]) {
      noticed([header(), withEvents(0, ...event)], 'a system message that does not belong');
    }
  });

  it('with a MacBinary header before it', () => {
    noticed([Buffer.alloc(128), header(), track], '128 bytes before the MIDI file are ignored');
  });
});

describe('a MIDI file that is cut off', () => {
  it('is refused with the byte, wherever it is cut within a track', () => {
    const bytes = Buffer.concat([header({ tracks: 2 }), tempo, track]);
    const secondTrack = bytes.length - track.length;
    for (let length = 1; length < bytes.length; length++) {
      if (length === secondTrack) continue;
      const expected =
        length < 4 ? 'a.mid: not a standard MIDI file' : `a.mid: truncated at byte ${length}`;
      expect(refusal(bytes.subarray(0, length))).toContain(expected);
    }
    expect(refusal(bytes.subarray(0, 30))).toContain('track 0 that starts at byte 29');
  });
});

describe('notes', () => {
  const durations = (events: number[]) =>
    decodeMidi(Buffer.concat([header(), chunk('MTrk', [...events, ...endOfTrack])]), 'a.mid').map(
      ({ onsetSeconds, durationSeconds }) => [onsetSeconds, durationSeconds],
    );

  it('that are never released end with their track, releases of none are nothing', () => {
    expect(durations([0, 0x90, 60, 80, 96, 0xff, 1, 0])).toEqual([[0, 0.5]]);
    expect(durations([0, 0x80, 60, 80, 0, 0x90, 60, 0, 96, 0x90, 61, 1])).toEqual([[0.5, 0]]);
  });

  it('that are never released are counted, and their pitches named', () => {
    const held = (...events: number[]) =>
      read(header(), chunk('MTrk', [...events, ...endOfTrack])).notices;
    // 60 is struck twice and released once.
    expect(held(0, 0x90, 60, 80, 9, 60, 80, 9, 60, 0)).toEqual([
      'a.mid: 1 note is never released: notes of the pitch 60 may last too long, to the end of their ' +
        'track at most',
    ]);
    expect(held(0, 0x90, 62, 80, 0, 60, 80, 9, 60, 80)).toEqual([
      expect.stringContaining('3 notes are never released: notes of the pitches 60, 62 may'),
    ]);
  });

  it.each([120, 123])('end with control change %i of their channel (MIDI 1.0)', (control) => {
    // C on channel 1, E on channel 2; all off on channel 1, and E released half a second later.
    const events = [0, 0x90, 60, 80, 0, 0x91, 64, 80, 96, 0xb0, control, 0, 96, 0x81, 64, 0];
    const { notices } = read(header(), chunk('MTrk', [...events, ...endOfTrack]));
    expect(notices).toEqual([]);
    expect(durations(events)).toEqual([
      [0, 0.5],
      [0, 1],
    ]);
  });

  it('of one pitch at once end in the order in which they began', () => {
    const events = [0, 0x90, 60, 80, 48, 60, 80, 48, 60, 0, 48, 60, 0];
    expect(durations(events)).toEqual([
      [0, 0.5],
      [0.25, 0.5],
    ]);
  });

  it('are those that another writer wrote, whatever tracks, times and channels', () => {
    const note = fc.record({
      track: fc.nat(3),
      channel: fc.nat(15),
      pitch: fc.nat(127),
      rest: fc.nat(20_000),
      ticks: fc.integer({ min: 1, max: 20_000 }),
      running: fc.boolean(),
      text: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(note), fc.integer({ min: 1, max: 32767 }), (list, ticksPerBeat) => {
        const tracks: MidiEvent[][] = [[], [], [], []];
        const clocks = [0, 0, 0, 0];
        const expected = list.map(({ track, channel, pitch: noteNumber, rest, ticks, text }) => {
          const onset = clocks[track]! + rest;
          clocks[track] = onset + ticks;
          tracks[track]!.push(
            { deltaTime: rest, type: 'noteOn', channel, noteNumber, velocity: 80 },
            ...(text ? [{ deltaTime: 0, type: 'text', text: 'MTrk', meta: true } as const] : []),
            { deltaTime: ticks, type: 'noteOff', channel, noteNumber, velocity: 0 },
          );
          return [onset, ticks, noteNumber, channel, track];
        });
        for (const events of tracks) {
          events.push({ deltaTime: 0, type: 'endOfTrack', meta: true });
        }
        const file = { header: { format: 1, numTracks: 4, ticksPerBeat } as const, tracks };
        const bytes = Uint8Array.from(writeMidi(file, { running: true }));
        const inTicks = (seconds: number) => Math.round((seconds * ticksPerBeat) / 0.5);
        const found = decodeMidi(bytes, 'a.mid', (text) => expect.fail(text)).map((read) => [
          inTicks(read.onsetSeconds),
          inTicks(read.durationSeconds),
          read.pitch,
          read.channel,
          read.track,
        ]);
        const sorted = (rows: number[][]) => rows.map((row) => row.join(' ')).sort();
        expect(sorted(found)).toEqual(sorted(expected));
      }),
    );
  });
});

describe('a file that is no MIDI file', () => {
  it.each([
    ['RIFF\x20\0\0\0WAVEfmt ', 'it is a WAV recording: the recording comes first'],
    ['<?xml version="1.0"?>\n<!DOCTYPE score-partwise PUBLIC "">', 'it is a MusicXML score'],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<score-timewise>', 'it is a MusicXML score'],
    ['PK\x03\x04\x14\0', 'it is a zip archive, as compressed MusicXML is one: unpack it'],
    ['\x1f\x8b\x08\0', 'it is a gzip file: unpack it first'],
    ['X:1\nT:Air\n', 'it is an ABC score: export it as a standard MIDI file'],
    ['**kern\t**kern\n', 'it is a **kern score'],
    ['fLaC\0\0\0\x22', 'it is a FLAC recording'],
    ['', 'expected it to start with MThd, but the file is empty'],
    ['some text', 'expected it to start with MThd'],
  ])('%j is named', (start, message) => {
    expect(refusal(Buffer.from(start, 'latin1'))).toContain(
      `a.mid: not a standard MIDI file: ${message}`,
    );
  });
});
