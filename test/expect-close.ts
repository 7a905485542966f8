import { expect } from 'vitest';

/** Expects two arrays to agree, entry by entry, relative to max(1, |expected|). */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
) {
  // `expect` takes microseconds, and arrays here have up to a million numbers.
  if (actual.length !== expected.length) expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(1, Math.abs(expected[i]!));
    const apart = Math.abs(actual[i]! - expected[i]!) / scale;
    // NaN is not close either.
    if (!(apart < tolerance)) expect(apart, `entry ${i}`).toBeLessThan(tolerance);
  }
}
