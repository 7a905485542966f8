import { checkOptions } from '../../option-names.js';
import { smoothingOptions } from '../checks.js';
import { createProgram } from '../definition.js';
import { registeredGraphPath } from '../fast/graph-registry.js';
import { singleLayer } from '../graph.js';
import type { PathFinder } from '../paths.js';
import { bareForm } from '../potentials.js';
import type { DynamicProgram, Path, Smoothing } from '../program.js';
import { visitLogShares } from '../recursion.js';
import { orderGraph } from './dag-graph.js';

/** The graph and the smoothing of `dag`. */
export interface DagOptions extends Smoothing {
  /** How many nodes; they are numbered from 0. */
  nodes: number;
  /** [from, to] of each edge, in any order; parallel edges are allowed. */
  edges: readonly (readonly [from: number, to: number])[];
}
const optionNames = ['nodes', 'edges', ...smoothingOptions] satisfies (keyof DagOptions)[];

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
  checkOptions('dag', options, optionNames);
  const { nodes, edges: given, ...smoothing } = options;
  if (!Array.isArray(given)) throw new TypeError('edges must be an array');
  const compiled = orderGraph(nodes, given);
  // A copy: the caller may use the list again.
  const edges = given.map(([from, to]: DagOptions['edges'][number]) => [from, to] as const);
  const { entries } = compiled;
  const graph = singleLayer(compiled, [edges.length], (path) => path.map((edge) => entries[edge]!));
  const batch = { batch: 1, sense: 1 } as const;
  const forms = bareForm(edges.length);
  const checkPath = (path: Path) => checkEdges(path, edges, entries);
  return createProgram({
    ...smoothing,
    ...batch,
    forms,
    graph: () => graph,
    checkPath,
    paths: edgePaths(entries, checkPath),
    fast: registeredGraphPath({
      ...smoothing,
      ...batch,
      form: forms.all[0],
      graph: () => compiled,
    }),
  });
}

/**
 * The finder of paths that are their edges.
 * @param entries the edges in the order of the graph's: from root to leaf
 */
function edgePaths(entries: Int32Array, checkPath: (path: Path) => void): PathFinder {
  const places = new Int32Array(entries.length);
  entries.forEach((edge, place) => (places[edge] = place));
  return {
    logProbability(problem, path) {
      let log = 0;
      visitLogShares(problem, (_index, _layer, logs) => {
        for (const edge of path) log += logs[places[edge]!]!;
      });
      return log;
    },
    maxes(_graph, path, indicator) {
      for (const edge of path) if (indicator) indicator[0]![edge]! += 1;
      return path.length;
    },
    maxesOfIndicator(_graph, [counts]) {
      const path = entries.filter((edge) => counts![edge] !== 0);
      if (path.some((edge) => counts![edge] !== 1)) return undefined;
      try {
        checkPath(path);
        return path.length;
      } catch {
        return undefined;
      }
    },
  };
}

/** @throws RangeError that names the first edge of `path` that does not go on from the one before */
function checkEdges(path: Path, edges: DagOptions['edges'], entries: Int32Array): void {
  // The first edge in the graph's order leaves the root, the last one leads into the leaf.
  let node = edges[entries[0]!]?.[0];
  path.forEach((edge, position) => {
    const ends = edges[edge];
    if (!ends) {
      throw new RangeError(`paths[0][${position}] is ${edge}: edges are 0 to ${edges.length - 1}`);
    }
    if (ends[0] !== node) {
      throw new RangeError(
        `paths[0][${position}] is ${edge}: it leaves node ${ends[0]}, not node ${node}`,
      );
    }
    node = ends[1];
  });
  const leaf = edges[entries.at(-1)!]?.[1];
  if (node !== leaf) {
    throw new RangeError(`paths[0] is not a path: it ends at node ${node}, not node ${leaf}`);
  }
}
