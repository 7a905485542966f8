import { beforeAll, describe, expect, it } from 'vitest';
import { bach10Level, levelled } from '../features/level.js';
import { alignAudio } from './align-audio.js';
import type { OnsetModel } from './align.js';
import type { ScoreMoment } from './onset-evidence.js';
import { riseAfter } from './rise.js';
import { openSpectra } from './spectra.js';
import { readOnsetModel, shippedOnsets } from './trained-onsets.js';

const sampleRate = 22_050;
const tune = [60, 64, 67, 62, 65, 69, 59, 62, 67, 64];
const score: ScoreMoment[] = Array.from({ length: 40 }, (_, j) => {
  const pitch = tune[j % tune.length]!;
  // Not even, so that the frames lie everywhere around the onsets.
  return { scoreOnsetSeconds: 0.5 + 0.4037 * j, pitches: [pitch], starts: [pitch] };
});
const struck = score.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);

/** Notes that grow evenly to their full sound. */
function play(growSeconds: number) {
  const samples = new Float64Array(Math.round(18 * sampleRate));
  score.forEach(({ starts }, j) => {
    const hz = 440 * 2 ** ((starts[0]! - 69) / 12);
    const first = Math.round(struck[j]! * sampleRate);
    const length = Math.round(0.39 * sampleRate);
    for (let n = 0; n < length; n++) {
      const grown = Math.min(1, n / sampleRate / growSeconds, (length - n) / 400);
      for (let partial = 1; partial <= 6; partial++) {
        const phase = (2 * Math.PI * partial * hz * n) / sampleRate;
        samples[first + n]! += (0.1 / partial) * grown * Math.sin(phase);
      }
    }
  });
  return samples;
}

function spectraOf(samples: Float64Array) {
  const { frames, hopSeconds, read } = openSpectra(
    levelled(samples, sampleRate, bach10Level)!,
    sampleRate,
  );
  const short = (from: number, to: number) => read(from, to, ['2048']).windows['2048'];
  return { frames, hopSeconds, read: short };
}

describe('riseAfter', () => {
  const slow = spectraOf(play(0.12));
  const sudden = spectraOf(play(0.004));

  it('is about the tenth of an even rise, and about 0 for a sudden one', () => {
    expect(Math.abs(riseAfter(slow, score, struck)!.median - 0.012)).toBeLessThan(0.012);
    expect(Math.abs(riseAfter(sudden, score, struck)!.median)).toBeLessThan(0.015);
  });

  it('is earlier by as much as the onsets are later', () => {
    const { median } = riseAfter(slow, score, struck)!;
    const later = struck.map((onset) => onset + 0.05);
    expect(riseAfter(slow, score, later)!.median).toBeCloseTo(median - 0.05, 2);
  });

  it('has the spread of the onsets around the notes', () => {
    const even = riseAfter(sudden, score, struck)!;
    // Evenly between −40 and 40 ms: half of them are no further than 20.
    const uneven = struck.map((onset, j) => onset + 0.08 * (((j * 0.618) % 1) - 0.5));
    expect(even.spread).toBeLessThan(0.005);
    expect(riseAfter(sudden, score, uneven)!.spread).toBeCloseTo(0.02, 2);
  });

  it('does not tell where few notes are clear', () => {
    expect(riseAfter(slow, score.slice(0, 15), struck)).toBeUndefined();
    const silent = { ...slow, read: (from: number, to: number) => slow.read(from, to).fill(0) };
    expect(riseAfter(silent, score, struck)).toBeUndefined();
  });

  it('tells as much at the ends of a recording', () => {
    const short = { ...slow, frames: Math.floor(struck[30]! / slow.hopSeconds) };
    expect(riseAfter(short, score, struck)!.median).toBeCloseTo(
      riseAfter(slow, score, struck)!.median,
      2,
    );
  });
});

describe('alignAudio', () => {
  let model: OnsetModel;
  beforeAll(async () => {
    model = await readOnsetModel(shippedOnsets);
  });

  it('puts onsets that are heard late where notes begin, and is surer where they do so evenly', () => {
    const recording = { samples: play(0.004), sampleRate };
    const late = { ...model, biasSeconds: model.biasSeconds - 0.05 };
    const align = (by: OnsetModel) => {
      const { events } = alignAudio(recording, score, by, { asWritten: true });
      const errors = events.map(({ onsetSeconds }, j) => onsetSeconds - struck[j]!);
      const widths = events.map(({ interval: [from, to] }) => to - from);
      return { error: middle(errors), width: middle(widths) };
    };
    const uncorrected = align({ ...late, rise: undefined });
    const corrected = align(late);
    expect(uncorrected.error).toBeGreaterThan(0.03);
    expect(Math.abs(corrected.error)).toBeLessThan(0.015);
    expect(corrected.width).toBeLessThan(0.7 * uncorrected.width);
  });
});

const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
