import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pretendCores } from '../../test/cores.js';
import { addressOf, KernelArray } from './kernel-array.js';
import { currentKernels, getThreads, setThreads, withKernels } from './module.js';

const threads = getThreads();

beforeEach(() => pretendCores(threads + 1));
afterEach(() => {
  vi.restoreAllMocks();
  setThreads(threads);
});

describe('arrays in the kernels’ memory', () => {
  it('are zeros that programs know the address of, but not of a part', () => {
    const array = new KernelArray(100);
    const { data } = array;
    expect(data).toHaveLength(100);
    expect(data.every((x) => x === 0)).toBe(true);
    expect(addressOf(currentKernels(), data)).toBe(data.byteOffset);
    expect(addressOf(currentKernels(), data.subarray(0))).toBeUndefined();
    expect(addressOf(currentKernels(), new Float32Array(100))).toBeUndefined();
    array.free();
    expect(addressOf(currentKernels(), data)).toBeUndefined();
    expect(() => array.data).toThrow('freed');
    expect(() => new KernelArray(2 ** 29)).toThrow('its limit is 2048 MiB');
    expect(() => new KernelArray(-1)).toThrow('length is -1: it must be an integer of at least 0');
  });

  it('stay valid while the memory grows, and are not written to by what calls take', () => {
    const array = new KernelArray(1000);
    const { data } = array;
    data.fill(7);
    const before = currentKernels().bytes;
    withKernels((kernels, arena) => {
      const address = arena.reserve(2 * before);
      kernels.call('clear', address, 2 * before);
    });
    expect(currentKernels().bytes).toBeGreaterThan(before);
    expect(array.data).toBe(data);
    expect(data.every((x) => x === 7)).toBe(true);
    array.free();
  });

  it.each([1, 2])('are cleared to the last float and no further on %d threads', (count) => {
    setThreads(count);
    // A job clears 2 ** 18 floats: four of them, and a little less and more.
    for (const cleared of [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 3]) {
      const array = new KernelArray(2 ** 20 + 8);
      const { data } = array;
      data.fill(7);
      currentKernels().clear(data.byteOffset + 4, 4 * cleared);
      expect(data[0]).toBe(7);
      expect(data.subarray(1, 1 + cleared).every((x) => x === 0)).toBe(true);
      expect(data.subarray(1 + cleared).every((x) => x === 7)).toBe(true);
      array.free();
    }
  });

  it('keep their content when the threads change, under a new view', () => {
    const array = new KernelArray(50);
    array.data.fill(3);
    const old = array.data;
    setThreads(threads + 1);
    expect(addressOf(currentKernels(), old)).toBeUndefined();
    expect(array.data).not.toBe(old);
    expect(array.data.every((x) => x === 3)).toBe(true);
    expect(addressOf(currentKernels(), array.data)).toBe(array.data.byteOffset);
    array.free();
  });

  it('give their memory back, in any order', () => {
    const first = new KernelArray(1 << 16);
    const bytes = () => currentKernels().bytes;
    let most = 0;
    for (let round = 0; round < 2000; round++) {
      const [a, b, c] = [1000, 3000, 2000].map((n) => new KernelArray(n * ((round % 7) + 1)));
      (round % 2 ? b! : a!).free();
      const d = new KernelArray(1500);
      for (const array of [c!, round % 2 ? a! : b!, d]) array.free();
      if (round === 20) most = bytes();
    }
    expect(bytes()).toBe(most);
    first.free();
  });

  it('do not overlap', () => {
    const arrays: KernelArray[] = [];
    for (let n = 1; n < 200; n++) {
      arrays.push(new KernelArray(n));
      arrays.at(-1)!.data.fill(n);
      if (n % 3 === 0) arrays.splice(n % arrays.length, 1)[0]!.free();
    }
    for (const { length, data } of arrays) expect(data.every((x) => x === length)).toBe(true);
    for (const array of arrays) array.free();
  });
});
