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

export function hardBytes(rows: i32, cols: i32): usize {
  return 256 + 24 * <usize>(cols + 1) + <usize>(rows + 1) * <usize>(cols + 1);
}

export function hardItem(call: AlignmentCall, job: i32, workspace: usize): void {
  const item = openItem(call, job, workspace);
  const m = item.m;
  const n = item.n;
  const width = <usize>(n + 1);
  /** [column, state]: the row that is being replaced. */
  const row = (item.workspace + 63) & ~63;
  const ways = row + 24 * width;
  const open = <f64>item.open;
  const extend = <f64>item.extend;
  const local = call.local != 0;
  for (let at = row; at < ways; at += 8) store<f64>(at, -Infinity);
  let best: f64 = -Infinity;
  let bestI = 0;
  let bestJ = 0;
  for (let i = 0; i <= m; i++) {
    let way = ways + <usize>i * width;
    let at = row;
    const match = item.match + <usize>(i - 1) * item.rowBytes - 4;
    if (i > 0) lookAt(item, match + 4);
    // The cell diagonally before, and the one to the left.
    let diagonal: f64 = -Infinity;
    let diagonalCols: f64 = -Infinity;
    let diagonalRows: f64 = -Infinity;
    let left: f64 = -Infinity;
    let leftCols: f64 = -Infinity;
    let leftRows: f64 = -Infinity;
    for (let j = 0; j <= n; j++, at += 24, way++) {
      const above = load<f64>(at);
      const aboveCols = load<f64>(at, 8);
      const aboveRows = load<f64>(at, 16);
      let paired: f64 = -Infinity;
      let from = 0;
      if (i > 0 && j > 0) {
        const score = load<f32>(match + ((<usize>j) << 2));
        const wide = <f64>score;
        if (local) {
          paired = wide;
          from = BEGIN;
        }
        let x = diagonal + wide;
        let better = x > paired;
        paired = select<f64>(x, paired, better);
        from = select<i32>(PAIRED, from, better);
        x = diagonalCols + wide;
        better = x > paired;
        paired = select<f64>(x, paired, better);
        from = select<i32>(GAP_IN_COLS, from, better);
        x = diagonalRows + wide;
        better = x > paired;
        paired = select<f64>(x, paired, better);
        from = select<i32>(GAP_IN_ROWS, from, better);
      } else if (i == 0 && j == 0 && !local) paired = 0;
      let cols = above + open;
      let x = aboveCols + extend;
      let better = x > cols;
      cols = select<f64>(x, cols, better);
      from |= i32(better) << COLS_SHIFT;
      let rows = left + open;
      x = leftCols + open;
      better = x > rows;
      rows = select<f64>(x, rows, better);
      let rowsFrom = i32(better);
      x = leftRows + extend;
      better = x > rows;
      rows = select<f64>(x, rows, better);
      rowsFrom = select<i32>(GAP_IN_ROWS, rowsFrom, better);
      store<u8>(way, <u8>(from | (rowsFrom << ROWS_SHIFT)));
      diagonal = above;
      diagonalCols = aboveCols;
      diagonalRows = aboveRows;
      left = paired;
      leftCols = cols;
      leftRows = rows;
      store<f64>(at, paired);
      store<f64>(at, cols, 8);
      store<f64>(at, rows, 16);
      if (local && paired > best) {
        best = paired;
        bestI = i;
        bestJ = j;
      }
    }
  }
  let state = PAIRED;
  if (!local) {
    bestI = m;
    bestJ = n;
    const end = row + 24 * <usize>n;
    for (let one = PAIRED; one <= GAP_IN_ROWS; one++) {
      const value = load<f64>(end + ((<usize>one) << 3));
      if (!(value > best)) continue;
      best = value;
      state = one;
    }
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
    const way = <i32>load<u8>(ways + <usize>i * <usize>(item.n + 1) + <usize>j);
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
