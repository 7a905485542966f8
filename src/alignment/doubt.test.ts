import { expect, it } from 'vitest';
import { backwards, doubtsAbout, limitsBetween, usualLimits } from './doubt.js';

const moment = (scoreOnsetSeconds: number, pitches: number[], starts = pitches) => ({
  scoreOnsetSeconds,
  pitches,
  starts,
});

it('a score backwards has the chords, gaps and strokes of its mirror image', () => {
  // C and E together for 1 s, C held under G for 0.5 s, then G held and E struck.
  const score = [moment(1, [60, 64]), moment(2, [60, 67], [67]), moment(2.5, [64, 67], [64])];
  const mirrored = backwards(score);
  expect(mirrored.map(({ pitches }) => pitches)).toEqual([
    [64, 67],
    [60, 67],
    [60, 64],
  ]);
  // G sounds on into the second, C into the third.
  expect(mirrored.map(({ starts }) => starts)).toEqual([[64, 67], [60], [64]]);
  const at = mirrored.map(({ scoreOnsetSeconds }) => scoreOnsetSeconds);
  expect(at[2]! - at[1]!).toBeCloseTo(0.5);
  expect(at[1]! - at[0]!).toBeGreaterThan(0);
});

it('a note struck again is struck again backwards', () => {
  const score = [moment(0, [60]), moment(1, [60]), moment(2, [62])];
  expect(backwards(score).map(({ starts }) => starts)).toEqual([[62], [60], [60]]);
});

it('doubts by limits that are half way between right and wrong pairs', () => {
  const limits = limitsBetween(
    [
      { agreement: 0.5, distinctness: 0.6 },
      { agreement: 0.7, distinctness: 0.5 },
    ],
    [{ agreement: 0.3, distinctness: 0.1 }],
  );
  expect(limits.agreement).toBeCloseTo(0.4);
  expect(limits.distinctness).toBeCloseTo(0.3);
  // Of pieces that are told apart more easily, they are the usual ones.
  const easy = limitsBetween(
    [{ agreement: 0.9, distinctness: 0.8 }],
    [{ agreement: 0.3, distinctness: 0.1 }],
  );
  expect(easy).toEqual({ agreement: 0.4, distinctness: 0.3 });
  const doubts = (agreement: number, distinctness: number) =>
    doubtsAbout({ transposition: 0, agreement, distinctness }, limits, []).length;
  expect(doubts(0.2, 0.2)).toBe(1);
  expect(doubts(0.2, 0.5)).toBe(0);
  // What fits no better than the same backwards must agree by 16 points more.
  expect([doubts(0.41, 0.2), doubts(0.41, 0.18)]).toEqual([0, 1]);
  expect([doubts(0.55, 0), doubts(0.55, -1), doubts(0.57, 0), doubts(0.57, -1)]).toEqual([
    ...[1, 1, 0, 0],
  ]);
});

it('says both ways of a transposition by which octaves are not told apart', () => {
  const said = (transposition: number) =>
    doubtsAbout({ transposition, agreement: 1, distinctness: 1 }, usualLimits, []);
  expect(said(-5)).toEqual([
    'the recording sounds 5 semitones below the score, or 7 above: octaves sound alike',
  ]);
  expect(said(1)).toEqual(['the recording sounds 1 semitone above the score']);
});
