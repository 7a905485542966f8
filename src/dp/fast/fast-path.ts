import { hasKernels, type KernelFamily } from '../../kernels/compiled.js';
import { noPath } from '../checks.js';
import type { HessianTargets, Path } from '../program.js';

/**
 * The float32 methods of a program. They take Float32Arrays whose types and sizes are checked, and
 * return undefined where they cannot compute: then the definition does.
 */
export interface FastPath {
  /** 'kernels' or 'graph kernels'. */
  readonly runsOn: string;
  value(theta: object): Float32Array | undefined;
  gradient(theta: object, target?: object): { value: Float32Array; gradient: object } | undefined;
  hessianProduct(
    theta: object,
    z: object,
    targets?: HessianTargets<object>,
  ):
    | { value: Float32Array; gradient: object; directional: Float32Array; product: object }
    | undefined;
  argmax(theta: object): Path[] | undefined;
}

/** Why an Ω has no fast path on the kernels of a family. */
export function whyNoKernels(family: KernelFamily): string {
  if (!hasKernels()) return 'WebAssembly is missing or forbidden here';
  return family.code === undefined
    ? 'the kernels are not loaded'
    : 'there are no kernels for this omega';
}

/** What kernels say of a call beside its results. */
interface Findings {
  /** Whether they met what is no number. */
  suspicious: boolean;
  /** The first item without an allowed path, or −1. */
  noPath: number;
}

/**
 * The results of a call of kernels; undefined for a batch that is too large for their memory.
 * @throws RangeError for what is no number in float32, and for an item without an allowed path
 */
export function checked<R extends Findings>(call: () => R | undefined): R | undefined {
  let results: R | undefined;
  try {
    results = call();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  // For an entry that is no number the guard has an error that names it.
  if (results?.suspicious) {
    throw new RangeError('a sum of scores leaves float32: Float64Arrays may hold it');
  }
  if (results && results.noPath >= 0) throw noPath(results.noPath);
  return results;
}

/** A path, or where there is none one that leaves everything to the definition. */
export function orDefinition(path: FastPath | string): FastPath {
  if (typeof path === 'object') return path;
  const nothing = () => undefined;
  return {
    runsOn: `definition (float64): ${path}`,
    ...{ value: nothing, gradient: nothing, hessianProduct: nothing, argmax: nothing },
  };
}

/**
 * The path of a program with kernels of its own for all but Hessian products.
 * @param run the kernels; undefined for what they cannot take, which goes to `graphs`
 */
export function besideGraphs(
  graphs: FastPath,
  run: (
    mode: 'value' | 'gradient',
    theta: object,
    target?: object,
  ) => { value: Float32Array; gradient?: object | undefined } | undefined,
  argmax: FastPath['argmax'],
): FastPath {
  return {
    runsOn: `kernels; Hessian products: ${graphs.runsOn}`,
    value: (theta) => run('value', theta)?.value ?? graphs.value(theta),
    gradient(theta, target) {
      const found = run('gradient', theta, target);
      return found
        ? { value: found.value, gradient: found.gradient! }
        : graphs.gradient(theta, target);
    },
    hessianProduct: (theta, z, targets) => graphs.hessianProduct(theta, z, targets),
    argmax,
  };
}
