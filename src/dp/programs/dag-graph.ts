import type { CompiledGraph } from '../../kernels/graph-layout.js';
import { shortened } from '../../visible.js';
import { checkSize } from '../checks.js';

type Edges = readonly (readonly [from: number, to: number])[];

/**
 * A graph of `nodes` nodes with the given [from, to] edges as flat arrays: its nodes in topological
 * order, the root first and the leaf last, an edge's only potential its index.
 * @throws RangeError for a node out of range, a cycle (which it names), or other than one root and
 *   one leaf
 */
export function orderGraph(nodes: number, edges: Edges): CompiledGraph {
  checkSize('nodes', nodes, 1);
  edges.forEach((ends, edge) => checkEnds(ends, edge, nodes));
  // One more than edges, from one root. A number that is far off would not fit in memory.
  if (nodes > edges.length + 1) {
    throw new RangeError(`nodes is ${nodes}: it must be at most ${edges.length + 1}`);
  }
  const all = [...Array(nodes).keys()];
  const into = all.map((): number[] => []);
  const outOf = all.map((): number[] => []);
  edges.forEach(([from, to], edge) => {
    outOf[from]!.push(edge);
    into[to]!.push(edge);
  });
  const roots = all.filter((node) => into[node]!.length === 0);
  const leaves = all.filter((node) => outOf[node]!.length === 0);

  // Kahn 1962; nodes on or behind a cycle are left out.
  const order = roots.slice();
  const missing = into.map(({ length }) => length);
  for (const node of order) {
    for (const edge of outOf[node]!) {
      const to = edges[edge]![1];
      if (--missing[to]! === 0) order.push(to);
    }
  }
  if (order.length < nodes) {
    throw new RangeError(`edges contain a cycle: ${describeCycle(edges, into, missing)}`);
  }
  checkOne('root', 'incoming', roots);
  checkOne('leaf', 'outgoing', leaves);
  // Every node but these has edges in and out, so that Kahn's order begins and ends with them.
  const edgeStart = new Int32Array(nodes + 1);
  const position = new Int32Array(nodes);
  order.forEach((node, at) => {
    position[node] = at;
    edgeStart[at + 1] = edgeStart[at]! + into[node]!.length;
  });
  const entries = Int32Array.from(order.flatMap((node) => into[node]!));
  return {
    nodes,
    edgeStart,
    from: entries.map((edge) => position[edges[edge]![0]]!),
    entryStart: Int32Array.from(Array(edges.length + 1).keys()),
    entries,
  };
}

function checkEnds(ends: Edges[number], edge: number, nodes: number): void {
  if (typeof ends !== 'object' || ends?.length !== 2)
    throw new TypeError(`edges[${edge}] must be a pair [from, to]`);
  for (const node of ends) {
    if (Number.isInteger(node) && node >= 0 && node < nodes) continue;
    throw new RangeError(
      `edges[${edge}] is [${ends.join(', ')}]: its nodes must be integers from 0 to ${nodes - 1}`,
    );
  }
}

function checkOne(kind: string, side: string, found: readonly number[]): void {
  if (found.length === 1) return;
  throw new RangeError(
    `the graph has ${found.length} nodes without ${side} edges, ${shortened(found.join(', '))}: ` +
      `it must have exactly one ${kind}`,
  );
}

/** Walks backwards among the nodes that lack edges of Kahn's order until one comes up again. */
function describeCycle(
  edges: Edges,
  into: readonly number[][],
  missing: readonly number[],
): string {
  let node = missing.findIndex((count) => count > 0);
  const seen = new Set<number>();
  while (!seen.has(node)) {
    seen.add(node);
    node = into[node]!.map((edge) => edges[edge]![0]).find((from) => missing[from]! > 0)!;
  }
  const walk = [...seen, node];
  return shortened(walk.slice(walk.indexOf(node)).reverse().join(' → '));
}
