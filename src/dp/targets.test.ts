import fc from 'fast-check';
import { runs } from '../../test/property-runs.js';
import { afterAll, describe, expect, it } from 'vitest';
import { KernelArray } from '../kernels/kernel-array.js';
import { getThreads, setThreads } from '../kernels/module.js';
import { dag } from './programs/dag.js';
import { dtw } from './programs/dtw.js';
import { factoredChain } from './programs/factored-chain.js';
import { linearChain } from './programs/linear-chain.js';

const threads = getThreads();
const omegas = ['negentropy', 'l2', 'hard'] as const;

afterAll(() => {
  setThreads(threads);
});

/** Reproducible numbers in [0, 1). */
function numbers(length: number, seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** Arrays by name; with `inside`, in the kernels' memory, else not. */
class Arrays {
  readonly #held: KernelArray[] = [];
  of(values: Float32Array, inside: boolean): Float32Array {
    if (!inside) return values.slice();
    const array = new KernelArray(values.length);
    this.#held.push(array);
    array.data.set(values);
    return array.data;
  }
  free(): void {
    for (const array of this.#held) array.free();
  }
}

/** What a program has in common that is asked for derivatives of arrays. */
interface ArrayProgram {
  gradient(
    theta: Float32Array,
    target?: Float32Array,
  ): { value: Float32Array; gradient: Float32Array };
  hessianProduct(
    theta: Float32Array,
    z: Float32Array,
    targets?: { gradient?: Float32Array; product?: Float32Array },
  ): {
    value: Float32Array;
    gradient: Float32Array;
    directional: Float32Array;
    product: Float32Array;
  };
}

function expectSame(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  const at = found.findIndex((x, n) => x !== expected[n]);
  expect(at < 0 ? 'equal' : `[${at}]: ${found[at]}, not ${expected[at]}`).toBe('equal');
}

/** The same results, bit for bit, wherever the arrays are; theta and z are as before. */
function checkPlaces(
  program: ArrayProgram,
  thetaValues: Float32Array,
  zValues: Float32Array,
  [thetaIn, zIn, gradientIn, productIn]: readonly boolean[],
): void {
  const arrays = new Arrays();
  const junk = numbers(thetaValues.length, 99);
  const theta = arrays.of(thetaValues, thetaIn!);
  const z = arrays.of(zValues, zIn!);
  const gradient = arrays.of(junk, gradientIn!);
  const product = arrays.of(junk, productIn!);
  try {
    const first = program.gradient(thetaValues);
    const again = program.gradient(theta, gradient);
    expect(again.gradient).toBe(gradient);
    expectSame(again.value, first.value);
    expectSame(gradient, first.gradient);

    const plain = program.hessianProduct(thetaValues, zValues);
    gradient.set(junk);
    const there = program.hessianProduct(theta, z, { gradient, product });
    expect(there.gradient).toBe(gradient);
    expect(there.product).toBe(product);
    expectSame(there.directional, plain.directional);
    expectSame(gradient, plain.gradient);
    expectSame(product, plain.product);
    expectSame(theta, thetaValues);
    expectSame(z, zValues);
  } finally {
    arrays.free();
  }
}

const places = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean());

describe('targets', () => {
  it('take gradient and product of linear chains, in the kernels’ memory or not', () => {
    const shape = fc.record({
      batch: fc.integer({ min: 1, max: 9 }),
      time: fc.integer({ min: 0, max: 14 }),
      states: fc.integer({ min: 1, max: 21 }),
      omega: fc.constantFrom(...omegas),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(shape, places, fc.integer({ min: 1, max: 3 }), (given, inside, count) => {
        setThreads(count);
        const { batch, time, states, omega, seed } = given;
        const lengths = Array.from(numbers(batch, seed), (x) => Math.round(x * time));
        const program = linearChain({ batch, time, states, omega, lengths });
        const size = batch * time * states ** 2;
        checkPlaces(program, numbers(size, seed + 1), numbers(size, seed + 2), inside);
      }),
      { numRuns: runs(75) },
    );
  });

  it('take those of costs, by strips and many at a time', () => {
    const shape = fc.record({
      batch: fc.integer({ min: 1, max: 4 }),
      rows: fc.integer({ min: 1, max: 280 }),
      cols: fc.integer({ min: 1, max: 280 }),
      moves: fc.constantFrom('classic' as const, 'advance' as const),
      omega: fc.constantFrom(...omegas),
      ragged: fc.boolean(),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(shape, places, fc.integer({ min: 1, max: 3 }), (given, inside, count) => {
        setThreads(count);
        const { batch, rows, moves, omega, ragged, seed } = given;
        const cols = moves === 'advance' ? Math.min(rows, given.cols) : given.cols;
        const part = Array.from(numbers(batch, seed), (x) => (ragged ? 0.3 + 0.7 * x : 1));
        const program = dtw({
          ...{ batch, rows, cols, moves, omega },
          rowLengths: part.map((x) => Math.ceil(x * rows)),
          colLengths: part.map((x) => Math.max(1, Math.floor(x * cols))),
        });
        const size = batch * rows * cols;
        checkPlaces(program, numbers(size, seed + 1), numbers(size, seed + 2), inside);
      }),
      { numRuns: 60 },
    );
  });

  it('take the parts of structured potentials', () => {
    const arrays = new Arrays();
    for (const omega of omegas) {
      for (const inside of [false, true]) {
        const size = { unary: 5 * 7 * 6, transition: 36, start: 30, end: 30 };
        const make = (seed: number, within: boolean) =>
          Object.fromEntries(
            Object.entries(size).map(([name, n]) => [name, arrays.of(numbers(n, seed), within)]),
          ) as Record<keyof typeof size, Float32Array>;
        const program = factoredChain({ batch: 5, positions: 7, states: 6, omega });
        const [theta, z, gradient, product] = [1, 2, 3, 4].map((seed) => make(seed, inside));
        const there = program.hessianProduct(theta!, z!, {
          gradient: gradient!,
          product: product!,
        });
        const plain = program.hessianProduct(make(1, false), make(2, false));
        for (const part of Object.keys(size) as (keyof typeof size)[]) {
          expect(there.gradient[part]).toBe(gradient![part]);
          expect([...gradient![part]]).toEqual([...plain.gradient[part]!]);
          expect([...product![part]]).toEqual([...plain.product[part]!]);
        }
        const chain = linearChain({ batch: 5, time: 4, states: 6, omega });
        const parts = (seed: number) => ({
          moves: arrays.of(numbers(5 * 4 * 36, seed), inside),
          start: arrays.of(numbers(30, seed), inside),
          end: arrays.of(numbers(30, seed + 1), inside),
        });
        const target = parts(9);
        const { gradient: found } = chain.gradient(parts(5), target);
        const expected = chain.gradient(parts(5)).gradient;
        for (const part of ['moves', 'start', 'end'] as const) {
          expect(found[part]).toBe(target[part]);
          expect([...target[part]]).toEqual([...expected[part]!]);
        }
      }
    }
    arrays.free();
  });

  it('take those of programs in float64, of graphs and of features', () => {
    const theta = Float64Array.of(1, 2, 3);
    const graph = dag({
      nodes: 3,
      edges: [
        [0, 1],
        [0, 1],
        [1, 2],
      ],
      omega: 'l2',
    });
    const [gradient, product] = [new Float64Array(3).fill(5), new Float64Array(3).fill(5)];
    const found = graph.hessianProduct(theta, Float64Array.of(1, 0, 0), { gradient, product });
    const plain = graph.hessianProduct(theta, Float64Array.of(1, 0, 0));
    expect(found.gradient).toBe(gradient);
    expect([gradient, product]).toEqual([plain.gradient, plain.product]);

    const features = { rowFeatures: numbers(6, 1), colFeatures: numbers(4, 2) };
    const program = dtw({ batch: 1, rows: 3, cols: 2, omega: 'negentropy' });
    const target = { rowFeatures: new Float32Array(6), colFeatures: new Float32Array(4) };
    expect(program.gradient(features, target).gradient.rowFeatures).toBe(target.rowFeatures);
    expect(target).toEqual(program.gradient(features).gradient);
  });

  it('are refused when their memory is also that of an input or of another target', () => {
    const program = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
    const z = Float32Array.of(1, 0, 0, 0);
    const held = new KernelArray(16);
    for (const all of [new Float32Array(16), held.data]) {
      const part = (from: number) => all.subarray(from, from + 4);
      const says = 'shares memory with theta, z or another target';
      for (const shift of [0, 1, 3, -3]) {
        const [one, other] = [part(4), part(4 + shift)];
        expect(() => program.gradient(one, other)).toThrow(says);
        expect(() => program.hessianProduct(z, one, { product: other })).toThrow(says);
        const targets = { gradient: one, product: other };
        expect(() => program.hessianProduct(z, z.slice(), targets)).toThrow(TypeError);
      }
      // What only lies in the same buffer is well apart.
      const targets = { gradient: part(4), product: part(8) };
      const found = program.hessianProduct(part(0), part(12), targets);
      expect(found.gradient).toBe(targets.gradient);
    }
    held.free();
    const moves = new Float32Array(6);
    const target = { moves: moves.subarray(0, 4), start: moves.subarray(2, 4) };
    expect(() => program.gradient({ moves: z, start: z.slice(0, 2) }, target)).toThrow(
      'the target gradient.start shares memory',
    );
  });

  it('are refused when they cannot take the results', () => {
    const program = linearChain({ batch: 1, time: 2, states: 2, omega: 'negentropy' });
    const [theta, z] = [new Float32Array(8), new Float32Array(8)];
    const wrong = new Float64Array(8) as unknown as Float32Array;
    expect(() => program.gradient(theta, wrong)).toThrow(
      'the target gradient is a Float64Array: it must be a Float32Array, as in theta',
    );
    expect(() => program.gradient(theta, new Float32Array(7))).toThrow(
      "the target gradient has 7 entries: theta's array has 8",
    );
    expect(() => program.gradient(theta, theta)).toThrow('the target gradient shares memory');
    expect(() => program.hessianProduct(theta, z, { product: z })).toThrow(
      'the target product shares memory with theta, z or another target',
    );
    const parts = { moves: theta, start: new Float32Array(2) };
    expect(() => program.gradient(parts, { moves: z })).toThrow(
      'the target gradient.start is missing',
    );
  });
});
