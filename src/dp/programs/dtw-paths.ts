import {
  DIAGONAL,
  LEFT,
  type Lattice,
  PointerTape,
  Sweep,
  sweepBack,
  UP,
  WalkTape,
} from './dtw-lattice.js';
import { createSmoother, type Smoother } from '../omega/index.js';
import type { Path, RankedPath } from '../program.js';

const HARD = createSmoother({ omega: 'hard' });

/** The path of least cost; ties go to the diagonal, then up, then left. One byte a cell. */
export function latticeArgmax(lattice: Lattice): Path {
  const trace = new Trace(lattice);
  sweepBack(
    new Sweep(lattice, HARD),
    1,
    (cells) => new PointerTape(cells),
    (i, { moves }, cell) => {
      trace.followRow(i, (j) => moves[cell + j - lattice.corridor.first[i]!]!);
    },
  );
  return trace.path();
}

/** An exact sample of the walk, drawn from the last cell back to the first. */
export function latticeSample(lattice: Lattice, smoother: Smoother, random: () => number): Path {
  const n = lattice.moveCount;
  const trace = new Trace(lattice);
  sweepBack(
    new Sweep(lattice, smoother),
    8 * n,
    (cells) => new WalkTape(cells, n),
    (i, { q }, cell) => {
      trace.followRow(i, (j) => draw(q, (cell + j - lattice.corridor.first[i]!) * n, n, random()));
    },
  );
  return trace.path();
}

/** The move in which the cumulated probabilities pass `u`; rounding never picks an impossible one. */
function draw(q: Float64Array, at: number, n: number, u: number): number {
  let possible = DIAGONAL;
  for (let k = 0; k < n; k++) {
    if (q[at + k]! <= 0) continue;
    possible = k;
    u -= q[at + k]!;
    if (u < 0) break;
  }
  return possible;
}

/** A path under construction from the last cell to the first. */
class Trace {
  readonly #reversed: number[] = [];
  #j: number;

  constructor(lattice: Lattice) {
    this.#j = lattice.cols - 1;
  }

  /** Takes moves from the current column of row i until one leaves the row. */
  followRow(i: number, moveAt: (j: number) => number): void {
    for (let move = LEFT; move === LEFT;) {
      this.#reversed.push(this.#j, i);
      move = moveAt(this.#j);
      if (move !== UP) this.#j--;
    }
  }

  path(): Path {
    return Int32Array.from(this.#reversed.reverse());
  }
}

/**
 * log p of a path under the walk: the sum of the logarithms of the local argmaxes along it;
 * -Infinity when one of its moves has probability 0 or leaves the corridor.
 * @throws RangeError that names the first position of `path` that is not a path of the lattice
 */
export function latticeLogProbability(lattice: Lattice, smoother: Smoother, path: Path): number {
  checkPath(lattice, path);
  const n = lattice.moveCount;
  const { first, last } = lattice.corridor;
  let at = path.length - 2;
  let logProbability = 0;
  sweepBack(
    new Sweep(lattice, smoother),
    8 * n,
    (cells) => new WalkTape(cells, n),
    (i, { q }, cell) => {
      for (; at >= 0 && path[at] === i; at -= 2) {
        const j = path[at + 1]!;
        const inside = j >= first[i]! && j <= last[i]!;
        const move = moveInto(path, at);
        logProbability += inside ? Math.log(q[(cell + j - first[i]!) * n + move]!) : -Infinity;
      }
    },
  );
  return logProbability;
}

function moveInto(path: Path, at: number): number {
  if (at === 0) return DIAGONAL;
  if (path[at] === path[at - 2]) return LEFT;
  return path[at + 1] === path[at - 1] ? UP : DIAGONAL;
}

function checkPath({ item, rows, cols, moveCount }: Lattice, path: Path): void {
  const fail = (position: number, expected: string) => {
    throw new RangeError(
      `paths[${item}] is not a path: position ${position} is ` +
        `(${path[2 * position]}, ${path[2 * position + 1]}), expected ${expected}`,
    );
  };
  if (path.length === 0 || path.length % 2 !== 0) {
    throw new RangeError(
      `paths[${item}] has ${path.length} entries: it must hold pairs i0, j0, i1, j1, …`,
    );
  }
  if (path[0] !== 0 || path[1] !== 0) fail(0, 'the first corner (0, 0)');
  for (let at = 2; at < path.length; at += 2) {
    const down = path[at]! - path[at - 2]!;
    const right = path[at + 1]! - path[at - 1]!;
    const step = (down === 1 && (right === 0 || right === 1)) || (down === 0 && right === 1);
    if (!step || (moveCount === 2 && down === 0)) {
      fail(
        at / 2,
        `one ${moveCount === 3 ? 'diagonal, down or right' : 'diagonal or down'} move on`,
      );
    }
  }
  const end = path.length / 2 - 1;
  if (path[2 * end] !== rows - 1 || path[2 * end + 1] !== cols - 1) {
    fail(end, `the last corner (${rows - 1}, ${cols - 1})`);
  }
}

/**
 * The k most probable paths of the walk, best first: each cell keeps its k best partial paths, each
 * as a move and a rank in the cell it came from. Ties go to the earlier move, then the better rank.
 * O(cells · k) time and memory.
 */
export function latticeBest(lattice: Lattice, smoother: Smoother, k: number): RankedPath[] {
  const { rows, cols, corridor, moveCount: n } = lattice;
  const { first, last, width } = corridor;
  const sweep = new Sweep(lattice, smoother);
  const tape = new WalkTape(width, n);
  const origins = new Int32Array(rows * width * k);
  // Log-probabilities of the partial paths of each cell of a row, column j at (j + 1)·k, padded
  // with -Infinity.
  let above = new Float64Array((cols + 1) * k).fill(-Infinity);
  let row = new Float64Array((cols + 1) * k);
  above[0] = 0;
  const next = new Int32Array(n);
  const logs = new Float64Array(n);
  for (let i = 0; i < rows; i++) {
    sweep.advance(i, tape, 0);
    row.fill(-Infinity);
    for (let j = first[i]!; j <= last[i]!; j++) {
      const cell = j - first[i]!;
      next.fill(0);
      for (let move = 0; move < n; move++) logs[move] = Math.log(tape.q[cell * n + move]!);
      for (let rank = 0; rank < k; rank++) {
        let best = -Infinity;
        let from = -1;
        for (let move = 0; move < n; move++) {
          if (next[move]! === k || logs[move] === -Infinity) continue;
          const source = move === LEFT ? row : above;
          const column = move === UP ? j + 1 : j;
          const score = logs[move]! + source[column * k + next[move]!]!;
          if (score > best) {
            best = score;
            from = move;
          }
        }
        if (from < 0) break;
        row[(j + 1) * k + rank] = best;
        origins[(i * width + cell) * k + rank] = from + n * next[from]!;
        next[from]!++;
      }
    }
    [above, row] = [row, above];
  }
  sweep.value();
  const ranked: RankedPath[] = [];
  for (let rank = 0; rank < k && above[cols * k + rank]! > -Infinity; rank++) {
    const trace = new Trace(lattice);
    let current = rank;
    for (let i = rows - 1; i >= 0; i--) {
      trace.followRow(i, (j) => {
        const origin = origins[(i * width + j - first[i]!) * k + current]!;
        current = Math.floor(origin / n);
        return origin % n;
      });
    }
    ranked.push({ path: trace.path(), logProbability: above[cols * k + rank]! });
  }
  return ranked;
}
