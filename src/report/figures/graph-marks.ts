import { arrow, dot, text, type Markish } from '@observablehq/plot';

/** An edge with its probability, and what stands on it. */
export interface PlacedEdge {
  from: number;
  to: number;
  weight: number;
  label: string;
  /** How far along it that stands; default a little before the middle. */
  labelAt?: number;
}

/** A graph at places of a plot. */
export interface PlacedGraph {
  /** x and y of each node. */
  places: readonly (readonly [x: number, y: number])[];
  /** What stands in each node. */
  labels: readonly string[];
  edges: readonly PlacedEdge[];
  colour: string;
  /** The radius of a node in pixels; default 12. */
  radius?: number;
}

/** Pixels, for a probability. */
const strokeWidth = (weight: number) => 0.8 + 4.2 * weight;

/** Plot multiplies by the stroke's width; a head should grow more slowly than that. */
const headLength = (stroke: number) => (9 + 2 * stroke) / stroke;

/** Edges the wider the more probable, dashed where they have no probability, and nodes above them. */
export function graphMarks({ places, labels, edges, colour, radius = 12 }: PlacedGraph): Markish[] {
  const drawn = edges.map(({ from, to, weight, label, labelAt = 0.45 }) => ({
    x1: places[from]![0],
    y1: places[from]![1],
    x2: places[to]![0],
    y2: places[to]![1],
    weight,
    label,
    labelAt,
  }));
  const ends = { x1: 'x1', y1: 'y1', x2: 'x2', y2: 'y2', inset: radius + 1 } as const;
  return [
    arrow(drawn, {
      ...ends,
      filter: ({ weight }: (typeof drawn)[number]) => weight === 0,
      stroke: 'currentColor',
      strokeOpacity: 0.35,
      strokeDasharray: '3,3',
      strokeWidth: 1,
      headLength: 7,
    }),
    ...drawn
      .filter(({ weight }) => weight > 0)
      .map((edge) =>
        arrow([edge], {
          ...ends,
          stroke: colour,
          strokeWidth: strokeWidth(edge.weight),
          headLength: headLength(strokeWidth(edge.weight)),
        }),
      ),
    // Off the middle, so that labels of edges that meet in a node stay apart.
    text(drawn, {
      x: ({ x1, x2, labelAt }: (typeof drawn)[number]) => x1 + labelAt * (x2 - x1),
      y: ({ y1, y2, labelAt }: (typeof drawn)[number]) => y1 + labelAt * (y2 - y1),
      text: 'label',
      fontSize: 11,
      fontWeight: 'bold',
      className: 'halo',
    }),
    dot(places, {
      x: '0',
      y: '1',
      r: radius,
      stroke: 'currentColor',
      strokeWidth: 1.5,
      className: 'paper',
    }),
    text(places, {
      x: '0',
      y: '1',
      text: (_: unknown, node: number) => labels[node]!,
      fontSize: 12,
    }),
  ];
}
