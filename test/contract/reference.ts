import { referenceMax, type OmegaName } from '../path-enumeration.js';

/** An edge of a reference graph: the entries of one item's flat potentials that it takes. */
export interface ReferenceEdge {
  from: number;
  to: number;
  entries: number[];
  /** What it adds to a path. */
  reads: number[];
}

/** The graph of one item, written out by hand: nodes in topological order, root 0, leaf last. */
export interface ReferenceGraph {
  nodes: number;
  /** Those into a node in the order that breaks ties. */
  edges: ReferenceEdge[];
}

/** A path with its edges, score and probability under the walk of the local argmaxes. */
export interface ReferencePath {
  edges: ReferenceEdge[];
  path: number[];
  score: number;
  logProbability: number;
}

/** Collects the edges of a graph whose nodes are named in any order that is topological. */
export class GraphBuilder {
  readonly #names = new Map<string, number>([['root', 0]]);
  readonly #edges: ReferenceEdge[] = [];
  edge(from: string, to: string, entries: number[], reads: number[]): void {
    const known = this.#names.get(from);
    if (known === undefined) throw new Error(`${from} has no edges into it yet`);
    if (!this.#names.has(to)) this.#names.set(to, this.#names.size);
    this.#edges.push({ from: known, to: this.#names.get(to)!, entries, reads });
  }
  build(): ReferenceGraph {
    return { nodes: this.#names.size, edges: this.#edges };
  }
}

/**
 * Every path of a graph, one by one, with DP_Ω, the expected path and the first best path, by the
 * formulas of the local maximum alone.
 */
export function solve(graph: ReferenceGraph, scores: number[], omega: OmegaName, gamma: number) {
  const { nodes, edges } = graph;
  const scoreOf = (edge: ReferenceEdge) => edge.entries.reduce((sum, at) => sum + scores[at]!, 0);
  const values = new Array<number>(nodes).fill(0);
  const logs = new Map<ReferenceEdge, number>();
  const first = new Map<number, ReferenceEdge>();
  const hard = new Array<number>(nodes).fill(0);
  for (let node = 1; node < nodes; node++) {
    const into = edges.filter(({ to }) => to === node);
    const x = into.map((edge) => values[edge.from]! + scoreOf(edge));
    const { value, q } = referenceMax(omega, gamma, x);
    values[node] = value;
    into.forEach((edge, k) => {
      const log = omega === 'negentropy' ? (x[k]! - value) / gamma : Math.log(q[k]!);
      logs.set(edge, x[k] === -Infinity ? -Infinity : log);
    });
    const sums = into.map((edge) => hard[edge.from]! + scoreOf(edge));
    hard[node] = Math.max(...sums);
    first.set(node, into[sums.indexOf(hard[node]!)]!);
  }
  const paths: ReferencePath[] = [];
  const extend = (node: number, taken: ReferenceEdge[]) => {
    if (node === nodes - 1) {
      paths.push({
        edges: taken,
        path: taken.flatMap(({ reads }) => reads),
        score: taken.reduce((sum, edge) => sum + scoreOf(edge), 0),
        logProbability: taken.reduce((sum, edge) => sum + logs.get(edge)!, 0),
      });
    }
    for (const edge of edges) if (edge.from === node) extend(edge.to, [...taken, edge]);
  };
  extend(0, []);
  const expected = scores.map(() => 0);
  for (const { edges: taken, logProbability } of paths) {
    for (const { entries } of taken) {
      for (const at of entries) expected[at]! += Math.exp(logProbability);
    }
  }
  const best: ReferenceEdge[] = [];
  for (let node = nodes - 1; node > 0; node = best[0]!.from) best.unshift(first.get(node)!);
  return {
    value: values[nodes - 1]!,
    hard: hard[nodes - 1]!,
    paths,
    expected,
    best: best.flatMap(({ reads }) => reads),
  };
}
