import { runGraph, type GraphResults } from '../../kernels/graph.js';
import type { CompiledGraph } from '../../kernels/graph-layout.js';
import { graphKernels } from '../../kernels/binaries.js';
import { kernelsHave, type KernelOmega } from '../../kernels/omega.js';
import { floatsByItem } from '../potentials.js';
import type { HessianTargets } from '../program.js';
import { checked, whyNoKernels, type FastPath } from './fast-path.js';
import type { GraphProgram } from './graph-registry.js';

/** Floats that a program keeps to pack potentials into, at most. */
const MOST_KEPT = 2 ** 22;

/**
 * The float32 path of every program without kernels of its own: value, gradient and Hessian product
 * on the graph kernels. Named parts are put behind each other, item by item, and what the batch
 * shares is repeated for each item and its results added up.
 */
export function graphPath(program: GraphProgram): FastPath | string {
  const { batch, sense, form, omega, gamma = 1 } = program;
  if (!kernelsHave(omega, graphKernels)) return whyNoKernels(graphKernels);
  const kernelOmega: KernelOmega = omega;
  const bare = form.parts[0]!.name === '';
  const floats = floatsByItem(form, batch);
  /** Room to pack theta, and z, kept from call to call: new pages cost as much as the copies. */
  const rooms: (Float32Array | undefined)[] = [];
  function packed(theta: object, which: 0 | 1): Float32Array {
    const found = floats.pack(theta, rooms[which]);
    if (!bare && found.length <= MOST_KEPT) rooms[which] = found;
    return found;
  }

  let graphs: CompiledGraph | readonly CompiledGraph[] | undefined;
  function allGraphs(): CompiledGraph | readonly CompiledGraph[] {
    const all = Array.from({ length: batch }, (_, item) => program.graph(item));
    return all.every((one) => one === all[0]) ? all[0]! : all;
  }

  function run(
    mode: 'value' | 'gradient' | 'product',
    theta: object,
    z?: object,
    targets: HessianTargets<object> = {},
  ): GraphResults | undefined {
    return checked(() => {
      const [input, direction] = [packed(theta, 0), z && packed(z, 1)];
      return runGraph({
        mode,
        omega: kernelOmega,
        gamma,
        sense,
        batch,
        graph: (graphs ??= allGraphs()),
        size: floats.size,
        theta: input,
        z: direction,
        // Results of one array go where they are wanted; of parts, over what was packed.
        targets: bare
          ? (targets as HessianTargets<Float32Array>)
          : { gradient: input, product: direction },
      });
    });
  }

  return {
    runsOn: 'graph kernels',
    value: (theta) => run('value', theta)?.value,
    gradient(theta, target) {
      const found = run('gradient', theta, undefined, { gradient: target });
      return found && { value: found.value, gradient: floats.unpack(found.gradient!, theta) };
    },
    hessianProduct(theta, z, targets) {
      const found = run('product', theta, z, targets);
      return (
        found && {
          value: found.value,
          gradient: floats.unpack(found.gradient!, theta),
          directional: found.directional!,
          product: floats.unpack(found.product!, theta),
        }
      );
    },
    // The best path is traced by the definition.
    argmax: () => undefined,
  };
}
