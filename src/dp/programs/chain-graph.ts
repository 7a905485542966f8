import type { Layer, LayeredGraph, Slice } from '../graph.js';
import { rootLayer } from '../root-layer.js';
import type { Path } from '../program.js';

/** The potentials of a chain's layer, and how its edges take them. */
interface ChainLayer {
  /** The entries of the edge from state `from` to state `to`, in the layer's slices. */
  entries(to: number, from: number): number[];
  /** The entry that all edges to a state have. */
  nodeEntry?: (to: number) => number;
}

/** A chain of moves: what its first move, the later ones and the end take of theta. */
export interface ChainKind {
  states: number;
  /** The scores of the first position are those of the first edges: no maximum is taken there. */
  first: ChainLayer & { slices: readonly Slice[] };
  later: ChainLayer & { slices(move: number): readonly Slice[] };
  end: ChainLayer & { slices: readonly Slice[] };
  /** The only maximum of a chain without moves: over its single position's states. */
  only: ChainLayer & { slices: readonly Slice[] };
}

/**
 * Graphs of chains by their number of moves. A layer is a position, a node a state of it; the leaf
 * is a layer of its own behind the last position.
 */
export function chainGraphs(kind: ChainKind): (moves: number) => LayeredGraph {
  // Most calls run on the kernels, which know chains without a graph.
  let built: ((moves: number) => LayeredGraph) | undefined;
  return (moves) => (built ??= buildGraphs(kind))(moves);
}

function buildGraphs({ states, first, later, end, only }: ChainKind) {
  const fromRoot = () => -1;
  const fromBefore = (state: number) => state - states;
  const firstLayer = layer(states, states, fromRoot, first, first.slices);
  const laterLayer = layer(states, states, fromBefore, later, []);
  const endLayer = layer(1, states, fromBefore, end, end.slices);
  const onlyLayer = layer(1, states, fromRoot, only, only.slices);
  const potentials = (slices: readonly Slice[]) =>
    slices.reduce((sum, { length }) => sum + length, 0);
  const most = {
    nodes: states,
    edges: states * states,
    degree: states,
    potentials: Math.max(
      ...[first.slices, later.slices(1), end.slices, only.slices].map(potentials),
    ),
  };
  return (moves: number): LayeredGraph => ({
    layers: moves + 2,
    reach: states,
    most,
    layer(index) {
      if (index === 0) return rootLayer;
      if (index === moves + 1) return moves === 0 ? onlyLayer : endLayer;
      return index === 1 ? firstLayer : { ...laterLayer, slices: later.slices(index - 1) };
    },
    // Each edge reads the state that it comes from.
    step: (_layer, _node, edge) => [edge % states],
  });
}

function layer(
  nodes: number,
  states: number,
  from: (state: number) => number,
  { entries, nodeEntry }: ChainLayer,
  slices: readonly Slice[],
): Layer {
  const ends = Array.from({ length: nodes * states }, (_, edge): [to: number, from: number] => [
    Math.floor(edge / states),
    edge % states,
  ]);
  const lists = ends.map(([to, state]) => entries(to, state));
  const width = lists[0]!.length;
  return {
    nodes,
    edgeStart: Int32Array.from({ length: nodes + 1 }, (_, node) => node * states),
    from: Int32Array.from(ends, ([, state]) => from(state)),
    entryStart: Int32Array.from({ length: ends.length + 1 }, (_, edge) => edge * width),
    entries: Int32Array.from(lists.flat()),
    nodeEntries: nodeEntry && Int32Array.from({ length: nodes }, (_, to) => nodeEntry(to)),
    slices,
  };
}

/**
 * @throws RangeError for a path of another number of positions, or with a state that is not there
 */
export function checkStates(path: Path, item: number, positions: number, states: number): void {
  if (path.length !== positions) {
    throw new RangeError(
      `paths[${item}] has ${path.length} states: the item has ${positions} positions`,
    );
  }
  path.forEach((state, position) => {
    if (!Number.isInteger(state) || state < 0 || state >= states) {
      throw new RangeError(
        `paths[${item}][${position}] is ${state}: states are numbered 0 to ${states - 1}`,
      );
    }
  });
}
