import { beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../random.js';
import type { OnsetModel } from './align.js';
import { alignAudio } from './align-audio.js';
import type { ScoreMoment } from './onset-evidence.js';
import { readOnsetModel, shippedOnsets } from './trained-onsets.js';

const sampleRate = 22_050;
const onsets = [0.4, 1, 1.6, 2.2, 2.8, 3.4, 4];
const melody = [60, 60, 60, 62, 64, 64, 60];
const score: ScoreMoment[] = onsets.map((onset, j) => ({
  scoreOnsetSeconds: onset,
  pitches: [melody[j]!],
  starts: [melody[j]!],
}));

/** Plucked notes of eight partials. */
function play({ silence = 0, cents = 0, noise = 0, pause = 0, notes = onsets.length } = {}) {
  const random = new SeededRandom(1);
  const samples = new Float64Array(Math.round((silence + pause + 5) * sampleRate));
  onsets.slice(0, notes).forEach((onset, j) => {
    const hz = 440 * 2 ** ((melody[j]! - 69 + cents / 100) / 12);
    const first = Math.round((silence + onset + (j > 3 ? pause : 0)) * sampleRate);
    const length = Math.round(0.58 * sampleRate);
    for (let n = 0; n < length; n++) {
      const fade = Math.min(1, n / 100, (length - n) / 200) * Math.exp((-2 * n) / sampleRate);
      for (let partial = 1; partial <= 8; partial++) {
        const phase = (2 * Math.PI * partial * hz * n) / sampleRate;
        samples[first + n]! += (0.2 / partial) * fade * Math.sin(phase);
      }
    }
  });
  return {
    sampleRate,
    samples: samples.map((sample) => sample + noise * (2 * random.uniform() - 1)),
  };
}

describe('alignAudio', () => {
  let model: OnsetModel;
  beforeAll(async () => {
    model = await readOnsetModel(shippedOnsets);
  });
  const worst = (aligned: ReturnType<typeof alignAudio>, shift = 0) =>
    aligned.events.reduce(
      (most, { onsetSeconds }, j) => Math.max(most, Math.abs(onsetSeconds - onsets[j]! - shift)),
      0,
    );

  it('hears each of several equal notes, with an interval that holds it, and doubts nothing', () => {
    const aligned = alignAudio(play(), score, model);
    expect(worst(aligned)).toBeLessThan(0.05);
    aligned.events.forEach(({ interval: [from, to] }, j) => {
      expect(from).toBeLessThan(onsets[j]!);
      expect(to).toBeGreaterThan(onsets[j]!);
    });
    expect(aligned.warnings).toEqual([]);
    expect(aligned.transposition).toBe(0);
  });

  it.each([0, 1e-3])('silence before the music is no part of it (noise of %d)', (noise) => {
    const aligned = alignAudio(play({ silence: 2, noise }), score, model);
    expect(worst(aligned, 2)).toBeLessThan(0.05);
  });

  it('the level does not matter', () => {
    const { samples } = play();
    const quiet = samples.map((sample) => sample / 100);
    expect(worst(alignAudio({ sampleRate, samples: quiet }, score, model))).toBeLessThan(0.05);
  });

  it.each([-40, 30])('finds a tuning of %d cents', (cents) => {
    const aligned = alignAudio(play({ cents }), score, model);
    expect(Math.abs(aligned.tuningCents - cents)).toBeLessThan(5);
    expect(aligned.transposition).toBe(0);
    expect(worst(aligned)).toBeLessThan(0.05);
  });

  it.each([-3, 1, 5])('finds that a recording is %d semitones off, and says so', (semitones) => {
    const aligned = alignAudio(play({ cents: 100 * semitones }), score, model);
    expect(aligned.transposition).toBe(semitones);
    expect(worst(aligned)).toBeLessThan(0.05);
    expect(aligned.warnings).toEqual([
      expect.stringContaining(
        `${Math.abs(semitones)} semitone${Math.abs(semitones) > 1 ? 's' : ''} ` +
          `${semitones > 0 ? 'above' : 'below'} the score`,
      ),
    ]);
  });

  it('finds an orchestra at A = 415 Hz, a semitone below the score', () => {
    const aligned = alignAudio(play({ cents: 1200 * Math.log2(415 / 440) }), score, model);
    expect(aligned.transposition).toBe(-1);
    expect(Math.abs(aligned.tuningCents)).toBeLessThan(5);
    expect(worst(aligned)).toBeLessThan(0.05);
  });

  it('doubts a score of other music, in the same key', () => {
    const other = [67, 65, 62, 67, 71, 67, 65].map((pitch, j) => ({
      scoreOnsetSeconds: onsets[j]! * (1 + 0.1 * (j % 2)),
      ...{ pitches: [pitch], starts: [pitch] },
    }));
    const { warnings } = alignAudio(play(), other, model, { asWritten: true });
    expect(warnings).toContainEqual(expect.stringContaining('does not sound like the score'));
  });

  it.each([7])('leaves notes where they are around a pause of %d s', (pause) => {
    const { events, warnings } = alignAudio(play({ pause }), score, model);
    events.forEach(({ onsetSeconds }, j) => {
      expect(Math.abs(onsetSeconds - onsets[j]! - (j > 3 ? pause : 0))).toBeLessThan(0.08);
    });
    expect(warnings).toEqual([]);
  });

  it('does not doubt a score of one note', () => {
    const { events, agreement, warnings } = alignAudio(
      play({ notes: 1 }),
      score.slice(0, 1),
      model,
    );
    expect(Math.abs(events[0]!.onsetSeconds - onsets[0]!)).toBeLessThan(0.08);
    expect(agreement).toBeGreaterThan(0.5);
    expect(warnings).toEqual([]);
  });

  it('says that there are few samples a second', () => {
    const { samples } = play();
    const few = samples.filter((_, at) => at % 6 === 0);
    const { warnings } = alignAudio({ samples: few, sampleRate: sampleRate / 6 }, score, model);
    expect(warnings.join()).toMatch(/^3675 samples a second are few: below 8000/);
  });

  it('does not doubt the right score of eight plain tones in semitones', () => {
    const samples = new Float64Array(4.4 * sampleRate);
    const tones = [60, 61, 60, 62, 61, 63, 62, 60].map((pitch, j) => {
      const step = (2 * Math.PI * 440 * 2 ** ((pitch - 69) / 12)) / sampleRate;
      const first = Math.round((0.1 + 0.5 * j) * sampleRate);
      for (let n = 0; n < 0.45 * sampleRate; n++) {
        const fade = Math.min(1, n / 200) * Math.exp((-3 * n) / sampleRate);
        for (let k = 1; k <= 4; k++)
          samples[first + n]! += (0.2 / k) * fade * Math.sin(k * step * n);
      }
      return { scoreOnsetSeconds: 0.5 * j, pitches: [pitch], starts: [pitch] };
    });
    const { warnings, agreement } = alignAudio({ samples, sampleRate }, tones, model);
    expect(agreement).toBeLessThan(0.53);
    expect(warnings).toEqual([]);
  });

  it('says which onsets lie in silence, of a recording whose end is cut off or blanked', () => {
    const { samples } = play();
    const from = Math.round(2.1 * sampleRate);
    const inSilence = ({ warnings }: ReturnType<typeof alignAudio>) =>
      warnings.filter((text) => text.includes('where the recording is silent'));
    // Silence is no zero where there is a DC offset.
    for (const level of [0, 0.01]) {
      const blanked = samples.map((sample, n) => level + (n < from ? sample : 0));
      const aligned = alignAudio({ samples: blanked, sampleRate }, score, model, {
        asWritten: true,
      });
      const late = aligned.events.filter(({ onsetSeconds }) => onsetSeconds > 2.15).length;
      expect(inSilence(aligned)).toEqual([
        expect.stringContaining(`${late} of 7 onsets lie where`),
      ]);
    }
    const faint = samples.map((sample) => 1e-3 * sample);
    expect(inSilence(alignAudio({ samples: faint, sampleRate }, score, model))).toEqual([]);
  });

  it('is not misled by a click in digital silence, whose spectrum is flat', () => {
    const { samples } = play({ silence: 2 });
    samples[sampleRate] = 0.9;
    expect(worst(alignAudio({ sampleRate, samples }, score, model), 2)).toBeLessThan(0.05);
  });

  it('refuses silence and a recording that is too short', () => {
    const silent = { sampleRate, samples: new Float64Array(sampleRate), path: 'a.wav' };
    expect(() => alignAudio(silent, score, model)).toThrow('a.wav: the recording is silent');
    const short = { sampleRate, samples: play().samples.slice(10_000, 12_000), path: 'b.wav' };
    expect(() => alignAudio(short, score, model)).toThrow('too few for the score');
  });
});
