import type { CompiledGraph } from './graph-layout.js';

/** A graph as the kernels walk it: assembly/graph/call.ts. */
export interface Plan {
  nodes: number;
  edges: number;
  /** The largest in-degree, and the most nodes of a level. */
  degree: number;
  widest: number;
  /** Fours of nodes of one level, and the sum of their largest in-degrees. */
  fours: number;
  slots: number;
  levelStart: Int32Array;
  edgeStart: Int32Array;
  from: Int32Array;
  /** Undefined: each edge has one entry, where `size` stands for none. */
  entryStart: Int32Array | undefined;
  entries: Int32Array;
  /** Of each edge of the plan, which of the graph it is. */
  origins: Int32Array;
}

const plans = new WeakMap<CompiledGraph, { size: number; plan: Plan | undefined }>();

/**
 * The plan of a graph, made once; undefined where no path leads from root to leaf. O(nodes + edges).
 *
 * @param size the entries of one item's theta
 * @throws RangeError for an edge that does not come from a smaller node, and for an entry that theta
 *   does not have
 */
export function planOf(graph: CompiledGraph, size: number): Plan | undefined {
  const known = plans.get(graph);
  if (known?.size === size) return known.plan;
  const plan = makePlan(graph, size);
  plans.set(graph, { size, plan });
  return plan;
}

function makePlan(graph: CompiledGraph, size: number): Plan | undefined {
  checkGraph(graph, size);
  const { nodes, edgeStart, from, entryStart, entries } = graph;
  const depth = depths(graph);
  if (depth[nodes - 1]! < 0) return undefined;
  const kept = (edge: number) => depth[from[edge]!]! >= 0;
  const inDegree = (node: number) => {
    let count = 0;
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) if (kept(edge)) count++;
    return count;
  };
  const degrees = Int32Array.from({ length: nodes }, (_, node) =>
    depth[node]! >= 0 ? inDegree(node) : 0,
  );
  // Nodes of like degree lie together: the kernels take four of them at once.
  const order = Int32Array.from(depth.keys())
    .filter((node) => depth[node]! >= 0)
    .sort((a, b) => depth[a]! - depth[b]! || degrees[b]! - degrees[a]! || a - b);
  const position = new Int32Array(nodes);
  order.forEach((node, at) => (position[node] = at));

  const plan = {
    nodes: order.length,
    edges: degrees.reduce((sum, degree) => sum + degree, 0),
    degree: degrees.reduce((most, degree) => Math.max(most, degree), 0),
    edgeStart: new Int32Array(order.length + 1),
    ...levelsOf(order, depth, degrees),
  };
  const planFrom = new Int32Array(plan.edges);
  const origins = new Int32Array(plan.edges);
  let count = 0;
  let single = true;
  order.forEach((node, at) => {
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) {
      if (!kept(edge)) continue;
      planFrom[count] = position[from[edge]!]!;
      origins[count++] = edge;
      if (entryStart[edge + 1]! - entryStart[edge]! > 1) single = false;
    }
    plan.edgeStart[at + 1] = count;
  });
  const ends = single ? undefined : new Int32Array(plan.edges + 1);
  const planEntries: number[] = [];
  origins.forEach((edge, at) => {
    const [start, end] = [entryStart[edge]!, entryStart[edge + 1]!];
    if (single && start === end) planEntries.push(size);
    for (let k = start; k < end; k++) planEntries.push(entries[k]!);
    if (ends) ends[at + 1] = planEntries.length;
  });
  return {
    ...plan,
    from: planFrom,
    entryStart: ends,
    entries: Int32Array.from(planEntries),
    origins,
  };
}

function checkGraph(graph: CompiledGraph, size: number): void {
  const { nodes, edgeStart, from, entries } = graph;
  for (let node = 0; node < nodes; node++) {
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) {
      if (from[edge]! >= 0 && from[edge]! < node) continue;
      throw new RangeError(
        `edge ${edge} leads from node ${from[edge]} to ${node}: it must come from a smaller node`,
      );
    }
  }
  const wrong = entries.findIndex((entry) => !(entry >= 0 && entry < size));
  if (wrong < 0) return;
  throw new RangeError(
    `entries[${wrong}] of the graph is ${entries[wrong]}: an item's theta has ${size} entries`,
  );
}

/** The most edges on a path from the root; −1 for nodes that no path to the leaf crosses. */
function depths({ nodes, edgeStart, from }: CompiledGraph): Int32Array {
  const useful = new Uint8Array(nodes);
  useful[nodes - 1] = 1;
  for (let node = nodes - 1; node > 0; node--) {
    if (!useful[node]) continue;
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) useful[from[edge]!] = 1;
  }
  const depth = new Int32Array(nodes).fill(-1);
  depth[0] = 0;
  for (let node = 1; node < nodes; node++) {
    if (!useful[node]) continue;
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) {
      const before = depth[from[edge]!]!;
      if (before >= depth[node]!) depth[node] = before < 0 ? depth[node]! : before + 1;
    }
  }
  return depth;
}

function levelsOf(order: Int32Array, depth: Int32Array, degrees: Int32Array) {
  const levelStart: number[] = [];
  order.forEach((node, at) => {
    if (at === 0 || depth[node] !== depth[order[at - 1]!]) levelStart.push(at);
  });
  levelStart.push(order.length);
  let [widest, fours, slots] = [0, 0, 0];
  for (let level = 1; level + 1 < levelStart.length; level++) {
    const [first, end] = [levelStart[level]!, levelStart[level + 1]!];
    widest = Math.max(widest, end - first);
    fours += Math.ceil((end - first) / 4);
    for (let at = first; at < end; at += 4) slots += degrees[order[at]!]!;
  }
  return { levelStart: Int32Array.from(levelStart), widest, fours, slots };
}
