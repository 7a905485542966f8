import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, referenceMax, seededRandom } from '../../../test/path-enumeration.js';
import { defineProgram } from '../define-program.js';
import { dag } from '../programs/dag.js';
import { linearChain } from '../programs/linear-chain.js';
import { omegaNames, smoothMax, smoothMaxProduct, tsallis, type Regularizer } from './index.js';

const OMEGAS = omegaNames;
/** Ω of the user's own, as its three methods; its closed forms are known. */
const ownOmega: Regularizer = tsallis(1.5);
const scores = fc
  .array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 })
  .map((list) => Float64Array.from(list));
const gammas = fc.constantFrom(1e-3, 0.2, 1, 5, 1e3);

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
    const even = smoothMax(Float64Array.of(3, 3), { omega: ownOmega });
    expectClose(even.argmax, [0.5, 0.5], 1e-12);
    expect(even.value).toBeCloseTo(3 + (4 / 3) * (1 - Math.SQRT1_2), 12);
    const gap = smoothMax(Float64Array.of(1, -1), { omega: ownOmega });
    expectClose(gap.argmax, [1, 0], 1e-12);
    expect(gap.value).toBeCloseTo(1, 12);
    const { argmax } = smoothMax(Float64Array.of(0.4, -0.3, 0.1, -9), { omega: ownOmega });
    expect(argmax.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(argmax[3]).toBe(0);
  });

  it('goes to the maximum as γ goes to 0', () => {
    const x = Float64Array.of(0.3, 1, -2);
    for (const omega of ['negentropy', 'l2', ownOmega] as const) {
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
    for (const omega of [...OMEGAS, ownOmega]) {
      const { value, argmax } = smoothMax(Float64Array.of(-Infinity, 0.4), { omega });
      expect([...argmax]).toEqual([0, expect.closeTo(1, 12)]);
      expect(value).toBeCloseTo(omega === 'l2' ? 0.4 - 0.5 : 0.4, 10);
    }
    expect(() => smoothMax(Float64Array.of(1, NaN), { omega: 'l2' })).toThrow('x[1] is NaN');
    expect(() => smoothMax(new Float64Array(0), { omega: 'l2' })).toThrow(
      'x has 0 entries: one must be finite',
    );
    expect(() => smoothMax(Float64Array.of(1), { omega: 'l3' as 'l2' })).toThrow('omega is "l3"');
    const misspelt = { omega: 'l2', gama: 0.1 } as const;
    const said = `"gama" is no option (did you mean 'gamma'?)`;
    expect(() => smoothMax([1], misspelt)).toThrow(said);
    expect(() => smoothMaxProduct([1], [1], misspelt)).toThrow(said);
    // Sizes of a program may be beside them.
    const sizes = { omega: 'hard', batch: 2 } as const;
    expect(smoothMax([1], sizes).value).toBe(1);
  });

  it('is tsallis(α) at entmax15 (α = 1.5) and, but for a constant, at l2 (α = 2)', () => {
    fc.assert(
      fc.property(scores, fc.constantFrom(0.2, 1, 5), (x, gamma) => {
        const z = randomArray(x.length, seededRandom(x.length));
        for (const [omega, alpha, constant] of [
          ['entmax15', 1.5, 0],
          ['l2', 2, gamma / 2],
        ] as const) {
          const named = smoothMax(x, { omega, gamma });
          const general = smoothMax(x, { omega: tsallis(alpha), gamma });
          expect(general.value).toBeCloseTo(named.value + constant, 9);
          expectClose(general.argmax, named.argmax, 1e-9);
          // At a kink each may take another support.
          if (named.argmax.some((share) => share > 0 && share < 1e-6)) continue;
          expectClose(
            smoothMaxProduct(x, z, { omega: tsallis(alpha), gamma }),
            smoothMaxProduct(x, z, { omega, gamma }),
            1e-5,
          );
        }
      }),
    );
    expect(() => tsallis(1)).toThrow('alpha is 1: it must be a finite number greater than 1');
  });

  it('is softmax in the limit of tsallis(α) as α goes to 1, and keeps its sum for a large α', () => {
    const x = Float64Array.of(0.3, 1, -2, 0.9);
    const soft = smoothMax(x, { omega: 'negentropy' }).argmax;
    expectClose(smoothMax(x, { omega: tsallis(1.0001) }).argmax, soft, 1e-3);
    const { argmax } = smoothMax(x, { omega: tsallis(8) });
    expect(argmax.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it.each([1.2, 1.9, 2, 2.1, 3, 5, 8, 20, 50, 100])('has the shares of tsallis(%d)', (alpha) => {
    const excess = alpha - 1;
    for (const [above, below] of [
      [1, 1],
      [1, 3],
      [2, 1],
      [3, 4],
    ] as const) {
      // oxfmt-ignore
      /** The share of each of the larger scores, and how far above the others they are. */
      const larger = (share: number) => (1 - below * share) / above;
      const gapOf = (share: number) => (larger(share) ** excess - share ** excess) / excess;
      for (let k = 1; k < 40; k++) {
        const gap = (gapOf(0) * k) / 40;
        let [low, high] = [0, 1 / (above + below)];
        for (let round = 0; round < 200; round++) {
          const middle = (low + high) / 2;
          if (gapOf(middle) > gap) low = middle;
          else high = middle;
        }
        const x = [...new Array<number>(above).fill(0), ...new Array<number>(below).fill(-gap)];
        const shares = x.map((score) => (score === 0 ? larger(low) : low));
        const found = smoothMax(x, { omega: tsallis(alpha) });
        expectClose(found.argmax, shares, 1e-12);
        const sum = shares.reduce((total, share) => total + share ** alpha, -1);
        expect(found.value).toBeCloseTo(-gap * below * low - sum / (alpha * excess), 12);
        if (above + below > 2) continue;
        // The derivative of either share by the gap, of the two equations above.
        const slope = 1 / (low ** (excess - 1) + larger(low) ** (excess - 1));
        const product = smoothMaxProduct(x, [0, 1], { omega: tsallis(alpha) });
        expectClose(product, [-slope, slope], 1e-9 * slope);
      }
    }
  });

  it('is log-sum-exp at an α next to 1, where Ω is a difference of large numbers', () => {
    const x = [1, 0.5, -1];
    const wanted = smoothMax(x, { omega: 'negentropy' });
    for (const above of [1e-6, 1e-9, 1e-12, 1e-15]) {
      const found = smoothMax(x, { omega: tsallis(1 + above) });
      expect(Math.abs(found.value - wanted.value)).toBeLessThan(2 * above + 1e-12);
      expectClose(found.argmax, wanted.argmax, above + 1e-12);
    }
    expect(() => tsallis('2' as never)).toThrow('alpha is');
  });

  it('takes no entry that is not a number, not even what would become one', () => {
    const omega = { omega: 'l2' } as const;
    expect(() => smoothMax(['1', '2'] as never, omega)).toThrow(
      'x[0] is "1": it must be finite, or',
    );
    expect(() => smoothMax([1, null] as never, omega)).toThrow('x[1] is null');
    expect(() => smoothMax([[1], [2]] as never, omega)).toThrow('x[0] is');
    const holes = new Array<number>(2);
    holes[1] = 1;
    expect(() => smoothMaxProduct([1, 2], holes, omega)).toThrow('z[0] is nothing');
  });

  it('takes plain numbers, and names what it does not take', () => {
    expect(smoothMax([2.3, 1.5, 1.7], { omega: 'l2' }).argmax).toBeInstanceOf(Float64Array);
    for (const x of [null, undefined, 'x', { length: 2 }]) {
      expect(() => smoothMax(x as never, { omega: 'l2' })).toThrow(
        'x must be an Array, a Float32Array or a Float64Array',
      );
    }
    expect(() => smoothMax([1], { omega: 'negentropie' as 'l2' })).toThrow(
      `omega is "negentropie" (did you mean 'negentropy'?): it must be 'negentropy', 'l2', ` +
        `'entmax15', 'hard' or an object { max, argmax, product }`,
    );
    expect(() => smoothMax([1], { omega: 'sparsemax' as 'l2' })).toThrow(
      'omega is "sparsemax": it',
    );
    expect(() => smoothMax([1], { omega: null as never })).toThrow('omega is null');
    expect(() => smoothMax([1], { omega: 'l2', gamma: '1' as never })).toThrow('gamma is "1": it');
  });

  it('says when γ is too small for its scores', () => {
    expect(() => smoothMax([1, 2], { omega: 'l2', gamma: 1e-310 })).toThrow(
      'gamma is 1e-310, too small for x[0], 1',
    );
    expect(() => smoothMaxProduct([1, 2], [0, 1e200], { omega: 'l2', gamma: 1e-200 })).toThrow(
      'too small for z[1]',
    );
    // A hard maximum does not divide by it.
    const hard = { omega: 'hard', gamma: 1e-10 } as const;
    expect(smoothMax([1e308, -1e308], hard)).toMatchObject({ value: 1e308 });
    expect(smoothMaxProduct([1e308, 0], [0, 1e308], hard).join()).toBe('0,0');
  });

  it('checks what a regulariser of the user’s returns', () => {
    const short: Regularizer = { ...ownOmega, argmax: () => [1] };
    expect(() => smoothMax([1, 2], { omega: short })).toThrow(
      'omega.argmax gave 1, not shares of sum 1',
    );
    const of = (wrong: Partial<Record<keyof Regularizer, () => unknown>>) =>
      ({ ...ownOmega, ...wrong }) as Regularizer;
    for (const found of [NaN, undefined, Infinity]) {
      const wrong = of({ max: () => found });
      const says = `omega.max gave ${found}, not a finite number`;
      expect(() => smoothMax([1, 2], { omega: wrong })).toThrow(says);
      const chain = linearChain({ batch: 1, time: 2, states: 2, omega: wrong });
      expect(() => chain.value(new Float64Array(8))).toThrow(says);
    }
    for (const found of [
      [NaN, 1],
      [1, 1],
      [0, 0],
      [2, -1],
      [0.75, -0.25],
      [0.5, 0.5, 5],
      undefined,
    ]) {
      expect(() => smoothMax([1, 2], { omega: of({ argmax: () => found }) })).toThrow(
        `omega.argmax gave ${found}, not shares of sum 1`,
      );
    }
    expect(() => smoothMaxProduct([1, 2], [1, 0], { omega: of({ product: () => [1] }) })).toThrow(
      'omega.product gave 1, not finite numbers',
    );
    expect(() =>
      smoothMaxProduct([1, 2], [1, 0], { omega: of({ product: () => [NaN, 0] }) }),
    ).toThrow('omega.product gave NaN,0, not');
    for (const vertex of [NaN, '1']) {
      const omega = { ...ownOmega, vertex } as Regularizer;
      expect(() => linearChain({ batch: 1, time: 1, states: 1, omega })).toThrow(
        `omega.vertex gave ${vertex}, not a finite number`,
      );
    }
    const misspelt = { ...ownOmega, vertx: 0.5 };
    expect(() => linearChain({ batch: 1, time: 1, states: 1, omega: misspelt })).toThrow(
      "omega has no option 'vertx': did you mean 'vertex'?",
    );
    const many = of({ argmax: () => new Array(5000).fill(0) });
    expect(() => smoothMax(new Float64Array(5000), { omega: many })).toThrow(/ gave .{201}, not /);
    // What rounding leaves below 0 is 0.
    const rounded = of({ argmax: () => [1, -1e-17] });
    expect([...smoothMax([1, 2], { omega: rounded }).argmax]).toEqual([1, 0]);
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
    for (const omega of ['negentropy', 'l2', ownOmega] as const) {
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
    const program = dag({ nodes: 4, edges, omega: ownOmega, gamma: 0.8 });
    const theta = Float64Array.of(0.2, 0.1, -0.1, 0.3, 0.4);
    const { gradient } = program.gradient(theta);
    const step = 1e-6;
    theta.forEach((_, edge) => {
      const at = (by: number) => program.value(theta.map((s, e) => s + (e === edge ? by : 0)))[0]!;
      expect((at(step) - at(-step)) / (2 * step)).toBeCloseTo(gradient[edge]!, 6);
    });
  });

  it('takes time for the edges of each node, not for those of the widest', () => {
    // The largest score alone.
    const largest: Regularizer = {
      max: () => 0,
      argmax: (x) => x.map((_, at) => Number(at === x.indexOf(0))),
      product: (x) => new Float64Array(x.length),
    };
    const count = 40_000;
    const into = (node: number): [number, ...number[]][] =>
      node <= count
        ? [[0, node - 1]]
        : Array.from({ length: count }, (_, at): [number] => [at + 1]);
    const graph = { nodes: count + 2, into };
    const program = defineProgram({ batch: 1, potentials: count, graph, omega: largest });
    const theta = new Float64Array(count);
    theta[77] = 3;
    // Each node with those of the widest would take minutes: longer than a test may.
    expect(program.value(theta)[0]).toBe(3);
  });
});
