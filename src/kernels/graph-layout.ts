/**
 * A directed acyclic graph as flat arrays: what the recursions over a `Graph` run on. Nodes are in
 * topological order, 0 is the root and nodes − 1 the leaf. Node v is entered by the edges
 * [edgeStart[v], edgeStart[v + 1]), in the order that breaks ties; edge e comes from node `from[e]`
 * and scores the sum of the potentials at entries[entryStart[e] … entryStart[e + 1]).
 */
export interface CompiledGraph {
  readonly nodes: number;
  /** [nodes + 1] */
  readonly edgeStart: Int32Array;
  /** [edges] */
  readonly from: Int32Array;
  /** [edges + 1] */
  readonly entryStart: Int32Array;
  /** Indices into one item's potentials, all named parts behind each other as they were declared. */
  readonly entries: Int32Array;
}
