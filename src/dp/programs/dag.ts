import { createProgram } from '../definition.js';
import { registeredGraphPath } from '../fast/graph-registry.js';
import { singleLayer } from '../graph.js';
import type { DynamicProgram, Path, Smoothing } from '../program.js';
import { orderGraph } from './dag-graph.js';

/** The graph and the smoothing of `dag`. */
export interface DagOptions extends Smoothing {
  /** How many nodes; they are numbered from 0. */
  nodes: number;
  /** [from, to] of each edge, in any order; parallel edges are allowed. */
  edges: readonly (readonly [from: number, to: number])[];
}

/** `DynamicProgram` for a batch of one: theta, gradient, z and product are [edges]. */
export type DagProgram = DynamicProgram<'array'>;

/**
 * The smoothed best-path score of any directed acyclic graph with one root and one leaf, the
 * general case of every program here: the root's value is 0, and each other node takes max_Ω of
 * value[from] + theta[edge] over its incoming edges, in edge order. Potentials may be -Infinity to
 * forbid an edge. Paths are edge indices from root to leaf; ties go to the first edge in edge order.
 *
 * In a page float32 runs on the graph kernels after `registerGraphKernels()`.
 *
 * O(edges) time and memory for every method but `kBest`, O(edges + k · nodes · in-degree).
 *
 * @throws RangeError for a bad γ, a node out of range, a cycle, or other than one root and one
 *   leaf, at once; later for a NaN (with its index) and when every path is forbidden
 *
 * Source: Mensch & Blondel 2018, section 3, algorithm 1, and algorithm 2 of the appendix.
 *
 * @example
 * ```ts
 * import { dag } from 'didyprog';
 *
 * const edges = [[0, 1], [0, 1]] as const;
 * const program = dag({ nodes: 2, edges, omega: 'negentropy' });
 * console.log(program.gradient(Float64Array.of(0, Math.log(3))).gradient[1]!.toFixed(3)); // 0.750
 * ```
 */
export function dag(options: DagOptions): DagProgram {
  const { nodes, edges, ...smoothing } = options;
  if (!Array.isArray(edges)) throw new TypeError('edges must be a list of [from, to]');
  const compiled = orderGraph(nodes, edges);
  const { entries } = compiled;
  const graph = singleLayer(compiled, [edges.length], (path) => path.map((edge) => entries[edge]!));
  const batch = { batch: 1, sense: 1 } as const;
  const form = { parts: [{ name: '', shape: [edges.length], shared: true }] };
  return createProgram({
    ...smoothing,
    ...batch,
    forms: [form],
    graph: () => graph,
    checkPath: (path) => checkEdges(path, options),
    fast: registeredGraphPath({ ...smoothing, ...batch, form, graph: () => compiled }),
  });
}

/** @throws RangeError that names the first edge of `path` that does not go on from the one before */
function checkEdges(path: Path, { nodes, edges }: DagOptions): void {
  const isTo = new Set(edges.map(([, to]) => to));
  const isFrom = new Set(edges.map(([from]) => from));
  const every = Array.from({ length: nodes }, (_, node) => node);
  let node = every.find((one) => !isTo.has(one));
  path.forEach((edge, position) => {
    const ends = edges[edge];
    if (!ends) {
      throw new RangeError(
        `paths[0][${position}] is ${edge}: edges are numbered 0 to ${edges.length - 1}`,
      );
    }
    if (ends[0] !== node) {
      throw new RangeError(
        `paths[0] is not a path: the edge at position ${position}, ${edge}, leaves ` +
          `node ${ends[0]}, expected node ${node}`,
      );
    }
    node = ends[1];
  });
  const leaf = every.find((one) => !isFrom.has(one));
  if (node !== leaf) {
    throw new RangeError(
      `paths[0] is not a path: after position ${path.length - 1} it is at node ${node}, ` +
        `expected the leaf, ${leaf}`,
    );
  }
}
