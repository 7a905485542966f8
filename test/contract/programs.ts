import {
  ctc,
  dag,
  defineProgram,
  dtw,
  factoredChain,
  linearChain,
  pairwiseAlignment,
  semiMarkov,
} from '../../src/index.js';
import type { Listing } from './listing.js';
import { segmentation } from './segmentation.js';
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
    program: linearChain,
    options: { batch, time, states, lengths },
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
    program: factoredChain,
    options: { batch, positions, states, lengths },
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
    program: dtw,
    options: { batch, rows, cols, rowLengths, colLengths, moves, band },
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
    program: defineProgram,
    options: {
      batch: 2,
      potentials: { link: { shape: [2, 2] }, transit: { shape: [2], shared: true } },
      graph: (item: number) => ({
        nodes: into[item]!.length,
        into: (node: number) => into[item]![node]!,
      }),
    },
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

function segments(lengths: number[], maxDuration: number, states: number): Listing {
  const [batch, positions] = [lengths.length, Math.max(...lengths)];
  const transition = positions * maxDuration * states;
  const start = transition + states ** 2;
  return {
    name: 'semiMarkov',
    parts: [
      { name: 'segment', size: transition },
      { name: 'transition', size: states ** 2, shared: true },
      { name: 'start', size: states },
      { name: 'end', size: states },
    ],
    program: semiMarkov,
    options: { batch, positions, states, maxDuration, lengths },
    graphs: lengths.map((length) => {
      const builder = new GraphBuilder();
      const all = Array.from({ length: states }, (_, state) => state);
      for (let p = 1; p <= length; p++) {
        for (const s of all) {
          for (let d = 1; d <= Math.min(maxDuration, p); d++) {
            const segment = ((p - d) * maxDuration + d - 1) * states + s;
            const [before, first] = p === d ? ['root', [start + s]] : [`begin ${p - d},${s}`, []];
            builder.edge(before, `end ${p},${s}`, [segment, ...first], [p - d, d, s]);
          }
        }
        if (p === length) break;
        for (const to of all) {
          for (const from of all) {
            const move = transition + to * states + from;
            builder.edge(`end ${p},${from}`, `begin ${p},${to}`, [move], []);
          }
        }
      }
      for (const s of all) builder.edge(`end ${length},${s}`, 'leaf', [start + states + s], []);
      return builder.build();
    }),
  };
}

function labelled(lengths: number[], classes: number, blank: number, labels: number[][]): Listing {
  const [batch, time] = [lengths.length, Math.max(...lengths)];
  return {
    name: 'ctc',
    parts: [{ name: '', size: time * classes }],
    program: ctc,
    options: { batch, time, classes, blank, labels, lengths },
    graphs: lengths.map((length, item) => {
      const states = [blank, ...labels[item]!.flatMap((label) => [label, blank])];
      const builder = new GraphBuilder();
      const reached = new Set<string>(['root']);
      const edge = (from: string, to: string, entries: number[], reads: number[]) => {
        if (!reached.has(from)) return;
        builder.edge(from, to, entries, reads);
        reached.add(to);
      };
      for (let t = 0; t < length; t++) {
        states.forEach((own, s) => {
          const entry = [t * classes + own];
          if (t === 0 && s < 2) edge('root', `0,${s}`, entry, [own]);
          for (const from of [s, s - 1, s - 2]) {
            const skips = from === s - 2 && (own === blank || own === states[from]);
            if (!skips) edge(`${t - 1},${from}`, `${t},${s}`, entry, [own]);
          }
        });
      }
      const last = states.length - 1;
      for (const s of [last, last - 1]) edge(`${length - 1},${s}`, 'leaf', [], []);
      return builder.build();
    }),
  };
}

function gapped(mode: 'global' | 'local', rowLengths: number[], colLengths: number[]): Listing {
  const [batch, rows, cols] = [rowLengths.length, Math.max(...rowLengths), Math.max(...colLengths)];
  const [open, extend] = [rows * cols, rows * cols + 1];
  return {
    name: `pairwiseAlignment, ${mode}`,
    parts: [
      { name: 'match', size: rows * cols },
      { name: 'gapOpen', size: 1 },
      { name: 'gapExtend', size: 1 },
    ],
    program: pairwiseAlignment,
    options: { batch, rows, cols, mode, rowLengths, colLengths },
    graphs: rowLengths.map((height, item) => {
      const width = colLengths[item]!;
      const builder = new GraphBuilder();
      const reached = new Set<string>(mode === 'global' ? ['root', 'M 0,0'] : ['root']);
      const edge = (from: string, to: string, entries: number[], reads: number[]) => {
        if (!reached.has(from)) return;
        builder.edge(from === 'M 0,0' ? 'root' : from, to, entries, reads);
        reached.add(to);
      };
      for (let i = 0; i <= height; i++) {
        for (let j = 0; j <= width; j++) {
          if (i > 0 && j > 0) {
            const match = [(i - 1) * cols + j - 1];
            if (mode === 'local') edge('root', `M ${i},${j}`, match, [i - 1, j - 1]);
            for (const state of ['M', 'X', 'Y']) {
              edge(`${state} ${i - 1},${j - 1}`, `M ${i},${j}`, match, [i - 1, j - 1]);
            }
          }
          edge(`M ${i - 1},${j}`, `X ${i},${j}`, [open], [i - 1, -1]);
          edge(`X ${i - 1},${j}`, `X ${i},${j}`, [extend], [i - 1, -1]);
          edge(`M ${i},${j - 1}`, `Y ${i},${j}`, [open], [-1, j - 1]);
          edge(`X ${i},${j - 1}`, `Y ${i},${j}`, [open], [-1, j - 1]);
          edge(`Y ${i},${j - 1}`, `Y ${i},${j}`, [extend], [-1, j - 1]);
        }
      }
      if (mode === 'global') {
        for (const state of ['M', 'X', 'Y']) edge(`${state} ${height},${width}`, 'leaf', [], []);
      } else {
        for (let i = 1; i <= height; i++) {
          for (let j = 1; j <= width; j++) edge(`M ${i},${j}`, 'leaf', [], []);
        }
      }
      return builder.build();
    }),
  };
}

/** The program of docs/add-a-program.md. */
function pieces(lengths: number[], longest: number): Listing {
  const positions = Math.max(...lengths);
  return {
    name: 'segmentation',
    parts: [
      { name: 'piece', size: positions * longest },
      { name: 'cut', size: 1, shared: true },
    ],
    program: segmentation,
    options: { batch: lengths.length, positions, longest, lengths },
    graphs: lengths.map((length) => {
      const builder = new GraphBuilder();
      const border = (at: number) => (at === 0 ? 'root' : `${at}`);
      for (let end = 1; end <= length; end++) {
        for (let size = 1; size <= Math.min(longest, end); size++) {
          const entry = (end - size) * longest + size - 1;
          builder.edge(border(end - size), border(end), [entry, positions * longest], [size]);
        }
      }
      return builder.build();
    }),
  };
}

/** A graph as whole arrays: one way of two edges, and one of a single edge. */
function arrays(): Listing {
  const builder = new GraphBuilder();
  builder.edge('root', '1', [0], [0]);
  builder.edge('1', 'leaf', [1], [1]);
  builder.edge('root', 'leaf', [2, 0], [2]);
  return {
    name: 'defineProgram, whole arrays',
    parts: [{ name: '', size: 3 }],
    program: defineProgram,
    options: {
      batch: 1,
      potentials: [3],
      graph: {
        nodes: 3,
        edgeStart: Int32Array.of(0, 0, 1, 3),
        from: Int32Array.of(0, 1, 0),
        entryStart: Int32Array.of(0, 1, 2, 4),
        entries: Int32Array.of(0, 1, 2, 0),
      },
    },
    graphs: [builder.build()],
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
    program: dag,
    options: { nodes: 5, edges: dagEdges },
    graphs: [diamond()],
  },
  own(),
  arrays(),
  segments([4, 1, 3], 3, 2),
  labelled([4, 3, 2], 3, 1, [[0, 2], [2, 2], []]),
  gapped('global', [2, 1], [2, 3]),
  gapped('local', [2, 3], [3, 1]),
  pieces([4, 2], 3),
];
