import { runGraph, type GraphResults } from '../../kernels/graph.js';
import type { CompiledGraph } from '../../kernels/graph-layout.js';
import { graphKernels } from '../../kernels/binaries.js';
import { kernelsHave, type KernelOmega } from '../../kernels/omega.js';
import { floatsByItem } from '../potentials.js';
import type { HessianTargets } from '../program.js';
import { checked, whyNoKernels, type FastPath } from './fast-path.js';
import type { GraphProgram } from './graph-registry.js';

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
    return checked(() =>
      runGraph({
        mode,
        omega: kernelOmega,
        gamma,
        sense,
        batch,
        graph: (graphs ??= allGraphs()),
        size: floats.size,
        theta: floats.pack(theta),
        z: z && floats.pack(z),
        // Results of one array go where they are wanted.
        targets: bare ? (targets as HessianTargets<Float32Array>) : {},
      }),
    );
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
