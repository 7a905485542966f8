import { noPath } from './checks.js';
import type { Layer, LayeredGraph } from './graph.js';
import type { Smoother } from './omega/smoother.js';
import type { ItemPotentials } from './potentials.js';

/** What a forward pass leaves for the way back, by edge of some consecutive layers. */
export interface Tape {
  /** The local argmax, or its logarithm. */
  readonly q: Float64Array | Uint8Array;
  /** Its derivative along the direction. */
  readonly qDot?: Float64Array | undefined;
  readonly inLogs: boolean;
}

/** What a tape holds of each edge. */
export type TapeKind = 'shares' | 'tangents' | 'choice' | 'logs';

/** One item of a batch: its graph, its potentials, and what it is solved with. */
export interface Problem {
  readonly item: number;
  readonly graph: LayeredGraph;
  readonly potentials: ItemPotentials;
  readonly smoother: Smoother;
  /** Bytes for tapes and checkpoints. */
  readonly memory: number;
  readonly sweep: Sweep;
}

/** Visits a layer on the way back: its edges are at `at` of the tape. */
type Visit = (index: number, layer: Layer, tape: Tape, at: number) => void;

/** Runs the recursion to the leaf, then visits the layers from last to first with their part of the tape. */
export type Sweep = (
  problem: Problem,
  kind: TapeKind,
  visit: Visit,
) => { value: number; slope: number };

/**
 * The Bellman recursion, forward (Mensch & Blondel 2018, algorithm 1, and with a direction algorithm
 * 2): V(v) = max_Ω over the edges e into v of V(from(e)) + θ(e), V(root) = 0. Values are kept of one
 * layer and of the `reach` nodes before it, which come first.
 */
export class Forward {
  readonly values: Float64Array;
  readonly slopes: Float64Array;
  /** The nodes of the layer that was computed last. */
  nodes = 0;
  readonly #theta: Float64Array;
  readonly #z: Float64Array;
  readonly #x: Float64Array;
  readonly #q: Float64Array;
  readonly #xDot: Float64Array;
  readonly #qDot: Float64Array;

  constructor(
    readonly problem: Problem,
    readonly tangent: boolean,
  ) {
    const { reach, most } = problem.graph;
    this.values = new Float64Array(reach + most.nodes).fill(-Infinity);
    this.slopes = new Float64Array(tangent ? reach + most.nodes : 0);
    this.#theta = new Float64Array(most.potentials);
    this.#z = new Float64Array(tangent ? most.potentials : 0);
    this.#x = new Float64Array(most.degree);
    this.#q = new Float64Array(most.degree);
    this.#xDot = new Float64Array(tangent ? most.degree : 0);
    this.#qDot = new Float64Array(tangent ? most.degree : 0);
  }

  /** Computes a layer from those before it; its edges are at `at` of the tape. */
  advance(index: number, layer: Layer, tape?: Tape, at = 0): void {
    const { graph, potentials, smoother } = this.problem;
    const { reach } = graph;
    const { nodes, edgeStart, from, entries, nodeEntries } = layer;
    const { values, slopes, tangent } = this;
    const theta = this.#theta;
    const z = this.#z;
    const x = this.#x;
    const q = this.#q;
    const xDot = this.#xDot;
    const qDot = this.#qDot;
    values.copyWithin(0, this.nodes, this.nodes + reach);
    if (tangent) slopes.copyWithin(0, this.nodes, this.nodes + reach);
    this.nodes = nodes;
    potentials.read(layer, theta);
    if (tangent) potentials.readDirection(layer, z);

    for (let node = 0; node < nodes; node++) {
      const first = edgeStart[node]!;
      const n = edgeStart[node + 1]! - first;
      if (n === 0) {
        values[reach + node] = index === 0 && node === 0 ? 0 : -Infinity;
        if (tangent) slopes[reach + node] = 0;
        continue;
      }
      for (let k = 0; k < n; k++) x[k] = values[reach + from[first + k]!]!;
      if (entries.length > 0) addPotentials(x, theta, layer, first, n);
      const value = smoother.max(x, n, q);
      values[reach + node] = nodeEntries ? value + theta[nodeEntries[node]!]! : value;
      if (tangent) {
        let slope = nodeEntries ? z[nodeEntries[node]!]! : 0;
        for (let k = 0; k < n; k++) xDot[k] = slopes[reach + from[first + k]!]!;
        if (entries.length > 0) addPotentials(xDot, z, layer, first, n);
        for (let k = 0; k < n; k++) if (q[k]! > 0) slope += q[k]! * xDot[k]!;
        slopes[reach + node] = slope;
        smoother.product(x, q, xDot, n, qDot);
      }
      if (tape) record(tape, at + first, n, smoother, x, q, value, qDot);
    }
  }

  /** DP_Ω, once the last layer is done. */
  value(): number {
    const value = this.values[this.problem.graph.reach + this.nodes - 1]!;
    if (value === -Infinity) throw noPath(this.problem.item);
    return value;
  }

  /** Its derivative along the direction. */
  slope(): number {
    return this.tangent ? this.slopes[this.problem.graph.reach + this.nodes - 1]! : 0;
  }
}

/** Adds the potentials of n edges, from `first` on, to their scores. */
function addPotentials(
  scores: Float64Array,
  potentials: Float64Array,
  { entryStart, entries }: Layer,
  first: number,
  n: number,
): void {
  for (let k = 0; k < n; k++) {
    const end = entryStart[first + k + 1]!;
    for (let e = entryStart[first + k]!; e < end; e++) scores[k]! += potentials[entries[e]!]!;
  }
}

/** Writes what one node's maximum found to the tape. */
function record(
  tape: Tape,
  at: number,
  n: number,
  smoother: Smoother,
  x: Float64Array,
  q: Float64Array,
  value: number,
  qDot: Float64Array,
): void {
  if (tape.inLogs) {
    for (let k = 0; k < n; k++) {
      const log = smoother.logShare?.(x[k]!, q[k]!, value) ?? Math.log(q[k]!);
      tape.q[at + k] = value > -Infinity ? log : -Infinity;
    }
    return;
  }
  for (let k = 0; k < n; k++) tape.q[at + k] = q[k]!;
  if (tape.qDot) for (let k = 0; k < n; k++) tape.qDot[at + k] = qDot[k]!;
}

/** The sweep of a graph of one layer, whose tape is always kept. */
export const sweepLayer: Sweep = (problem, kind, visit) => {
  const layer = problem.graph.layer(0);
  const forward = new Forward(problem, kind === 'tangents');
  const tape = createTape(kind, layer.from.length);
  forward.advance(0, layer, tape);
  const result = { value: forward.value(), slope: forward.slope() };
  visit(0, layer, tape, 0);
  return result;
};

export function createTape(kind: TapeKind, edges: number): Tape {
  return {
    q: kind === 'choice' ? new Uint8Array(edges) : new Float64Array(edges),
    qDot: kind === 'tangents' ? new Float64Array(edges) : undefined,
    inLogs: kind === 'logs',
  };
}

/** DP_Ω alone. O(edges) time, and memory for the values that a layer's edges reach. */
export function valueOf(problem: Problem): number {
  const forward = new Forward(problem, false);
  const { graph } = problem;
  for (let index = 0; index < graph.layers; index++) forward.advance(index, graph.layer(index));
  return forward.value();
}

/**
 * DP_Ω and the expected path, written to the potentials: the mass of the leaf is 1, that of an edge
 * is its share of the mass of the node it leads to, and that of another node the sum over the edges
 * out of it. With `tangent` also their derivatives along the direction, of which those of the
 * expected path are the Hessian-vector product. O(edges). Mensch & Blondel 2018, algorithms 1 and 2.
 */
export function derivativesOf(
  problem: Problem,
  tangent: boolean,
): { value: number; slope: number } {
  const { graph, potentials } = problem;
  const { reach, most } = graph;
  const window = reach + most.nodes;
  const mass = new Float64Array(window);
  const massDot = new Float64Array(tangent ? window : 0);
  const expected = new Float64Array(most.potentials);
  const product = tangent ? new Float64Array(most.potentials) : undefined;
  return problem.sweep(problem, tangent ? 'tangents' : 'shares', (index, layer, tape, at) => {
    const { nodes, edgeStart, from, entryStart, entries, nodeEntries } = layer;
    const { q, qDot } = tape;
    const bare = entries.length === 0;
    shiftBack(mass, nodes, reach);
    if (qDot) shiftBack(massDot, nodes, reach);
    if (index === graph.layers - 1) mass[reach + nodes - 1] = 1;
    expected.fill(0);
    product?.fill(0);
    for (let node = nodes - 1; node >= 0; node--) {
      const here = mass[reach + node]!;
      const hereDot = qDot ? massDot[reach + node]! : 0;
      if (here === 0 && hereDot === 0) continue;
      const last = edgeStart[node + 1]!;
      if (nodeEntries && edgeStart[node]! < last) {
        expected[nodeEntries[node]!]! += here;
        if (product) product[nodeEntries[node]!]! += hereDot;
      }
      for (let edge = edgeStart[node]!; edge < last; edge++) {
        const share = q[at + edge]!;
        const moved = share * here;
        const end = bare ? 0 : entryStart[edge + 1]!;
        if (moved !== 0) {
          mass[reach + from[edge]!]! += moved;
          for (let e = bare ? 0 : entryStart[edge]!; e < end; e++) expected[entries[e]!]! += moved;
        }
        if (!qDot) continue;
        const movedDot = qDot[at + edge]! * here + share * hereDot;
        massDot[reach + from[edge]!]! += movedDot;
        for (let e = bare ? 0 : entryStart[edge]!; e < end; e++) product![entries[e]!]! += movedDot;
      }
    }
    potentials.write(layer, expected, product);
  });
}

/** Makes room for the masses of the layer before: what its nodes have moves to where they are now. */
function shiftBack(mass: Float64Array, nodes: number, reach: number): void {
  mass.copyWithin(nodes, 0, reach);
  mass.fill(0, 0, nodes);
}

/** Visits the layers with the logarithms of the local argmaxes, last to first. */
export function visitLogShares(
  problem: Problem,
  visit: (index: number, layer: Layer, logs: Float64Array, at: number) => void,
): void {
  problem.sweep(problem, 'logs', (index, layer, { q }, at) =>
    visit(index, layer, q as Float64Array, at),
  );
}
