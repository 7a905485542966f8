import { describe, expect, it } from 'vitest';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { HeldFloats } from './held-floats.js';
import { adamStep, descendStep, squaredNorm } from './optimiser.js';

describe('a step of Adam', () => {
  it.each([1, 3, 100, 70_001])('is its definition, for %i entries', (length) => {
    const random = seededRandom(4);
    const some = (scale: number) => Float32Array.from(randomArray(length, random, scale));
    const held = (values: Float32Array) => {
      const floats = new HeldFloats(length, 'anything');
      floats.view().set(values);
      return floats;
    };
    const before = {
      parameter: some(1),
      gradient: some(3),
      mean: some(0.1),
      square: some(0.1).map((x) => x * x),
    };
    const { parameter, gradient } = structuredClone(before);
    const [mean, square] = [held(before.mean), held(before.square)];
    const step = { scale: 0.5, beta1: 0.9, beta2: 0.99, rate: 0.01, correction: 4, epsilon: 1e-8 };
    adamStep({ parameter, gradient, mean, square }, step);
    const [means, squares] = [mean.view(), square.view()];
    const expected = [...before.parameter].map((p, i) => {
      const g = 0.5 * before.gradient[i]!;
      const mean = 0.9 * before.mean[i]! + 0.1 * g;
      const square = 0.99 * before.square[i]! + 0.01 * g * g;
      return { mean, square, p: p - (0.01 * mean) / (Math.sqrt(square * 4) + 1e-8) };
    });
    const worst = expected.reduce((error, { mean, square, p }, i) => {
      const errors = [means[i]! - mean, squares[i]! - square, parameter[i]! - p];
      return Math.max(error, ...errors.map(Math.abs));
    }, 0);
    expect(worst).toBeLessThan(1e-6);
    expect(gradient).toEqual(before.gradient);
  });
});

describe('a step of gradient descent', () => {
  it.each([1, 6, 70_001])('is its definition, for %i entries', (length) => {
    const parameter = Float32Array.from(randomArray(length, seededRandom(1)));
    const gradient = Float32Array.from(randomArray(length, seededRandom(2)));
    const expected = parameter.map((p, i) => p - 0.1 * gradient[i]!);
    descendStep(parameter, gradient, 0.1);
    const worst = parameter.reduce((error, p, i) => Math.max(error, Math.abs(p - expected[i]!)), 0);
    expect(worst).toBeLessThan(2e-7);
  });
});

describe('the squared norm', () => {
  it.each([0, 1, 7, 70_001])('is exact, for %i entries', (length) => {
    const values = Float32Array.from({ length }, (_, i) => (i % 17) - 8);
    expect(squaredNorm(values)).toBe(values.reduce((sum, x) => sum + x * x, 0));
  });

  it('does not overflow, and is not finite when an entry is not', () => {
    expect(squaredNorm(Float32Array.from([3e30, 4e30])) / 2.5e61).toBeCloseTo(1, 6);
    expect(squaredNorm(Float32Array.from([1, Number.NaN, 1, 1, 1]))).toBeNaN();
    expect(squaredNorm(Float32Array.from([1, 1, 1, 1, -Infinity]))).toBe(Infinity);
  });
});
