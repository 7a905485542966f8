import { defineProgram, type Graph, type Smoothing } from '../../src/index.js';

/** A sequence cut into pieces of 1 … longest positions. */
export interface SegmentationOptions extends Smoothing {
  batch: number;
  positions: number;
  longest: number;
  /** The positions of each item; default all. */
  lengths?: ArrayLike<number>;
}

/**
 * The smoothed best segmentation of a sequence. theta { piece [batch, positions, longest], cut? [1] }:
 * piece[b][p][d − 1] scores a piece that begins at position p and covers d positions; cut, which the
 * batch shares, is added for every piece. A path is the length of each piece. O(positions · longest).
 */
export function segmentation(options: SegmentationOptions) {
  const { batch, positions, longest, lengths, ...smoothing } = options;
  return defineProgram({
    ...smoothing,
    batch,
    potentials: {
      piece: { shape: [positions, longest] },
      cut: { shape: [1], optional: true, shared: true },
    },
    // Node p is the border before position p: a piece leads from one border to another.
    graph: (item): Graph => ({
      nodes: (lengths?.[item] ?? positions) + 1,
      into: (border) =>
        Array.from({ length: Math.min(longest, border) }, (_, d): [number, number, number] => {
          const begin = border - d - 1;
          return [begin, begin * longest + d, positions * longest];
        }),
    }),
    reads: (_border, edge) => [edge + 1],
  });
}
