import type { HessianTargets } from '../program.js';
import { isFloat32 } from '../real-array.js';
import type { ChainArrays, ChainBatch, ChainMode } from './chain-call.js';
import { ChainPrograms } from './chain-parts.js';
import type { FastPath } from './fast-path.js';

/** The float32 methods of `linearChain` and `factoredChain`, on the kernels. */
export function chainFastPath(batch: ChainBatch): FastPath {
  const kernels = new ChainPrograms(batch);
  const run = (
    mode: ChainMode,
    theta: object,
    z?: object,
    { gradient, product }: HessianTargets<object> = {},
  ) => {
    const task = {
      ...{ mode, theta: arraysOf(theta), z: z && arraysOf(z) },
      targets: { gradient: gradient && arraysOf(gradient), product: product && arraysOf(product) },
    };
    return kernels.run(task, () => checkEntries(task.theta, task.z));
  };
  return {
    runsOn: 'kernels',
    value: (theta) => run('value', theta).value,
    gradient(theta, target) {
      const { value, gradient } = run('gradient', theta, undefined, { gradient: target });
      return { value, gradient: inStructure(theta, gradient!) };
    },
    hessianProduct(theta, z, targets) {
      const { value, gradient, directional, product } = run('product', theta, z, targets);
      return {
        ...{ value, directional: directional! },
        gradient: inStructure(theta, gradient!),
        product: inStructure(theta, product!),
      };
    },
    argmax(theta) {
      const arrays = arraysOf(theta);
      return kernels.best(arrays, () => checkEntries(arrays));
    },
  };
}

/** Theta as the kernels' arrays: a bare array and a factored chain's transition are their moves. */
function arraysOf(theta: object): ChainArrays {
  if (isFloat32(theta)) return { moves: theta };
  const { transition, ...parts } = theta as ChainArrays & { transition?: Float32Array };
  return transition ? { ...parts, moves: transition } : parts;
}

/** The kernels' arrays in the structure of theta, the parts in the order of the definition's results. */
function inStructure(theta: object, { moves, unary, start, end }: ChainArrays): object {
  if (isFloat32(theta)) return moves;
  return {
    ...(unary ? { unary, transition: moves } : { moves }),
    ...(start && { start }),
    ...(end && { end }),
  };
}

/**
 * Throws when an entry is no potential: the kernels only know that they met one, or a sum that is
 * none. Which entry it is, and whether any path takes it, the definition says.
 */
function checkEntries(theta: ChainArrays, z?: ChainArrays): void {
  for (const array of Object.values(theta) as Float32Array[]) {
    if (array?.some((entry) => !Number.isFinite(entry) && entry !== -Infinity)) {
      throw new RangeError('theta holds what is no number');
    }
  }
  for (const array of Object.values(z ?? {}) as Float32Array[]) {
    if (array?.some((entry) => !Number.isFinite(entry))) {
      throw new RangeError('z holds what is no number');
    }
  }
}
