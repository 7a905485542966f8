import { dag, defineProgram, dtw, factoredChain, linearChain } from '../../src/index.js';
import type { Listing } from './listing.js';
import { GraphBuilder } from './reference.js';

function chain(name: string, lengths: number[], states: number, byPart = false): Listing {
  const [batch, time] = [lengths.length, Math.max(...lengths)];
  const size = time * states ** 2;
  const ends = [
    { name: 'start', size: states },
    { name: 'end', size: states },
  ];
  return {
    name,
    parts: [{ name: byPart ? 'moves' : '', size }, ...(byPart ? ends : [])],
    create: (smoothing) => linearChain({ batch, time, states, lengths, ...smoothing }),
    graphs: lengths.map((length) => {
      const builder = new GraphBuilder();
      const part = (at: number) => (byPart ? [at] : []);
      const all = Array.from({ length: states }, (_, state) => state);
      for (let t = 0; t < length; t++) {
        for (const to of all) {
          for (const from of all) {
            const start = t === 0 ? part(size + from) : [];
            const move = (t * states + to) * states + from;
            const before = t === 0 ? 'root' : `${t},${from}`;
            builder.edge(before, `${t + 1},${to}`, [move, ...start], [from]);
          }
        }
      }
      for (const from of all) {
        const start = length === 0 ? part(size + from) : [];
        const before = length === 0 ? 'root' : `${length},${from}`;
        builder.edge(before, 'leaf', [...start, ...part(size + states + from)], [from]);
      }
      return builder.build();
    }),
  };
}

function factored(name: string, lengths: number[], states: number, shared: boolean): Listing {
  const [batch, positions] = [lengths.length, Math.max(...lengths)];
  const [transition, start] = [positions * states, positions * states + states ** 2];
  return {
    name,
    parts: [
      { name: 'unary', size: positions * states },
      { name: 'transition', size: states ** 2, shared },
      { name: 'start', size: states },
      { name: 'end', size: states },
    ],
    create: (smoothing) => factoredChain({ batch, positions, states, lengths, ...smoothing }),
    graphs: lengths.map((length) => {
      const builder = new GraphBuilder();
      const all = Array.from({ length: states }, (_, state) => state);
      for (let t = 1; t < length; t++) {
        for (const to of all) {
          for (const from of all) {
            const move = [transition + to * states + from, t * states + to];
            const first = t === 1 ? [from, start + from] : [];
            const before = t === 1 ? 'root' : `${t - 1},${from}`;
            builder.edge(before, `${t},${to}`, [...move, ...first], [from]);
          }
        }
      }
      for (const from of all) {
        const first = length === 1 ? [from, start + from] : [];
        const before = length === 1 ? 'root' : `${length - 1},${from}`;
        builder.edge(before, 'leaf', [...first, start + states + from], [from]);
      }
      return builder.build();
    }),
  };
}

function alignment(
  name: string,
  rowLengths: number[],
  colLengths: number[],
  moves: 'classic' | 'advance',
  band: number,
): Listing {
  const [batch, rows, cols] = [rowLengths.length, Math.max(...rowLengths), Math.max(...colLengths)];
  return {
    name,
    parts: [{ name: '', size: rows * cols }],
    create: (smoothing) =>
      dtw({ batch, rows, cols, rowLengths, colLengths, moves, band, ...smoothing }),
    graphs: rowLengths.map((height, item) => {
      const width = colLengths[item]!;
      const inside = (i: number, j: number) =>
        j >= 0 && Math.abs((i * (width - 1)) / (height - 1) - j) <= band;
      // Of 'advance' the cells from which both corners can be reached.
      const useful = (i: number, j: number) =>
        moves === 'classic' || (j <= i && width - 1 - j <= height - 1 - i);
      const usable = (i: number, j: number) => i >= 0 && inside(i, j) && useful(i, j);
      const builder = new GraphBuilder();
      builder.edge('root', '0,0', [0], [0, 0]);
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          if (!usable(i, j)) continue;
          const steps: [number, number][] = [
            [i - 1, j - 1],
            [i - 1, j],
            [i, j - 1],
          ];
          for (const [di, dj] of steps.slice(0, moves === 'classic' ? 3 : 2)) {
            if (usable(di, dj)) builder.edge(`${di},${dj}`, `${i},${j}`, [i * cols + j], [i, j]);
          }
        }
      }
      return builder.build();
    }),
  };
}

/** Edges in no order, two of them parallel. */
const dagEdges = [
  [3, 4],
  [0, 2],
  [0, 1],
  [2, 3],
  [1, 3],
  [0, 2],
  [1, 4],
  [2, 4],
] as const;

function diamond() {
  const builder = new GraphBuilder();
  for (const node of [1, 2, 3, 4]) {
    dagEdges.forEach(([from, to], edge) => {
      if (to === node) builder.edge(from === 0 ? 'root' : `${from}`, `${to}`, [edge], [edge]);
    });
  }
  return builder.build();
}

/**
 * A program of one's own: parts by name, one shared and one with an odd use, edges of any number of
 * potentials, a graph for each item, a node that leads nowhere and one that nothing leads to.
 */
function own(): Listing {
  const into: [from: number, ...potentials: number[]][][][] = [
    [
      [],
      [[0, 0]],
      [[1, 1, 4], [0]],
      [[1, 2]],
      [],
      [
        [2, 3, 3],
        [1, 0],
        [4, 5],
      ],
    ],
    [
      [],
      [
        [0, 1],
        [0, 4],
      ],
      [
        [1, 2, 3],
        [0, 5],
      ],
    ],
  ];
  return {
    name: 'defineProgram',
    parts: [
      { name: 'link', size: 4 },
      { name: 'transit', size: 2, shared: true },
    ],
    create: (smoothing) =>
      defineProgram({
        batch: 2,
        potentials: { link: { shape: [2, 2] }, transit: { shape: [2], shared: true } },
        graph: (item) => ({
          nodes: into[item]!.length,
          into: (node) => into[item]![node]!,
        }),
        ...smoothing,
      }),
    graphs: into.map((nodes) => {
      let edge = 0;
      return {
        nodes: nodes.length,
        edges: nodes.flatMap((edges, to) =>
          edges.map(([from, ...entries]) => ({ from, to, entries, reads: [edge++] })),
        ),
      };
    }),
  };
}

/** Every program that must pass the suite. A new one is listed here. */
export const listings: Listing[] = [
  chain('linearChain', [2, 0, 1], 3),
  chain('linearChain by part', [0, 2, 1], 2, true),
  factored('factoredChain', [3, 1, 2], 2, true),
  factored('factoredChain, a transition each', [2, 3], 3, false),
  alignment('dtw', [3, 2], [3, 2], 'classic', 3),
  alignment('dtw, advance', [4, 3], [3, 2], 'advance', 3),
  alignment('dtw, band', [4, 4], [4, 3], 'classic', 1),
  {
    name: 'dag',
    parts: [{ name: '', size: 8, shared: true }],
    create: (smoothing) => dag({ nodes: 5, edges: dagEdges, ...smoothing }),
    graphs: [diamond()],
  },
  own(),
];
