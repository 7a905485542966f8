import { denseKernels } from './binaries.js';
import { useFamily, withKernels } from './module.js';

useFamily(denseKernels);

/** The rows of a job. */
const BLOCK = 256;

/** Rows of scores, row-major, and what they are normalised by. */
export interface ScoreRows {
  x: Float32Array;
  rows: number;
  width: number;
  by: 'softmax' | 'logistic';
}

/**
 * For each row of scores log Σ exp x and the softmax, or Σ softplus(x) and the logistic function of
 * each: a convex function, [rows], and its derivatives, [rows, width]. O(rows · width).
 */
export function normaliseRows({ x, rows, width, by }: ScoreRows): {
  normalisers: Float32Array;
  slopes: Float32Array;
} {
  return withKernels((kernels, arena) => {
    const slopes = arena.reserve(4 * rows * width);
    const normalisers = arena.reserve(4 * rows);
    const params = arena.block('NormaliseCall', {
      x: arena.floats(x),
      slopes,
      normalisers,
      rows,
      width,
      block: BLOCK,
      logistic: Number(by === 'logistic'),
    });
    const jobs = Math.ceil(rows / BLOCK);
    kernels.run('normaliseRows', { params, jobs, nanoseconds: 2 * rows * width });
    return {
      normalisers: new Float32Array(arena.view(normalisers, rows)),
      slopes: new Float32Array(arena.view(slopes, rows * width)),
    };
  });
}
