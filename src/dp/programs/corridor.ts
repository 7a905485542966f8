/** Which moves a DTW path may make: the classic three, or one row a move ('advance'). */
export type Moves = 'classic' | 'advance';

/** The cells a path may use, as the first and last column of each row; both never decrease. */
export interface Corridor {
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** The most columns of any row. */
  readonly width: number;
}

/**
 * The cells of a rows × cols rectangle within `band` columns of its diagonal,
 * |i·(cols−1)/(rows−1) − j| ≤ band (Sakoe & Chiba 1978, for unequal lengths), and for 'advance'
 * only those from which both corners can be reached. A single row is its own diagonal: all of it.
 *
 * @throws RangeError that names the batch item when no path connects the corners, with the
 *   smallest band that would do
 */
export function createCorridor(
  item: number,
  rows: number,
  cols: number,
  moves: Moves,
  band: number | undefined,
): Corridor {
  if (moves === 'advance' && cols > rows) {
    throw new RangeError(
      `batch item ${item} has ${rows} rows and ${cols} columns: with moves 'advance' ` +
        'a path needs at least as many rows as columns',
    );
  }
  // In units of 1/(rows−1) columns the band's condition is one of integers. The tolerance lets a
  // band of n/(rows−1), such as the one the error below suggests, survive rounding.
  const reach = band === undefined ? Infinity : Math.floor(band * (rows - 1) * (1 + 1e-12) + 1e-9);
  const corridor = within(reach, rows, cols, moves);
  if (!connects(corridor, cols, moves)) {
    throw new RangeError(
      `batch item ${item}: a band of ${band} columns does not connect the corners of its ` +
        `${rows} rows and ${cols} columns; the smallest that does is ` +
        `${smallestReach(rows, cols, moves) / (rows - 1)}`,
    );
  }
  return corridor;
}

function within(reach: number, rows: number, cols: number, moves: Moves): Corridor {
  const first = new Int32Array(rows);
  const last = new Int32Array(rows);
  let width = 0;
  for (let i = 0; i < rows; i++) {
    let from = 0;
    let to = cols - 1;
    if (rows > 1) {
      from = Math.max(from, Math.ceil((i * (cols - 1) - reach) / (rows - 1)));
      to = Math.min(to, Math.floor((i * (cols - 1) + reach) / (rows - 1)));
    }
    if (moves === 'advance') {
      from = Math.max(from, cols - rows + i);
      to = Math.min(to, i);
    }
    first[i] = from;
    last[i] = to;
    width = Math.max(width, to - from + 1);
  }
  return { first, last, width };
}

/** Follows the columns that paths from the first corner reach: in each row, an interval. */
function connects({ first, last }: Corridor, cols: number, moves: Moves): boolean {
  let from = 0;
  let to = 0;
  for (let i = 0; i < first.length; i++) {
    from = Math.max(from, first[i]!);
    const entry = Math.min(i === 0 ? 0 : to + 1, last[i]!);
    if (from > entry) return false;
    to = moves === 'classic' ? last[i]! : entry;
  }
  return to === cols - 1;
}

/** The smallest band that connects the corners, in units of 1/(rows−1) columns, by bisection. */
function smallestReach(rows: number, cols: number, moves: Moves): number {
  let below = -1;
  let enough = (rows - 1) * (cols - 1);
  while (enough - below > 1) {
    const middle = Math.floor((below + enough) / 2);
    if (connects(within(middle, rows, cols, moves), cols, moves)) enough = middle;
    else below = middle;
  }
  return enough;
}
