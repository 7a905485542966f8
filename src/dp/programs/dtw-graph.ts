import type { Layer, LayeredGraph } from '../graph.js';
import { rootLayer } from '../root-layer.js';
import type { Path } from '../program.js';
import type { Corridor, Moves } from './corridor.js';

/** The rectangle of one item, and the cells of it that paths may use. */
export interface Rectangle {
  readonly rows: number;
  readonly cols: number;
  readonly corridor: Corridor;
}

/**
 * The alignment graph of a rectangle: a layer is a row, a node a cell of the corridor, whose cost all
 * edges into it have. They come from the diagonal, up (i − 1, j) and left (i, j − 1), in this order.
 */
export function alignmentGraph(rectangle: Rectangle, moves: Moves, stride: number): LayeredGraph {
  const { rows, corridor } = rectangle;
  const { first, last, width } = corridor;
  const slices = (i: number) => [
    { part: 0, start: i * stride + first[i]!, length: last[i]! - first[i]! + 1 },
  ];
  /** Rows whose own columns and whose columns above are those of this one are alike. */
  const alike = (i: number, j: number) =>
    i > 0 && j > 0 && [first, last].every((of) => of[i] === of[j] && of[i - 1] === of[j - 1]);
  let recent: { row: number; layer: Layer } | undefined;
  return {
    layers: rows + 1,
    reach: width,
    most: { nodes: width, edges: 3 * width, degree: 3, potentials: width },
    layer(index) {
      if (index === 0) return rootLayer;
      const row = index - 1;
      const known = recent && (recent.row === row || alike(recent.row, row));
      if (known && recent) return { ...recent.layer, slices: slices(row) };
      const layer = rowLayer(corridor, row, moves);
      recent = { row, layer };
      return { ...layer, slices: slices(row) };
    },
    step: (index, node) => [index - 1, first[index - 1]! + node],
  };

  function rowLayer({ first, last }: Corridor, row: number, moves: Moves): Layer {
    const from = first[row]!;
    const nodes = last[row]! - from + 1;
    const edgeStart = new Int32Array(nodes + 1);
    const edges = new Int32Array(3 * nodes);
    let count = 0;
    for (let node = 0; node < nodes; node++) {
      const j = from + node;
      if (row === 0) {
        if (j === 0) edges[count++] = -1;
      } else {
        // The row above ends right before this one.
        const above = (column: number) => column - last[row - 1]! - 1;
        const within = (column: number) => column >= first[row - 1]! && column <= last[row - 1]!;
        if (within(j - 1)) edges[count++] = above(j - 1);
        if (within(j)) edges[count++] = above(j);
      }
      if (moves === 'classic' && node > 0) edges[count++] = node - 1;
      edgeStart[node + 1] = count;
    }
    return {
      nodes,
      edgeStart,
      from: edges.slice(0, count),
      entryStart: new Int32Array(count + 1),
      entries: new Int32Array(0),
      nodeEntries: Int32Array.from({ length: nodes }, (_, node) => node),
      slices: [],
    };
  }
}

/** @throws RangeError that names the first position of `path` that is not one of an alignment */
export function checkAlignment(
  path: Path,
  item: number,
  { rows, cols }: Rectangle,
  moves: Moves,
): void {
  const fail = (position: number, expected: string) => {
    throw new RangeError(
      `paths[${item}] is not a path: position ${position} is ` +
        `(${path[2 * position]}, ${path[2 * position + 1]}), expected ${expected}`,
    );
  };
  if (path.length === 0 || path.length % 2 !== 0) {
    throw new RangeError(
      `paths[${item}] has ${path.length} entries: it must hold pairs i0, j0, i1, j1, …`,
    );
  }
  if (path[0] !== 0 || path[1] !== 0) fail(0, 'the first corner (0, 0)');
  for (let at = 2; at < path.length; at += 2) {
    const down = path[at]! - path[at - 2]!;
    const right = path[at + 1]! - path[at - 1]!;
    const step = (down === 1 && (right === 0 || right === 1)) || (down === 0 && right === 1);
    if (!step || (moves === 'advance' && down === 0)) {
      const names = moves === 'classic' ? 'diagonal, down or right' : 'diagonal or down';
      fail(at / 2, `one ${names} move on`);
    }
  }
  const end = path.length / 2 - 1;
  if (path[2 * end] !== rows - 1 || path[2 * end + 1] !== cols - 1) {
    fail(end, `the last corner (${rows - 1}, ${cols - 1})`);
  }
}
