import { allocated } from './checks.js';
import {
  createTape,
  Forward,
  type Problem,
  type Sweep,
  type Tape,
  type TapeKind,
} from './recursion.js';

/** What a tape holds of each edge, in bytes. */
const bytesPerEdge: Record<TapeKind, number> = { shares: 8, tangents: 16, choice: 1, logs: 8 };

/**
 * The sweep of a graph of layers. When a tape of all layers would not fit the memory, the forward pass keeps
 * only the values before every `segment`-th layer, and each segment is computed again when its turn comes:
 * twice the work, and the same numbers to the last bit.
 */
export const sweepLayers: Sweep = (problem, kind, visit) => {
  const { graph } = problem;
  const forward = new Forward(problem, kind === 'tangents');
  const segment = segmentLayers(problem, bytesPerEdge[kind], kind === 'tangents' ? 2 : 1);
  const lastStart = Math.floor((graph.layers - 1) / segment) * segment;
  const checkpoints: Checkpoint[] = [];
  for (let index = 0; index < lastStart; index++) {
    if (index % segment === 0) checkpoints.push(checkpointOf(forward));
    forward.advance(index, graph.layer(index));
  }
  let result: { value: number; slope: number } | undefined;
  let tape: Tape | undefined;
  for (let start = lastStart; start >= 0; start -= segment) {
    const end = Math.min(start + segment, graph.layers);
    if (start < lastStart) restore(forward, checkpoints.pop()!);
    const places = [0];
    for (let index = start; index < end; index++) {
      places.push(places[index - start]! + graph.layer(index).from.length);
    }
    const edges = Math.max(places.at(-1)!, start > 0 ? segment * graph.most.edges : 0);
    tape ??= allocated(`the shares of ${edges} edges`, () => createTape(kind, edges));
    for (let index = start; index < end; index++) {
      forward.advance(index, graph.layer(index), tape, places[index - start]!);
    }
    result ??= { value: forward.value(), slope: forward.slope() };
    for (let index = end - 1; index >= start; index--) {
      visit(index, graph.layer(index), tape, places[index - start]!);
    }
  }
  return result!;
};

/** Where a forward pass stands. */
type Checkpoint = Pick<Forward, 'values' | 'slopes' | 'nodes'>;

function checkpointOf({ values, slopes, nodes }: Forward): Checkpoint {
  return { values: values.slice(), slopes: slopes.slice(), nodes };
}

function restore(forward: Forward, { values, slopes, nodes }: Checkpoint): void {
  forward.values.set(values);
  forward.slopes.set(slopes);
  forward.nodes = nodes;
}

/**
 * The layers of a segment: as many as the memory allows beside the checkpoints. One too small for
 * any choice gets the one that needs least, about √layers.
 */
function segmentLayers({ graph, memory }: Problem, perEdge: number, windows: number): number {
  const { layers, most, reach } = graph;
  const perLayer = most.edges * perEdge;
  const perCheckpoint = 8 * windows * (reach + most.nodes);
  if (layers * perLayer <= memory) return layers;
  const frugal = Math.max(1, Math.round(Math.sqrt((layers * perCheckpoint) / perLayer)));
  let segment = Math.min(layers, Math.floor(memory / perLayer));
  while (
    segment > frugal &&
    segment * perLayer + Math.ceil(layers / segment) * perCheckpoint > memory
  ) {
    segment--;
  }
  return Math.min(layers, Math.max(segment, frugal));
}
