import { defineProgram } from './define-program.js';
import { graphsOf } from './definition.js';
import { GraphArrays } from './graph.js';
import type { OmegaName } from './omega/index.js';
import type { DynamicProgram } from './program.js';

/** An edge of a program's graph, and the sum of the potentials that it takes. */
interface ScoredEdge {
  from: number;
  to: number;
  score: number;
}

/** The graph of a program with a batch of one, written out. */
export interface WrittenGraph {
  nodes: number;
  /** By the node that they lead into. */
  edges: ScoredEdge[];
}

/**
 * The graph of a program, with the scores that its edges have from theta: of costs with the other sign.
 * @param program with a batch of one
 * @param theta an array, or arrays by part, of its first form
 */
export function writtenGraph<S extends object | 'array'>(
  program: DynamicProgram<S>,
  theta: Float64Array | Readonly<Record<string, Float64Array>>,
): WrittenGraph {
  const graph = graphsOf(program)(0);
  const arrays = program.potentials[0]!.parts.map(({ name }) =>
    ArrayBuffer.isView(theta) ? theta : theta[name],
  );
  const edges: ScoredEdge[] = [];
  let first = 0;
  for (let index = 0; index < graph.layers; index++) {
    const layer = graph.layer(index);
    const scores = layer.slices.flatMap(({ part, start, length }) =>
      Array.from({ length }, (_, k) => program.sense * (arrays[part]?.[start + k] ?? 0)),
    );
    for (let node = 0; node < layer.nodes; node++) {
      const own = layer.nodeEntries ? scores[layer.nodeEntries[node]!]! : 0;
      for (let edge = layer.edgeStart[node]!; edge < layer.edgeStart[node + 1]!; edge++) {
        const entries = layer.entries.subarray(layer.entryStart[edge], layer.entryStart[edge + 1]);
        const score = entries.reduce((sum, entry) => sum + scores[entry]!, own);
        edges.push({ from: first + layer.from[edge]!, to: first + node, score });
      }
    }
    first += layer.nodes;
  }
  return { nodes: first, edges };
}

/** The probability that a path takes each edge: the expected path under the walk of Ω. */
export function edgeMarginals({ nodes, edges }: WrittenGraph, omega: OmegaName): Float64Array {
  const graph = new GraphArrays(nodes, edges.length, edges.length);
  let at = 0;
  for (let node = 1; node < nodes; node++) {
    for (; edges[at]?.to === node; at++) graph.edge(edges[at]!.from, at);
    graph.next();
  }
  const program = defineProgram({ batch: 1, potentials: edges.length, graph, omega });
  return program.gradient(Float64Array.from(edges, ({ score }) => score)).gradient;
}
