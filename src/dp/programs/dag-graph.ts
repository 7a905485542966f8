import type { CompiledGraph } from '../../kernels/graph-layout.js';
import { checkSize } from '../checks.js';

/**
 * A graph of `nodes` nodes with the given [from, to] edges as flat arrays: its nodes in topological
 * order, the root first and the leaf last, an edge's only potential its index.
 * @throws RangeError for a node out of range, a cycle (which it names), or other than one root and
 *   one leaf
 */
export function orderGraph(
  nodes: number,
  edges: readonly (readonly [number, number])[],
): CompiledGraph {
  checkSize('nodes', nodes, 1);
  const from = new Int32Array(edges.length);
  const to = new Int32Array(edges.length);
  const start = new Int32Array(nodes + 1);
  const outDegree = new Int32Array(nodes);
  edges.forEach((ends, edge) => {
    for (const node of ends) {
      if (!Number.isInteger(node) || node < 0 || node >= nodes) {
        throw new RangeError(
          `edges[${edge}] is [${ends.join(', ')}]: its nodes must be integers from 0 to ${nodes - 1}`,
        );
      }
    }
    [from[edge], to[edge]] = ends;
    start[to[edge]! + 1]!++;
    outDegree[from[edge]!]!++;
  });
  const inDegree = start.slice(1);
  const roots = nodesWhere(inDegree, 0);
  const leaves = nodesWhere(outDegree, 0);
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!;
  const place = start.slice(0, nodes);
  const incoming = new Int32Array(edges.length);
  for (let edge = 0; edge < edges.length; edge++) incoming[place[to[edge]!]!++] = edge;

  const order = topologicalOrder(from, to, inDegree.slice());
  if (order.length < nodes) {
    throw new RangeError(`edges contain a cycle: ${describeCycle(from, incoming, start, order)}`);
  }
  for (const [kind, found, meaning] of [
    ['root', roots, 'without incoming edges'],
    ['leaf', leaves, 'without outgoing edges'],
  ] as const) {
    if (found.length !== 1) {
      throw new RangeError(
        `the graph has ${found.length} nodes ${meaning}, ${found.join(', ')}: ` +
          `it must have exactly one ${kind}`,
      );
    }
  }
  // Every node but these has edges in and out, so that Kahn's order begins and ends with them.
  const position = new Int32Array(nodes);
  order.forEach((node, at) => (position[node] = at));
  const edgeStart = new Int32Array(nodes + 1);
  const entries = new Int32Array(edges.length);
  order.forEach((node, at) => {
    const into = incoming.subarray(start[node], start[node + 1]);
    entries.set(into, edgeStart[at]);
    edgeStart[at + 1] = edgeStart[at]! + into.length;
  });
  return {
    nodes,
    edgeStart,
    from: entries.map((edge) => position[from[edge]!]!),
    entryStart: Int32Array.from({ length: edges.length + 1 }, (_, edge) => edge),
    entries,
  };
}

function nodesWhere(degrees: Int32Array, degree: number): number[] {
  return Array.from(degrees.keys()).filter((node) => degrees[node] === degree);
}

/** Kahn 1962; nodes on or behind a cycle are left out. Uses up `inDegree`. */
function topologicalOrder(from: Int32Array, to: Int32Array, inDegree: Int32Array): Int32Array {
  const outgoing: number[][] = Array.from(inDegree, () => []);
  from.forEach((node, edge) => outgoing[node]!.push(to[edge]!));
  const order = nodesWhere(inDegree, 0);
  for (const node of order) {
    for (const next of outgoing[node]!) if (--inDegree[next]! === 0) order.push(next);
  }
  return Int32Array.from(order);
}

/** Walks backwards among the nodes that have no order until one comes up again. */
function describeCycle(
  from: Int32Array,
  incoming: Int32Array,
  start: Int32Array,
  order: Int32Array,
): string {
  const ordered = new Set(order);
  const nodeCount = start.length - 1;
  let node = Array.from({ length: nodeCount }, (_, v) => v).find((v) => !ordered.has(v))!;
  const seen: number[] = [];
  while (!seen.includes(node)) {
    seen.push(node);
    const into = incoming.subarray(start[node], start[node + 1]);
    node = from[into.find((edge) => !ordered.has(from[edge]!))!]!;
  }
  return [...seen.slice(seen.indexOf(node)), node].reverse().join(' → ');
}
