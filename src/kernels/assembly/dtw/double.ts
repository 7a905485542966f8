// The Bellman recursion of a tile in float64: for the hard maximum, and for the values of smoothed ones
// where those of soft.ts are not exact enough.
import { Omega } from '../algebra/omega';
import { COSTS, STATE, wholeVectors } from './problem';
import { Advance, BEFORE, BUFFER, Classic, crossBorders, More, Moves, No, Tile, Yes } from './tile';

/**
 * Computes a tile, and, where it has room for weights, its plane of best moves, i32: 0 diagonal, 1 up,
 * 2 left.
 * @param scale what turns a cost into a score in the unit of the running values
 */
export function doubleTile<O extends Omega>(tile: Tile, scale: f64, advance: bool): void {
  if (advance) {
    if (tile.weights) sweep<O, Advance, Yes>(tile, scale);
    else sweep<O, Advance, No>(tile, scale);
  } else if (tile.weights) sweep<O, Classic, Yes>(tile, scale);
  else sweep<O, Classic, No>(tile, scale);
}

function sweep<O extends Omega, M extends Moves, Keep extends More>(tile: Tile, scale: f64): void {
  const omega = changetype<O>(0);
  const hasLeft = changetype<M>(0).left;
  const keep = changetype<Keep>(0).on;
  const workspace = tile.workspace;
  const h = tile.h;
  const w = tile.w;
  const moves = tile.weights;
  const above = tile.above;
  const below = tile.below;
  const left = tile.left;
  const right = tile.right;
  const costs = workspace + COSTS;
  const pitch = (<usize>wholeVectors(h)) << 2;
  let before2 = workspace + STATE;
  let before = before2 + BUFFER;
  let current = before + BUFFER;
  for (let at = before2; at < before2 + 3 * BUFFER; at += 8) store<f64>(at, -Infinity);
  store<u64>(before2 + BEFORE - 8, tile.corner);
  store<f64>(before + BEFORE - 8, load<f64>(above));
  store<f64>(before + BEFORE, load<f64>(left));
  const one = i32x4.splat(1);
  const two = i32x4.splat(2);
  const vScale = f64x2.splat(scale);

  for (let d = 0; d < h + w - 1; d++) {
    const from = (<usize>(max(0, d - w + 1) & ~3)) << 2;
    const to = (<usize>min(h - 1, d)) << 2;
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
      const l0 = hasLeft ? v128.load(before + at, BEFORE) : d0;
      const l1 = hasLeft ? v128.load(before + at, BEFORE + 16) : d1;
      const next0 = omega.cell(d0, u0, l0, f64x2.mul(c0, vScale), hasLeft);
      const next1 = omega.cell(d1, u1, l1, f64x2.mul(c1, vScale), hasLeft);
      v128.store(current + at, next0, BEFORE);
      v128.store(current + at, next1, BEFORE + 16);
      if (keep) {
        let top0 = f64x2.pmax(d0, u0);
        let top1 = f64x2.pmax(d1, u1);
        if (hasLeft) {
          top0 = f64x2.pmax(top0, l0);
          top1 = f64x2.pmax(top1, l1);
        }
        const isDiagonal = v128.shuffle<f32>(f64x2.eq(d0, top0), f64x2.eq(d1, top1), 0, 2, 4, 6);
        const isUp = v128.shuffle<f32>(f64x2.eq(u0, top0), f64x2.eq(u1, top1), 0, 2, 4, 6);
        v128.store(moves + row + o, v128.andnot(v128.bitselect(one, two, isUp), isDiagonal));
      }
    }
    crossBorders(d, h, w, current, above, left, below, right);
    const spare = before2;
    before2 = before;
    before = current;
    current = spare;
  }
}

/**
 * Follows the best moves of a tile from cell (i, j) of the rectangle until they leave it, each cell an
 * i32 pair at `path`. Returns the bytes written; the next cell, outside the tile, goes to `next`.
 */
export function followMoves(tile: Tile, i: i32, j: i32, path: usize, next: usize): usize {
  const pitch = wholeVectors(tile.h);
  const rowFrom = tile.rowFrom;
  const colFrom = tile.colFrom;
  let at = path;
  while (i >= rowFrom && j >= colFrom) {
    store<i32>(at, i);
    store<i32>(at, j, 4);
    at += 8;
    const row = i - rowFrom;
    const cell = (row + j - colFrom) * pitch + row;
    const move = load<i32>(tile.weights + ((<usize>cell) << 2));
    if (move != 2) i--;
    if (move != 1) j--;
  }
  store<i32>(next, i);
  store<i32>(next, j, 4);
  return at - path;
}
