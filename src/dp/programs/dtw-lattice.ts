import type { Corridor } from './corridor.js';
import { noPath } from '../checks.js';
import type { Smoother } from '../omega/index.js';

/** Writes entries [from, to] of row i of a cost matrix to the same indices of `out`. */
export type RowReader = (i: number, from: number, to: number, out: Float64Array) => void;

/**
 * Receives row i of the expected alignment and of its derivative, columns [from, to]. Column j is
 * at index j + 1 of both.
 */
export type RowWriter = (
  i: number,
  from: number,
  to: number,
  e: Float64Array,
  eDot: Float64Array,
) => void;

/** The alignment graph of one batch item: cell (i, j) follows diagonal, up and left, in this order. */
export interface Lattice {
  readonly item: number;
  readonly rows: number;
  readonly cols: number;
  readonly corridor: Corridor;
  /** 3: diagonal, up (i−1, j), left (i, j−1). 2, for 'advance': without left. */
  readonly moveCount: 2 | 3;
  /** Bytes that the tape and the checkpoints of a backward pass may take. */
  readonly memory: number;
  readonly costs: RowReader;
}

export const DIAGONAL = 0;
export const UP = 1;
export const LEFT = 2;

/** What a forward pass leaves for the backward one, by cell of a segment of rows. */
export interface Tape {
  store(cell: number, q: Float64Array, qDot: Float64Array): void;
}

/** The local argmax of each cell. */
export class WalkTape implements Tape {
  readonly q: Float64Array;
  constructor(
    cells: number,
    readonly n: number,
  ) {
    this.q = new Float64Array(cells * n);
  }
  store(cell: number, q: Float64Array): void {
    for (let k = 0, at = cell * this.n; k < this.n; k++, at++) this.q[at] = q[k]!;
  }
}

/** The local argmax of each cell and its directional derivative. */
class TangentTape implements Tape {
  readonly q: Float64Array;
  readonly qDot: Float64Array;
  constructor(
    cells: number,
    readonly n: number,
  ) {
    this.q = new Float64Array(cells * n);
    this.qDot = new Float64Array(cells * n);
  }
  store(cell: number, q: Float64Array, qDot: Float64Array): void {
    for (let k = 0, at = cell * this.n; k < this.n; k++, at++) {
      this.q[at] = q[k]!;
      this.qDot[at] = qDot[k]!;
    }
  }
}

/** The best move into each cell, one byte, from a hard local argmax. */
export class PointerTape implements Tape {
  readonly moves: Uint8Array;
  constructor(cells: number) {
    this.moves = new Uint8Array(cells);
  }
  store(cell: number, q: Float64Array): void {
    this.moves[cell] = q[DIAGONAL]! > 0 ? DIAGONAL : q[UP]! > 0 ? UP : LEFT;
  }
}

/**
 * The Bellman recursion over rows, two rows in memory:
 * V[i][j] = max_Ω(V[i−1][j−1], V[i−1][j], V[i][j−1]) − cost[i][j], with V[−1][−1] = 0 and all else
 * outside the corridor −∞, so that −V is the smoothed minimum. With a direction, also V's
 * derivative along it. Column j is at index j + 1, which gives column −1 a place.
 */
export class Sweep {
  above: Float64Array;
  row: Float64Array;
  aboveDot: Float64Array;
  rowDot: Float64Array;
  readonly #costs: Float64Array;
  readonly #slopes: Float64Array;
  readonly #x = new Float64Array(3);
  readonly #q = new Float64Array(3);
  readonly #xDot = new Float64Array(3);
  readonly #qDot = new Float64Array(3);

  constructor(
    readonly lattice: Lattice,
    readonly smoother: Smoother,
    readonly direction?: RowReader,
  ) {
    const { cols } = lattice;
    this.above = new Float64Array(cols + 1).fill(-Infinity);
    this.row = new Float64Array(cols + 1);
    this.aboveDot = new Float64Array(direction ? cols + 1 : 0);
    this.rowDot = new Float64Array(direction ? cols + 1 : 0);
    this.#costs = new Float64Array(cols);
    this.#slopes = new Float64Array(direction ? cols : 0);
    this.above[0] = 0;
  }

  /** Computes row i from the row above it and makes it the row above; row i's tape starts at `cell`. */
  advance(i: number, tape: Tape | undefined, cell: number): void {
    const { lattice, smoother, direction, above, row, aboveDot, rowDot } = this;
    const n = lattice.moveCount;
    const from = lattice.corridor.first[i]!;
    const to = lattice.corridor.last[i]!;
    const costs = this.#costs;
    const slopes = this.#slopes;
    const x = this.#x;
    const q = this.#q;
    const xDot = this.#xDot;
    const qDot = this.#qDot;
    lattice.costs(i, from, to, costs);
    direction?.(i, from, to, slopes);
    row.fill(-Infinity);
    for (let j = from; j <= to; j++, cell++) {
      x[DIAGONAL] = above[j]!;
      x[UP] = above[j + 1]!;
      x[LEFT] = row[j]!;
      row[j + 1] = smoother.max(x, n, q) - costs[j]!;
      if (direction) {
        xDot[DIAGONAL] = aboveDot[j]!;
        xDot[UP] = aboveDot[j + 1]!;
        xDot[LEFT] = rowDot[j]!;
        let slope = -slopes[j]!;
        for (let k = 0; k < n; k++) if (q[k]! > 0) slope += q[k]! * xDot[k]!;
        rowDot[j + 1] = slope;
        smoother.product(x, q, xDot, n, qDot);
      }
      tape?.store(cell, q, qDot);
    }
    this.above = row;
    this.row = above;
    this.aboveDot = rowDot;
    this.rowDot = aboveDot;
  }

  /** The smoothed minimum, once the last row is done. */
  value(): number {
    const value = this.above[this.lattice.cols]!;
    if (value === -Infinity) throw noPath(this.lattice.item);
    return -value;
  }

  /** The derivative of the smoothed minimum along the direction. */
  slope(): number {
    return -this.aboveDot[this.lattice.cols]!;
  }
}

/** The smoothed minimum over the paths of a lattice. O(cells) time, O(cols) memory. */
export function latticeValue(lattice: Lattice, smoother: Smoother): number {
  const sweep = new Sweep(lattice, smoother);
  for (let i = 0; i < lattice.rows; i++) sweep.advance(i, undefined, 0);
  return sweep.value();
}

/**
 * Runs a sweep to the last row, then visits the rows from last to first with their part of the
 * tape (row i's first cell is at `cell`). When a tape of all rows would not fit the budget, the
 * forward pass keeps only the state before every `segment`-th row, and each segment is computed
 * again when its turn comes: twice the forward work, and the same numbers to the last bit.
 */
export function sweepBack<T extends Tape>(
  sweep: Sweep,
  bytesPerCell: number,
  createTape: (cells: number) => T,
  visit: (i: number, tape: T, cell: number) => void,
): { value: number; slope: number } {
  const { lattice } = sweep;
  const { rows } = lattice;
  const { width } = lattice.corridor;
  const bytesPerState = 8 * (sweep.above.length + sweep.aboveDot.length);
  const segment = segmentRows(rows, width * bytesPerCell, bytesPerState, lattice.memory);
  const tape = createTape(segment * width);
  const lastStart = Math.floor((rows - 1) / segment) * segment;
  const states: { above: Float64Array; aboveDot: Float64Array }[] = [];
  for (let i = 0; i < rows; i++) {
    if (i % segment === 0 && i < lastStart) {
      states.push({ above: sweep.above.slice(), aboveDot: sweep.aboveDot.slice() });
    }
    sweep.advance(i, i >= lastStart ? tape : undefined, (i - lastStart) * width);
  }
  const result = { value: sweep.value(), slope: sweep.slope() };
  for (let start = lastStart; start >= 0; start -= segment) {
    const end = Math.min(start + segment, rows);
    if (start < lastStart) {
      const state = states.pop()!;
      sweep.above.set(state.above);
      sweep.aboveDot.set(state.aboveDot);
      for (let i = start; i < end; i++) sweep.advance(i, tape, (i - start) * width);
    }
    for (let i = end - 1; i >= start; i--) visit(i, tape, (i - start) * width);
  }
  return result;
}

/**
 * The rows of a segment: as many as the budget allows beside the checkpoints. A budget too small
 * for any choice gets the one that needs least, about √rows rows.
 */
function segmentRows(
  rows: number,
  bytesPerRow: number,
  bytesPerState: number,
  memory: number,
): number {
  if (rows * bytesPerRow <= memory) return rows;
  const frugal = Math.max(1, Math.round(Math.sqrt((rows * bytesPerState) / bytesPerRow)));
  let segment = Math.min(rows, Math.floor(memory / bytesPerRow));
  while (
    segment > frugal &&
    segment * bytesPerRow + Math.ceil(rows / segment) * bytesPerState > memory
  ) {
    segment--;
  }
  return Math.min(rows, Math.max(segment, frugal));
}

/**
 * The smoothed minimum and, row by row from the last, the expected alignment E under the walk that
 * the local argmaxes define: E of a cell is what its successors pass back to it. O(cells) time.
 * Mensch & Blondel 2018, algorithm 3 of the appendix.
 */
export function latticeGradient(lattice: Lattice, smoother: Smoother, write: RowWriter): number {
  const n = lattice.moveCount;
  const { first, last } = lattice.corridor;
  let e = new Float64Array(lattice.cols + 1);
  let eAbove = new Float64Array(lattice.cols + 1);
  e[lattice.cols] = 1;
  const none = new Float64Array(0);
  const sweep = new Sweep(lattice, smoother);
  return sweepBack(
    sweep,
    8 * n,
    (cells) => new WalkTape(cells, n),
    (i, { q }, cell) => {
      const from = first[i]!;
      const to = last[i]!;
      eAbove.fill(0);
      for (let j = to, at = (cell + to - from) * n; j >= from; j--, at -= n) {
        const mass = e[j + 1]!;
        if (mass === 0) continue;
        eAbove[j]! += q[at]! * mass;
        eAbove[j + 1]! += q[at + 1]! * mass;
        if (n === 3) e[j]! += q[at + 2]! * mass;
      }
      write(i, from, to, e, none);
      [e, eAbove] = [eAbove, e];
    },
  ).value;
}

/**
 * The same with the derivatives along a direction of the costs: of the value, and of E, which is
 * the Hessian-vector product. O(cells) time. Mensch & Blondel 2018, algorithm 4 of the appendix.
 */
export function latticeProduct(
  lattice: Lattice,
  smoother: Smoother,
  direction: RowReader,
  write: RowWriter,
): { value: number; directional: number } {
  const n = lattice.moveCount;
  const { first, last } = lattice.corridor;
  let e = new Float64Array(lattice.cols + 1);
  let eAbove = new Float64Array(lattice.cols + 1);
  let eDot = new Float64Array(lattice.cols + 1);
  let eDotAbove = new Float64Array(lattice.cols + 1);
  e[lattice.cols] = 1;
  const { value, slope } = sweepBack(
    new Sweep(lattice, smoother, direction),
    16 * n,
    (cells) => new TangentTape(cells, n),
    (i, { q, qDot }, cell) => {
      const from = first[i]!;
      const to = last[i]!;
      eAbove.fill(0);
      eDotAbove.fill(0);
      for (let j = to, at = (cell + to - from) * n; j >= from; j--, at -= n) {
        const mass = e[j + 1]!;
        const massDot = eDot[j + 1]!;
        if (mass === 0 && massDot === 0) continue;
        eAbove[j]! += q[at]! * mass;
        eDotAbove[j]! += qDot[at]! * mass + q[at]! * massDot;
        eAbove[j + 1]! += q[at + 1]! * mass;
        eDotAbove[j + 1]! += qDot[at + 1]! * mass + q[at + 1]! * massDot;
        if (n === 3) {
          e[j]! += q[at + 2]! * mass;
          eDot[j]! += qDot[at + 2]! * mass + q[at + 2]! * massDot;
        }
      }
      write(i, from, to, e, eDot);
      [e, eAbove] = [eAbove, e];
      [eDot, eDotAbove] = [eDotAbove, eDot];
    },
  );
  return { value, directional: slope };
}
