// The Bellman recursion of a tile in float64. The hard minimum takes the same operations in the same
// order as the definition: value and path are the definition's to the last bit. negentropy and l2
// give values alone, where those of soft.ts are not exact enough.
import { l2Cell, negentropyCell } from './precise';
import { HARD, L2, NEGENTROPY, STATE, wholeVectors } from './problem';

const BEFORE: usize = 32;
const BUFFER: usize = 32 + 64 * 8 + 32;

/**
 * Computes a tile of h rows and w columns.
 *
 * @param moves the plane of best moves, i32: 0 diagonal, 1 up, 2 left; only of the hard minimum
 * @param above running values of the border above; `below`: the last row's
 * @param leftIn, leftOut running values left of the rows and in the last column
 * @param corner the value diagonally before the first cell
 * @param scale what turns a cost into a score in the unit of the running values
 */
// @ts-ignore: decorator
@inline
function doubleTile(
  workspace: usize,
  costs: usize,
  moves: usize,
  h: i32,
  w: i32,
  above: usize,
  below: usize,
  leftIn: usize,
  leftOut: usize,
  corner: f64,
  scale: f64,
  OMEGA: i32,
  ADVANCE: bool,
  KEEP: bool,
): void {
  const pitch = <usize>wholeVectors(h) << 2;
  let before2 = workspace + STATE;
  let before = before2 + BUFFER;
  let current = before + BUFFER;
  for (let at = before2; at < before2 + 3 * BUFFER; at += 8) store<f64>(at, -Infinity);
  store<f64>(before2 + BEFORE - 8, corner);
  store<f64>(before + BEFORE - 8, load<f64>(above));
  store<f64>(before + BEFORE, load<f64>(leftIn));
  const one = i32x4.splat(1);
  const two = i32x4.splat(2);
  const vScale = f64x2.splat(scale);

  for (let d = 0; d < h + w - 1; d++) {
    const from = <usize>(max(0, d - w + 1) & ~3) << 2;
    const to = <usize>min(h - 1, d) << 2;
    const row = <usize>d * pitch;
    for (let o = from; o <= to; o += 16) {
      const at = o << 1;
      const d0 = v128.load(before2 + at, BEFORE - 8);
      const d1 = v128.load(before2 + at, BEFORE + 8);
      const u0 = v128.load(before + at, BEFORE - 8);
      const u1 = v128.load(before + at, BEFORE + 8);
      const cost = v128.load(costs + row + o);
      const c0 = f64x2.promote_low_f32x4(cost);
      const c1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(cost, cost, 2, 3, 2, 3));
      if (OMEGA != HARD) {
        const l0 = ADVANCE ? d0 : v128.load(before + at, BEFORE);
        const l1 = ADVANCE ? d1 : v128.load(before + at, BEFORE + 16);
        const score0 = f64x2.mul(c0, vScale);
        const score1 = f64x2.mul(c1, vScale);
        if (OMEGA == NEGENTROPY) {
          v128.store(current + at, negentropyCell(d0, u0, l0, score0, ADVANCE), BEFORE);
          v128.store(current + at, negentropyCell(d1, u1, l1, score1, ADVANCE), BEFORE + 16);
        } else {
          v128.store(current + at, l2Cell(d0, u0, l0, score0, ADVANCE), BEFORE);
          v128.store(current + at, l2Cell(d1, u1, l1, score1, ADVANCE), BEFORE + 16);
        }
        continue;
      }
      let top0 = f64x2.pmax(d0, u0);
      let top1 = f64x2.pmax(d1, u1);
      if (!ADVANCE) {
        top0 = f64x2.pmax(top0, v128.load(before + at, BEFORE));
        top1 = f64x2.pmax(top1, v128.load(before + at, BEFORE + 16));
      }
      v128.store(current + at, f64x2.sub(top0, c0), BEFORE);
      v128.store(current + at, f64x2.sub(top1, c1), BEFORE + 16);
      if (KEEP) {
        const isDiagonal = v128.shuffle<f32>(f64x2.eq(d0, top0), f64x2.eq(d1, top1), 0, 2, 4, 6);
        const isUp = v128.shuffle<f32>(f64x2.eq(u0, top0), f64x2.eq(u1, top1), 0, 2, 4, 6);
        v128.store(moves + row + o, v128.andnot(v128.bitselect(one, two, isUp), isDiagonal));
      }
    }
    if (d + 1 < w) {
      store<f64>(current + BEFORE - 8, load<f64>(above + (<usize>(d + 1) << 3)));
    }
    if (d + 1 < h) {
      const o = <usize>(d + 1) << 3;
      store<f64>(current + BEFORE + o, load<f64>(leftIn + o));
    }
    if (d >= h - 1) {
      store<f64>(
        below + (<usize>(d - h + 1) << 3),
        load<f64>(current + (<usize>(h - 1) << 3), BEFORE),
      );
    }
    if (d >= w - 1) {
      const o = <usize>(d - w + 1) << 3;
      store<f64>(leftOut + o, load<f64>(current + o, BEFORE));
    }
    const spare = before2;
    before2 = before;
    before = current;
    current = spare;
  }
}

/** `doubleTile` with Ω, the moves and whether they are kept chosen outside the loop. */
export function doubleTiles(
  workspace: usize,
  costs: usize,
  moves: usize,
  h: i32,
  w: i32,
  above: usize,
  below: usize,
  leftIn: usize,
  leftOut: usize,
  corner: f64,
  scale: f64,
  omega: i32,
  advance: bool,
): void {
  const kind = omega != HARD ? omega + 2 : moves != 0 ? 1 : 0;
  // prettier-ignore
  switch (kind * 2 + (advance ? 1 : 0)) {
    case 0: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, HARD, false, false); break;
    case 1: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, HARD, true, false); break;
    case 2: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, HARD, false, true); break;
    case 3: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, HARD, true, true); break;
    case 4: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, NEGENTROPY, false, false); break;
    case 5: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, NEGENTROPY, true, false); break;
    case 6: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, L2, false, false); break;
    default: doubleTile(workspace, costs, moves, h, w, above, below, leftIn, leftOut, corner, scale, L2, true, false);
  }
}

/**
 * Follows the best moves from cell (i, j) of a tile until they leave it, each cell an i32 pair at
 * `path`, shifted by (rowFrom, colFrom). Returns the bytes written; (i, j) of the next cell, which
 * lies outside the tile, goes to `next`.
 */
export function followMoves(
  moves: usize,
  pitch: i32,
  i: i32,
  j: i32,
  rowFrom: i32,
  colFrom: i32,
  path: usize,
  next: usize,
): usize {
  let at = path;
  while (i >= 0 && j >= 0) {
    store<i32>(at, rowFrom + i);
    store<i32>(at, colFrom + j, 4);
    at += 8;
    const move = load<i32>(moves + (<usize>((i + j) * pitch + i) << 2));
    if (move != 2) i--;
    if (move != 1) j--;
  }
  store<i32>(next, rowFrom + i);
  store<i32>(next, colFrom + j, 4);
  return at - path;
}
