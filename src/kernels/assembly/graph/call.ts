/** The parameters of the graph kernels. Arrays are row-major floats; one left out is at address 0. */
@unmanaged
export class GraphCall {
  /** By src/kernels/omega.ts. */
  omega: i32;
  mode: i32;
  /** How many groups of four items of one graph there are; each other item is a job of its own. */
  groups: i32;
  /** The potentials of an item. */
  entries: i32;
  /** 1: a smoothed maximum of scores. −1: a smoothed minimum of costs. */
  sense: f32;
  gamma: f32;
  /** [batch]: the address of each item's plan. */
  plans: usize;
  /** [batch, entries], and so z, gradient and product; these two may lie over theta and z. */
  theta: usize;
  z: usize;
  gradient: usize;
  product: usize;
  /** [batch], and so directional and flags (integers). */
  value: usize;
  directional: usize;
  flags: usize;
}

/**
 * A graph as the kernels walk it: nodes that a path from the root to the leaf can cross, by levels
 * such that all edges come from levels before. Node 0 is the root, the last is the leaf.
 */
@unmanaged
export class GraphPlan {
  nodes: i32;
  edges: i32;
  /** The largest in-degree, and the most nodes of a level. */
  degree: i32;
  widest: i32;
  /** Fours of nodes of one level, and the sum of their largest in-degrees. */
  fours: i32;
  slots: i32;
  /** [levels + 1]: where in the nodes each level begins; level 0 is the root. */
  levels: i32;
  levelStart: usize;
  /** [nodes + 1] */
  edgeStart: usize;
  /** [edges] */
  from: usize;
  /** [edges + 1], or 0: each edge has one entry. It has one at least; the one after the last is 0. */
  entryStart: usize;
  entries: usize;
}

// @inline
export function planOf(call: GraphCall, item: i32): GraphPlan {
  return changetype<GraphPlan>(load<usize>(call.plans + ((<usize>item) << 2)));
}

/** The integer at an index of an array. */
// @inline
export function at(array: usize, index: i32): i32 {
  return load<i32>(array + ((<usize>index) << 2));
}
