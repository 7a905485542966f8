// The best alignment, by sums of doubles as the definition's, and so its path.
import { Flag } from '../chain/call';
import { AlignmentCall, closeItem, Item, lookAt, openItem } from './call';

/** The states of a cell. */
const PAIRED = 0;
const GAP_IN_COLS = 1;
const GAP_IN_ROWS = 2;
/** Where the ways of a cell are in its byte; that of a pair is 3 where an alignment begins. */
const COLS_SHIFT = 2;
const ROWS_SHIFT = 3;
const BEGIN = 3;

/** The values of a cell's states, in bytes. */
const CELL: usize = 24;

/** Cells of two rows are a vector: the lower row is a column behind. */
// @inline
function widthOf(cols: i32): usize {
  return <usize>(cols + 2);
}

export function hardBytes(rows: i32, cols: i32): usize {
  return 256 + (CELL + 8 + <usize>(rows + 2)) * widthOf(cols);
}

/** Lays the scores of the rows i and i + 1 out as the steps take them; -Infinity where there is no pair. */
function layScores(item: Item, i: i32, scores: usize): void {
  const end = scores + 8 * widthOf(item.n);
  for (let at = scores; at < end; at += 4) store<f32>(at, -Infinity);
  for (let lane = 0; lane < 2; lane++, i++) {
    if (i == 0 || i > item.m) continue;
    let from = item.match + <usize>(i - 1) * item.rowBytes;
    lookAt(item, from);
    let to = scores + ((<usize>(1 + lane)) << 3) + ((<usize>lane) << 2);
    for (let j = 0; j < item.n; j++, from += 4, to += 8) store<f32>(to, load<f32>(from));
  }
}

/** The value above in the row before, and for the lower row what was left of the upper one. */
// @inline
function aboveOf(before: usize, left: v128): v128 {
  return v128.shuffle<f64>(v128.load64_zero(before), left, 0, 2);
}

export function hardItem(call: AlignmentCall, job: i32, workspace: usize): void {
  const item = openItem(call, job, workspace);
  const m = item.m;
  const width = widthOf(item.n);
  /** [column, state]: the last row of the strip before. */
  const border = (item.workspace + 63) & ~63;
  const scores = border + CELL * width;
  const ways = scores + 8 * width;
  const open = f64x2.splat(<f64>item.open);
  const extend = f64x2.splat(<f64>item.extend);
  const local = call.local != 0;
  const lowest = f64x2.splat(-Infinity);
  const begin = i64x2.splat(local ? BEGIN : 0);
  const fromCols = i64x2.splat(GAP_IN_COLS);
  const fromRows = i64x2.splat(GAP_IN_ROWS);
  const colsExtend = i64x2.splat(1 << COLS_SHIFT);
  const rowsFromCols = i64x2.splat(GAP_IN_COLS << ROWS_SHIFT);
  const rowsExtend = i64x2.splat(GAP_IN_ROWS << ROWS_SHIFT);
  for (let at = border; at < scores; at += 8) store<f64>(at, -Infinity);
  let best: f64 = -Infinity;
  let bestI = 0;
  let bestJ = 0;
  let state = PAIRED;
  for (let i = 0; i <= m; i += 2) {
    layScores(item, i, scores);
    let pair = lowest;
    let cols = lowest;
    let rows = lowest;
    let overPair = lowest;
    let overCols = lowest;
    let overRows = lowest;
    /** The best pair of each row, and its step. */
    let most = f64x2.splat(best);
    let mostAt = i64x2.splat(0);
    let way = ways + <usize>i * width;
    let score = scores;
    let before = border;
    const last = i + 2 > m ? item.n + (m & 1) : -1;
    for (let step = 0; step < <i32>width; step++, way++, score += 8, before += CELL) {
      // Diagonally before are the values that were above at the last step.
      const diagonal = overPair;
      const diagonalCols = overCols;
      const diagonalRows = overRows;
      overPair = aboveOf(before, pair);
      overCols = aboveOf(before + 8, cols);
      overRows = aboveOf(before + 16, rows);

      // A column against a gap: from what is left of it, before that is replaced.
      let next = f64x2.add(pair, open);
      let x = f64x2.add(cols, open);
      let from = v128.and(f64x2.gt(x, next), rowsFromCols);
      next = f64x2.pmax(next, x);
      x = f64x2.add(rows, extend);
      from = v128.bitselect(rowsExtend, from, f64x2.gt(x, next));
      rows = f64x2.pmax(next, x);

      // A row against a gap.
      cols = f64x2.add(overPair, open);
      x = f64x2.add(overCols, extend);
      from = v128.or(from, v128.and(f64x2.gt(x, cols), colsExtend));
      cols = f64x2.pmax(cols, x);

      // A pair; of a local alignment perhaps the first.
      const own = f64x2.promote_low_f32x4(v128.load64_zero(score));
      pair = local ? own : lowest;
      x = f64x2.add(diagonal, own);
      let pairFrom = v128.andnot(begin, f64x2.gt(x, pair));
      pair = f64x2.pmax(pair, x);
      x = f64x2.add(diagonalCols, own);
      pairFrom = v128.bitselect(fromCols, pairFrom, f64x2.gt(x, pair));
      pair = f64x2.pmax(pair, x);
      x = f64x2.add(diagonalRows, own);
      pairFrom = v128.bitselect(fromRows, pairFrom, f64x2.gt(x, pair));
      pair = f64x2.pmax(pair, x);
      from = v128.or(from, pairFrom);
      v128.store8_lane(way, from, 0);
      // The lower row's way of the column before.
      v128.store8_lane(way + width - 1, from, 8);
      if (local) {
        const better = f64x2.gt(pair, most);
        most = f64x2.pmax(most, pair);
        mostAt = v128.bitselect(i64x2.splat(step), mostAt, better);
      } else if (i + step == 0) pair = f64x2.replace_lane(pair, 0, 0);
      if (step > 0) {
        v128.store64_lane(before - CELL, pair, 1);
        v128.store64_lane(before - CELL, cols, 1, 8);
        v128.store64_lane(before - CELL, rows, 1, 16);
      }
      if (!local && step == last) {
        v128.store(border, pair);
        v128.store(border + 16, cols);
        v128.store(border + 32, rows);
        const end = border + ((<usize>(m & 1)) << 3);
        for (let one = PAIRED; one <= GAP_IN_ROWS; one++) {
          const value = load<f64>(end + ((<usize>one) << 4));
          if (!(value > best)) continue;
          best = value;
          state = one;
        }
        break;
      }
    }
    // The first of equal ones, by row and then by column.
    const upper = f64x2.extract_lane(most, 0);
    const lower = f64x2.extract_lane(most, 1);
    if (local && max(upper, lower) > best) {
      const isLower = lower > upper;
      best = isLower ? lower : upper;
      bestI = i + i32(isLower);
      bestJ = isLower ? i32(i64x2.extract_lane(mostAt, 1)) - 1 : i32(i64x2.extract_lane(mostAt, 0));
    }
  }
  if (!local) {
    bestI = m;
    bestJ = item.n;
  }
  store<f64>(call.value + ((<usize>job) << 3), best + 0);
  const found = best > -Infinity && !item.bad;
  closeItem(call, job, item, best > -Infinity ? 0 : Flag.NO_PATH);
  trace(call, job, item, ways, found ? bestI : 0, found ? bestJ : 0, state);
}

/** The path back from a cell's state, and its indicator. */
function trace(
  call: AlignmentCall,
  job: i32,
  item: Item,
  ways: usize,
  i: i32,
  j: i32,
  state: i32,
): void {
  const local = call.local != 0;
  const index = (<usize>job) << 2;
  const path = call.paths + 2 * <usize>(call.rows + call.cols) * index;
  let to = path;
  let opened: f32 = 0;
  let extended: f32 = 0;
  const gradient = item.gMatch;
  if (gradient != 0) memory.fill(gradient, 0, <usize>call.rows * item.rowBytes);
  while (local ? i > 0 && j > 0 : i > 0 || j > 0) {
    const way = <i32>load<u8>(ways + <usize>i * widthOf(item.n) + <usize>j);
    store<i32>(to, state == GAP_IN_COLS ? -1 : j - 1);
    store<i32>(to, state == GAP_IN_ROWS ? -1 : i - 1, 4);
    to += 8;
    if (state == PAIRED) {
      if (gradient != 0) {
        store<f32>(gradient + <usize>(i - 1) * item.rowBytes + ((<usize>(j - 1)) << 2), 1);
      }
      i--;
      j--;
      state = way & 3;
      if (state == BEGIN) break;
    } else if (state == GAP_IN_COLS) {
      i--;
      state = (way >> COLS_SHIFT) & 1;
      if (state == PAIRED) opened++;
      else extended++;
    } else {
      j--;
      state = way >> ROWS_SHIFT;
      if (state == GAP_IN_ROWS) extended++;
      else opened++;
    }
  }
  store<i32>(call.pathLengths + index, i32((to - path) >> 2));
  if (gradient == 0) return;
  store<f32>(call.gOpen + index, opened);
  store<f32>(call.gExtend + index, extended);
}
