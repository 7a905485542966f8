// The expected path of an alignment: the masses of all cells, strip by strip from the last.
import { LEAST_MASS } from '../algebra/omega';
import { Item, SLANT } from './call';
import { Layout, SHARES } from './layout';

/** A cell of the border below a strip: the masses that its rows pass on to each state. */
const MASSES: usize = 12;

/** What the two gap scores are taken by. */
@unmanaged
export class Gaps {
  open: f64;
  extend: f64;
}

/**
 * Writes the gradient by the pairs' scores.
 * @param last of a global alignment the shares of the last maximum, three floats
 * @param ends of a local one the masses that end at each pair, in place of `layout.ends`
 */
export function backward(item: Item, layout: Layout, gaps: Gaps, last: usize, local: bool): void {
  const least = f32x4.splat(LEAST_MASS);
  const zero = f32x4.splat(0);
  const border = layout.border;
  memory.fill(border, 0, <usize>item.steps * MASSES);
  let tape = layout.tape + <usize>item.strips * <usize>item.steps * SHARES;
  let ends = layout.ends + layout.endBytes;
  const lane = item.m & 3;
  for (let strip = item.strips - 1; strip >= 0; strip--) {
    let pairNext = zero;
    let colsNext = zero;
    let rowsNext = zero;
    let pairLater = zero;
    let colsLater = zero;
    let rowsLater = zero;
    let opened = zero;
    let extended = zero;
    let cell = layout.cells + ((<usize>item.steps) << 4);
    for (let step = item.steps - 1; step >= 0; step--) {
      tape -= SHARES;
      cell -= 16;
      let pair = pairNext;
      let cols = colsNext;
      let rows = rowsNext;
      // The last row has what the strip below passes on.
      if (step >= SLANT) {
        const below = border + <usize>(step - SLANT) * MASSES;
        pair = f32x4.add(pair, lastLane(below));
        cols = f32x4.add(cols, lastLane(below + 4));
        rows = f32x4.add(rows, lastLane(below + 8));
        store<u64>(below, 0);
        store<u32>(below, 0, 8);
      }
      if (local) {
        ends -= 16;
        pair = f32x4.add(pair, v128.load(ends));
      } else if (strip + 1 == item.strips && step == item.n + lane) {
        const at = (<usize>lane) << 2;
        v128.store(layout.last, zero);
        v128.store(layout.last, zero, 16);
        v128.store(layout.last, zero, 32);
        store<f32>(layout.last + at, load<f32>(last));
        store<f32>(layout.last + at, load<f32>(last, 4), 16);
        store<f32>(layout.last + at, load<f32>(last, 8), 32);
        pair = f32x4.add(pair, v128.load(layout.last));
        cols = f32x4.add(cols, v128.load(layout.last, 16));
        rows = f32x4.add(rows, v128.load(layout.last, 32));
      }
      pair = v128.and(pair, f32x4.gt(pair, least));
      cols = v128.and(cols, f32x4.gt(cols, least));
      rows = v128.and(rows, f32x4.gt(rows, least));
      v128.store(cell, pair);
      const toPair = f32x4.mul(pair, v128.load(tape));
      const toCols = f32x4.mul(pair, v128.load(tape, 16));
      const toRows = f32x4.mul(pair, v128.load(tape, 32));
      const upPair = f32x4.mul(cols, v128.load(tape, 48));
      const upCols = f32x4.mul(cols, v128.load(tape, 64));
      const leftPair = f32x4.mul(rows, v128.load(tape, 80));
      const leftCols = f32x4.mul(rows, v128.load(tape, 96));
      const leftRows = f32x4.mul(rows, v128.load(tape, 112));
      opened = f32x4.add(opened, f32x4.add(upPair, f32x4.add(leftPair, leftCols)));
      extended = f32x4.add(extended, f32x4.add(upCols, leftRows));
      // To the row above: at once for the cell above, a step later for the one diagonally before.
      pairNext = f32x4.add(pairLater, f32x4.add(leftPair, shiftOut(upPair)));
      colsNext = f32x4.add(colsLater, f32x4.add(leftCols, shiftOut(upCols)));
      rowsNext = f32x4.add(rowsLater, leftRows);
      pairLater = shiftOut(toPair);
      colsLater = shiftOut(toCols);
      rowsLater = shiftOut(toRows);
      const above = border + <usize>step * MASSES;
      addFirst(above, upPair);
      addFirst(above + 4, upCols);
      if (step > 0) {
        addFirst(above - MASSES, toPair);
        addFirst(above - MASSES + 4, toCols);
        addFirst(above - MASSES + 8, toRows);
      }
    }
    gaps.open += sum(opened);
    gaps.extend += sum(extended);
    takeMasses(item, strip, layout.cells);
  }
}

/** A float as the last of four lanes. */
// @inline
function lastLane(address: usize): v128 {
  return v128.load32_lane(address, f32x4.splat(0), 3);
}

/** Four lanes moved to the row above; the first one's is for the strip above. */
// @inline
function shiftOut(lanes: v128): v128 {
  return v128.shuffle<f32>(lanes, f32x4.splat(0), 1, 2, 3, 4);
}

// @inline
function addFirst(address: usize, lanes: v128): void {
  store<f32>(address, load<f32>(address) + f32x4.extract_lane(lanes, 0));
}

// @inline
function sum(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) +
    <f64>f32x4.extract_lane(x, 1) +
    <f64>f32x4.extract_lane(x, 2) +
    <f64>f32x4.extract_lane(x, 3)
  );
}

/** Brings the masses of a strip's pairs to their rows. */
function takeMasses(item: Item, strip: i32, cells: usize): void {
  for (let lane = 0; lane < 4; lane++) {
    const i = 4 * strip + lane;
    if (i == 0 || i > item.m) continue;
    let to = item.gMatch + <usize>(i - 1) * item.rowBytes;
    let from = cells + ((<usize>(1 + lane)) << 4) + ((<usize>lane) << 2);
    for (let j = 0; j < item.n; j++, to += 4, from += 16) store<f32>(to, load<f32>(from));
  }
}
