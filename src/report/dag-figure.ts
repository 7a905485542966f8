import { counted } from '../counted.js';
import { barX, gridX, text } from '@observablehq/plot';
import { dag } from '../dp/programs/dag.js';
import type { Path } from '../dp/program.js';
import { graphMarks } from './graph-marks.js';
import { colours, drawSheet, headerHeight, type Panel } from './sheet.js';

/** Places of the nodes, in layers from left to right; node 0 is the root, node 6 the leaf. */
const places = [
  [0, 1],
  [1, 2],
  [1, 0],
  [2, 1],
  [3, 2],
  [3, 0],
  [4, 1],
] as const;

/** Edges with their potentials θ, chosen so that a few paths are close to the best. */
const edges: readonly (readonly [from: number, to: number, theta: number])[] = [
  [0, 1, 1.2],
  [0, 2, 0.9],
  [1, 3, 1.1],
  [1, 4, 0.6],
  [2, 3, 1.0],
  [2, 5, 1.3],
  [3, 4, 0.8],
  [3, 5, 0.2],
  [3, 6, 1.4],
  [4, 6, 1.0],
  [5, 6, 0.5],
];

const theta = Float64Array.from(edges, ([, , score]) => score);
const gamma = 1;
const width = 330;
const graphHeight = 250;
const barHeight = 22;

/**
 * A small DAG three times: its potentials with the best path, and the expected path ∇DP_Ω(θ) under
 * negentropy (the Gibbs distribution: every path has a probability) and under l2 (a small
 * support). Below each, all paths with their score or probability. A standalone SVG document.
 *
 * Source: Mensch & Blondel 2018, section 3; drawn as in the authors' talk.
 */
export function dagFigure(): string {
  const hard = dag({ ...graph, omega: 'hard' });
  const gibbs = dag({ ...graph, omega: 'negentropy', gamma });
  const sparse = dag({ ...graph, omega: 'l2', gamma });
  // Under negentropy every path is in the support: its list, best first, is the list of all paths.
  const paths = gibbs.kBest(theta, 2 ** edges.length)[0]!.map(({ path }) => path);
  const probabilities = (program: typeof gibbs) =>
    paths.map((path) => Math.exp(program.logProbability(theta, [path])[0]!));
  const support = probabilities(sparse).filter((probability) => probability > 0).length;
  const decimals = (digits: number) => (value: number) => value.toFixed(digits);

  const columns: Column[] = [
    {
      title: 'θ and the best path',
      edgeLabels: [...theta].map(decimals(1)),
      edgeWeights: hard.gradient(theta).gradient,
      quantity: 'score of each path',
      values: paths.map((path) => path.reduce((sum, edge) => sum + theta[edge]!, 0)),
      format: decimals(1),
      colour: colours.grey,
    },
    {
      title: `negentropy: all ${counted(paths.length, 'path')}`,
      ...expectedPath(gibbs.gradient(theta).gradient),
      quantity: 'probability of each path',
      values: probabilities(gibbs),
      format: decimals(3),
      colour: colours.blue,
    },
    {
      title: `l2: ${support} of ${counted(paths.length, 'path')}`,
      ...expectedPath(sparse.gradient(theta).gradient),
      quantity: 'probability of each path',
      values: probabilities(sparse),
      format: decimals(3),
      colour: colours.orange,
    },
  ];
  const names = paths.map(nodesOf);
  const top = headerHeight.title;
  const barsHeight = paths.length * barHeight + 40;
  return drawSheet({
    title: `Expected paths through a small graph, γ = ${gamma}`,
    description:
      `${counted(edges.length, 'edge')}, ${counted(paths.length, 'path')}. Under negentropy every path has a ` +
      `probability above zero; under l2 only ${support} have.`,
    width: columns.length * width,
    height: top + graphHeight + barsHeight + 8,
    panels: columns.flatMap((column, index): Panel[] => [
      { left: index * width, top, title: column.title, options: graphPlot(column) },
      {
        left: index * width,
        top: top + graphHeight,
        title: column.quantity,
        options: pathBars(column, names, barsHeight),
      },
    ]),
  });
}

const graph = {
  nodes: places.length,
  edges: edges.map(([from, to]): [number, number] => [from, to]),
};

interface Column {
  title: string;
  /** One for each edge. */
  edgeLabels: readonly string[];
  edgeWeights: Float64Array;
  quantity: string;
  /** One for each path. */
  values: readonly number[];
  format: (value: number) => string;
  colour: string;
}

/** Marginals as labels; an edge that no path of the support takes says 0. */
function expectedPath(marginals: Float64Array) {
  return {
    edgeLabels: [...marginals].map((marginal) => (marginal === 0 ? '0' : marginal.toFixed(2))),
    edgeWeights: marginals,
  };
}

/** '0 → 1 → 3 → 6' */
function nodesOf(path: Path): string {
  return [0, ...Array.from(path, (edge) => edges[edge]![1])].join(' → ');
}

function graphPlot({ edgeLabels, edgeWeights, colour }: Column) {
  return {
    width,
    height: graphHeight,
    marginTop: 52,
    marginBottom: 30,
    marginLeft: 24,
    marginRight: 24,
    x: { axis: null, domain: [0, 4] },
    y: { axis: null, domain: [0, 2] },
    marks: graphMarks({
      places,
      labels: places.map((_, node) => String(node)),
      edges: edges.map(([from, to], edge) => ({
        ...{ from, to },
        weight: edgeWeights[edge]!,
        label: edgeLabels[edge]!,
      })),
      colour,
    }),
  };
}

function pathBars({ values, format, colour }: Column, names: readonly string[], height: number) {
  const bars = names.map((name, path) => ({ name, value: values[path]! }));
  return {
    width,
    height,
    marginTop: 26,
    marginBottom: 14,
    marginLeft: 118,
    marginRight: 52,
    x: { axis: null, domain: [0, Math.max(...values)] },
    y: { domain: names, label: null, tickSize: 0, padding: 0.25 },
    marks: [
      gridX({ ticks: [0], strokeOpacity: 0.5 }),
      barX(bars, { x: 'value', y: 'name', fill: colour }),
      text(bars, {
        x: 'value',
        y: 'name',
        text: ({ value }: (typeof bars)[number]) => (value === 0 ? '0' : format(value)),
        textAnchor: 'start',
        dx: 5,
      }),
    ],
  };
}
