import { runGraph } from '../../kernels/graph.js';
import type { CompiledGraph } from '../../kernels/graph-layout.js';
import { graphKernels } from '../../kernels/binaries.js';
import { kernelsHave, type KernelOmega } from '../../kernels/omega.js';
import { floatsByItem } from '../potentials.js';
import type { HessianTargets } from '../program.js';
import { checked, whyNoKernels, type FastPath } from './fast-path.js';
import type { GraphProgram } from './graph-registry.js';

/**
 * The float32 path of every program without kernels of its own: value, gradient and Hessian product
 * on the graph kernels. Named parts are put behind each other, item by item, in the kernels' memory, and
 * what the batch shares is repeated for each item and its results added up.
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
  ) {
    const gradient = bare || mode === 'value' ? undefined : floats.results(theta);
    const product = bare || mode !== 'product' ? undefined : floats.results(theta);
    const found = checked(() =>
      runGraph({
        ...{ mode, omega: kernelOmega, gamma, sense, batch, size: floats.size },
        graph: (graphs ??= allGraphs()),
        // Bare arrays are read, and written, where they are.
        theta: bare ? (theta as Float32Array) : floats.bring(theta),
        z: bare ? (z as Float32Array | undefined) : z && floats.bring(z),
        targets: bare
          ? (targets as HessianTargets<Float32Array>)
          : { gradient: gradient?.take, product: product?.take },
      }),
    );
    return (
      found && {
        ...{ value: found.value, directional: found.directional },
        gradient: () => found.gradient ?? gradient!.all(),
        product: () => found.product ?? product!.all(),
      }
    );
  }

  return {
    runsOn: 'graph kernels',
    value: (theta) => run('value', theta)?.value,
    gradient(theta, target) {
      const found = run('gradient', theta, undefined, { gradient: target });
      return found && { value: found.value, gradient: found.gradient() };
    },
    hessianProduct(theta, z, targets) {
      const found = run('product', theta, z, targets);
      return (
        found && {
          ...{ value: found.value, directional: found.directional! },
          ...{ gradient: found.gradient(), product: found.product() },
        }
      );
    },
    // The best path is traced by the definition.
    argmax: () => undefined,
  };
}
