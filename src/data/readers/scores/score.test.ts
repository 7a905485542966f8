import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeMidi, type MidiEvent } from 'midi-file';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScore } from './score.js';
import { frameEvents, scoreEventsFromNotes, scoreEventsFromParts } from './score-events.js';

describe('readScore', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'didyprog-score-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const scoreOf = async (events: MidiEvent[], notify?: (text: string) => void) => {
    const path = join(folder, 'score.mid');
    const tracks = [[...events, { deltaTime: 0, type: 'endOfTrack', meta: true } as const]];
    const header = { format: 0, numTracks: 1, ticksPerBeat: 96 } as const;
    await writeFile(path, Buffer.from([...writeMidi({ header, tracks }), 0]));
    return readScore(path, notify);
  };
  const note = (channel: number): MidiEvent[] => [
    { deltaTime: 0, type: 'noteOn', channel, noteNumber: 60, velocity: 80 },
    { deltaTime: 96, type: 'noteOff', channel, noteNumber: 60, velocity: 0 },
  ];

  it('reads the events of a MIDI file and hands its notices on', async () => {
    const notices: string[] = [];
    const events = await scoreOf([...note(9), ...note(0)], (text) => notices.push(text));
    expect(events).toEqual([{ scoreOnsetSeconds: 0.5, pitches: [60], starts: [60] }]);
    expect(notices).toEqual([
      expect.stringContaining('score.mid: 1 byte of no chunk ignored'),
      expect.stringContaining(
        'score.mid: 1 note of percussion left out (on channel 10, or without a pitch)',
      ),
    ]);
  });

  it('says that a score has no notes, or nothing but percussion', async () => {
    await expect(scoreOf([])).rejects.toThrow('score.mid: the score has no notes');
    await expect(scoreOf([...note(9), ...note(9)])).rejects.toThrow(
      'score.mid: the score has nothing but percussion (all 2 notes are on channel 10 or name no pitch)',
    );
  });
});

describe('scoreEventsFromParts', () => {
  it("sounds each part's pitch until that part's next onset", () => {
    const events = scoreEventsFromParts([
      { scoreOnsetSeconds: 1, pitch: 71, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 72, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 60, part: 2 },
      { scoreOnsetSeconds: 2, pitch: 59, part: 2 },
    ]);
    expect(events).toEqual([
      { scoreOnsetSeconds: 0, pitches: [60, 72], starts: [60, 72] },
      { scoreOnsetSeconds: 1, pitches: [60, 71], starts: [71] },
      { scoreOnsetSeconds: 2, pitches: [59, 71], starts: [59] },
    ]);
  });

  it('keeps the chord of one part together and a unison of two parts as one pitch', () => {
    const events = scoreEventsFromParts([
      { scoreOnsetSeconds: 0, pitch: 64, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 60, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 60, part: 2 },
    ]);
    expect(events).toEqual([{ scoreOnsetSeconds: 0, pitches: [60, 64], starts: [60, 64] }]);
  });
});

describe('scoreEventsFromNotes', () => {
  const note = (onsetSeconds: number, durationSeconds: number, pitch: number, channel = 0) => ({
    onsetSeconds,
    durationSeconds,
    pitch,
    channel,
    track: 0,
  });

  it('makes an event of every onset, with what still sounds', () => {
    expect(scoreEventsFromNotes([note(0, 2, 48), note(0, 1, 60), note(1, 1, 62)])).toEqual([
      { scoreOnsetSeconds: 0, pitches: [48, 60], starts: [48, 60] },
      { scoreOnsetSeconds: 1, pitches: [48, 62], starts: [62] },
    ]);
  });

  it('merges onsets within mergeSeconds of the first, and drops legato that ends within it', () => {
    const notes = [note(0, 1.02, 60), note(1, 1, 62), note(1.02, 1, 65), note(1.031, 1, 67)];
    expect(scoreEventsFromNotes(notes)).toEqual([
      { scoreOnsetSeconds: 0, pitches: [60], starts: [60] },
      { scoreOnsetSeconds: 1, pitches: [62, 65], starts: [62, 65] },
      { scoreOnsetSeconds: 1.031, pitches: [62, 65, 67], starts: [67] },
    ]);
    expect(scoreEventsFromNotes(notes, { mergeSeconds: 0 })).toHaveLength(4);
  });

  it('strikes a note again that is repeated while others are held', () => {
    const notes = [note(0, 2, 48), note(0, 1, 60), note(1, 1, 60)];
    expect(scoreEventsFromNotes(notes)).toEqual([
      { scoreOnsetSeconds: 0, pitches: [48, 60], starts: [48, 60] },
      { scoreOnsetSeconds: 1, pitches: [48, 60], starts: [60] },
    ]);
  });

  it('leaves percussion out', () => {
    expect(scoreEventsFromNotes([note(0, 1, 60), note(0.5, 0.1, 38, 9)])).toHaveLength(1);
  });

  it('takes many notes, at once or never released', () => {
    const atOnce = Array.from({ length: 130_000 }, (_, n) => note(0, 1, n % 128));
    expect(scoreEventsFromNotes(atOnce)).toEqual([
      expect.objectContaining({ pitches: Array.from({ length: 128 }, (_, n) => n) }),
    ]);
    const held = Array.from({ length: 1000 }, (_, n) => note(n, 1e6, 60 + (n % 2)));
    expect(scoreEventsFromNotes(held).at(-1)).toMatchObject({ pitches: [60, 61], starts: [61] });
  });
});

describe('frameEvents', () => {
  it('labels a frame with the last event at or before its centre, before the first with 0', () => {
    const labels = frameEvents([0.1, 0.2, 0.21, 0.4], 6, 0.1);
    expect([...labels]).toEqual([0, 0, 1, 2, 3, 3]);
  });

  it('is not misled by the rounding of frame times', () => {
    for (let frame = 1; frame < 2000; frame++) {
      expect(frameEvents([0, (frame * 40) / 1000], frame + 1, 1764 / 44100)[frame]).toBe(1);
    }
  });
});
