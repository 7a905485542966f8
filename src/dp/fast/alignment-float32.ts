import { alignmentKernels } from '../../kernels/binaries.js';
import { runAlignment, type AlignmentArrays } from '../../kernels/alignment.js';
import { kernelsHave } from '../../kernels/omega.js';
import type { Smoothing } from '../omega/index.js';
import { besideGraphs, checked, type FastPath, orDefinition, whyNoKernels } from './fast-path.js';

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
 *   values that cancel so that float32 would spoil them; or why there is none
 */
export function alignmentPath(batch: AlignmentBatch, graphs: FastPath | string): FastPath | string {
  const { omega, gamma = 1, ...sizes } = batch;
  if (!kernelsHave(omega, alignmentKernels)) return whyNoKernels(alignmentKernels);
  const exact = orDefinition(graphs);
  function run(
    mode: 'value' | 'gradient',
    theta: object,
    target?: object,
    by: typeof omega = omega,
  ) {
    const results = checked(() =>
      runAlignment({
        ...{ backward: mode === 'gradient', omega: by as 'hard', gamma, ...sizes },
        theta: theta as AlignmentArrays,
        target: target as AlignmentArrays | undefined,
      }),
    );
    if (!results?.spoilt.length) return results;
    const values = exact.value(theta);
    if (!values) return undefined;
    for (const item of results.spoilt) results.value[item] = values[item]!;
    return results;
  }
  return besideGraphs(exact, run, (theta) => run('value', theta, undefined, 'hard')?.paths);
}
