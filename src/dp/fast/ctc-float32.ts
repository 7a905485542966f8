import { ctcKernels } from '../../kernels/binaries.js';
import { runCtc } from '../../kernels/ctc.js';
import { kernelsHave } from '../../kernels/omega.js';
import type { Smoothing } from '../omega/index.js';
import type { Path } from '../program.js';
import { besideGraphs, checked, type FastPath, orDefinition, whyNoKernels } from './fast-path.js';

/** What the kernels must know of a batch. */
export interface CtcBatch extends Smoothing {
  time: number;
  classes: number;
  /** The classes of each item's states: blank, label, blank, …, label, blank. */
  states: readonly (readonly number[])[];
  lengths: Int32Array;
}

/**
 * The float32 path of `ctc`: value, gradient and best path on kernels of its own.
 * @param graphs the path that takes what these do not: Hessian products, and scores that are too large; or
 *   why there is none, such as graph kernels that are not loaded
 */
export function ctcPath(batch: CtcBatch, graphs: FastPath | string): FastPath | string {
  const { omega, gamma = 1, ...sizes } = batch;
  if (!kernelsHave(omega, ctcKernels)) return whyNoKernels(ctcKernels);
  function run(
    mode: 'value' | 'gradient',
    theta: object,
    target?: object,
    by: typeof omega = omega,
  ) {
    const arrays = { theta: theta as Float32Array, target: target as Float32Array | undefined };
    return checked(() => runCtc({ mode, omega: by as 'hard', gamma, ...sizes, ...arrays }));
  }
  return besideGraphs(orDefinition(graphs), run, (theta): Path[] | undefined => {
    const paths = run('value', theta, undefined, 'hard')?.paths;
    if (!paths) return undefined;
    const { time, lengths } = sizes;
    return Array.from(lengths, (length, item) => paths.slice(item * time, item * time + length));
  });
}
