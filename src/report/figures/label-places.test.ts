import { describe, expect, it } from 'vitest';
import { labelPlaces, type Pixel } from './label-places.js';

/** Where labels are put on edges between nodes of 10 pixels. */
function labelsOf(nodes: Pixel[], pairs: [number, number][]): Pixel[] {
  const edges = pairs.map(([from, to]) => ({ from, to }));
  return labelPlaces(nodes, edges, 10).map((at, edge) => {
    const [[x, y], [u, v]] = [nodes[pairs[edge]![0]]!, nodes[pairs[edge]![1]]!];
    return [x + at * (u - x), y + at * (v - y)];
  });
}

/** Whether two labels of three digits, 11 pixels high, are apart. */
const areApart = ([x, y]: Pixel, [u, v]: Pixel) => Math.abs(x - u) > 24 || Math.abs(y - v) > 11;

describe('the places of labels on edges', () => {
  it('are a little before the middle, where nothing else is', () => {
    const [label] = labelsOf(
      [
        [0, 0],
        [200, 100],
      ],
      [[0, 1]],
    );
    expect(label).toEqual([90, 45]);
  });

  it('keep apart on edges that cross, and clear of a node that lies on an edge', () => {
    const square: Pixel[] = [
      [0, 0],
      [0, 120],
      [160, 0],
      [160, 120],
    ];
    const [down, up] = labelsOf(square, [
      [0, 3],
      [1, 2],
    ]);
    expect(areApart(down!, up!)).toBe(true);
    const [past] = labelsOf([...square, [75, 0]], [[0, 2]]);
    expect(Math.abs(past![0] - 75)).toBeGreaterThan(22);
  });

  it('keep apart on all edges of three nodes in two layers', () => {
    const nodes: Pixel[] = [0, 1, 2].flatMap((row): Pixel[] => [
      [0, 70 * row],
      [150, 70 * row],
    ]);
    const pairs = [0, 2, 4].flatMap((from) => [1, 3, 5].map((to): [number, number] => [from, to]));
    const labels = labelsOf(nodes, pairs);
    labels.forEach((one, n) => {
      labels.slice(0, n).forEach((other) => expect(areApart(one, other)).toBe(true));
    });
  });
});
