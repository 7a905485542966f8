import { checkOptions } from '../option-names.js';
import { checkSwitch } from '../value-checks.js';
import { quoted } from '../visible.js';
import { checkBatch, checkSize, MOST_NUMBERED, smoothingOptions } from './checks.js';
import { createProgram } from './definition.js';
import type { FastPath } from './fast/fast-path.js';
import { graphPath } from './fast/graph.js';
import { guarded } from './fast/guarded.js';
import type { GraphProgram } from './fast/graph-registry.js';
import { compileGraph, singleLayer, type Graph, type LayeredGraph } from './graph.js';
import type { CompiledGraph } from '../kernels/graph-layout.js';
import { followed } from './paths.js';
import { formsOf, partSizes, type PartOptions, type PotentialForm } from './potentials.js';
import type { DynamicProgram, Smoothing, Structure } from './program.js';

/** The parts that theta must have, and those that it may have, as a structure. */
export type NamedStructure<P> = {
  [Name in keyof P as P[Name] extends { optional: true } ? never : Name]: 'array';
} & {
  [Name in keyof P as P[Name] extends { optional: true } ? Name : never]?: 'array';
};

/** The structure of theta by how its potentials were declared. */
export type StructureOf<P> = P extends number | readonly number[] ? 'array' : NamedStructure<P>;

/** What theta is made of: the entries of one item, their axes, or named parts. */
export type PotentialOptions =
  | number
  | readonly number[]
  | { readonly [name: string]: PartOptions };

/** The potentials, the graph and the smoothing of `defineProgram`. */
export interface DefineOptions<P extends PotentialOptions> extends Smoothing {
  batch: number;
  /**
   * The entries of one item's theta, their axes, or named parts { name: { shape, optional?, shared? } }; no
   * name is a whole number.
   */
  potentials: P;
  /**
   * The graph of every item, or that of each. One graph that items share is built once. Of a large one
   * all arrays may be given in one go.
   */
  graph: Graph | CompiledGraph | ((item: number) => Graph | CompiledGraph);
  /** 'max' (default): a smoothed maximum of scores. 'min': a smoothed minimum of costs. */
  sense?: 'max' | 'min' | 1 | -1;
  /**
   * What a path's edges read, default the edges themselves. They are numbered as `into` lists them,
   * node by node. What a whole path reads must be what its edges read, one behind the other: then
   * `logProbability` finds its edges again.
   */
  toPath?: (edges: Int32Array, item: number) => ArrayLike<number>;
  /**
   * Instead of `toPath`: what an edge adds to a path, by the node that it leads into and its place
   * among the edges that `into` lists there.
   */
  reads?: (node: number, edge: number, item: number) => ArrayLike<number>;
}
const optionNames = [
  ...['batch', 'potentials', 'graph', 'sense', 'toPath', 'reads'],
  ...smoothingOptions,
] as const;

/**
 * A dynamic program of one's own: the smoothed best-path score of any directed acyclic graph, with
 * every method of the contract. The root's value is 0, and each other node takes max_Ω of
 * value[from] plus the edge's potentials over the edges into it, in their order. Nodes that no path
 * from root to leaf crosses have mass 0, and entries of theta that no edge takes are ignored.
 *
 * O(edges) time and memory for every method but `kBest`, O(edges + k · nodes · in-degree).
 *
 * @example
 * ```ts
 * import { defineProgram } from 'didyprog';
 *
 * // The best of two ways from 0 to 2: theta[0] + theta[1], or theta[2].
 * const program = defineProgram({
 *   batch: 1,
 *   potentials: 3,
 *   graph: { nodes: 3, into: (node) => (node === 1 ? [[0, 0]] : [[1, 1], [0, 2]]) },
 *   omega: 'negentropy',
 * });
 * console.log(program.gradient(Float64Array.of(1, 3, 4)).gradient.join()); // 0.5,0.5,0.5
 * ```
 *
 * @throws RangeError or TypeError for a graph with an edge that does not come from a smaller node, an
 *   entry outside theta or a leaf that no path leads to, naming node and edge; for bad sizes or γ
 *
 * Source: Mensch & Blondel 2018, section 3, algorithms 1 and 2.
 */
export function defineProgram<const P extends PotentialOptions>(
  options: DefineOptions<P>,
): DynamicProgram<StructureOf<P>> {
  checkOptions('defineProgram', options, optionNames);
  const { batch, potentials, graph, sense = 'max', reads, toPath = (edges) => edges } = options;
  checkBatch(batch);
  if (![1, -1, 'max', 'min'].includes(sense)) {
    throw new RangeError(`sense is ${quoted(sense)}: it must be 'max' or 'min'`);
  }
  if (typeof toPath !== 'function') throw new TypeError('toPath must be a function (edges, item)');
  if (reads !== undefined && typeof reads !== 'function') {
    throw new TypeError('reads must be a function (node, edge, item)');
  }
  if (reads && options.toPath)
    throw new TypeError('reads and toPath are both given: one of them says it');
  const form = formOfOptions(potentials);
  const sizes = partSizes(form);
  const size = sizes.reduce((sum, part) => sum + part, 0);
  const compiled = new Map<Graph | CompiledGraph, CompiledGraph>();
  const graphs = Array.from({ length: batch }, (_, item): CompiledGraph => {
    const own = typeof graph === 'function' ? graph(item) : graph;
    const name = typeof graph === 'function' ? `graph(${item})` : 'graph';
    const known = compiled.get(own) ?? compileGraph(own, size, name);
    compiled.set(own, known);
    return known;
  });
  return graphProgram<StructureOf<P>>({
    omega: options.omega,
    ...(options.gamma !== undefined && { gamma: options.gamma }),
    batch,
    sense: sense === 'min' || sense === -1 ? -1 : 1,
    form,
    graph: (item) => graphs[item]!,
    ...(reads ? { reads } : { toPath }),
  });
}

/** A program over flat graphs, which are made when they are needed. */
export interface GraphProgramOptions extends GraphProgram {
  reads?: (node: number, edge: number, item: number) => ArrayLike<number>;
  toPath?: (edges: Int32Array, item: number) => ArrayLike<number>;
  /** The float32 path of a program that has kernels of its own; what it leaves, those of graphs do. */
  fast?: FastPath | string;
}

/** What `defineProgram` makes of options that are known to be right. */
export function graphProgram<S extends Structure>(options: GraphProgramOptions): DynamicProgram<S> {
  const { form, graph, reads, toPath = (edges) => edges, fast } = options;
  const sizes = partSizes(form);
  const size = sizes.reduce((sum, part) => sum + part, 0);
  if (size > MOST_NUMBERED) {
    throw new RangeError(
      `an item of theta has ${size} entries: it must have at most ${MOST_NUMBERED}`,
    );
  }
  const layered: LayeredGraph[] = [];
  return createProgram<S>({
    ...options,
    forms: formsOf([form], options.batch),
    paths: followed,
    graph: (item) =>
      (layered[item] ??= singleLayer(graph(item), sizes, (edges) =>
        reads
          ? readEdges(graph(item), edges, (node, edge) =>
              checkedNumbers('reads', reads(node, edge, item)),
            )
          : checkedNumbers('toPath', toPath(edges, item)),
      )),
    fast: guarded(fast ?? graphPath(options)),
  });
}

/** What a user's function says that edges read: a path holds 32-bit integers. */
function checkedNumbers(name: string, found: ArrayLike<number>): ArrayLike<number> {
  // Without the types it may be anything.
  const length: unknown = (found as ArrayLike<number> | undefined)?.length;
  if (typeof found === 'string' || typeof length !== 'number') {
    throw new TypeError(`${name} gave ${quoted(found)}: it must give a list of integers`);
  }
  if (found instanceof Int32Array) return found;
  for (let at = 0; at < length; at++) {
    if (found[at] === (found[at]! | 0)) continue;
    throw new RangeError(`${name} gave ${quoted(found[at])}: it must give integers of 32 bits`);
  }
  return found;
}

/** What edges add to a path, one behind the other. */
function readEdges(
  { edgeStart }: CompiledGraph,
  edges: Int32Array,
  reads: (node: number, edge: number) => ArrayLike<number>,
): number[] {
  const path: number[] = [];
  let node = 0;
  for (const edge of edges) {
    // The last node whose edges begin at or before this one, by halving: paths go up.
    let [low, high] = [node, edgeStart.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (edgeStart[middle]! <= edge) low = middle;
      else high = middle;
    }
    node = low;
    for (const entry of Array.from(reads(node, edge - edgeStart[node]!))) path.push(entry);
  }
  return path;
}

function formOfOptions(potentials: PotentialOptions): PotentialForm {
  if (typeof potentials === 'number') {
    checkSize('potentials', potentials, 1);
    return { parts: [{ name: '', shape: [potentials] }] };
  }
  if (Array.isArray(potentials)) {
    checkShape('potentials', potentials);
    return { parts: [{ name: '', shape: [...potentials] }] };
  }
  if (typeof potentials !== 'object' || potentials === null) {
    throw new TypeError(
      'potentials must be a number of entries, their axes, or an object of parts { shape }',
    );
  }
  const parts = Object.entries(potentials).map(([name, part]) => {
    if (name === '') throw new TypeError('potentials has a part without a name');
    if (isIndex(name)) {
      throw new TypeError(
        `potentials has a part ${quoted(name)}: its name must be no whole number, since such parts ` +
          'come first in an object, in whatever order they are declared',
      );
    }
    checkShape(`potentials.${name}.shape`, part?.shape);
    checkOptions(`potentials.${name}`, part, ['shape', 'optional', 'shared']);
    const { shape, optional = false, shared = false } = part;
    checkSwitch(`potentials.${name}.optional`, optional);
    checkSwitch(`potentials.${name}.shared`, shared);
    return { name, shape: [...shape], optional, shared };
  });
  if (parts.every(({ optional }) => optional)) {
    throw new TypeError('potentials must have a part that is not optional');
  }
  return { parts };
}

/** Whether an object has a key before all others: then the parts are not in the order of their declaration. */
const isIndex = (name: string) => String(Number(name) >>> 0) === name;

function checkShape(name: string, shape: unknown): void {
  if (!Array.isArray(shape)) {
    throw new TypeError(`${name} must be the axes of one item, such as [rows, cols]`);
  }
  shape.forEach((axis: number, at) => checkSize(`${name}[${at}]`, axis, 1));
}
