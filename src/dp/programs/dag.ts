import { checkDirection, checkPotentials, checkSize, noPath, zerosLike } from '../checks.js';
import { createGraph, type Graph } from './dag-graph.js';
import { createSmoother } from '../omega/index.js';
import { writesToTargets } from '../targets.js';
import {
  regularisationByEntries,
  type HessianTargets,
  type Path,
  type PathRegularisation,
  type RankedPath,
  type RealArray,
  type Smoothing,
} from '../program.js';

/** The graph and the smoothing of `dag`. */
export interface DagOptions extends Smoothing {
  /** How many nodes; they are numbered from 0. */
  nodes: number;
  /** [from, to] of each edge, in any order; parallel edges are allowed. */
  edges: readonly (readonly [from: number, to: number])[];
}

/** `DynamicProgram` for a batch of one: theta, gradient, z and product are [edges]. */
export interface DagProgram extends PathRegularisation {
  /** DP_Ω(θ), [1]. */
  value<A extends RealArray>(theta: A): A;
  gradient<A extends RealArray>(theta: A, target?: A): { value: A; gradient: A };
  hessianProduct<A extends RealArray>(
    theta: A,
    z: A,
    targets?: HessianTargets<A>,
  ): { value: A; gradient: A; directional: A; product: A };
  /** The best path as edge indices from root to leaf; ties go to the first edge in edge order. */
  argmax(theta: RealArray): Path[];
  sample(theta: RealArray, random: () => number): Path[];
  kBest(theta: RealArray, k: number): RankedPath[][];
  logProbability<A extends RealArray>(theta: A, paths: Path[]): A;
}

/**
 * The smoothed best-path score of any directed acyclic graph with one root and one leaf, the
 * general case of every program here: the root's value is 0, and each other node takes max_Ω of
 * value[from] + theta[edge] over its incoming edges, in edge order. Potentials may be -Infinity to
 * forbid an edge. Everything is computed in float64 and returned in theta's type.
 *
 * O(edges) time and memory for every method but `kBest`, O(edges + k · nodes · in-degree).
 *
 * @throws RangeError for a bad γ, a node out of range, a cycle, or other than one root and one
 *   leaf, at once; later for a NaN (with its index) and when every path is forbidden
 *
 * Source: Mensch & Blondel 2018, section 3, algorithm 1, and algorithm 2 of the appendix.
 */
export function dag({ nodes, edges, ...smoothing }: DagOptions): DagProgram {
  const smoother = createSmoother(smoothing);
  const hard = createSmoother({ omega: 'hard' });
  const graph = createGraph(nodes, edges);
  const { from, to, order, incoming, start, root, leaf, degree } = graph;
  const edgeCount = edges.length;
  const x = new Float64Array(degree);
  const q = new Float64Array(degree);
  const xDot = new Float64Array(degree);
  const qDot = new Float64Array(degree);

  /** Values and local argmaxes in topological order; with z, their derivatives too. */
  function forward(theta: RealArray, { max, product, logShare } = smoother, z?: RealArray) {
    checkPotentials('theta', theta, [edgeCount], -Infinity);
    if (z) checkDirection('z', z, [edgeCount]);
    const values = new Float64Array(nodes);
    const slopes = new Float64Array(nodes);
    const walk = new Float64Array(edgeCount);
    const logWalk = new Float64Array(edgeCount).fill(-Infinity);
    const walkDot = new Float64Array(z ? edgeCount : 0);
    for (const node of order) {
      if (node === root) continue;
      const first = start[node]!;
      const n = start[node + 1]! - first;
      for (let k = 0; k < n; k++) {
        const edge = incoming[first + k]!;
        x[k] = values[from[edge]!]! + theta[edge]!;
      }
      const value = max(x, n, q);
      values[node] = value;
      for (let k = 0; k < n; k++) {
        const edge = incoming[first + k]!;
        walk[edge] = q[k]!;
        if (value > -Infinity) logWalk[edge] = logShare(x[k]!, q[k]!, value);
      }
      if (!z) continue;
      let slope = 0;
      for (let k = 0; k < n; k++) {
        const edge = incoming[first + k]!;
        xDot[k] = slopes[from[edge]!]! + z[edge]!;
        if (q[k]! > 0) slope += q[k]! * xDot[k]!;
      }
      slopes[node] = slope;
      product(x, q, xDot, n, qDot);
      for (let k = 0; k < n; k++) walkDot[incoming[first + k]!] = qDot[k]!;
    }
    if (values[leaf] === -Infinity) throw noPath(0);
    return { value: values[leaf]!, slope: slopes[leaf]!, walk, logWalk, walkDot };
  }

  /** Follows incoming edges from the leaf to the root. */
  function trace(choose: (node: number) => number): Path {
    const reversed: number[] = [];
    for (let node = leaf; node !== root;) {
      const edge = choose(node);
      reversed.push(edge);
      node = from[edge]!;
    }
    return Int32Array.from(reversed.reverse());
  }

  function checkPath(path: Path): void {
    let node = root;
    for (let position = 0; position < path.length; position++) {
      const edge = path[position]!;
      if (edge < 0 || edge >= edgeCount) {
        throw new RangeError(
          `paths[0][${position}] is ${edge}: edges are numbered 0 to ${edgeCount - 1}`,
        );
      }
      if (from[edge] !== node) {
        throw new RangeError(
          `paths[0] is not a path: the edge at position ${position}, ${edge}, leaves ` +
            `node ${from[edge]}, expected node ${node}`,
        );
      }
      node = to[edge]!;
    }
    if (node !== leaf) {
      throw new RangeError(
        `paths[0] is not a path: after position ${path.length - 1} it is at node ${node}, ` +
          `expected the leaf, ${leaf}`,
      );
    }
  }

  /** The k best partial paths into each node, merged from those of its predecessors. */
  function best(logWalk: Float64Array, k: number): RankedPath[] {
    interface Partial {
      logProbability: number;
      edge: number;
      before?: Partial;
    }
    const partials: Partial[][] = Array.from({ length: nodes }, () => []);
    partials[root]!.push({ logProbability: 0, edge: -1 });
    for (const node of order) {
      if (node === root) continue;
      const edgesIn = Array.from(incoming.subarray(start[node], start[node + 1])).filter(
        (edge) => logWalk[edge]! > -Infinity,
      );
      const next = edgesIn.map(() => 0);
      while (partials[node]!.length < k) {
        let winner: Partial | undefined;
        let winnerAt = -1;
        edgesIn.forEach((edge, at) => {
          const before = partials[from[edge]!]![next[at]!];
          if (!before) return;
          const logProbability = before.logProbability + logWalk[edge]!;
          if (!winner || logProbability > winner.logProbability) {
            winner = { logProbability, edge, before };
            winnerAt = at;
          }
        });
        if (!winner) break;
        partials[node]!.push(winner);
        next[winnerAt]!++;
      }
    }
    return partials[leaf]!.map((partial) => {
      const reversed: number[] = [];
      for (let at = partial; at.before; at = at.before) reversed.push(at.edge);
      const path = Int32Array.from(reversed.reverse());
      return { path, logProbability: partial.logProbability };
    });
  }

  return writesToTargets<DagProgram>({
    sense: 1,
    pathRegularisation: (y) => regularisationByEntries(y, 1, smoother.vertexCost, 0),
    value(theta) {
      return scalar(theta, forward(theta).value);
    },
    gradient(theta) {
      const { value, walk } = forward(theta);
      const gradient = zerosLike(theta);
      gradient.set(backward(graph, walk).expected);
      return { value: scalar(theta, value), gradient };
    },
    hessianProduct(theta, z) {
      const { value, slope, walk, walkDot } = forward(theta, smoother, z);
      const { expected, derivative } = backward(graph, walk, walkDot);
      const gradient = zerosLike(theta);
      const product = zerosLike(theta);
      gradient.set(expected);
      product.set(derivative);
      return { value: scalar(theta, value), gradient, directional: scalar(theta, slope), product };
    },
    argmax(theta) {
      const { walk } = forward(theta, hard);
      const chosen = (node: number) =>
        incoming.subarray(start[node], start[node + 1]).find((edge) => walk[edge]! > 0)!;
      return [trace(chosen)];
    },
    sample(theta, random) {
      const { walk } = forward(theta);
      const drawn = (node: number) => {
        let u = random();
        let possible = -1;
        for (let at = start[node]!; at < start[node + 1]!; at++) {
          const edge = incoming[at]!;
          if (walk[edge]! <= 0) continue;
          possible = edge;
          u -= walk[edge]!;
          if (u < 0) break;
        }
        return possible;
      };
      return [trace(drawn)];
    },
    kBest(theta, k) {
      checkSize('k', k, 1);
      return [best(forward(theta).logWalk, k)];
    },
    logProbability(theta, paths) {
      if (paths.length !== 1) {
        throw new RangeError(`${paths.length} paths: a dag has a batch of 1`);
      }
      checkPath(paths[0]!);
      const { logWalk } = forward(theta);
      let total = 0;
      for (const edge of paths[0]!) total += logWalk[edge]!;
      return scalar(theta, total);
    },
  });
}

/**
 * The expected path, from leaf to root: an edge gets its node's mass times its local probability.
 * With `walkDot`, also the derivative of that.
 */
function backward(
  { from, order, incoming, start, leaf }: Graph,
  walk: Float64Array,
  walkDot?: Float64Array,
) {
  const mass = new Float64Array(start.length - 1);
  const massDot = new Float64Array(start.length - 1);
  const expected = new Float64Array(walk.length);
  const derivative = new Float64Array(walk.length);
  mass[leaf] = 1;
  for (let position = order.length - 1; position >= 0; position--) {
    const node = order[position]!;
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      const edge = incoming[at]!;
      const before = from[edge]!;
      mass[before]! += expected[edge] = walk[edge]! * mass[node]!;
      if (!walkDot) continue;
      derivative[edge] = walkDot[edge]! * mass[node]! + walk[edge]! * massDot[node]!;
      massDot[before]! += derivative[edge];
    }
  }
  return { expected, derivative };
}

function scalar<A extends RealArray>(like: A, value: number): A {
  const out = zerosLike(like, 1);
  out[0] = value;
  return out;
}
