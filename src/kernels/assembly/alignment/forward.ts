// The running values of an alignment under a smoothed maximum, in float32: a fraction and an integer each,
// see algebra/omega.ts. A vector is a cell of each of a strip's four rows, a column apart.
import { maximumOf, writeShares } from '../algebra/candidates';
import { ROUND, ROUND_BITS, Smooth, UNREACHED } from '../algebra/omega';
import { Item, lookAt, SLANT } from './call';
import { Layout, SHARES } from './layout';
import { BORDER, fractionOf, integerOf, raise, shiftIn } from './running';

/** Lays the scores of a strip's rows out as its steps take them; -Infinity where there is no pair. */
function layScores(item: Item, strip: i32, cells: usize): void {
  const lowest = f32x4.splat(-Infinity);
  const end = cells + ((<usize>item.steps) << 4);
  for (let at = cells; at < end; at += 16) v128.store(at, lowest);
  for (let lane = 0; lane < 4; lane++) {
    const i = 4 * strip + lane;
    if (i == 0 || i > item.m) continue;
    let from = item.match + <usize>(i - 1) * item.rowBytes;
    lookAt(item, from);
    let to = cells + ((<usize>(1 + lane)) << 4) + ((<usize>lane) << 2);
    for (let j = 0; j < item.n; j++, from += 4, to += 16) {
      store<f32>(to, load<f32>(from));
    }
  }
}

/** Computes all cells: their shares to the tape, and the values that end an alignment to `ends`. */
export function forward<O extends Smooth>(
  item: Item,
  layout: Layout,
  scale: f32,
  local: bool,
): void {
  const omega = changetype<O>(0);
  const unreached = i32x4.splat(UNREACHED);
  const zero = f32x4.splat(0);
  const vScale = f32x4.splat(scale);
  const round = f32x4.splat(ROUND);
  const bits = i32x4.splat(ROUND_BITS);
  const lowest = f32x4.splat(-Infinity);
  const rootF = f32x4.splat(omega.zero);
  const openF = fractionOf<O>(item.open, scale);
  const openK = integerOf(item.open, scale);
  const extendF = fractionOf<O>(item.extend, scale);
  const extendK = integerOf(item.extend, scale);
  const border = layout.border;
  for (let at = border; at < border + <usize>item.steps * BORDER; at += 8) {
    store<f32>(at, 0);
    store<i32>(at, UNREACHED, 4);
  }
  let tape = layout.tape;
  let ends = layout.ends;
  for (let strip = 0; strip < item.strips; strip++) {
    layScores(item, strip, layout.cells);
    let pairF = zero;
    let pairK = unreached;
    let colsF = zero;
    let colsK = unreached;
    let rowsF = zero;
    let rowsK = unreached;
    let overPairF = zero;
    let overPairK = unreached;
    let overColsF = zero;
    let overColsK = unreached;
    let overRowsF = zero;
    let overRowsK = unreached;
    let above = border;
    let cell = layout.cells;
    for (let step = 0; step < item.steps; step++, above += BORDER, cell += 16, tape += SHARES) {
      // Diagonally before are the values that were above at the last step.
      const diagonalF = overPairF;
      const diagonalK = overPairK;
      const diagonalColsF = overColsF;
      const diagonalColsK = overColsK;
      const diagonalRowsF = overRowsF;
      const diagonalRowsK = overRowsK;
      overPairF = shiftIn(pairF, above);
      overPairK = shiftIn(pairK, above + 4);
      overColsF = shiftIn(colsF, above + 8);
      overColsK = shiftIn(colsK, above + 12);
      overRowsF = shiftIn(rowsF, above + 16);
      overRowsK = shiftIn(rowsK, above + 20);

      // A column against a gap: from what is left of it, before that is replaced.
      let aF = omega.moved(pairF, openF);
      let aK = raise(pairK, openK);
      let bF = omega.moved(colsF, openF);
      let bK = raise(colsK, openK);
      const cF = omega.moved(rowsF, extendF);
      const cK = raise(rowsK, extendK);
      let top = i32x4.max_s(i32x4.max_s(aK, bK), cK);
      let a = omega.candidate(aF, aK, top);
      let b = omega.candidate(bF, bK, top);
      let c = omega.candidate(cF, cK, top);
      let total = maximumOf<O>(a, b, c, true, true, tape + 80, 16);
      let reached = omega.reached(total, top);
      rowsF = v128.and(omega.fraction(total), reached);
      rowsK = v128.bitselect(omega.integer(total, top), unreached, reached);

      // A row against a gap.
      aF = omega.moved(overPairF, openF);
      aK = raise(overPairK, openK);
      bF = omega.moved(overColsF, extendF);
      bK = raise(overColsK, extendK);
      top = i32x4.max_s(aK, bK);
      a = omega.candidate(aF, aK, top);
      b = omega.candidate(bF, bK, top);
      total = maximumOf<O>(a, b, a, false, true, tape + 48, 16);
      reached = omega.reached(total, top);
      colsF = v128.and(omega.fraction(total), reached);
      colsK = v128.bitselect(omega.integer(total, top), unreached, reached);

      // A pair; of a local alignment perhaps the first.
      const read = v128.load(cell);
      const score = f32x4.mul(read, vScale);
      const rounded = f32x4.add(score, round);
      const rest = f32x4.sub(score, f32x4.sub(rounded, round));
      top = i32x4.max_s(i32x4.max_s(diagonalK, diagonalColsK), diagonalRowsK);
      if (local) top = i32x4.max_s(top, i32x4.splat(0));
      const whole = i32x4.sub(i32x4.add(top, rounded), bits);
      a = omega.candidate(diagonalF, diagonalK, top);
      b = omega.candidate(diagonalColsF, diagonalColsK, top);
      c = omega.candidate(diagonalRowsF, diagonalRowsK, top);
      if (local) {
        let root = omega.candidate(rootF, i32x4.splat(0), top);
        const level = omega.levelOfFour(a, b, c, root);
        root = omega.part(root, level);
        a = omega.part(a, level);
        b = omega.part(b, level);
        c = omega.part(c, level);
        writeShares<O>(level, a, b, c, true, false, tape, 16);
        total = f32x4.add(omega.maximum(level, a, b, c, true), omega.lift(root));
      } else total = maximumOf<O>(a, b, c, true, true, tape, 16);
      total = omega.moved(total, omega.power(rest));
      reached = v128.and(omega.reached(total, top), f32x4.gt(read, lowest));
      pairF = v128.and(omega.fraction(total), reached);
      pairK = v128.bitselect(omega.integer(total, whole), unreached, reached);
      if (local) {
        v128.store(ends, pairF);
        v128.store(ends + layout.endBytes, pairK);
        ends += 16;
      } else if (step + strip == 0) {
        // The root.
        pairF = f32x4.replace_lane(pairF, 0, omega.zero);
        pairK = i32x4.replace_lane(pairK, 0, 0);
      }

      if (step >= SLANT) {
        const below = above - <usize>SLANT * BORDER;
        v128.store32_lane(below, pairF, 3);
        v128.store32_lane(below, pairK, 3, 4);
        v128.store32_lane(below, colsF, 3, 8);
        v128.store32_lane(below, colsK, 3, 12);
        v128.store32_lane(below, rowsF, 3, 16);
        v128.store32_lane(below, rowsK, 3, 20);
      }
      if (!local && strip + 1 == item.strips && step == item.n + (item.m & 3)) {
        v128.store(layout.last, pairF);
        v128.store(layout.last, pairK, 16);
        v128.store(layout.last, colsF, 32);
        v128.store(layout.last, colsK, 48);
        v128.store(layout.last, rowsF, 64);
        v128.store(layout.last, rowsK, 80);
      }
    }
  }
}
