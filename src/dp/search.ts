import { drawn } from './checks.js';
import type { Layer, LayeredGraph } from './graph.js';
import type { Path, RankedPath } from './program.js';
import { createTape, Forward, type Problem } from './recursion.js';

/** Which edge into a node a path takes, by their shares q[at], …, q[at + n − 1]. */
type Choose = (q: Float64Array | Uint8Array, at: number, n: number) => number;

/** Follows chosen edges from the leaf to the root. */
function trace(problem: Problem, kind: 'choice' | 'shares', choose: Choose): Path {
  const trail = new Trail(problem.graph);
  problem.sweep(problem, kind, (index, layer, { q }, at) =>
    trail.follow(index, layer, (_node, first, n) => choose(q, at + first, n)),
  );
  return trail.path();
}

/** A path that is found from its end, layer by layer: the edges, or what they read. */
class Trail {
  readonly #reversed: number[] = [];
  /** Where it is, in the layer after the one that comes next. */
  #node = -1;
  constructor(readonly graph: LayeredGraph) {}

  /** Goes on by edges of a layer: `choose` says which of the n into a node. */
  follow(
    index: number,
    { nodes, edgeStart, from }: Layer,
    choose: (node: number, first: number, n: number) => number,
  ): void {
    let node = this.#node + nodes;
    while (node >= 0 && edgeStart[node]! < edgeStart[node + 1]!) {
      const first = edgeStart[node]!;
      const edge = first + choose(node, first, edgeStart[node + 1]! - first);
      const step = this.graph.readAll ? [edge] : this.graph.step(index, node, edge);
      for (let at = step.length - 1; at >= 0; at--) this.#reversed.push(step[at]!);
      node = from[edge]!;
    }
    this.#node = node;
  }

  path(): Path {
    const path = Int32Array.from(this.#reversed.reverse());
    return this.graph.readAll ? Int32Array.from(this.graph.readAll(path)) : path;
  }
}

/** The best path; `problem` has the hard smoother. Ties go to the first edge. A byte an edge. */
export function bestPath(problem: Problem): Path {
  return trace(problem, 'choice', (q, at) => q.indexOf(1, at) - at);
}

/** An exact sample of the walk. Rounding never leads to an edge of probability 0. */
export function drawPath(problem: Problem, random: () => number): Path {
  return trace(problem, 'shares', (q, at, n) => {
    let u = drawn(random);
    let possible = 0;
    for (let k = 0; k < n; k++) {
      if (q[at + k]! <= 0) continue;
      possible = k;
      u -= q[at + k]!;
      if (u < 0) break;
    }
    return possible;
  });
}

/**
 * The k most probable paths, best first: each node keeps its k best partial paths, each as an edge
 * and a rank at the node it comes from. Ties go to the first edge, then to the better rank.
 * O(edges + nodes · k · in-degree) time, O(nodes · k) memory.
 */
export function bestPaths(problem: Problem, wanted: number): RankedPath[] {
  const { graph } = problem;
  const k = mostPaths(graph, wanted);
  const { layers, reach, most } = graph;
  const forward = new Forward(problem, false);
  const logs = createTape('logs', most.edges);
  // 4 GB: what asks for more fails without a word about k. And 32 bits hold an edge · k + a rank.
  const limit = (5e8 / (reach + most.nodes + most.degree / 4)) | 0;
  if (k > limit) throw new RangeError(`k is ${wanted}: it must be at most ${limit}`);
  /** Log-probabilities of the partial paths of the nodes in reach, k each, padded with -Infinity. */
  const best = new Float64Array((reach + most.nodes) * k).fill(-Infinity);
  const origins: Int32Array[] = [];
  const next = new Int32Array(most.degree);
  let before = 0;
  for (let index = 0; index < layers; index++) {
    const layer = graph.layer(index);
    const { nodes, edgeStart, from } = layer;
    forward.advance(index, layer, logs);
    best.copyWithin(0, before * k, (before + reach) * k);
    best.fill(-Infinity, reach * k, (reach + nodes) * k);
    before = nodes;
    const origin = new Int32Array(nodes * k);
    origins.push(origin);
    if (index === 0) best[reach * k] = 0;
    for (let node = 0; node < nodes; node++) {
      const first = edgeStart[node]!;
      const n = edgeStart[node + 1]! - first;
      next.fill(0, 0, n);
      for (let rank = 0; n > 0 && rank < k; rank++) {
        let top = -Infinity;
        let winner = -1;
        for (let at = 0; at < n; at++) {
          if (next[at] === k) continue;
          const edge = first + at;
          const log = logs.q[edge]! + best[(reach + from[edge]!) * k + next[at]!]!;
          if (log > top) {
            top = log;
            winner = at;
          }
        }
        if (winner < 0) break;
        best[(reach + node) * k + rank] = top;
        origin[node * k + rank] = winner * k + next[winner]!++;
      }
    }
  }
  forward.value();
  const leaf = (reach + before - 1) * k;
  const ranked: RankedPath[] = [];
  for (let rank = 0; rank < k && best[leaf + rank]! > -Infinity; rank++) {
    ranked.push({ path: ofRank(graph, origins, k, rank), logProbability: best[leaf + rank]! });
  }
  return ranked;
}

/** No fewer than a graph has paths, which choose an edge at each node: no more ranks than that need room. */
function mostPaths(graph: LayeredGraph, wanted: number): number {
  let most = 1;
  for (let index = 0; index < graph.layers && most < wanted; index++) {
    const { nodes, edgeStart } = graph.layer(index);
    for (let node = 0; node < nodes; node++) {
      most *= Math.max(1, edgeStart[node + 1]! - edgeStart[node]!);
    }
  }
  return Math.min(most, wanted);
}

/** The path of a rank at the leaf, by the origins of each node's partial paths. */
function ofRank(graph: LayeredGraph, origins: Int32Array[], k: number, rank: number): Path {
  const trail = new Trail(graph);
  for (let index = graph.layers - 1; index >= 0; index--) {
    trail.follow(index, graph.layer(index), (node) => {
      const origin = origins[index]![node * k + rank]!;
      rank = origin % k;
      return (origin - rank) / k;
    });
  }
  return trail.path();
}
