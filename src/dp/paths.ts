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
   * The maxes on the path that takes each entry as often as an indicator has it. Of several such paths
   * the fewest; undefined if there is none.
   *
   * @throws RangeError that names the item, where too many ways would have to be told apart
   */
  maxesOfIndicator(graph: LayeredGraph, indicator: Indicator, item: number): number | undefined;
}

/** An edge of a path, and those after it. */
interface Taken {
  readonly layer: number;
  readonly node: number;
  readonly edge: number;
  readonly after: Taken | undefined;
}

/** A way back from the leaf to a node, and how much of what is followed lies before it. */
interface Pending {
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

/** What a search for the path of an indicator keeps to. */
interface Limits {
  /** By node, of the last node before it that every path of the indicator passes. */
  stops?: Int32Array;
  /** How many ways may be followed at once, beside one to each node; default any number. */
  ways?: number;
}

/** As many before it is worth while to look for the nodes that every path passes. */
const FEW_WAYS = 64;

/** Ways that are followed at once where entries, and not only their number, tell them apart. */
const MOST_WAYS = 4096;

/**
 * Follows a path that is known by what its edges read, or by its indicator, back from the leaf to
 * the root. Where several edges fit, all of them are followed: O(1) for each edge that is tried.
 */
class Follower {
  /** The way to the root with the fewest maxes, its log-probability that of all ways. */
  found: Way | undefined;
  /** Whether it was given up: there were more ways at once than the limits allow. */
  isGivenUp = false;
  /** By node, counted back from the leaf at −1, and by what is left. */
  readonly #pending = new Map<number, Map<number, Pending>>();
  /** The ways that are pending beside one to each node. */
  #more = 0;
  /** The first node of the layer that was visited last. */
  #first = 0;
  readonly #fit: Fit;
  readonly #limits: Limits;

  constructor(whole: number, fit: Fit, limits: Limits = {}) {
    this.#fit = fit;
    this.#limits = limits;
    this.#add(-1, { left: whole, log: 0, maxes: 0, taken: undefined, isOneOfSeveral: false });
  }

  /** Goes on through a layer; `logs` are those of its edges, from `at` on. */
  visit(index: number, layer: Layer, logs?: Float64Array, at = 0): void {
    const { nodes, edgeStart, from } = layer;
    this.#first -= nodes;
    // From last to first: edges lead back to smaller nodes.
    for (let node = nodes - 1; node >= 0 && this.#pending.size > 0 && !this.isGivenUp; node--) {
      const ways = this.#pending.get(this.#first + node);
      if (!ways) continue;
      this.#pending.delete(this.#first + node);
      this.#more -= ways.size - 1;
      const stop = this.#limits.stops?.at(this.#first + node) ?? -Infinity;
      for (const current of ways.values()) {
        if (index === 0 && node === 0) {
          if (current.left === 0) this.#arrive(current);
          continue;
        }
        for (let edge = edgeStart[node]!; edge < edgeStart[node + 1]!; edge++) {
          if (this.#first + from[edge]! < stop) continue;
          const left = this.#fit(index, layer, node, edge, current.left);
          if (left === undefined) continue;
          this.#add(this.#first + from[edge]!, {
            left,
            log: current.log + (logs ? logs[at + edge]! : 0),
            maxes: current.maxes + 1,
            taken: { layer: index, node, edge, after: current.taken },
            isOneOfSeveral: current.isOneOfSeveral,
          });
        }
      }
    }
  }

  #add(node: number, way: Pending): void {
    let ways = this.#pending.get(node);
    if (!ways) this.#pending.set(node, (ways = new Map()));
    const same = ways.get(way.left);
    if (same) return merge(same, way);
    if (ways.size > 0) this.#more++;
    ways.set(way.left, way);
    this.isGivenUp ||= this.#more > (this.#limits.ways ?? Infinity);
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

function followLayers(graph: LayeredGraph, whole: number, fit: Fit, limits?: Limits): Follower {
  const follower = new Follower(whole, fit, limits);
  for (let index = graph.layers - 1; index >= 0; index--) {
    follower.visit(index, graph.layer(index));
  }
  return follower;
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
    const { found } = followLayers(graph, path.length, reading(graph, path));
    if (indicator) addTaken(graph, found?.taken, indicator);
    return found?.maxes;
  },
  maxesOfIndicator(graph, indicator, item) {
    let count = 0;
    for (const array of indicator) array?.forEach((n) => (count += n));
    let follower = followLayers(graph, count, among(indicator), { ways: FEW_WAYS });
    const { found: first, isGivenUp } = follower;
    if (isGivenUp || first?.isOneOfSeveral) {
      const stops = stopsOf(graph, indicator);
      if (isGivenUp) follower = followLayers(graph, count, among(indicator), { stops });
      if (follower.found?.isOneOfSeveral) {
        // They take as many entries: only some may take those of the indicator.
        const weights = weightsOf(indicator);
        const fit = among(indicator, weights);
        const limits = { stops, ways: MOST_WAYS };
        follower = followLayers(graph, totalOf(indicator, weights), fit, limits);
      }
    }
    if (follower.isGivenUp) {
      throw new RangeError(
        `y of batch item ${item} fits more than ${MOST_WAYS} ways at once: give its path instead`,
      );
    }
    const { found } = follower;
    if (!found) return undefined;
    const taken = indicator.map((array) => array && zerosLike(array));
    addTaken(graph, found.taken, taken);
    const isSame = indicator.every(
      (array, part) => array?.every((n, at) => n === taken[part]![at]) ?? true,
    );
    return isSame ? found.maxes : undefined;
  },
};

/**
 * For each node the last one before it that every path of an indicator passes, counted back from the leaf
 * at −1: one that all edges lead into that take an entry of it. Ways that leave it out need not be followed.
 */
function stopsOf(graph: LayeredGraph, indicator: Indicator): Int32Array {
  const layers = Array.from({ length: graph.layers }, (_, index) => graph.layer(index));
  const total = layers.reduce((sum, { nodes }) => sum + nodes, 0);
  /** By entry: 1 more than the node that takes it, 0 for none, −1 for several. */
  const takers = indicator.map((array) => array && new Int32Array(array.length));
  let first = 0;
  for (const layer of layers) {
    for (let node = 0; node < layer.nodes; node++) {
      const own = first + node + 1;
      for (let edge = layer.edgeStart[node]!; edge < layer.edgeStart[node + 1]!; edge++) {
        everyEntry(layer, node, edge, (part, index) => {
          const known = takers[part];
          if (known) known[index] = known[index] === 0 || known[index] === own ? own : -1;
          return true;
        });
      }
    }
    first += layer.nodes;
  }
  const isStop = new Uint8Array(total);
  takers.forEach((own, part) =>
    own?.forEach((taker, at) => {
      if (taker > 0 && indicator[part]![at]! > 0) isStop[taker - 1] = 1;
    }),
  );
  const stops = new Int32Array(total);
  let last = -total;
  for (let node = 0; node < total; node++) {
    stops[node] = last;
    if (isStop[node]) last = node - total;
  }
  return stops;
}

type Weights = readonly (Float64Array | undefined)[];

/** Sums of weights are exact modulo this. */
const MODULUS = 2 ** 52;

/**
 * A weight for each entry of an indicator, as if drawn: two ways that have the same weight left have
 * the same entries left, but for one pair in 2^52.
 */
function weightsOf(indicator: Indicator): Weights {
  let state = 1;
  const bits26 = () => {
    // Marsaglia's xorshift.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 6;
  };
  return indicator.map(
    (array) => array && Float64Array.from(array, () => bits26() * 2 ** 26 + bits26()),
  );
}

/** The weight of all entries, each as often as the indicator has it. */
function totalOf(indicator: Indicator, weights: Weights): number {
  let total = 0;
  indicator.forEach((array, part) =>
    array?.forEach((count, at) => {
      for (; count > 0; count--) total = (total + weights[part]![at]!) % MODULUS;
    }),
  );
  return total;
}

/** An edge fits if all its entries are among those of the indicator; default weights of 1. */
function among(indicator: Indicator, weights?: Weights): Fit {
  return (_index, layer, node, edge, left) => {
    const fits = everyEntry(layer, node, edge, (part, index) => {
      const has = indicator[part]?.[index];
      if (has !== undefined) left -= weights ? weights[part]![index]! : 1;
      if (weights && left < 0) left += MODULUS;
      return has !== 0;
    });
    return fits && left >= 0 ? left : undefined;
  };
}
