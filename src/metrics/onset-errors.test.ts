import { describe, expect, it } from 'vitest';
import { meanAndDeviation, onsetErrors, predictedOnsets } from './onset-errors.js';

describe('onsetErrors', () => {
  it('measures deviations in both directions', () => {
    // Deviations: 0, 0.04, 0.08, 0.3 s, by hand.
    const errors = onsetErrors([1, 2.04, 2.92, 4.3], [1, 2, 3, 4]);
    expect(errors.rmse).toBeCloseTo(Math.sqrt((0.0016 + 0.0064 + 0.09) / 4), 12);
    expect(errors.meanAbsolute).toBeCloseTo(0.105, 12);
    expect(errors.medianAbsolute).toBeCloseTo(0.06, 12);
    expect(errors.max).toBeCloseTo(0.3, 12);
    expect(errors.within50ms).toBe(0.5);
    expect(errors.within100ms).toBe(0.75);
  });

  it('counts onsets that are exactly 50 or 100 ms off, however their seconds are rounded', () => {
    for (let k = 0; k < 200; k++) {
      const truth = k / 10;
      const { within50ms } = onsetErrors([truth + 0.05, truth - 0.05], [truth, truth]);
      const { within100ms } = onsetErrors([truth + 0.1, truth - 0.1], [truth, truth]);
      expect([within50ms, within100ms]).toEqual([1, 1]);
    }
    expect(onsetErrors([1.0501], [1]).within50ms).toBe(0);
    expect(onsetErrors([1.1001], [1]).within100ms).toBe(0);
  });

  it('takes the middle deviation as the median of an odd number of onsets', () => {
    expect(onsetErrors([0, 1, 9], [0, 0, 0]).medianAbsolute).toBe(1);
  });

  it('refuses counts that differ, none at all, and onsets that are not finite', () => {
    expect(() => onsetErrors([1, 2], [1])).toThrow(/2 predicted and 1 true onsets/);
    expect(() => onsetErrors([], [])).toThrow(RangeError);
    expect(() => onsetErrors([1, NaN], [1, 2])).toThrow(/onset 1 is NaN \(true: 2\)/);
    // What JSON makes of a NaN.
    expect(() => onsetErrors([1, null as never], [1, 0])).toThrow('onset 1 is null (true: 0)');
    expect(() => onsetErrors(undefined as never, [1])).toThrow(
      'predicted is nothing: it must be a list of onsets',
    );
    expect(() => onsetErrors([1], 'x' as never)).toThrow('truth is "x": it must be a list');
  });
});

describe('predictedOnsets', () => {
  it('places an onset half a frame before the first frame of its event', () => {
    const onsets = predictedOnsets([0, 0, 0, 1, 1, 2], 3, 0.04);
    [-0.02, 0.1, 0.18].forEach((onset, event) => expect(onsets[event]).toBeCloseTo(onset, 12));
  });

  it('lets an event without frames start with the next that has one, or at the end', () => {
    expect([...predictedOnsets([0, 2, 2], 4, 1)]).toEqual([-0.5, 0.5, 0.5, 2.5]);
  });

  it('is within half a hop of the truth when frames carry the last event begun', () => {
    const truth = [0.013, 0.51, 0.77, 1.9, 2.222];
    const hop = 0.04;
    const alignment = Array.from({ length: 70 }, (_, frame) =>
      Math.max(0, truth.filter((onset) => onset <= frame * hop).length - 1),
    );
    const onsets = predictedOnsets(alignment, truth.length, hop);
    expect(onsetErrors(onsets.slice(1), truth.slice(1)).max).toBeLessThanOrEqual(hop / 2 + 1e-12);
  });

  it('refuses an alignment that goes back or leaves the score', () => {
    expect(() => predictedOnsets([0, 1, 0], 2, 1)).toThrow(/alignment\[2\] is 0/);
    expect(() => predictedOnsets([0, 5], 2, 1)).toThrow(/alignment\[1\] is 5.*less than 2/);
    expect(() => predictedOnsets([0, 0.5], 2, 1)).toThrow(
      'alignment[1] is 0.5: it must be an integer',
    );
  });

  it('names what is missing or is no number of its kind', () => {
    const call =
      (...given: unknown[]) =>
      () =>
        predictedOnsets(...(given as [[], 1, 1]));
    expect(call()).toThrow('alignment is nothing: it must be a list of events');
    expect(call([0])).toThrow('events is nothing: it must be an integer of at least 1');
    expect(call([0], 1, NaN)).toThrow(
      'hopSeconds is NaN: it must be a finite number greater than 0',
    );
  });
});

describe('meanAndDeviation', () => {
  it('divides by the number of values: the population standard deviation', () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: 2 });
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 });
    expect(() => meanAndDeviation(undefined as never)).toThrow('values is nothing');
    expect(() => meanAndDeviation(new Array<number>(2))).toThrow('values[0] is nothing');
    expect(() => meanAndDeviation(['1', '2'] as never)).toThrow(
      'values[0] is "1": it must be a number',
    );
  });
});
