import { checkOptions } from '../../option-names.js';
import { quoted } from '../../visible.js';
import { checkLengths, checkSizes, smoothingOptions } from '../checks.js';
import { graphProgram } from '../define-program.js';
import { alignmentPath } from '../fast/alignment-float32.js';
import { graphPath } from '../fast/graph.js';
import type { GraphProgram } from '../fast/graph-registry.js';
import { GraphArrays, graphsByKey } from '../graph.js';
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
const optionNames = [
  'batch',
  'rows',
  'cols',
  'mode',
  'rowLengths',
  'colLengths',
  ...smoothingOptions,
] satisfies (keyof PairwiseAlignmentOptions)[];

/** Potentials of an alignment: scores, so that penalties are negative. */
export interface PairwiseAlignmentPotentials<A extends RealArray = RealArray> {
  /** The score of pairing a row with a column, [batch, rows, cols]. */
  match: A;
  /** Added for the first row or column of a gap, [batch]. */
  gapOpen: A;
  /** Added for each further one, [batch]. */
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
 * const [match, gapOpen, gapExtend] = [Float64Array.of(2), Float64Array.of(-3), Float64Array.of(-1)];
 * const theta = { match, gapOpen, gapExtend };
 * console.log(program.value(theta)[0], program.argmax(theta)[0]!.join()); // 2 0,0
 * ```
 */
export function pairwiseAlignment(options: PairwiseAlignmentOptions): PairwiseAlignmentProgram {
  checkOptions('pairwiseAlignment', options, optionNames);
  const { batch, rows, cols, mode, omega, gamma } = options;
  checkSizes({ batch, rows, cols });
  if (mode !== 'global' && mode !== 'local') {
    throw new RangeError(`mode is ${quoted(mode)}: it must be 'global' or 'local'`);
  }
  const rowLengths = checkLengths('rowLengths', options.rowLengths, batch, 1, rows);
  const colLengths = checkLengths('colLengths', options.colLengths, batch, 1, cols);
  const smoothing = { omega, ...(gamma !== undefined && { gamma }) };
  const problem: GraphProgram = {
    ...smoothing,
    ...{ batch, sense: 1 },
    form: { parts: [{ name: 'match', shape: [rows, cols] }, ...gaps] },
    graph: graphsByKey(
      (item) => `${rowLengths[item]},${colLengths[item]}`,
      (item) => gapGraph(rowLengths[item]!, colLengths[item]!, { rows, cols, mode }),
    ),
  };
  return graphProgram({
    ...problem,
    fast: alignmentPath(
      { ...smoothing, local: mode === 'local', rows, cols, rowLengths, colLengths },
      graphPath(problem),
    ),
    reads(node, _edge, item) {
      const [cell, state] = [Math.floor(node / 3), node % 3];
      const [i, j] = [Math.floor(cell / (colLengths[item]! + 1)), cell % (colLengths[item]! + 1)];
      if (i > rowLengths[item]!) return [];
      return [state === GAP_IN_ROWS ? -1 : i - 1, state === GAP_IN_COLS ? -1 : j - 1];
    },
  });
}

const gaps = ['gapOpen', 'gapExtend'].map((name) => ({ name, shape: [] }));

/** The states of a cell: its last row and column are paired; a row, or a column, against a gap. */
const PAIRED = 0;
const GAP_IN_COLS = 1;
const GAP_IN_ROWS = 2;

/**
 * Nodes stand cell by cell, (m + 1) × (n + 1) of them, with three states each. The root is the paired state
 * of cell (0, 0); nodes of the border that nothing reaches have no edges.
 */
function gapGraph(
  m: number,
  n: number,
  { rows, cols, mode }: Pick<PairwiseAlignmentOptions, 'rows' | 'cols' | 'mode'>,
) {
  const isLocal = mode === 'local';
  const [open, extend] = [rows * cols, rows * cols + 1];
  /** A local alignment has a pair before whatever else: nothing comes out of its border. */
  const first = isLocal ? 1 : 0;
  const [u, v] = [m - first, n - first];
  // Into pairs, gaps in the columns, and gaps in the rows.
  const scored = 3 * u * v + (isLocal ? m * n : 0) + 2 * u * (v + 1) + 3 * (u + 1) * v;
  const graph = new GraphArrays(3 * (m + 1) * (n + 1) + 1, scored + (isLocal ? m * n : 3), scored);
  const row = 3 * (n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      const here = 3 * (i * (n + 1) + j);
      if (i > 0 && j > 0) {
        const match = (i - 1) * cols + j - 1;
        if (isLocal) graph.edge(0, match);
        const edges = i > first && j > first ? 3 : 0;
        for (let state = 0; state < edges; state++) graph.edge(here - row - 3 + state, match);
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
  for (let i = 1; i <= m && isLocal; i++) {
    for (let j = 1; j <= n; j++) graph.edge(3 * (i * (n + 1) + j));
  }
  for (let state = 0; state < 3 && !isLocal; state++) graph.edge(3 * (m * (n + 1) + n) + state);
  graph.next();
  return graph;
}
