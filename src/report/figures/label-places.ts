/** A point of a drawing, in pixels. */
export type Pixel = readonly [x: number, y: number];

/** Half of what a label of three digits takes, with a little air. */
const [halfWidth, halfHeight] = [15, 8];
/** How far along an edge a label can stand: not on its head, nor on the node that it leaves. */
const candidates = Array.from({ length: 21 }, (_, step) => 0.25 + 0.025 * step);

/**
 * How far along each edge its label stands, so that labels keep clear of nodes, of other edges and, above
 * all, of each other. Short edges, which have the least room, choose first.
 *
 * @param nodes the middles of the nodes, @param radius theirs
 */
export function labelPlaces(
  nodes: readonly Pixel[],
  edges: readonly { from: number; to: number }[],
  radius: number,
): number[] {
  const lines = edges.map(({ from, to }) => [nodes[from]!, nodes[to]!] as const);
  const length = (edge: number) => distance(...lines[edge]!);
  const order = [...edges.keys()].sort((a, b) => length(a) - length(b) || a - b);
  const labels: Pixel[] = [];
  const places = new Array<number>(edges.length);
  for (const edge of order) {
    const crowding = (at: number) => {
      const point = along(lines[edge]!, at);
      const others = lines.filter((_, other) => other !== edge);
      return (
        sum(labels, (label) => 8 * overlap(point, label)) +
        sum(nodes, (node) => 4 * nearness(distance(point, node), radius + halfWidth)) +
        sum(others, (line) => nearness(distanceToLine(point, line), halfHeight + 2)) +
        Math.abs(at - 0.45)
      );
    };
    places[edge] = candidates.reduce((best, at) => (crowding(at) < crowding(best) ? at : best));
    labels.push(along(lines[edge]!, places[edge]));
  }
  return places;
}

const sum = <T>(list: readonly T[], of: (one: T) => number) =>
  list.reduce((total, one) => total + of(one), 0);

const distance = ([x, y]: Pixel, [u, v]: Pixel) => Math.hypot(x - u, y - v);

const along = ([[x, y], [u, v]]: readonly [Pixel, Pixel], at: number): Pixel => [
  x + at * (u - x),
  y + at * (v - y),
];

/** 1 at no distance, 0 from `reach` on. */
const nearness = (far: number, reach: number) => Math.max(0, 1 - far / reach);

/** The share of two labels' boxes that is in both. */
const overlap = ([x, y]: Pixel, [u, v]: Pixel) =>
  nearness(Math.abs(x - u), 2 * halfWidth) * nearness(Math.abs(y - v), 2 * halfHeight);

function distanceToLine(point: Pixel, line: readonly [Pixel, Pixel]): number {
  const [[x, y], [u, v]] = line;
  const [dx, dy] = [u - x, v - y];
  const at = ((point[0] - x) * dx + (point[1] - y) * dy) / (dx * dx + dy * dy);
  return distance(point, along(line, Math.min(1, Math.max(0, at))));
}
