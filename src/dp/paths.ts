import { zerosLike } from './checks.js';
import type { Layer, LayeredGraph } from './graph.js';
import { visitLogShares, type Problem } from './recursion.js';
import type { Path } from './program.js';
import type { RealArray } from './real-array.js';

/** The indicator of an item's path: the item's entries of each part; undefined where one is left out. */
export type Indicator = readonly (RealArray | undefined)[];

/** How the edges of a path are found. */
export interface PathFinder {
  /** log p of a path under the walk; undefined for a path that the graph does not have. */
  logProbability(problem: Problem, path: Path): number | undefined;
  /** The maxes on a path; undefined as above. Adds the path to `indicator`. */
  maxes(graph: LayeredGraph, path: Path, indicator?: Indicator): number | undefined;
  /**
   * The maxes on the path of an indicator: each of its edges takes entries that the indicator has, and
   * together as many as it has. Of several such paths the fewest; undefined if there is none.
   */
  maxesOfIndicator(graph: LayeredGraph, indicator: Indicator): number | undefined;
}

/** An edge of a path, and those after it. */
interface Taken {
  readonly layer: number;
  readonly node: number;
  readonly edge: number;
  readonly after: Taken | undefined;
}

/** A node on the way back from the leaf, and how much of what is followed lies before it. */
interface Pending {
  /** Relative to the layer that is visited. */
  node: number;
  left: number;
  log: number;
  maxes: number;
  taken: Taken | undefined;
  /** Whether other ways from here to the leaf fit too, of which this stands for all. */
  isOneOfSeveral: boolean;
}

/** How much of what is followed lies before an edge; undefined if the edge does not fit. */
type Fit = (
  index: number,
  layer: Layer,
  node: number,
  edge: number,
  left: number,
) => number | undefined;

/**
 * Follows a path that is known by what its edges read, or by its indicator, back from the leaf to
 * the root. Where several edges fit, all of them are followed.
 */
class Follower {
  /** The way to the root with the fewest maxes, its log-probability that of all ways. */
  found: Way | undefined;
  #pending: Pending[];
  readonly #fit: Fit;

  constructor(whole: number, fit: Fit) {
    this.#fit = fit;
    const start = { node: -1, left: whole, log: 0, maxes: 0, taken: undefined };
    this.#pending = [{ ...start, isOneOfSeveral: false }];
  }

  /** Goes on through a layer; `logs` are those of its edges, from `at` on. */
  visit(index: number, layer: Layer, logs?: Float64Array, at = 0): void {
    const { nodes, edgeStart, from } = layer;
    for (const pending of this.#pending) pending.node += nodes;
    for (;;) {
      const current = this.#last();
      if (!current) return;
      if (index === 0 && current.node === 0) {
        if (current.left === 0) this.#arrive(current);
        continue;
      }
      for (let edge = edgeStart[current.node]!; edge < edgeStart[current.node + 1]!; edge++) {
        const left = this.#fit(index, layer, current.node, edge, current.left);
        if (left === undefined) continue;
        this.#add({
          node: from[edge]!,
          left,
          log: current.log + (logs ? logs[at + edge]! : 0),
          maxes: current.maxes + 1,
          taken: { layer: index, node: current.node, edge, after: current.taken },
          isOneOfSeveral: current.isOneOfSeveral,
        });
      }
    }
  }

  /** Takes out the pending node that comes last in the layer. */
  #last(): Pending | undefined {
    let last: Pending | undefined;
    for (const one of this.#pending) if (one.node >= 0 && one.node >= (last?.node ?? 0)) last = one;
    if (last) this.#pending.splice(this.#pending.indexOf(last), 1);
    return last;
  }

  #add(way: Pending): void {
    const same = this.#pending.find(({ node, left }) => node === way.node && left === way.left);
    if (same) merge(same, way);
    else this.#pending.push(way);
  }

  #arrive(way: Pending): void {
    if (this.found) merge(this.found, way);
    else this.found = way;
  }
}

type Way = Pick<Pending, 'log' | 'maxes' | 'taken' | 'isOneOfSeveral'>;

function merge(into: Way, way: Way): void {
  into.isOneOfSeveral = true;
  const top = Math.max(into.log, way.log);
  if (top > -Infinity)
    into.log = top + Math.log(Math.exp(into.log - top) + Math.exp(way.log - top));
  if (way.maxes >= into.maxes) return;
  into.maxes = way.maxes;
  into.taken = way.taken;
}

/** An edge fits if what it reads ends the part of the path that is left. */
function reading(graph: LayeredGraph, path: Path): Fit {
  return (index, _layer, node, edge, left) => {
    const step = graph.step(index, node, edge);
    const start = left - step.length;
    if (start < 0) return undefined;
    for (let k = 0; k < step.length; k++) if (step[k] !== path[start + k]) return undefined;
    return start;
  };
}

function followLayers(graph: LayeredGraph, whole: number, fit: Fit) {
  const follower = new Follower(whole, fit);
  for (let index = graph.layers - 1; index >= 0; index--) {
    follower.visit(index, graph.layer(index));
  }
  return follower.found;
}

/** Adds the entries that the edges of a path take, from one on, to its indicator. */
function addTaken(graph: LayeredGraph, first: Taken | undefined, indicator: Indicator): void {
  for (let taken = first; taken; taken = taken.after) {
    everyEntry(graph.layer(taken.layer), taken.node, taken.edge, (part, index) => {
      const array = indicator[part];
      if (array) array[index]! += 1;
      return true;
    });
  }
}

/** Calls `visit` for the part and the index of every entry of theta that an edge takes, until it is false. */
function everyEntry(
  { slices, entryStart, entries, nodeEntries }: Layer,
  node: number,
  edge: number,
  visit: (part: number, index: number) => boolean,
): boolean {
  const visitEntry = (entry: number): boolean => {
    let at = entry;
    for (const { part, start, length } of slices) {
      if (at < length) return visit(part, start + at);
      at -= length;
    }
    throw new Error(`a layer has no potential ${entry}`);
  };
  for (let e = entryStart[edge]!; e < entryStart[edge + 1]!; e++) {
    if (!visitEntry(entries[e]!)) return false;
  }
  return !nodeEntries || visitEntry(nodeEntries[node]!);
}

/** Finds the edges of paths that are known by what their edges read, and of indicators. */
export const followed: PathFinder = {
  logProbability(problem, path) {
    const follower = new Follower(path.length, reading(problem.graph, path));
    visitLogShares(problem, (index, layer, logs, at) => follower.visit(index, layer, logs, at));
    return follower.found?.log;
  },
  maxes(graph, path, indicator) {
    const found = followLayers(graph, path.length, reading(graph, path));
    if (indicator) addTaken(graph, found?.taken, indicator);
    return found?.maxes;
  },
  maxesOfIndicator(graph, indicator) {
    let whole = 0;
    for (const array of indicator) for (const count of array ?? []) whole += count;
    const fit: Fit = (_index, layer, node, edge, left) => {
      const taken = everyEntry(layer, node, edge, (part, index) => {
        const has = indicator[part]?.[index];
        if (has !== undefined) left--;
        return has !== 0;
      });
      return taken && left >= 0 ? left : undefined;
    };
    const found = followLayers(graph, whole, fit);
    if (!found || found.isOneOfSeveral) return found?.maxes;
    // The only way there takes as many entries, all of them among those of the indicator: but each as often?
    const taken = indicator.map((array) => array && zerosLike(array));
    addTaken(graph, found.taken, taken);
    const isSame = indicator.every(
      (array, part) => array?.every((n, at) => n === taken[part]![at]) ?? true,
    );
    return isSame ? found.maxes : undefined;
  },
};
