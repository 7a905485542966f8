import type { Arena } from './arena.js';
import { denseKernels } from './binaries.js';
import { type Kernels, useFamily, withKernels } from './module.js';

useFamily(denseKernels);

/** Which inputs are set to 0. */
export interface Dropout {
  /** The probability of each, in [0, 1). */
  rate: number;
  /** An integer; the same seed drops the same places. */
  seed: number;
}

const BLOCK = 1 << 14;

/**
 * Sets each of `n` floats to 0 with probability `rate` and scales the others by 1 / (1 − rate), in
 * place. It is linear, and the same again for a gradient with the same seed.
 *
 * @param x an address that the arena gave
 */
export function dropInputs(
  kernels: Kernels,
  arena: Arena,
  x: number,
  n: number,
  { rate, seed }: Dropout,
): void {
  if (rate === 0) return;
  arena.scope(() => {
    const threshold = Math.min(2 ** 32 - 1, Math.round(rate * 2 ** 32)) | 0;
    const params = arena.block('DropoutCall', {
      x,
      n,
      block: BLOCK,
      seed: mix(seed),
      threshold,
      scale: 1 / (1 - rate),
    });
    kernels.run('dropout', { params, jobs: Math.ceil(n / BLOCK), nanoseconds: n });
  });
}

/** Spreads a seed over 32 bits: neighbouring seeds must not drop neighbouring places. */
function mix(seed: number): number {
  let bits = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca77);
  return bits ^ (bits >>> 13);
}

/**
 * A mask of `size` floats for inverted dropout: 0 where the next number of the generator is below
 * `rate`, else 1 / (1 − rate).
 *
 * @param state of mulberry32, the generator of `SeededRandom`
 */
export function dropoutMask(size: number, state: number, rate: number): Float32Array {
  return withKernels((kernels, arena) => {
    const mask = arena.reserve(4 * size);
    const least = Math.min(2 ** 32 - 1, Math.ceil(rate * 2 ** 32)) | 0;
    const params = arena.block('RandomMaskCall', {
      mask,
      n: size,
      block: BLOCK,
      state,
      least,
      value: 1 / (1 - rate),
    });
    kernels.run('randomMask', { params, jobs: Math.ceil(size / BLOCK), nanoseconds: size });
    return arena.view(mask, size).slice();
  });
}
