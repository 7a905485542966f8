import { describe, expect, it } from 'vitest';
import { denseKernels } from './binaries.js';
import { useFamily, withKernels } from './module.js';

useFamily(denseKernels);

const names = ['exp', 'log', 'tanh', 'sigmoid', 'expm1'] as const;
type Name = (typeof names)[number];

const exact: Record<Name, (x: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  expm1: Math.expm1,
};

function apply(name: Name, values: Float32Array): Float32Array {
  return withKernels((kernels, arena) => {
    const x = arena.floats(values);
    const y = arena.reserve(values.byteLength);
    const block = 1 << 16;
    const n = values.length;
    const params = arena.block('MapCall', { f: names.indexOf(name), x, y, n, block });
    kernels.run('map', { params, jobs: Math.ceil(n / block), nanoseconds: n });
    return arena.view(y, n).slice();
  });
}

/** The largest relative error over 200,001 points of a range, even or in powers of ten. */
function worst(name: Name, from: number, to: number, powers = false): number {
  const n = 200_001;
  const x = Float32Array.from({ length: n }, (_, i) => {
    const at = from + ((to - from) * i) / (n - 1);
    return powers ? 10 ** at : at;
  });
  const y = apply(name, x);
  let error = 0;
  for (let i = 0; i < n; i++) {
    const expected = exact[name](x[i]!);
    const off = expected === 0 ? Math.abs(y[i]!) : Math.abs(y[i]! / expected - 1);
    error = Math.max(error, off);
    if (Number.isNaN(off)) throw new Error(`${name}(${x[i]}) is ${y[i]}`);
  }
  return error;
}

describe('the elementary functions', () => {
  it.each([
    ['exp', -87.3, 88.3, 1.3e-7],
    ['exp', -1, 1, 1.3e-7],
    ['log', 0.5, 2, 1.3e-7],
    ['log', 1e-3, 1e3, 1.3e-7],
    ['tanh', -12, 12, 3e-7],
    ['tanh', -0.3, 0.3, 3e-7],
    ['sigmoid', -80, 80, 2e-7],
    ['sigmoid', -3, 3, 2e-7],
    ['expm1', -20, 20, 2.5e-7],
    ['expm1', -1, 1, 2.5e-7],
  ] as const)('%s on [%f, %f] is exact to %f', (name, from, to, bound) => {
    expect(worst(name, from, to)).toBeLessThan(bound);
  });

  it.each([
    ['log', -37.9, 38.5, 1.3e-7],
    ['tanh', -30, 1, 3e-7],
    ['expm1', -30, 0, 2.5e-7],
  ] as const)('%s on [1e%f, 1e%f] is exact to %f', (name, from, to, bound) => {
    expect(worst(name, from, to, true)).toBeLessThan(bound);
  });

  it('have limits instead of infinities, but for the log', () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const x = Float32Array.from([-inf, -1e30, -88, inf, 1e30, nan, 0, -0]);
    const top = Math.exp(88.37);
    const exp = [...apply('exp', x)];
    expect(exp.slice(0, 3)).toEqual([0, 0, 0]);
    expect(exp[3]! / top).toBeCloseTo(1, 5);
    expect(exp[4]).toBe(exp[3]);
    expect(exp.slice(5)).toEqual([nan, 1, 1]);
    expect([...apply('log', x)]).toEqual([
      ...[nan, nan, nan, inf],
      ...[expect.closeTo(Math.log(1e30), 4), nan, -inf, -inf],
    ]);
    expect([...apply('log', Float32Array.from([1, 1e-40]))]).toEqual([0, -inf]);
    expect([...apply('tanh', x)]).toEqual([-1, -1, -1, 1, 1, nan, 0, expect.closeTo(0)]);
    const sigmoid = [...apply('sigmoid', x)];
    expect(sigmoid.slice(0, 3).every((y) => y >= 0 && y < 1e-37)).toBe(true);
    expect(sigmoid.slice(3)).toEqual([1, 1, nan, 0.5, 0.5]);
  });

  it.each(names)('%s is the same number in every lane, and alone', (name) => {
    const x = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 30);
    const all = apply(name, x);
    for (const shift of [1, 2, 3]) expect(apply(name, x.slice(shift))).toEqual(all.slice(shift));
    for (let i = 0; i < 1000; i += 37) expect(apply(name, x.slice(i, i + 1))[0]).toEqual(all[i]);
  });
});
