import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../errors.js';
import { eventBars, parseJumps, repeatJumps } from './jumps.js';
import { stretches } from './onset-files.js';

/** Bars of two seconds with two events each, as they are played. */
function scoreOf(written: readonly number[]) {
  const bars = written.map((bar, at) => ({
    name: `${bar + 1}`,
    written: bar,
    onsetSeconds: 2 * at,
  }));
  const events = bars.flatMap(({ onsetSeconds }) =>
    [0, 1].map((second) => ({ scoreOnsetSeconds: onsetSeconds + second })),
  );
  return { bars, events, places: eventBars(bars, events) };
}

describe('the jumps at repeats', () => {
  it.each([
    ['no repeat', [0, 1, 2], []],
    [
      'a repeat of two bars',
      [0, 1, 0, 1, 2],
      [
        [3, 8],
        [3, 0],
      ],
    ],
    // Once more is bars 1 2, 1 2, 1 3: the first ending, too.
    [
      'two endings',
      [0, 1, 0, 2, 3],
      [
        [1, 6],
        [3, 0],
      ],
    ],
    ['a repeat at the end', [0, 1, 1], [[3, 2]]],
    [
      'two repeats',
      [0, 0, 1, 2, 2, 3],
      [
        [1, 4],
        [1, 0],
        [7, 10],
        [7, 6],
      ],
    ],
  ])('%s', (_, written, jumps) => {
    const { bars, places } = scoreOf(written);
    expect(repeatJumps(bars, places)).toEqual(jumps);
  });

  it('are read by bars, each time that they are played, or by events', async () => {
    const { events, places } = scoreOf([0, 1, 0, 1, 2]);
    expect(await parseJumps('2:3', events.length, places)).toEqual([[3, 8]]);
    expect(await parseJumps('3:1', events.length, places)).toEqual([
      [9, 0],
      [9, 4],
    ]);
    expect(await parseJumps('4:1, 6:2', 6, undefined)).toEqual([
      [3, 0],
      [5, 1],
    ]);
    expect(await parseJumps(undefined, 6, undefined)).toEqual([]);
    for (const wrong of ['2', '2:', ':1', '1:2:3', '9:1', 'a:b']) {
      await expect(parseJumps(wrong, events.length, places)).rejects.toThrow(UsageError);
    }
    await expect(parseJumps('7:1', 6, undefined)).rejects.toThrow(
      '--jumps: "7" is no event of the score: expected is 1 to 6',
    );
  });
});

it('a file of jumps that is not there, or is none, is said to be so', async () => {
  for (const [option, why] of [
    ['in/none.txt', 'there is no such file'],
    ['none.txt', 'there is no such file'],
    ['c:\\none', 'there is no such file'],
    ['src/experiments', 'it is a folder; a file is expected'],
  ]) {
    const read = parseJumps(option, 6, undefined);
    await expect(read).rejects.toThrow(UsageError);
    await expect(read).rejects.toThrow(`--jumps (as a file, ${option}: ${why}): `);
  }
});

describe('stretches', () => {
  it('are parts of the score, with the time at which each is played', () => {
    const score = [0, 1, 2, 3].map((scoreOnsetSeconds) => ({ scoreOnsetSeconds }));
    const order = [1, 2, 1, 2];
    const events = order.map((event, at) => ({ event, ...score[event]!, onsetSeconds: 2 * at }));
    const found = stretches(events, score);
    expect(found.map(({ from, to }) => [Math.round(from), Math.round(to)])).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect(found.map(({ played }) => played(1.5))).toEqual([1, 5]);
    expect(stretches(score.map((one) => ({ ...one, onsetSeconds: 0 })))).toMatchObject([
      { from: -Infinity, to: Infinity },
    ]);
  });
});
