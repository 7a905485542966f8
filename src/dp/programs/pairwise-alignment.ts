import { quoted } from '../../visible.js';
import { checkLengths, checkOptions, checkSize } from '../checks.js';
import { graphProgram } from '../define-program.js';
import { alignmentPath } from '../fast/alignment-float32.js';
import { graphPath } from '../fast/graph.js';
import type { GraphProgram } from '../fast/graph-registry.js';
import { GraphArrays } from '../graph.js';
import type { DynamicProgram, RealArray, Smoothing } from '../program.js';

/** The problem and the smoothing of `pairwiseAlignment`. */
export interface PairwiseAlignmentOptions extends Smoothing {
  batch: number;
  /** The most rows and columns of an item: the lengths of its two sequences. */
  rows: number;
  cols: number;
  /** 'global': all of both sequences (Needleman–Wunsch). 'local': the best part of each (Smith–Waterman). */
  mode: 'global' | 'local';
  /** The rows and the columns of each item, from 1; default all. */
  rowLengths?: ArrayLike<number>;
  colLengths?: ArrayLike<number>;
}

/** Potentials of an alignment: scores, so that penalties are negative. */
export interface PairwiseAlignmentPotentials<A extends RealArray = RealArray> {
  /** [batch, rows, cols]: the score of pairing a row with a column. */
  match: A;
  /** [batch]: added for the first row or column of a gap. */
  gapOpen: A;
  /** [batch]: added for each further one. */
  gapExtend: A;
}

/** `DynamicProgram` over { match, gapOpen, gapExtend }. */
export type PairwiseAlignmentProgram = DynamicProgram<{
  match: 'array';
  gapOpen: 'array';
  gapExtend: 'array';
}>;

/**
 * The smoothed best alignment of two sequences with affine gaps. With 'global' all of both is aligned,
 * with 'local' a part of each, of one pair at least.
 *
 * A path is i0, j0, i1, j1, …: pairs of a row and a column, with −1 where one stands against a gap. A
 * gap in the rows may follow one in the columns, not the other way round, so that each alignment is one
 * path. A maximum is taken for each pair, each gap and at the end. Ties under 'hard' go to the pair
 * (with 'local' to a new begin before it), then to a row against a gap.
 *
 * O(batch · rows · cols) time and memory. Float32 values, gradients and best paths have kernels of their
 * own; the rest runs on the graph, which items of one size share.
 *
 * @throws RangeError for bad sizes, lengths or mode, at once; later as every program
 *
 * Source: Needleman & Wunsch 1970; Smith & Waterman 1981; Gotoh 1982 for affine gaps.
 *
 * @example
 * ```ts
 * import { pairwiseAlignment } from 'didyprog';
 *
 * const program = pairwiseAlignment({ batch: 1, rows: 1, cols: 1, mode: 'global', omega: 'hard' });
 * const theta = {
 *   match: Float64Array.of(2),
 *   gapOpen: Float64Array.of(-3),
 *   gapExtend: Float64Array.of(-1),
 * };
 * console.log(program.value(theta)[0], program.argmax(theta)[0]!.join()); // 2 0,0
 * ```
 */
export function pairwiseAlignment(options: PairwiseAlignmentOptions): PairwiseAlignmentProgram {
  checkOptions('pairwiseAlignment', options);
  const { batch, rows, cols, mode, omega, gamma } = options;
  checkSize('batch', batch, 1);
  checkSize('rows', rows, 1);
  checkSize('cols', cols, 1);
  if (mode !== 'global' && mode !== 'local') {
    throw new RangeError(`mode is ${quoted(mode)}: it must be 'global' or 'local'`);
  }
  const rowLengths = checkLengths('rowLengths', options.rowLengths, batch, 1, rows);
  const colLengths = checkLengths('colLengths', options.colLengths, batch, 1, cols);
  const graphs = new Map<string, GraphArrays>();
  const smoothing = { omega, ...(gamma !== undefined && { gamma }) };
  const problem: GraphProgram = {
    ...smoothing,
    ...{ batch, sense: 1 },
    form: {
      parts: [
        { name: 'match', shape: [rows, cols] },
        { name: 'gapOpen', shape: [] },
        { name: 'gapExtend', shape: [] },
      ],
    },
    graph(item) {
      const [m, n] = [rowLengths[item]!, colLengths[item]!];
      const graph = graphs.get(`${m},${n}`) ?? gapGraph(m, n, options);
      graphs.set(`${m},${n}`, graph);
      return graph;
    },
  };
  return graphProgram({
    ...problem,
    fast: alignmentPath(
      { ...smoothing, local: mode === 'local', rows, cols, rowLengths, colLengths },
      graphPath(problem),
    ),
    reads(node, _edge, item) {
      const { i, j, state } = cellOf(node, colLengths[item]!);
      if (i > rowLengths[item]!) return [];
      return [state === GAP_IN_ROWS ? -1 : i - 1, state === GAP_IN_COLS ? -1 : j - 1];
    },
  });
}

/** The states of a cell: its last row and column are paired; a row, or a column, against a gap. */
const PAIRED = 0;
const GAP_IN_COLS = 1;
const GAP_IN_ROWS = 2;

/** Nodes stand cell by cell, (rows + 1) × (cols + 1) of them, with three states each. */
function cellOf(node: number, n: number) {
  const cell = Math.floor(node / 3);
  return { i: Math.floor(cell / (n + 1)), j: cell % (n + 1), state: node % 3 };
}

/** The root is the paired state of cell (0, 0); nodes of the border that nothing reaches have no edges. */
function gapGraph(
  m: number,
  n: number,
  { rows, cols, mode }: PairwiseAlignmentOptions,
): GraphArrays {
  const isLocal = mode === 'local';
  const open = rows * cols;
  const extend = open + 1;
  /** A local alignment has a pair before whatever else: nothing comes out of its border. */
  const first = isLocal ? 1 : 0;
  const [paired, inCols, inRows] = [
    3 * (m - first) * (n - first) + (isLocal ? m * n : 0),
    2 * (m - first) * (n + 1 - first),
    3 * (m + 1 - first) * (n - first),
  ];
  const scored = paired + inCols + inRows;
  const graph = new GraphArrays(3 * (m + 1) * (n + 1) + 1, scored + (isLocal ? m * n : 3), scored);
  const row = 3 * (n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      const here = 3 * (i * (n + 1) + j);
      if (i > 0 && j > 0) {
        const match = (i - 1) * cols + j - 1;
        if (isLocal) graph.edge(0, match);
        if (i > first && j > first) {
          for (let state = 0; state < 3; state++) graph.edge(here - row - 3 + state, match);
        }
      }
      if (here > 0) graph.next();
      if (i > first && j >= first) {
        graph.edge(here - row + PAIRED, open);
        graph.edge(here - row + GAP_IN_COLS, extend);
      }
      graph.next();
      if (i >= first && j > first) {
        graph.edge(here - 3 + PAIRED, open);
        graph.edge(here - 3 + GAP_IN_COLS, open);
        graph.edge(here - 3 + GAP_IN_ROWS, extend);
      }
      graph.next();
    }
  }
  if (isLocal) {
    for (let i = 1; i <= m; i++) for (let j = 1; j <= n; j++) graph.edge(3 * (i * (n + 1) + j));
  } else {
    for (let state = 0; state < 3; state++) graph.edge(3 * (m * (n + 1) + n) + state);
  }
  graph.next();
  return graph;
}
