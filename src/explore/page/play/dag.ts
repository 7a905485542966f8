import { dag as graphOf } from '../../../index.js';
import { opened } from './opened.js';
import { textOf, type Play } from './play.js';

/** An edge as a person writes it. */
export interface Edge {
  from: string;
  to: string;
  score: number;
}

/**
 * The edges of a text, a line each: from, to, score.
 * @throws RangeError that names the line
 */
export function edgesOf(text: string): Edge[] {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  return lines.flatMap(([from = '', to, score = '0', ...more], index) => {
    if (from === '') return [];
    if (to === undefined || more.length > 0 || !Number.isFinite(Math.fround(Number(score)))) {
      throw new RangeError(`line ${index + 1} of the edges: expected 'from to score'`);
    }
    return [{ from, to, score: Number(score) }];
  });
}

/** The names of the nodes, in the order in which they come up. */
const nodesOf = (edges: readonly Edge[]) => [
  ...new Set(edges.flatMap(({ from, to }) => [from, to])),
];

/**
 * Says in the names of its nodes what the library would say in numbers.
 * @throws RangeError for edges that go round, and for other than one root and one leaf
 */
function checkGraph(edges: readonly Edge[], names: readonly string[]): void {
  // Nodes that edges of the rest lead into: none are left where nothing goes round.
  let rest = [...names];
  for (;;) {
    const left = rest.filter((name) =>
      edges.some(({ from, to }) => to === name && rest.includes(from)),
    );
    if (left.length === rest.length) break;
    rest = left;
  }
  if (rest.length > 0) {
    const way = [rest[0]!];
    while (way.indexOf(way.at(-1)!) === way.length - 1) {
      way.push(edges.find(({ from, to }) => to === way.at(-1) && rest.includes(from))!.from);
    }
    const round = way.slice(way.indexOf(way.at(-1)!)).reverse();
    throw new RangeError(`the edges go round: ${round.join(' → ')}`);
  }
  for (const [which, nodes] of [
    [
      'root, into which no edge leads',
      names.filter((name) => edges.every(({ to }) => to !== name)),
    ],
    [
      'leaf, which no edge leaves',
      names.filter((name) => edges.every((edge) => edge.from !== name)),
    ],
  ] as const) {
    if (nodes.length > 1) {
      throw new RangeError(
        `expected one ${which}: ${nodes.slice(0, 10).join(', ')} are such nodes`,
      );
    }
  }
}

/** Any graph that a person writes down. */
export const dag: Play = {
  name: 'dag',
  title: 'Any graph (DAG)',
  about:
    'Edges with scores, from one root to one leaf and without a circle: the general case of all the ' +
    'others. The map is the probability that the path takes an edge.',
  entry: 'score',
  settings: [
    {
      ...{ key: 'edges', label: 'edges: from, to, score', kind: 'edges', most: 200 },
      usual: 's a 1\ns b 0.6\na c 0.2\nb c 0.9\na d 0.8\nc t 0.5\nd t 0.4\nb d 0.1\nc d 0.3',
    },
  ],
  axes(settings) {
    const edges = edgesOf(textOf(settings, 'edges'));
    const cols = edges.map(({ from, to }) => `${from}→${to}`);
    const ends = edges.map(({ from, to }) => [from, to] as const);
    return { rows: ['θ'], cols, row: '', col: 'edge', edges: ends };
  },
  base: (settings) => Float32Array.from(edgesOf(textOf(settings, 'edges')), ({ score }) => score),
  open(settings, smooth) {
    const edges = edgesOf(textOf(settings, 'edges'));
    const names = nodesOf(edges);
    checkGraph(edges, names);
    const program = graphOf({
      ...smooth,
      nodes: names.length,
      edges: edges.map(({ from, to }) => [names.indexOf(from), names.indexOf(to)] as const),
    });
    return opened({
      program,
      expand: (grid) => grid,
      collect: (gradient) => gradient.slice(),
      read: (path) =>
        [edges[path[0]!]!.from, ...Array.from(path, (edge) => edges[edge]!.to)].join(' → '),
    });
  },
};
