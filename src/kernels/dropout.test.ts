import { expect, it } from 'vitest';
import { SeededRandom } from '../random.js';
import { dropoutMask } from './dropout.js';

it.each([
  [0, 1],
  [0.3, 40_003],
  [0.999, 70_000],
])('a mask is what the generator draws one by one: rate %d, %i entries', (rate, size) => {
  const random = new SeededRandom(-123456789);
  const mask = dropoutMask(size, random.state, rate);
  const kept = Math.fround(1 / (1 - rate));
  const expected = mask.map(() => (random.uniform() >= rate ? kept : 0));
  expect(mask.length).toBe(size);
  expect(mask.findIndex((x, n) => x !== expected[n])).toBe(-1);
});
