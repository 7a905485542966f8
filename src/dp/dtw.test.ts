import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dtw } from './dtw.js';

interface GoldenCase {
  omega: 'negentropy' | 'l2' | 'hard';
  gamma: number;
  rows: number;
  cols: number;
  theta: number[];
  z: number[];
  value: number;
  gradient: number[];
  directional: number;
  product: number[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/dtw.json', import.meta.url), 'utf8'),
) as { cases: GoldenCase[] };

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(1, Math.abs(expected[i]!));
    expect(Math.abs(actual[i]! - expected[i]!) / scale, `entry ${i}`).toBeLessThan(tolerance);
  }
}

describe('dtw agrees with an independent implementation', () => {
  it.each(golden.cases.map((one, index) => ({ ...one, index })))(
    'case $index: $omega, gamma $gamma, $rows × $cols',
    ({ omega, gamma, rows, cols, theta, z, ...expected }) => {
      const program = dtw({ batch: 1, rows, cols, omega, gamma });
      const result = program.hessianProduct(Float64Array.from(theta), Float64Array.from(z));
      expectClose(result.value, [expected.value], 1e-10);
      expectClose(result.gradient, expected.gradient, 1e-10);
      expectClose(result.directional, [expected.directional], 1e-10);
      expectClose(result.product, expected.product, 1e-10);
      const { value, gradient } = program.gradient(Float64Array.from(theta));
      expect(value).toEqual(result.value);
      expect(gradient).toEqual(result.gradient);
      expect(program.value(Float64Array.from(theta))).toEqual(result.value);
    },
  );
});
