import type { CompiledGraph } from '../kernels/graph-layout.js';
import { quoted } from '../visible.js';
import { allocated, checkSize, MOST_NUMBERED } from './checks.js';
import { typeOf } from './real-array.js';

/**
 * A directed acyclic graph whose paths a program scores. Nodes are numbered in topological order:
 * 0 is the root, of value 0, and nodes − 1 the leaf; each other node takes one smoothed maximum.
 */
export interface Graph {
  nodes: number;
  /**
   * The edges into a node, 1 … nodes − 1, in the order that breaks ties. An edge comes from a smaller
   * node, and its score is the sum of the named entries of theta; with none, 0. Where theta has parts,
   * they count behind each other, in the order in which they were declared.
   */
  into(node: number): Iterable<readonly [from: number, ...potentials: number[]]>;
}

/** Entries [start, start + length) of one part of an item's potentials. */
export interface Slice {
  readonly part: number;
  readonly start: number;
  readonly length: number;
}

/**
 * Some consecutive nodes of a graph with the edges into them, in numbers of their own, so that
 * layers that look alike share their arrays. Otherwise as `CompiledGraph`.
 */
export interface Layer {
  readonly nodes: number;
  readonly edgeStart: Int32Array;
  /** Relative to the layer's first node: negative for nodes of earlier layers. */
  readonly from: Int32Array;
  readonly entryStart: Int32Array;
  /** Indices into the layer's potentials: its slices, one behind the other. */
  readonly entries: Int32Array;
  /** A potential that all edges into a node have: added after the maximum, which commutes with it. */
  readonly nodeEntries?: Int32Array | undefined;
  readonly slices: readonly Slice[];
  /** Whether any edge has a potential; default all of them. */
  readonly used?: Uint8Array | undefined;
}

/** A graph as the recursions read it: layer by layer, in topological order. */
export interface LayeredGraph {
  readonly layers: number;
  /** The first layer begins with the root, which has no edges; the last one ends with the leaf. */
  layer(index: number): Layer;
  /** How many nodes before its own a layer's edges may come from. */
  readonly reach: number;
  /** The most of any layer; of edges also those into one node. */
  readonly most: { nodes: number; edges: number; degree: number; potentials: number };
  /** What an edge of a layer adds to a `Path`. */
  step(layer: number, node: number, edge: number): ArrayLike<number>;
  /** What the edges of a whole path read, of a graph of one layer; default their steps. */
  readAll?: ((edges: Int32Array) => ArrayLike<number>) | undefined;
}

/** A graph that is written edge by edge in the order of its nodes, each edge with at most two potentials. */
export class GraphArrays implements CompiledGraph {
  readonly edgeStart: Int32Array;
  readonly from: Int32Array;
  readonly entryStart: Int32Array;
  readonly entries: Int32Array;
  #node = 1;
  #edges = 0;
  #used = 0;

  /**
   * @param edges how many there are in all
   * @param entries how many potentials they have together
   */
  constructor(
    readonly nodes: number,
    edges: number,
    entries: number,
  ) {
    const what = `a graph of ${nodes} nodes and ${edges} edges`;
    this.edgeStart = int32s(what, nodes + 1);
    this.from = int32s(what, edges);
    this.entryStart = int32s(what, edges + 1);
    this.entries = int32s(what, entries);
  }

  /** Adds an edge into the current node, at first node 1. */
  edge(from: number, entry = -1, second = -1): void {
    this.from[this.#edges++] = from;
    if (entry >= 0) this.entries[this.#used++] = entry;
    if (second >= 0) this.entries[this.#used++] = second;
    this.entryStart[this.#edges] = this.#used;
  }

  /** Goes on to the next node. */
  next(): void {
    this.edgeStart[++this.#node] = this.#edges;
  }
}

/** The graph of each item: items with the same key share one, which is made when it is first asked for. */
export function graphsByKey(
  key: (item: number) => string | number,
  make: (item: number) => GraphArrays,
): (item: number) => GraphArrays {
  const graphs = new Map<string | number, GraphArrays>();
  return (item) => {
    const own = key(item);
    const graph = graphs.get(own) ?? make(item);
    graphs.set(own, graph);
    return graph;
  };
}

/** @throws RangeError that says what there are too many of */
function int32s(what: string, length: number) {
  return allocated(what, () => {
    if (length > MOST_NUMBERED) throw new RangeError('32 bits do not number them');
    return new Int32Array(length);
  });
}

/** Int32s of a length that is known at the end. */
class Growing {
  #array = new Int32Array(256);
  length = 0;
  /** @param what they are, as an error says it */
  constructor(readonly what: string) {}
  push(value: number): void {
    if (this.length === this.#array.length) {
      const larger = int32s(`more than ${this.length} ${this.what}`, 2 * this.length);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.length++] = value;
  }
  finish(): Int32Array {
    return this.#array.slice(0, this.length);
  }
}

/**
 * A copy of a graph of flat arrays, checked: its owner may use the arrays again.
 * @throws as `compileGraph`
 */
function copyArrays(graph: CompiledGraph, size: number, name = 'graph'): CompiledGraph {
  const { nodes, edgeStart, from, entries } = graph;
  checkSize(`${name}.nodes`, nodes, 2);
  const lengths = { edgeStart: nodes + 1, entryStart: from?.length + 1 };
  for (const part of ['edgeStart', 'from', 'entryStart', 'entries'] as const) {
    if (typeOf(graph[part]) !== 'Int32Array') {
      throw new TypeError(`${name}.${part} must be an Int32Array`);
    }
  }
  for (const [part, ends] of [
    ['edgeStart', from.length],
    ['entryStart', entries.length],
  ] as const) {
    const starts = graph[part];
    if (starts.length !== lengths[part]) {
      throw new RangeError(
        `${name}.${part} has ${starts.length} entries: it needs ${lengths[part]}`,
      );
    }
    let good = starts[0] === 0 && starts.at(-1) === ends;
    for (let at = 1; at < starts.length; at++) good &&= starts[at - 1]! <= starts[at]!;
    if (!good) throw new RangeError(`${name}.${part} must rise from 0 to ${ends}`);
  }
  if (edgeStart[1] !== 0) throw new RangeError(`${name} has edges into its root, node 0`);
  const reached = new Uint8Array(nodes);
  reached[0] = 1;
  for (let node = 1; node < nodes; node++) {
    for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) {
      const before = from[edge]!;
      if (before >= 0 && before < node) reached[node]! |= reached[before]!;
      else
        throw badSource(
          `edge ${edge - edgeStart[node]!} into node ${node} of ${name}`,
          before,
          node,
        );
    }
  }
  for (let at = 0; at < entries.length; at++) {
    if (entries[at]! >= 0 && entries[at]! < size) continue;
    throw badEntry(`${name}.entries[${at}]`, entries[at]!, size);
  }
  if (!reached[nodes - 1]) throw unreachedLeaf(graph, name);
  return {
    nodes,
    edgeStart: edgeStart.slice(),
    from: from.slice(),
    entryStart: graph.entryStart.slice(),
    entries: entries.slice(),
  };
}

function badSource(which: string, from: unknown, node: number): RangeError {
  return new RangeError(
    `${which} comes from node ${quoted(from)}: it must come from a smaller node, 0 to ${node - 1}`,
  );
}

function badEntry(which: string, entry: unknown, size: number): RangeError {
  return new RangeError(
    `${which} has potential ${quoted(entry)}: an item of theta has entries 0 to ${size - 1}`,
  );
}

function unreachedLeaf(
  { nodes, edgeStart }: Pick<CompiledGraph, 'nodes' | 'edgeStart'>,
  name: string,
): RangeError {
  return new RangeError(
    `${name} has no path from its root, node 0, to its leaf, node ${nodes - 1}` +
      (edgeStart[nodes - 1] === edgeStart[nodes] ? ': no edge leads into the leaf' : ''),
  );
}

/**
 * A graph as flat arrays; one that is some already is checked and copied.
 *
 * @param name what messages call it
 * @param size the entries of one item's potentials
 * @throws TypeError for what is no graph; RangeError, with node and edge, for an edge that does not
 *   come from a smaller node, for an entry outside theta, and for a leaf that no path leads to
 */
export function compileGraph(
  graph: Graph | CompiledGraph,
  size: number,
  name = 'graph',
): CompiledGraph {
  const isObject = typeof graph === 'object' && graph !== null;
  if (isObject && 'edgeStart' in graph) return copyArrays(graph, size, name);
  if (typeof graph?.into !== 'function') {
    throw new TypeError(`${name} must be an object { nodes, into(node) }`);
  }
  const { nodes } = graph;
  checkSize(`${name}.nodes`, nodes, 2);
  const edgeStart = int32s(`the ${nodes} nodes of ${name}`, nodes + 1);
  const reached = allocated(`the ${nodes} nodes of ${name}`, () => new Uint8Array(nodes));
  const edgesOf = `edges of ${name}`;
  const [from, entryStart] = [new Growing(edgesOf), new Growing(edgesOf)];
  const entries = new Growing(`potentials of ${edgesOf}`);
  reached[0] = 1;
  for (let node = 1; node < nodes; node++) {
    const edges = graph.into(node);
    if (typeof edges?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`${name}.into(${node}) must be a list of edges [from, ...potentials]`);
    }
    let at = 0;
    /** What messages call the edge; made only when one is needed. */
    const which = () => `edge ${at} into node ${node} of ${name}`;
    for (const edge of edges as Iterable<readonly number[]>) {
      if (!Array.isArray(edge)) {
        throw new TypeError(`${which()} must be an array [from, ...potentials]`);
      }
      const before = edge[0] as number;
      if (!Number.isInteger(before) || before < 0 || before >= node) {
        throw badSource(which(), before, node);
      }
      from.push(before);
      if (reached[before]) reached[node] = 1;
      entryStart.push(entries.length);
      for (let k = 1; k < edge.length; k++) {
        const entry = edge[k] as number;
        if (!Number.isInteger(entry) || entry < 0 || entry >= size) {
          throw badEntry(which(), entry, size);
        }
        entries.push(entry);
      }
      at++;
    }
    edgeStart[node + 1] = from.length;
  }
  if (!reached[nodes - 1]) throw unreachedLeaf({ nodes, edgeStart }, name);
  entryStart.push(entries.length);
  return {
    nodes,
    edgeStart,
    from: from.finish(),
    entryStart: entryStart.finish(),
    entries: entries.finish(),
  };
}

/**
 * A compiled graph as one layer.
 * @param sizes the entries of each part of an item's potentials
 * @param read what edges add to a path
 */
export function singleLayer(
  graph: CompiledGraph,
  sizes: readonly number[],
  read: (edges: Int32Array) => ArrayLike<number>,
): LayeredGraph {
  const potentials = sizes.reduce((sum, size) => sum + size, 0);
  const used = new Uint8Array(potentials);
  for (const entry of graph.entries) used[entry] = 1;
  let degree = 0;
  for (let node = 0; node < graph.nodes; node++) {
    degree = Math.max(degree, graph.edgeStart[node + 1]! - graph.edgeStart[node]!);
  }
  const slices = sizes.map((length, part): Slice => ({ part, start: 0, length }));
  const layer: Layer = { ...graph, slices, used };
  return {
    layers: 1,
    layer: () => layer,
    reach: 0,
    most: { nodes: graph.nodes, edges: graph.from.length, degree, potentials },
    step: (_layer, _node, edge) => read(Int32Array.of(edge)),
    readAll: read,
  };
}
