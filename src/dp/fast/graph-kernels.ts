import { inNode } from '../../kernels/machine.js';
import { graphPath } from './graph.js';
import { guarded } from './guarded.js';
import { registerGraphPath } from './graph-registry.js';

/**
 * Has the programs that `dag` makes from now on compute float32 on the graph kernels. In Node, Bun and
 * Deno they do so anyway. A page calls this where it needs their speed: without it, a bundle with `dag`
 * is spared 18 kB of kernels, and float32 is computed by the definition, in float64.
 *
 * @example
 * ```ts
 * import { dag, registerGraphKernels } from 'didyprog';
 *
 * registerGraphKernels();
 * const program = dag({ nodes: 2, edges: [[0, 1]], omega: 'negentropy' });
 * console.log(program.runsOn); // graph kernels
 * ```
 */
export function registerGraphKernels(): void {
  registerGraphPath((program) => guarded(graphPath(program)));
}

// Not in a page, where a bundler drops this file unless its function is named: development without a
// bundler and the bundle must give the same numbers.
if (inNode()) registerGraphKernels();
