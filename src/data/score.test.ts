import { describe, expect, it } from 'vitest';
import { frameEvents, scoreEventsFromNotes, scoreEventsFromParts } from './score.js';

describe('scoreEventsFromParts', () => {
  it("sounds each part's pitch until that part's next onset", () => {
    const events = scoreEventsFromParts([
      { scoreOnsetSeconds: 1, pitch: 71, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 72, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 60, part: 2 },
      { scoreOnsetSeconds: 2, pitch: 59, part: 2 },
    ]);
    expect(events).toEqual([
      { scoreOnsetSeconds: 0, pitches: [60, 72] },
      { scoreOnsetSeconds: 1, pitches: [60, 71] },
      { scoreOnsetSeconds: 2, pitches: [59, 71] },
    ]);
  });

  it('keeps the chord of one part together and a unison of two parts as one pitch', () => {
    const events = scoreEventsFromParts([
      { scoreOnsetSeconds: 0, pitch: 64, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 60, part: 1 },
      { scoreOnsetSeconds: 0, pitch: 60, part: 2 },
    ]);
    expect(events).toEqual([{ scoreOnsetSeconds: 0, pitches: [60, 64] }]);
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
      { scoreOnsetSeconds: 0, pitches: [48, 60] },
      { scoreOnsetSeconds: 1, pitches: [48, 62] },
    ]);
  });

  it('merges onsets within mergeSeconds of the first, and drops legato that ends within it', () => {
    const notes = [note(0, 1.02, 60), note(1, 1, 62), note(1.02, 1, 65), note(1.031, 1, 67)];
    expect(scoreEventsFromNotes(notes)).toEqual([
      { scoreOnsetSeconds: 0, pitches: [60] },
      { scoreOnsetSeconds: 1, pitches: [62, 65] },
      { scoreOnsetSeconds: 1.031, pitches: [62, 65, 67] },
    ]);
    expect(scoreEventsFromNotes(notes, { mergeSeconds: 0 })).toHaveLength(4);
  });

  it('leaves percussion out', () => {
    expect(scoreEventsFromNotes([note(0, 1, 60), note(0.5, 0.1, 38, 9)])).toHaveLength(1);
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
