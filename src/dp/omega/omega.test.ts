import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, referenceMax, seededRandom } from '../../../test/path-enumeration.js';
import { dag } from '../programs/dag.js';
import { smoothMax, smoothMaxProduct, type Regularizer } from './index.js';

const OMEGAS = ['negentropy', 'l2', 'hard'] as const;
const scores = fc
  .array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 })
  .map((list) => Float64Array.from(list));
const gammas = fc.constantFrom(1e-3, 0.2, 1, 5, 1e3);

/** 1.5-Tsallis entropy, negated: Ω(p) = (4/3)(Σ p^1.5 − 1), so that p_i = (x_i/2 − τ)²₊ (Peters et al. 2019). */
const tsallis: Regularizer = {
  max(x) {
    const p = Float64Array.from(this.argmax(x));
    const dot = p.reduce((sum, share, i) => sum + share * x[i]!, 0);
    return dot - (4 / 3) * (p.reduce((sum, share) => sum + share ** 1.5, 0) - 1);
  },
  argmax(x) {
    let low = -1;
    let high = 0;
    const share = (i: number, threshold: number) => Math.max(0, x[i]! / 2 - threshold) ** 2;
    const mass = (threshold: number) => x.reduce((sum, _, i) => sum + share(i, threshold), 0);
    for (let step = 0; step < 100; step++) {
      const middle = (low + high) / 2;
      if (mass(middle) > 1) low = middle;
      else high = middle;
    }
    return x.map((_, i) => share(i, (low + high) / 2));
  },
  product(x, z) {
    const s = Float64Array.from(this.argmax(x), Math.sqrt);
    const total = s.reduce((sum, root) => sum + root, 0);
    const mean = s.reduce((sum, root, i) => sum + root * z[i]!, 0) / total;
    return s.map((root, i) => root * (z[i]! - mean));
  },
};

describe('smoothMax', () => {
  it('is log-sum-exp, sparsemax’s value or the maximum, its argmax on the simplex', () => {
    fc.assert(
      fc.property(scores, gammas, fc.constantFrom(...OMEGAS), (x, gamma, omega) => {
        const { value, argmax } = smoothMax(x, { omega, gamma });
        const reference = referenceMax(omega, gamma, [...x]);
        expect(value).toBeCloseTo(reference.value, 9);
        expectClose(argmax, reference.q, 1e-9);
        expect(argmax.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('ends where an entry lies on the threshold by rounding: all triples of one-decimal numbers', () => {
    for (const x of [Float64Array.of(2.3, 1.5, 1.7), Float64Array.of(1.15, 0.47, 0.31)]) {
      expectClose(smoothMax(x, { omega: 'l2' }).argmax, referenceMax('l2', 1, [...x]).q, 1e-12);
    }
    const x = new Float64Array(3);
    for (let a = 0; a <= 30; a++) {
      for (let b = 0; b <= 30; b++) {
        x.set([3, a / 10, b / 10]);
        for (const gamma of [0.7, 1]) {
          const { value, argmax } = smoothMax(x, { omega: 'l2', gamma });
          const reference = referenceMax('l2', gamma, [...x]);
          expect(Math.abs(value - reference.value)).toBeLessThan(1e-12);
          expectClose(argmax, reference.q, 1e-12);
        }
      }
    }
  });

  it('commutes with adding a constant', () => {
    fc.assert(
      fc.property(scores, gammas, fc.constantFrom(...OMEGAS), (x, gamma, omega) => {
        const shifted = x.map((score) => score + 7);
        const { value } = smoothMax(x, { omega, gamma });
        expect(smoothMax(shifted, { omega, gamma }).value).toBeCloseTo(value + 7, 9);
      }),
    );
  });

  it('agrees with closed forms for a regulariser of the user’s: 1.5-Tsallis', () => {
    // Two equal scores share evenly; from a gap of 2 on, the larger one has all.
    const even = smoothMax(Float64Array.of(3, 3), { omega: tsallis });
    expectClose(even.argmax, [0.5, 0.5], 1e-12);
    expect(even.value).toBeCloseTo(3 + (4 / 3) * (1 - Math.SQRT1_2), 12);
    const gap = smoothMax(Float64Array.of(1, -1), { omega: tsallis });
    expectClose(gap.argmax, [1, 0], 1e-12);
    expect(gap.value).toBeCloseTo(1, 12);
    const { argmax } = smoothMax(Float64Array.of(0.4, -0.3, 0.1, -9), { omega: tsallis });
    expect(argmax.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(argmax[3]).toBe(0);
  });

  it('goes to the maximum as γ goes to 0', () => {
    const x = Float64Array.of(0.3, 1, -2);
    for (const omega of ['negentropy', 'l2', tsallis] as const) {
      expect(smoothMax(x, { omega, gamma: 1e-4 }).value).toBeCloseTo(1, 3);
    }
  });

  it('is associative for negentropy and the maximum, not for l2', () => {
    const nested = (omega: (typeof OMEGAS)[number]) => {
      const inner = smoothMax(Float64Array.of(0.2, 0.5), { omega }).value;
      return smoothMax(Float64Array.of(inner, 0.1), { omega }).value;
    };
    const flat = (omega: (typeof OMEGAS)[number]) =>
      smoothMax(Float64Array.of(0.2, 0.5, 0.1), { omega }).value;
    expect(nested('negentropy')).toBeCloseTo(flat('negentropy'), 12);
    expect(nested('hard')).toBe(flat('hard'));
    expect(Math.abs(nested('l2') - flat('l2'))).toBeGreaterThan(0.1);
  });

  it('gives a forbidden entry probability 0, and is wrong input’s index away from an error', () => {
    for (const omega of [...OMEGAS, tsallis]) {
      const { value, argmax } = smoothMax(Float64Array.of(-Infinity, 0.4), { omega });
      expect([...argmax]).toEqual([0, expect.closeTo(1, 12)]);
      expect(value).toBeCloseTo(omega === 'l2' ? 0.4 - 0.5 : 0.4, 10);
    }
    expect(() => smoothMax(Float64Array.of(1, NaN), { omega: 'l2' })).toThrow('x[1] is NaN');
    expect(() => smoothMax(new Float64Array(0), { omega: 'l2' })).toThrow('x is empty');
    expect(() => smoothMax(Float64Array.of(1), { omega: 'l3' as 'l2' })).toThrow('omega is "l3"');
  });

  it('keeps the type of its input', () => {
    const x = Float32Array.of(1, 2);
    expect(smoothMax(x, { omega: 'l2' }).argmax).toBeInstanceOf(Float32Array);
    expect(smoothMaxProduct(x, x, { omega: 'l2' })).toBeInstanceOf(Float32Array);
  });
});

describe('smoothMaxProduct', () => {
  it('is the finite difference of the argmax, for a regulariser of the user’s as well', () => {
    const random = seededRandom(1);
    const step = 1e-6;
    for (const omega of ['negentropy', 'l2', tsallis] as const) {
      for (const gamma of [0.5, 1, 3]) {
        const x = randomArray(6, random, 2);
        const z = randomArray(6, random);
        const at = (by: number) =>
          smoothMax(
            x.map((score, i) => score + by * z[i]!),
            { omega, gamma },
          );
        const [up, down] = [at(step), at(-step)];
        expectClose(
          smoothMaxProduct(x, z, { omega, gamma }),
          up.argmax.map((share, i) => (share - down.argmax[i]!) / (2 * step)),
          1e-6,
        );
        const slope = at(0).argmax.reduce((sum, share, i) => sum + share * z[i]!, 0);
        expect((up.value - down.value) / (2 * step)).toBeCloseTo(slope, 7);
      }
    }
  });
});

describe('a regulariser of the user’s', () => {
  it('smooths a whole program: 1.5-Tsallis on a DAG, its gradient by finite differences', () => {
    const edges = [
      [0, 1],
      [0, 2],
      [1, 2],
      [1, 3],
      [2, 3],
    ] as const;
    const program = dag({ nodes: 4, edges, omega: tsallis, gamma: 0.8 });
    const theta = Float64Array.of(0.2, 0.1, -0.1, 0.3, 0.4);
    const { gradient } = program.gradient(theta);
    const step = 1e-6;
    theta.forEach((_, edge) => {
      const at = (by: number) => program.value(theta.map((s, e) => s + (e === edge ? by : 0)))[0]!;
      expect((at(step) - at(-step)) / (2 * step)).toBeCloseTo(gradient[edge]!, 6);
    });
  });
});
