import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBach10 } from '../readers/bach10.js';
import { writeChorale } from '../../../test/write-chorale.js';
import { decodeMidi } from '../readers/scores/midi.js';
import { syntheticChorales } from './chorales.js';

describe('syntheticChorales', () => {
  const chorales = syntheticChorales({ pieces: 3, seed: 5, events: 30 });

  it('gives the same chorales for the same seed, others for another', () => {
    const again = syntheticChorales({ pieces: 2, seed: 5, events: 30 });
    again.forEach(({ samples, ...score }, piece) => {
      const { samples: expected, ...expectedScore } = chorales[piece]!;
      expect(score).toEqual(expectedScore);
      expect(Buffer.from(samples.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
    });
    const [other] = syntheticChorales({ pieces: 1, seed: 6, events: 30 });
    expect(other!.events).not.toEqual(chorales[0]!.events);
  });

  it('has the events that were asked for, in order, within a recording that is finite', () => {
    for (const { events, samples, sampleRate } of chorales) {
      expect(events).toHaveLength(30);
      for (let j = 1; j < events.length; j++) {
        expect(events[j]!.onsetSeconds).toBeGreaterThan(events[j - 1]!.onsetSeconds);
        expect(events[j]!.scoreOnsetSeconds).toBeGreaterThan(events[j - 1]!.scoreOnsetSeconds);
      }
      expect(events.at(-1)!.onsetSeconds).toBeLessThan(samples.length / sampleRate);
      const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(peak).toBeCloseTo(0.7, 10);
    }
  });

  it('is in four parts that each play one note at a time, from C2 to C6', () => {
    for (const { notes, events } of chorales) {
      expect(new Set(notes.map(({ part }) => part))).toEqual(new Set([1, 2, 3, 4]));
      const places = notes.map(({ part, scoreOnsetSeconds }) => `${part} ${scoreOnsetSeconds}`);
      expect(new Set(places).size).toBe(notes.length);
      for (const { pitches } of events) {
        expect(pitches.length).toBeGreaterThanOrEqual(1);
        expect(pitches.length).toBeLessThanOrEqual(4);
        expect(pitches.every((pitch) => pitch >= 36 && pitch <= 84)).toBe(true);
      }
    }
  });

  it('has onsets at which no pitch changes, and onsets of a single part', () => {
    const all = chorales.flatMap(({ events }) =>
      events.slice(1).map((event, j) => ({ event, before: events[j]! })),
    );
    const unchanged = all.filter(
      ({ event, before }) => String(event.pitches) === String(before.pitches),
    );
    expect(unchanged.length).toBeGreaterThan(0);
    expect(unchanged.length).toBeLessThan(all.length / 2);
  });

  it('refuses options that make no sense', () => {
    expect(() => syntheticChorales({ pieces: 1.5, seed: 1 })).toThrow('pieces is 1.5');
    expect(() => syntheticChorales({ pieces: 1, seed: 1, events: 0 })).toThrow('events is 0');
  });
});

describe('writeChorale', () => {
  it("writes Bach10's layout, which its readers read back", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chorale-'));
    const [chorale] = syntheticChorales({ pieces: 1, seed: 2, events: 12, sampleRate: 8000 });
    await writeChorale(folder, chorale!);
    const [read] = await readBach10(folder);
    expect(read!.name).toBe(chorale!.name);
    expect(read!.events).toEqual(chorale!.events);
    expect(read!.sampleRate).toBe(8000);
    expect(read!.samples.length).toBe(chorale!.samples.length);
    const error = chorale!.samples.reduce(
      (most, value, n) => Math.max(most, Math.abs(value - read!.samples[n]!)),
      0,
    );
    expect(error).toBeLessThanOrEqual(0.5 / 32768 + 1e-12);

    const midi = decodeMidi(
      readFileSync(join(folder, chorale!.name, `${chorale!.name}.mid`)),
      'a.mid',
    );
    const expected = chorale!.notes.map(({ pitch, scoreOnsetSeconds }) => ({
      pitch,
      onset: scoreOnsetSeconds.toFixed(3),
    }));
    const written = midi.map(({ pitch, onsetSeconds }) => ({
      pitch,
      onset: onsetSeconds.toFixed(3),
    }));
    expect(written).toHaveLength(expected.length);
    expect(written).toEqual(expect.arrayContaining(expected));
    await rm(folder, { recursive: true });
  });
});
