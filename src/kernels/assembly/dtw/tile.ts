// What the recursions work on: a tile with its borders, and the choices that are made outside of loops.
import { Problem, STATE } from './problem';

/** A tile at work. Running values on borders are as `Running` has them, derivatives float64. */
@unmanaged
export class Tile {
  workspace: usize;
  strip: i32;
  /** Its number in its strip. */
  column: i32;
  rowFrom: i32;
  /** Its rows. */
  h: i32;
  colFrom: i32;
  /** Its columns. */
  w: i32;
  /** Planes of the local argmax, `plane` bytes apart: diagonal, up and left; or 0. */
  weights: usize;
  plane: usize;
  /** The border above, and where the last row's goes; their integers lie some bytes on. */
  above: usize;
  aboveIntegers: usize;
  below: usize;
  belowIntegers: usize;
  /** The border left of the rows, and where the last column's goes; integers 256 bytes on. */
  left: usize;
  right: usize;
  /** The running value diagonally before the first cell. */
  corner: u64;
  // The same along a direction.
  aboveDot: usize;
  belowDot: usize;
  leftDot: usize;
  rightDot: usize;
  cornerDot: f64;
  /** The corner of the next tile of the strip, and its derivative. */
  nextCorner: u64;
  nextCornerDot: f64;
}

/** The upper half of the state: a strip's tile and its borders. */
const UPPER: usize = STATE + 8192;
export const SIDE_BYTES: usize = 512;
/** Running values left of the current tile, and of the next one where the first are kept. */
export const SIDE: usize = UPPER;
export const SIDE_NEXT: usize = SIDE + SIDE_BYTES;
export const SIDE_DOT: usize = SIDE + 2 * SIDE_BYTES;
export const SIDE_DOT_NEXT: usize = SIDE + 3 * SIDE_BYTES;
/** The expected mass that passes to the left tile. */
export const SIDE_MASS: usize = SIDE + 4 * SIDE_BYTES;
export const CARRY: usize = SIDE + 5 * SIDE_BYTES;
/** Where a recomputed tile's last row goes: it is known already. */
export const SCRAP: usize = SIDE + 6 * SIDE_BYTES;
const TILE: usize = SIDE + 10 * SIDE_BYTES;

/** The workspace's tile. */
export function tileOf(workspace: usize): Tile {
  const tile = changetype<Tile>(workspace + TILE);
  tile.workspace = workspace;
  return tile;
}

/** Where the tile lies. */
export function locate(p: Problem, tile: Tile, strip: i32, column: i32): void {
  tile.strip = strip;
  tile.column = column;
  tile.rowFrom = strip * p.stripRows;
  tile.h = min(p.stripRows, p.rows - tile.rowFrom);
  tile.colFrom = column * p.tileCols;
  tile.w = min(p.tileCols, p.cols - tile.colFrom);
}

/** An anti-diagonal of doubles: row i is at BEFORE + 8i of its buffer, row −1 the border above. */
export const BEFORE: usize = 32;
export const BUFFER: usize = 32 + 64 * 8 + 32;

/** Brings borders to diagonal d for the next one, and gives the last row and column to theirs. */
// @inline
export function crossBorders(
  d: i32,
  h: i32,
  w: i32,
  diagonal: usize,
  above: usize,
  left: usize,
  below: usize,
  right: usize,
): void {
  const rows = diagonal + BEFORE;
  if (d + 1 < w) store<f64>(rows - 8, load<f64>(above + ((<usize>(d + 1)) << 3)));
  if (d + 1 < h) {
    const o = (<usize>(d + 1)) << 3;
    store<f64>(rows + o, load<f64>(left + o));
  }
  if (d >= h - 1) {
    store<f64>(below + ((<usize>(d - h + 1)) << 3), load<f64>(rows + ((<usize>(h - 1)) << 3)));
  }
  if (d >= w - 1) {
    const o = (<usize>(d - w + 1)) << 3;
    store<f64>(right + o, load<f64>(rows + o));
  }
}

/** The moves to a cell: diagonally and up, or also to the right. */
@unmanaged
export abstract class Moves {
  abstract get left(): bool;
}

@unmanaged
export class Classic extends Moves {
  @inline
  override get left(): bool {
    return true;
  }
}

@unmanaged
export class Advance extends Moves {
  @inline
  override get left(): bool {
    return false;
  }
}

/** Whether a recursion does more than it must: keeps weights or moves, or follows a derivative. */
@unmanaged
export abstract class More {
  abstract get on(): bool;
}

@unmanaged
export class Yes extends More {
  @inline
  override get on(): bool {
    return true;
  }
}

@unmanaged
export class No extends More {
  @inline
  override get on(): bool {
    return false;
  }
}
