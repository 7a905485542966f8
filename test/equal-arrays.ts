import { expect } from 'vitest';

/**
 * Typed arrays with the same numbers are equal after one loop: `toEqual` by itself takes microseconds a
 * number. Others go its usual way, which says where they differ.
 */
expect.addEqualityTesters([
  (one: unknown, other: unknown) => (sameNumbers(one, other) ? true : undefined),
]);

function sameNumbers(one: unknown, other: unknown): boolean {
  if (!isNumbers(one) || !isNumbers(other)) return false;
  if (one.constructor !== other.constructor || one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (!Object.is(one[at], other[at])) return false;
  return true;
}

const isNumbers = (value: unknown): value is Float64Array =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);
