import { edgeMarginals, writtenGraph, type WrittenGraph } from '../../dp/program-graph.js';
import { omegaNames, type OmegaName } from '../../dp/omega/index.js';
import { ctc } from '../../dp/programs/ctc.js';
import { dtw } from '../../dp/programs/dtw.js';
import { factoredChain } from '../../dp/programs/factored-chain.js';
import { linearChain } from '../../dp/programs/linear-chain.js';
import { pairwiseAlignment } from '../../dp/programs/pairwise-alignment.js';
import { semiMarkov } from '../../dp/programs/semi-markov.js';
import { graphMarks, type PlacedEdge } from './graph-marks.js';
import { labelPlaces } from './label-places.js';
import { drawSheet, headerHeight, omegaColours, type Panel } from './sheet.js';

/** A small instance of a program, and how it is drawn. */
interface Instance {
  title: string;
  /** What nodes and columns are, in a sentence. */
  description: string;
  graph(): WrittenGraph;
  /** Where a node stands and what it is called; the root comes first, the leaf last. */
  place(node: number): readonly [x: number, y: number, label: string];
}

/** Scores that are the same on every run, about −1 to 1, so that a few paths are close to the best. */
function scores(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, at) =>
    Math.sin(12.9898 * (at + 1) + 78.233 * seed),
  );
}

const small = { batch: 1, omega: 'hard' } as const;

/** A node of a chain behind the root: its position and state; the leaf is behind the last. */
const chainPlace = (positions: number, states: number) => (node: number) => {
  const middle = (states - 1) / 2;
  if (node === 0) return [0, middle, '·'] as const;
  const [t, s] = [Math.floor((node - 1) / states), (node - 1) % states];
  return t < positions
    ? ([1 + t, states - 1 - s, String(s)] as const)
    : ([1 + t, middle, '·'] as const);
};

const instances: Record<string, Instance> = {
  linearChain: {
    title: 'linearChain: 4 moves between 2 states',
    description: 'Nodes are states, columns positions; every edge has a score of its own.',
    graph: () => writtenGraph(linearChain({ ...small, time: 4, states: 2 }), scores(16, 1)),
    place: chainPlace(4, 2),
  },
  factoredChain: {
    title: 'factoredChain: 4 positions of 3 states',
    description: 'Nodes are states, columns positions; edges score a state and a transition.',
    graph: () =>
      writtenGraph(factoredChain({ ...small, positions: 4, states: 3 }), {
        unary: scores(12, 2),
        transition: scores(9, 3),
      }),
    place: chainPlace(3, 3),
  },
  dtw: {
    title: 'dtw: 3 rows and 4 columns',
    description:
      'Nodes are cells, whose costs all edges into them have; the root is in the corner.',
    graph: () =>
      writtenGraph(
        dtw({ ...small, rows: 3, cols: 4 }),
        scores(12, 7).map((x) => 1 + x),
      ),
    place(node) {
      if (node === 0) return [-0.8, 2.6, '·'];
      const [i, j] = [Math.floor((node - 1) / 4), (node - 1) % 4];
      return [j, 2 - i, `${i},${j}`];
    },
  },
  semiMarkov: {
    title: 'semiMarkov: 4 positions, 2 states, durations of 1 and 2',
    description:
      'Of each position, where a segment of a state ends, then where the next one begins.',
    graph: () =>
      writtenGraph(semiMarkov({ ...small, positions: 4, states: 2, maxDuration: 2 }), {
        segment: scores(16, 4),
        transition: scores(4, 5),
      }),
    place(node) {
      if (node === 0) return [0, 1.2, '·'];
      const [row, s] = [Math.floor((node - 1) / 2), (node - 1) % 2];
      if (row === 7) return [8, 1.2, '·'];
      // Where segments begin stands higher: a longer one does not run through nodes.
      return row % 2 === 0 ? [1 + row, 2 - 2 * s, `e${s}`] : [1 + row, 2.6 - 2 * s, `b${s}`];
    },
  },
  ctc: {
    title: 'ctc: labels A and B in 5 frames',
    description: 'Columns are frames, rows the states blank, A, blank, B, blank.',
    graph: () =>
      writtenGraph(ctc({ ...small, time: 5, classes: 3, labels: [[1, 2]] }), scores(15, 9)),
    place(node) {
      if (node === 0) return [0, 3.5, '·'];
      const [t, s] = [Math.floor((node - 1) / 5), (node - 1) % 5];
      return t === 5 ? [6, 0.5, '·'] : [1 + t, 4 - s, ['–', 'A', '–', 'B', '–'][s]!];
    },
  },
  pairwiseAlignment: {
    title: 'pairwiseAlignment: two sequences of 2, all of both',
    description:
      'Of each cell M, its row and column paired, X, its row against a gap, and Y, its column against one.',
    graph: () =>
      writtenGraph(pairwiseAlignment({ ...small, rows: 2, cols: 2, mode: 'global' }), {
        match: Float64Array.of(1, -0.5, -0.2, 0.8),
        gapOpen: Float64Array.of(-0.6),
        gapExtend: Float64Array.of(-0.3),
      }),
    place(node) {
      if (node === 27) return [8.6, -0.2, '·'];
      const [cell, state] = [Math.floor(node / 3), node % 3];
      const [i, j] = [Math.floor(cell / 3), cell % 3];
      const [dx, dy] = [
        [0, 0],
        [0.5, -0.9],
        [1.1, 0.4],
      ][state] as [number, number];
      return [3 * j + dx, 3 * (2 - i) + dy, node === 0 ? '·' : 'MXY'[state]!];
    },
  },
};

export const drawnPrograms = Object.keys(instances);

const width = 460;
const height = 280;
const radius = 11;
const margins = { marginTop: 44, marginBottom: 24, marginLeft: 24, marginRight: 24 };

/**
 * The graph of a small instance of a program with the probability of each edge, the expected path, under
 * each Ω with γ = 1. Edges of probability 0 are dashed; nodes that no path crosses are left out. A
 * standalone SVG document.
 *
 * @throws RangeError for a program that has none
 */
export function programFigure(name: string): string {
  const instance = Object.hasOwn(instances, name) ? instances[name] : undefined;
  if (!instance) {
    throw new RangeError(`no figure of '${name}': there are those of ${drawnPrograms.join(', ')}`);
  }
  const graph = instance.graph();
  const useful = crossed(graph);
  const nodes = Array.from({ length: graph.nodes }, (_, node) => node).filter((n) => useful[n]);
  const index = new Map(nodes.map((node, at) => [node, at]));
  const places = nodes.map((node) => instance.place(node));
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  const extent = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const drawn = drawnEdges(graph, index);
  const labelAt = labelPlaces(pixelsOf(places), drawn, radius);
  const panelOf = (omega: OmegaName, at: number): Panel => {
    const marginals = edgeMarginals(graph, omega);
    const edges = drawn.map((edge, n) => placedEdge(edge, marginals, labelAt[n]!));
    return {
      left: (at % 2) * width,
      top: headerHeight.title + Math.floor(at / 2) * height,
      title: omega,
      options: {
        ...{ width, height, ...margins },
        x: { axis: null, domain: extent(xs) },
        y: { axis: null, domain: extent(ys) },
        marks: graphMarks({
          places: places.map(([x, y]) => [x, y] as const),
          labels: places.map(([, , label]) => label),
          ...{ edges, colour: omegaColours[omega], radius },
        }),
      },
    };
  };
  return drawSheet({
    title: instance.title,
    description: `${instance.description} Edges carry their probabilities under each Ω with γ = 1.`,
    width: 2 * width,
    height: headerHeight.title + Math.ceil(omegaNames.length / 2) * height,
    panels: omegaNames.map(panelOf),
  });
}

/** An edge of a drawing: the edges of the graph that run from one node to another. */
interface DrawnEdge {
  from: number;
  to: number;
  edges: number[];
}

/** The edges between the nodes of an index; parallel ones are one. */
function drawnEdges({ edges }: WrittenGraph, index: ReadonlyMap<number, number>): DrawnEdge[] {
  const drawn = new Map<string, DrawnEdge>();
  edges.forEach((edge, at) => {
    const [from, to] = [index.get(edge.from), index.get(edge.to)];
    if (from === undefined || to === undefined) return;
    const known = drawn.get(`${from},${to}`);
    if (known) known.edges.push(at);
    else drawn.set(`${from},${to}`, { from, to, edges: [at] });
  });
  return [...drawn.values()];
}

function placedEdge({ from, to, edges }: DrawnEdge, marginals: Float64Array, labelAt: number) {
  const whole = edges.reduce((sum, edge) => sum + marginals[edge]!, 0);
  const weight = whole < 5e-4 ? 0 : whole;
  const shown = weight < 0.005 ? '<.01' : weight.toFixed(2).replace(/^0/, '');
  const label = weight > 0 && weight < 0.9995 ? shown : '';
  return { from, to, weight, label, labelAt } satisfies PlacedEdge;
}

/** Where the nodes of a panel are on it. */
function pixelsOf(places: readonly (readonly [x: number, y: number, label: string])[]) {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const { marginTop, marginBottom, marginLeft, marginRight } = margins;
  const scale = (values: number[], room: number) =>
    room / (Math.max(...values) - Math.min(...values));
  const across = scale(xs, width - marginLeft - marginRight);
  const down = scale(ys, height - marginTop - marginBottom);
  return places.map(([x, y]) => [x * across, -y * down] as const);
}

/** Whether a path from root to leaf crosses each node. */
function crossed({ nodes, edges }: WrittenGraph): boolean[] {
  const reached = Array.from({ length: nodes }, (_, node) => node === 0);
  for (const { from, to } of edges) reached[to] ||= reached[from]!;
  const leads = Array.from({ length: nodes }, (_, node) => node === nodes - 1);
  for (const { from, to } of [...edges].reverse()) leads[from] ||= leads[to]!;
  return reached.map((is, node) => is && leads[node]!);
}
