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
  /** Undefined: each edge has one entry. */
  entryStart: Int32Array | undefined;
  /** `size` stands for none, so that each edge has one at least. */
  entries: Int32Array;
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
  const degrees = new Int32Array(nodes);
  let edges = 0;
  let single = true;
  let used = 0;
  for (let node = 1; node < nodes; node++) {
    if (depth[node]! < 0) continue;
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) {
      if (depth[from[edge]!]! < 0) continue;
      degrees[node]!++;
      const more = entryStart[edge + 1]! - entryStart[edge]!;
      if (more > 1) single = false;
      used += Math.max(1, more);
    }
    edges += degrees[node]!;
  }
  const degree = largest(degrees);
  // By level, and therein by falling degree: the kernels take four nodes at once.
  const known = new Int32Array(nodes);
  let knownNodes = 0;
  for (let node = 0; node < nodes; node++) if (depth[node]! >= 0) known[knownNodes++] = node;
  const order = sorted(
    sorted(known.subarray(0, knownNodes), degrees, degree, -1),
    depth,
    largest(depth),
    1,
  );
  const position = new Int32Array(nodes);
  for (let at = 0; at < order.length; at++) position[order[at]!] = at;

  const starts = new Int32Array(order.length + 1);
  const planFrom = new Int32Array(edges);
  const ends = single ? undefined : new Int32Array(edges + 1);
  const planEntries = new Int32Array(used);
  let count = 0;
  used = 0;
  for (let at = 0; at < order.length; at++) {
    const node = order[at]!;
    const last = edgeStart[node + 1]!;
    for (let edge = edgeStart[node]!; edge < last; edge++) {
      if (depth[from[edge]!]! < 0) continue;
      const first = entryStart[edge]!;
      const end = entryStart[edge + 1]!;
      if (first === end) planEntries[used++] = size;
      for (let k = first; k < end; k++) planEntries[used++] = entries[k]!;
      planFrom[count++] = position[from[edge]!]!;
      if (ends) ends[count] = used;
    }
    starts[at + 1] = count;
  }
  return {
    nodes: order.length,
    edges,
    degree,
    ...levelsOf(order, depth, degrees),
    edgeStart: starts,
    from: planFrom,
    entryStart: ends,
    entries: planEntries,
  };
}

function largest(numbers: Int32Array): number {
  let most = 0;
  for (let at = 0; at < numbers.length; at++) most = Math.max(most, numbers[at]!);
  return most;
}

/** Items in the order of their keys, 0 … most, or in the opposite one; those of like key as before. */
function sorted(items: Int32Array, keys: Int32Array, most: number, sense: 1 | -1): Int32Array {
  const place = (item: number) => (sense > 0 ? keys[item]! : most - keys[item]!);
  const next = new Int32Array(most + 2);
  for (let at = 0; at < items.length; at++) next[place(items[at]!) + 1]!++;
  for (let at = 0; at <= most; at++) next[at + 1]! += next[at]!;
  const result = new Int32Array(items.length);
  for (let at = 0; at < items.length; at++) result[next[place(items[at]!)]!++] = items[at]!;
  return result;
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
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    if (entry >= 0 && entry < size) continue;
    throw new RangeError(
      `entries[${at}] of the graph is ${entry}: an item's theta has ${size} entries`,
    );
  }
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
  for (let at = 0; at < order.length; at++) {
    if (at === 0 || depth[order[at]!] !== depth[order[at - 1]!]) levelStart.push(at);
  }
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
