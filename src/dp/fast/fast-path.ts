import { hasKernels, type KernelFamily } from '../../kernels/compiled.js';
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
