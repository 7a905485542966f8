import type { HeldFloats } from './held-floats.js';
import { denseKernels } from './binaries.js';
import type { Arena } from './arena.js';
import { useFamily, withKernels, type Kernels } from './module.js';

useFamily(denseKernels);

/** The constants of one step of Adam. */
export interface AdamStep {
  /** Multiplies the gradient: below 1 when it is clipped. */
  scale: number;
  beta1: number;
  beta2: number;
  /** The learning rate over 1 − beta1^steps. */
  rate: number;
  /** 1 / (1 − beta2^steps) */
  correction: number;
  epsilon: number;
}

/** A parameter and what its update reads and writes, all of one length. */
export interface AdamArrays {
  parameter: Float32Array;
  gradient: Float32Array;
  mean: HeldFloats;
  square: HeldFloats;
}

/** Floats that go through the kernels' memory at a time: they stay in the cache from copy to copy. */
const CHUNK = 1 << 15;

/**
 * One step of Adam, in place, in float32: mean ← β1·mean + (1 − β1)·g, square ← β2·square +
 * (1 − β2)·g², parameter ← parameter − rate·mean / (√(square·correction) + ε), with g = scale ·
 * gradient. O(length). Source: Kingma & Ba 2015.
 */
export function adamStep(arrays: AdamArrays, step: AdamStep): void {
  const { parameter, gradient, mean, square } = arrays;
  const [meanAt, squareAt] = [mean.address(), square.address()];
  inChunks(parameter, gradient, (kernels, arena, { from, n, ...chunk }) => {
    const [m, v] = [meanAt + 4 * from, squareAt + 4 * from];
    const params = arena.block('AdamCall', { ...chunk, m, v, n, block: n, ...step });
    kernels.run('adam', { params, jobs: 1, nanoseconds: n });
  });
}

/** One step of gradient descent, in place: parameter ← parameter − rate·gradient. O(length). */
export function descendStep(parameter: Float32Array, gradient: Float32Array, rate: number): void {
  inChunks(parameter, gradient, (kernels, arena, { p, g, n }) => {
    const params = arena.block('DescendCall', { p, g, n, block: n, rate });
    kernels.run('descend', { params, jobs: 1, nanoseconds: n });
  });
}

/** Takes a parameter and its gradient through the kernels' memory, chunk by chunk, and back. */
function inChunks(
  parameter: Float32Array,
  gradient: Float32Array,
  update: (
    kernels: Kernels,
    arena: Arena,
    chunk: { p: number; g: number; from: number; n: number },
  ) => void,
): void {
  withKernels((kernels, arena) => {
    const size = Math.min(CHUNK, parameter.length);
    const [p, g] = [arena.reserve(size * 4), arena.reserve(size * 4)];
    for (let from = 0; from < parameter.length; from += CHUNK) {
      const n = Math.min(size, parameter.length - from);
      arena.view(p, n).set(parameter.subarray(from, from + n));
      arena.view(g, n).set(gradient.subarray(from, from + n));
      arena.scope(() => update(kernels, arena, { p, g, from, n }));
      parameter.set(arena.view(p, n), from);
    }
  });
}

/** Σ x², in float64. O(length). */
export function squaredNorm(values: Float32Array): number {
  return withKernels((kernels, arena) => {
    const size = Math.min(CHUNK, values.length);
    const x = arena.reserve(size * 4);
    const sums = arena.reserve(8);
    const view = arena.view(x, size);
    let total = 0;
    for (let from = 0; from < values.length; from += CHUNK) {
      const n = Math.min(CHUNK, values.length - from);
      view.set(values.subarray(from, from + n));
      total += arena.scope(() => {
        const params = arena.block('SquareSumCall', { x, n, block: CHUNK, sums });
        kernels.run('squareSum', { params, jobs: 1, nanoseconds: n });
        return arena.double(sums);
      });
    }
    return total;
  });
}
