import { counted } from '../../counted.js';
import { barX, gridX, text } from '@observablehq/plot';
import { dag } from '../../dp/programs/dag.js';
import type { Path } from '../../dp/program.js';
import { graphMarks } from './graph-marks.js';
import { drawSheet, headerHeight, omegaColours, type Panel } from './sheet.js';

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
 * A small DAG four times: its potentials with the best path, which is the expected path under hard, and
 * the expected path ∇DP_Ω(θ) under negentropy (the Gibbs distribution: every path has a probability),
 * entmax15 and l2 (which can leave paths out). Below each, all paths with their score or probability. A
 * standalone SVG document.
 *
 * Source: Mensch & Blondel 2018, section 3; drawn as in the authors' talk.
 */
export function dagFigure(): string {
  const hard = dag({ ...graph, omega: 'hard' });
  const gibbs = dag({ ...graph, omega: 'negentropy', gamma });
  // Under negentropy every path is in the support: its list, best first, is the list of all paths.
  const paths = gibbs.kBest(theta, 2 ** edges.length)[0]!.map(({ path }) => path);
  const soft = (['negentropy', 'entmax15', 'l2'] as const).map((omega) => {
    const program = dag({ ...graph, omega, gamma });
    const values = paths.map((path) => Math.exp(program.logProbability(theta, [path])[0]!));
    const support = values.filter((probability) => probability > 0).length;
    const marginals = program.gradient(theta).gradient;
    return { omega, values, support, marginals };
  });
  const decimals = (digits: number) => (value: number) => value.toFixed(digits);
  const columns: Column[] = [
    {
      title: 'θ, and the best path: hard',
      edgeLabels: [...theta].map(decimals(1)),
      edgeWeights: hard.gradient(theta).gradient,
      quantity: 'score of each path',
      values: paths.map((path) => path.reduce((sum, edge) => sum + theta[edge]!, 0)),
      format: decimals(1),
      colour: omegaColours.hard,
    },
    ...soft.map(({ omega, values, support, marginals }): Column => ({
      title: `${omega}: ${support === paths.length ? 'all' : `${support} of`} ${counted(paths.length, 'path')}`,
      // An edge that no path of the support takes says 0.
      edgeLabels: [...marginals].map((marginal) => (marginal === 0 ? '0' : marginal.toFixed(2))),
      edgeWeights: marginals,
      quantity: 'probability of each path',
      values,
      format: decimals(3),
      colour: omegaColours[omega],
    })),
  ];
  const names = paths.map(nodesOf);
  const barsHeight = paths.length * barHeight + 40;
  const panelHeight = graphHeight + barsHeight + 8;
  const [, entmax15, l2] = soft;
  return drawSheet({
    title: `Expected paths through a small graph, γ = ${gamma}`,
    description:
      `${counted(edges.length, 'edge')}, ${counted(paths.length, 'path')}. Under negentropy every path has a ` +
      `probability above zero; under entmax15 ${entmax15!.support} have, under l2 ${l2!.support}, and under ` +
      `hard the best one has all.`,
    width: 2 * width,
    height: headerHeight.title + (columns.length / 2) * panelHeight,
    panels: columns.flatMap((column, index): Panel[] => {
      const left = (index % 2) * width;
      const top = headerHeight.title + Math.floor(index / 2) * panelHeight;
      const bars = pathBars(column, names, barsHeight);
      return [
        { left, top, title: column.title, options: graphPlot(column) },
        { left, top: top + graphHeight, title: column.quantity, options: bars },
      ];
    }),
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
