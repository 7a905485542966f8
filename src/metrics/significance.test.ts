import { describe, expect, it } from 'vitest';
import { approximateRandomisation, pairedBootstrap } from './significance.js';

/** The share of right answers: rows are [right, all]. */
const share = ([right, all]: readonly number[]) => right! / all!;
/** F1 of rows [gold, found, correct]. */
const f1 = ([gold, found, correct]: readonly number[]) => (200 * correct!) / (gold! + found!);

describe('approximate randomisation', () => {
  it('of answers to single questions is the sign test', () => {
    // 8 questions that only b answers, 2 that only a does, 5 that both do.
    const answers = (own: number, other: number) => [
      ...Array<number[]>(own).fill([1, 1]),
      ...Array<number[]>(other).fill([0, 1]),
      ...Array<number[]>(5).fill([1, 1]),
    ];
    const b = answers(8, 2);
    const a = b.map((row, at) => (at < 10 ? [1 - row[0]!, 1] : row));
    // Two-sided binomial: 2 (C(10,0) + C(10,1) + C(10,2)) / 2^10.
    const { p, exact, difference } = approximateRandomisation({ a, b, score: share });
    expect(exact).toBe(true);
    expect(p).toBeCloseTo((2 * (1 + 10 + 45)) / 1024, 12);
    expect(difference).toBeCloseTo(6 / 15, 12);
    // By chance: within five deviations of the exact one.
    const drawn = approximateRandomisation({ a, b, score: share }, { trials: 1000 });
    expect(drawn.exact).toBe(false);
    const deviation = Math.sqrt((p * (1 - p)) / 1000);
    expect(Math.abs(drawn.p - p)).toBeLessThan(5 * deviation + 0.001);
  });

  it('of F1 is what counting every exchange gives', () => {
    const a = [
      [2, 2, 1],
      [1, 3, 1],
      [0, 1, 0],
      [4, 3, 3],
      [2, 0, 0],
      [3, 3, 3],
    ];
    const b = [
      [2, 2, 2],
      [1, 1, 1],
      [0, 0, 0],
      [4, 4, 2],
      [2, 1, 1],
      [3, 3, 3],
    ];
    let asLarge = 0;
    const observed = f1([12, 11, 9]) - f1([12, 12, 8]);
    for (let mask = 0; mask < 64; mask++) {
      const [one, other] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      for (let s = 0; s < 6; s++) {
        const exchanged = Math.floor(mask / 2 ** s) % 2 === 1;
        for (let k = 0; k < 3; k++) {
          one[k]! += (exchanged ? b : a)[s]![k]!;
          other[k]! += (exchanged ? a : b)[s]![k]!;
        }
      }
      if (Math.abs(f1(other) - f1(one)) >= observed - 1e-12) asLarge++;
    }
    const found = approximateRandomisation({ a, b, score: f1 });
    expect(found.p).toBeCloseTo(asLarge / 64, 12);
    expect(found.p).toBeLessThan(1);
    expect(found.difference).toBeCloseTo(observed, 12);
    expect(approximateRandomisation({ a, b: a, score: f1 }).p).toBe(1);
  });
});

describe('the paired bootstrap', () => {
  const a = [
    [1, 1],
    [0, 1],
    [0, 1],
    [1, 1],
  ];
  const b = [
    [1, 1],
    [1, 1],
    [0, 1],
    [1, 1],
  ];

  it('has the distribution of all resamples', () => {
    // Each of 4 draws is the one sentence that differs with probability 1/4: b wins unless none is.
    const { wins, difference, samples } = pairedBootstrap(
      { a, b, score: share },
      { samples: 4000 },
    );
    expect(samples).toBe(4000);
    const exact = 1 - 0.75 ** 4;
    expect(Math.abs(wins - exact)).toBeLessThan(5 * Math.sqrt((exact * (1 - exact)) / 4000));
    expect(difference.score).toBe(0.25);
    // P(difference ≥ ¾) = 13/256: more than 2.5 %, and P(1) = 1/256: less.
    expect([difference.low, difference.high]).toEqual([0, 0.75]);
  });

  it('counts centred differences for p', () => {
    const gains = [1, 2.5, -1];
    const score = ([sum]: readonly number[]) => sum! / 3;
    const counts = { a: gains.map(() => [0]), b: gains.map((gain) => [gain]), score };
    const difference = 2.5 / 3;
    const resampled = gains.flatMap((x) => gains.flatMap((y) => gains.map((z) => (x + y + z) / 3)));
    const asLarge = resampled.filter((value) => Math.abs(value - difference) >= difference);
    const exact = asLarge.length / 27;
    const { p } = pairedBootstrap(counts, { samples: 4000 });
    expect(Math.abs(p - exact)).toBeLessThan(5 * Math.sqrt((exact * (1 - exact)) / 4000));
    expect(pairedBootstrap({ a, b: a, score: share }).p).toBe(1);
  });

  it('gives the same numbers each time, and refuses what is not paired', () => {
    const once = pairedBootstrap({ a, b, score: share });
    expect(pairedBootstrap({ a, b, score: share })).toEqual(once);
    expect(() => pairedBootstrap({ a, b: [], score: share })).toThrow('4 and 0 sentences');
  });
});
