import { beforeAll, describe, expect, it } from 'vitest';
import { syntheticChorales, type SyntheticChorale } from '../data/synthetic/chorales.js';
import type { OnsetModel } from './align.js';
import { alignAudio, type StructureOptions } from './align-audio.js';
import type { KeyMaps } from './key-maps.js';
import { canFindOrder, departuresFrom, faintEnds, inOrder, type Jump } from './structure.js';
import { readOnsetModel, shippedOnsets } from './trained-onsets.js';

const [chorale] = syntheticChorales({ pieces: 1, seed: 5 }) as [SyntheticChorale];
const { events, samples, sampleRate } = chorale;
const half = events.length >> 1;
const cut = Math.round(events[half]!.onsetSeconds * sampleRate);
const [first, second] = [samples.slice(0, cut), samples.slice(cut)];
const seconds = cut / sampleRate;
const shift = events[half]!.scoreOnsetSeconds - events[0]!.scoreOnsetSeconds;
/** The score with its first half repeated. */
const repeated = [
  ...events.slice(0, half),
  ...events.map((event) => ({
    ...event,
    scoreOnsetSeconds: event.scoreOnsetSeconds + shift,
    onsetSeconds: event.onsetSeconds + seconds,
  })),
];
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const joined = (...parts: Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]));

describe('a recording that departs from its score', () => {
  let model: OnsetModel;
  beforeAll(async () => {
    model = await readOnsetModel(shippedOnsets);
  });
  /** @param truth of the events that are played: which, and when */
  function align(
    recording: Float64Array,
    score: typeof events,
    truth: { order: number[]; onsets: number[] },
    options: StructureOptions = {},
    rate = sampleRate,
  ) {
    const heard = { samples: recording, sampleRate: rate };
    const aligned = alignAudio(heard, score, model, options);
    const order = aligned.events.map(({ event }) => event);
    // At an end that was cut, the event there may or may not be heard.
    const missed = truth.order.filter((event) => !order.includes(event));
    const made = order.filter((event) => !truth.order.includes(event));
    expect(missed.length).toBeLessThanOrEqual(1);
    expect(made.length).toBeLessThanOrEqual(1);
    const errors = aligned.events.flatMap(({ event, onsetSeconds }, at) => {
      const all = truth.order.flatMap((one, n) => (one === event ? [truth.onsets[n]!] : []));
      const times = order.slice(0, at).filter((one) => one === event).length;
      return all[times] === undefined ? [] : [Math.abs(onsetSeconds - all[times])];
    });
    errors.sort((a, b) => a - b);
    expect(errors[errors.length >> 1]).toBeLessThan(0.04);
    expect(errors[Math.floor(0.8 * errors.length)]).toBeLessThan(0.1);
    return aligned;
  }
  const onsets = (list: typeof events, minus = 0) =>
    list.map(({ onsetSeconds }) => onsetSeconds - minus);

  it('plays it all as written: nothing is said', () => {
    const twice = { order: range(0, repeated.length), onsets: onsets(repeated) };
    const jumps: Jump[] = [
      [half - 1, 2 * half],
      [2 * half - 1, half],
    ];
    expect(align(joined(first, samples), repeated, twice, { jumps }).structure).toEqual([]);
  });

  it('holds the beginning, the end or the middle of the score', () => {
    const beginning = align(first, events, {
      order: range(0, half),
      onsets: onsets(events.slice(0, half)),
    });
    expect(beginning.structure).toEqual([expect.stringMatching(/^the recording ends with event/)]);
    const end = align(second, events, {
      order: range(half, events.length),
      onsets: onsets(events.slice(half), seconds),
    });
    expect(end.structure).toEqual([expect.stringMatching(/^the recording begins at event/)]);
    const [a, b] = [10, 30].map((event) => Math.round(events[event]!.onsetSeconds * sampleRate));
    const middle = align(samples.slice(a, b), events, {
      order: range(10, 30),
      onsets: onsets(events.slice(10, 30), a! / sampleRate),
    });
    expect(middle.structure).toHaveLength(2);
  });

  it.each([-3, 2])('holds a part of the score, %d semitones off', (semitones) => {
    // Played faster by as much, which also raises it.
    const ratio = 2 ** (semitones / 12);
    const [a, b] = [10, 30].map((event) => Math.round(events[event]!.onsetSeconds * sampleRate));
    const truth = {
      order: range(10, 30),
      onsets: onsets(events.slice(10, 30), a! / sampleRate).map((seconds) => seconds / ratio),
    };
    const rate = Math.round(sampleRate * ratio);
    const aligned = align(samples.slice(a, b), events, truth, {}, rate);
    expect(aligned.transposition).toBe(semitones);
    expect(aligned.structure).toHaveLength(2);
  });

  it('leaves a repeat out, with silence around it', () => {
    const silence = new Float64Array(2 * sampleRate);
    const truth = {
      order: [...range(0, half), ...range(2 * half, repeated.length)],
      onsets: onsets(events).map((onset) => onset + 2),
    };
    const jumps = [[half - 1, 2 * half]] as const;
    const { structure } = align(joined(silence, samples, silence), repeated, truth, { jumps });
    expect(structure).toEqual([
      `after event ${half} the recording leaves out ${half} events, a repeat, and goes on at event ${2 * half + 1}`,
    ]);
  });

  it('plays a repeat that is not written, and a third time', () => {
    const again = onsets(events).map((onset) => onset + seconds);
    const truth = {
      order: [...range(0, half), ...range(0, events.length)],
      onsets: [...onsets(events.slice(0, half)), ...again],
    };
    const nameOf = (event: number) => `bar ${Math.floor(event / 4) + 1}`;
    const options = { jumps: [[half - 1, 0]] as const, nameOf };
    const { structure } = align(joined(first, samples), events, truth, options);
    expect(structure).toEqual([
      'after bar 5 the recording goes back to bar 1, a repeat that the score does not write there',
    ]);
  });
});

describe('canFindOrder', () => {
  /** A chord a second for so many seconds. */
  const music = (seconds: number) => ({
    maps: { frames: 100 * seconds } as KeyMaps,
    moments: range(0, seconds).map((scoreOnsetSeconds) => ({
      scoreOnsetSeconds,
      pitches: [60],
      starts: [60],
    })),
  });
  it('is so for ten minutes, and not for an hour', () => {
    expect(canFindOrder(music(600))).toBe(true);
    expect(canFindOrder(music(3600))).toBe(false);
  });
});

describe('faintEnds', () => {
  it('has words for few events', () => {
    expect(faintEnds({ first: 0, last: 0 })).toEqual([]);
    expect(faintEnds({ first: 1, last: 3 })).toEqual([
      'the first event is hardly heard: it may not be in the recording',
      'the last 3 events are hardly heard: they may not be in the recording',
    ]);
  });
});

describe('inOrder', () => {
  it('keeps the durations of the score', () => {
    const score = [0, 1, 3, 4].map((scoreOnsetSeconds) => ({
      scoreOnsetSeconds,
      pitches: [],
      starts: [],
    }));
    const order = inOrder(score, [1, 2, 1, 2, 3]);
    expect(order.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds)).toEqual([0, 2, 3, 5, 6]);
  });
});

describe('departuresFrom', () => {
  it('has words for each', () => {
    expect(departuresFrom(4, [0, 1, 2, 3])).toEqual([]);
    expect(departuresFrom(9, [1, 2, 5, 6, 5, 6])).toEqual([
      'the recording begins at event 2: the 1 event before is not in it',
      'after event 3 the recording leaves out 2 events, a repeat, and goes on at event 6',
      'after event 7 the recording goes back to event 6, a repeat that the score does not write there',
      'the recording ends with event 7: the 2 events after are not in it',
    ]);
  });

  it('tells a repeat at an end of the score from a part that is missing', () => {
    // Bars of two events: 1 and 2 twice, then 3 and 4 twice.
    const bars = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4];
    const nameOf = (event: number) => `bar ${bars[event]}`;
    expect(departuresFrom(16, range(4, 12), nameOf)).toEqual([
      'the recording leaves out the first 4 events, a repeat',
      'the recording leaves out the last 4 events, a repeat',
    ]);
    expect(departuresFrom(16, range(0, 15), nameOf)).toEqual([
      'the recording ends with bar 4: the 1 event after is not in it',
    ]);
  });
});
