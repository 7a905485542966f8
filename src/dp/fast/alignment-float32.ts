import { alignmentKernels } from '../../kernels/binaries.js';
import {
  runAlignment,
  type AlignmentArrays,
  type AlignmentResults,
} from '../../kernels/alignment.js';
import { kernelsHave } from '../../kernels/omega.js';
import { noPath } from '../checks.js';
import type { Smoothing } from '../omega/index.js';
import { whyNoKernels, type FastPath } from './fast-path.js';

/** What the kernels must know of a batch. */
export interface AlignmentBatch extends Smoothing {
  local: boolean;
  rows: number;
  cols: number;
  rowLengths: Int32Array;
  colLengths: Int32Array;
}

/**
 * The float32 path of `pairwiseAlignment`: value, gradient and best path on kernels of its own.
 * @param graphs the path that takes what these do not: Hessian products, scores that are too large, and
 *   values that cancel so that float32 would spoil them
 */
export function alignmentPath(batch: AlignmentBatch, graphs: FastPath | string): FastPath | string {
  const { omega, gamma = 1, ...sizes } = batch;
  if (!kernelsHave(omega, alignmentKernels) || typeof graphs === 'string')
    return whyNoKernels(alignmentKernels);
  function run(
    backward: boolean,
    theta: object,
    target?: object,
    by: typeof omega = omega,
  ): AlignmentResults | undefined {
    let results: AlignmentResults | undefined;
    try {
      results = runAlignment({
        ...{ backward, omega: by as 'hard', gamma, ...sizes },
        theta: theta as AlignmentArrays,
        target: target as AlignmentArrays | undefined,
      });
    } catch (error) {
      // A batch that is too large for the kernels' memory.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
    if (!results) return undefined;
    if (results.suspicious) throw new RangeError('theta holds what is no number');
    if (results.noPath >= 0) throw noPath(results.noPath);
    if (results.spoilt.length > 0) {
      const exact = graphs as FastPath;
      const values = exact.value(theta);
      if (!values) return undefined;
      for (const item of results.spoilt) results.value[item] = values[item]!;
    }
    return results;
  }
  return {
    runsOn: 'kernels; Hessian products: graph kernels',
    value: (theta) => run(false, theta)?.value ?? graphs.value(theta),
    gradient(theta, target) {
      const found = run(true, theta, target);
      return found
        ? { value: found.value, gradient: found.gradient! }
        : graphs.gradient(theta, target);
    },
    hessianProduct: (theta, z, targets) => graphs.hessianProduct(theta, z, targets),
    argmax: (theta) => run(false, theta, undefined, 'hard')?.paths,
  };
}
