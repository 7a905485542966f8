import { describe, expect, it } from 'vitest';
import { bestOf, type Measured } from '../bench/best-of.js';

function measured(times: number[], growth: number[]): Measured {
  return {
    rows: times.map((bestMilliseconds, at) => ({
      ...{ work: `work ${at}`, size: 'S=2', by: 'kernels', threads: 1 },
      ...{ bestMilliseconds, medianMilliseconds: 2 * bestMilliseconds, repeats: 10 },
    })),
    scaling: [
      {
        axis: 'states',
        lines: [{ name: 'l2', points: growth.map((milliseconds, x) => ({ x, milliseconds })) }],
      },
    ],
  };
}

describe('what several processes measured', () => {
  it('is each row, and each point, as the fastest had it', () => {
    const best = bestOf([measured([1, 5], [1, 4]), measured([2, 3], [2, 3])]);
    expect(best).toEqual(measured([1, 3], [1, 3]));
  });

  it('must be of the same work', () => {
    expect(() => bestOf([measured([1, 2], [1]), measured([1], [1])])).toThrow('the same');
    const other = measured([1], [1]);
    other.rows[0]!.threads = 2;
    expect(() => bestOf([measured([1], [1]), other])).toThrow('the same');
  });
});
