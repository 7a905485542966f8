// Smoothed dynamic time warping by strips of tiles. A job is a strip of one problem, which follows
// one tile behind the strip that it needs, or a whole problem of a batch. Either way a tile does
// the same work on the same numbers, so that results depend on neither.
import { clearRows, layCosts, layRows, outsideCorridor, takeRows } from './costs';
import { doubleTiles, followMoves } from './double';
import { expectedTiles } from './expected';
import { addFeatureGradients } from './features';
import {
  awaitTiles,
  COSTS,
  HARD,
  L2,
  planeBytes,
  Problem,
  PROBLEM_BYTES,
  SLOPES,
  STATE,
  STATE_BYTES,
  tilesOf,
  UNREACHED,
  WEIGHTS,
  WEIGHTS_DOT,
  wholeVectors,
} from './problem';
import { softTiles } from './soft';
import { tangentTile } from './tangent';

// The upper half of the state holds a strip's borders between its tiles.
const SIDE: usize = STATE + STATE_BYTES / 2;
const SIDE_BYTES: usize = 512;
/** Running values left of the current tile, and of the next one where the first are kept. */
const SIDE_NEXT: usize = SIDE + SIDE_BYTES;
const SIDE_DOT: usize = SIDE + 2 * SIDE_BYTES;
const SIDE_DOT_NEXT: usize = SIDE + 3 * SIDE_BYTES;
/** The expected mass that passes to the left tile. */
const SIDE_MASS: usize = SIDE + 4 * SIDE_BYTES;
const CARRY: usize = SIDE + 5 * SIDE_BYTES;
/** Where a recomputed tile's last row goes: it is known already. */
const SCRAP: usize = SIDE + 6 * SIDE_BYTES;

/** Fills a border with what no path reaches: `count` values, integers `integers` bytes on. */
function unreach(border: usize, count: i32, integers: usize, double: bool): void {
  for (let j: usize = 0; j < <usize>count; j++) {
    if (double) store<f64>(border + (j << 3), -Infinity);
    else {
      store<f32>(border + (j << 2), 0);
      store<i32>(border + integers + (j << 2), UNREACHED);
    }
  }
}

/** A strip's forward pass from left to right. */
function forwardStrip(p: Problem, strip: i32, workspace: usize, tape: usize): void {
  const rowFrom = strip * p.stripRows;
  const h = min(p.stripRows, p.rows - rowFrom);
  const cols = p.cols;
  const double = p.omega == HARD || p.precise != 0;
  const scale = <f64>p.scale + <f64>p.scaleRest;
  const tiles = tilesOf(p);
  const integers = <usize>cols << 2;
  const above = p.borderRows + <usize>strip * <usize>p.borderRowBytes;
  const below = above + <usize>p.borderRowBytes;
  const tangent = p.tangent != 0;
  const aboveDot = p.borderRowsDot + ((<usize>strip * <usize>cols) << 3);
  const belowDot = aboveDot + (<usize>cols << 3);
  if (strip == 0) unreach(above, cols, integers, double);
  if (strip == 0 && tangent) memory.fill(aboveDot, 0, <usize>cols << 3);

  // The corner before the first cell of all is where every path starts; the others are not reached.
  let cornerM: f32 = strip == 0 && p.omega != L2 ? 1 : 0;
  let cornerK = strip == 0 ? 0 : UNREACHED;
  let corner: f64 = strip == 0 ? 0 : -Infinity;
  let cornerDot: f64 = 0;
  for (let t = 0; t < tiles; t++) {
    if (strip > 0) awaitTiles(p.done + (<usize>(strip - 1) << 2), t);
    const colFrom = t * p.tileCols;
    const w = min(p.tileCols, cols - colFrom);
    const first = <usize>colFrom << (double ? 3 : 2);
    const cell = <usize>(strip * tiles + t);
    let side = workspace + SIDE;
    let next = side;
    let sideDot = workspace + SIDE_DOT;
    let nextDot = sideDot;
    if (p.keep != 0) {
      side = p.borderCols + cell * SIDE_BYTES;
      next = t + 1 < tiles ? side + SIDE_BYTES : workspace + SIDE_NEXT;
      sideDot = p.borderColsDot + cell * SIDE_BYTES;
      nextDot = t + 1 < tiles ? sideDot + SIDE_BYTES : workspace + SIDE_DOT_NEXT;
    }
    if (t == 0) {
      unreach(side, 64, 256, double);
      if (tangent) memory.fill(sideDot, 0, SIDE_BYTES);
    }
    // Where the rows' borders share memory, the next tile's corner is about to be overwritten.
    const end = <usize>(colFrom + w - 1);
    let nextM: f32 = 0;
    let nextK = UNREACHED;
    let nextCorner: f64 = -Infinity;
    if (double) nextCorner = load<f64>(above + (end << 3));
    else {
      nextM = load<f32>(above + (end << 2));
      nextK = load<i32>(above + integers + (end << 2));
    }
    const nextCornerDot = tangent ? load<f64>(aboveDot + (end << 3)) : 0;
    const weights =
      tape != 0 ? tape + cell * 3 * planeBytes(p.stripRows, p.tileCols)
      : tangent ? workspace + WEIGHTS
      : 0;

    if (outsideCorridor(p, rowFrom, h, colFrom, w)) {
      unreach(next, 64, 256, double);
      unreach(below + first, w, integers, double);
      if (tangent) {
        memory.fill(nextDot, 0, SIDE_BYTES);
        memory.fill(belowDot + (<usize>colFrom << 3), 0, <usize>w << 3);
      }
    } else {
      layCosts(p, workspace + COSTS, rowFrom, h, colFrom, w);
      if (double) {
        // prettier-ignore
        doubleTiles(workspace, workspace + COSTS, 0, h, w, above + first, below + first, side, next,
          corner, scale, p.omega, p.advance != 0);
      } else {
        const plane = planeBytes(wholeVectors(h), w);
        // prettier-ignore
        softTiles(workspace, workspace + COSTS, weights, plane, h, w, above + first, below + first,
          integers, integers, side, next, cornerM, cornerK, p.scale, p.omega == L2, p.advance != 0);
        if (tangent) {
          const dot = <usize>colFrom << 3;
          layRows(p.slopes, p.stride, workspace + SLOPES, rowFrom, h, colFrom, w);
          // prettier-ignore
          tangentTile(workspace, weights, workspace + WEIGHTS_DOT, plane, workspace + SLOPES, h, w,
            aboveDot + dot, belowDot + dot, sideDot, nextDot, cornerDot, p.inverseGamma,
            p.omega == L2, p.advance != 0);
        }
      }
    }
    cornerM = nextM;
    cornerK = nextK;
    corner = nextCorner;
    cornerDot = nextCornerDot;
    atomic.store<i32>(p.done + (<usize>strip << 2), t + 1);
  }
  if (rowFrom + h == p.rows) {
    const end = <usize>(cols - 1);
    if (double) store<f64>(p.result, load<f64>(below + (end << 3)));
    else {
      store<f32>(p.result, load<f32>(below + (end << 2)));
      store<i32>(p.result, load<i32>(below + integers + (end << 2)), 4);
    }
    if (tangent) store<f64>(p.result, load<f64>(belowDot + (end << 3)), 8);
  }
}

/** Computes a tile again from its kept borders, with its weights. */
function recompute(
  p: Problem,
  strip: i32,
  t: i32,
  h: i32,
  colFrom: i32,
  w: i32,
  workspace: usize,
): void {
  const rowFrom = strip * p.stripRows;
  const hard = p.omega == HARD;
  const integers = <usize>p.cols << 2;
  const above = p.borderRows + <usize>strip * <usize>p.borderRowBytes;
  const cell = <usize>(strip * tilesOf(p) + t);
  const side = p.borderCols + cell * SIDE_BYTES;
  const next = workspace + SIDE_NEXT;
  const scrap = workspace + SCRAP;
  const start = strip == 0 && t == 0;
  const before = <usize>(colFrom - 1);
  layCosts(p, workspace + COSTS, rowFrom, h, colFrom, w);
  if (hard) {
    const corner = t > 0 ? load<f64>(above + (before << 3)) : start ? <f64>0 : <f64>-Infinity;
    // prettier-ignore
    doubleTiles(workspace, workspace + COSTS, workspace + WEIGHTS, h, w,
      above + (<usize>colFrom << 3), scrap, side, next, corner, 0, HARD, p.advance != 0);
    return;
  }
  const first = <usize>colFrom << 2;
  const l2 = p.omega == L2;
  const cornerM = t > 0 ? load<f32>(above + (before << 2)) : start && !l2 ? <f32>1 : <f32>0;
  const cornerK = t > 0 ? load<i32>(above + integers + (before << 2)) : start ? 0 : UNREACHED;
  const plane = planeBytes(wholeVectors(h), w);
  const weights = workspace + WEIGHTS;
  // prettier-ignore
  softTiles(workspace, workspace + COSTS, weights, plane, h, w, above + first, scrap, integers, 512,
    side, next, cornerM, cornerK, p.scale, l2, p.advance != 0);
  if (p.tangent == 0) return;
  const aboveDot = p.borderRowsDot + ((<usize>strip * <usize>p.cols) << 3);
  const cornerDot = t > 0 ? load<f64>(aboveDot + (before << 3)) : 0;
  layRows(p.slopes, p.stride, workspace + SLOPES, rowFrom, h, colFrom, w);
  // prettier-ignore
  tangentTile(workspace, weights, workspace + WEIGHTS_DOT, plane, workspace + SLOPES, h, w,
    aboveDot + (<usize>colFrom << 3), scrap, p.borderColsDot + cell * SIDE_BYTES,
    workspace + SIDE_DOT_NEXT, cornerDot, p.inverseGamma, l2, p.advance != 0);
}

/** Whether `count` floats are all zero. */
function allZero(values: usize, count: i32): bool {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (load<f32>(values + (i << 2)) != 0) return false;
  }
  return true;
}

/** A strip's backward pass from right to left. */
function backwardStrip(p: Problem, strip: i32, workspace: usize, tape: usize): void {
  const rowFrom = strip * p.stripRows;
  const h = min(p.stripRows, p.rows - rowFrom);
  const tiles = tilesOf(p);
  const last = (p.rows - 1) / p.stripRows;
  const tangent = p.tangent != 0;
  const side = workspace + SIDE_MASS;
  const carry = workspace + CARRY;
  const expected = workspace + COSTS;
  memory.fill(side, 0, SIDE_BYTES);
  store<i64>(carry, 0);
  for (let t = tiles - 1, count = 0; t >= 0; t--, count++) {
    if (strip < last) awaitTiles(p.doneBack + (<usize>(strip + 1) << 2), count);
    const colFrom = t * p.tileCols;
    const w = min(p.tileCols, p.cols - colFrom);
    const first = <usize>colFrom << 2;
    const mass = p.mass + first;
    const massDot = p.massDot + first;
    const idle =
      allZero(mass, w) &&
      allZero(side, h) &&
      (!tangent || (allZero(massDot, w) && allZero(side + 256, h)));
    if (idle) {
      // Nothing passes through the tile; its last column's corner may still have come from the right.
      const end = <usize>(w - 1) << 2;
      store<f32>(mass + end, load<f32>(carry));
      if (tangent) store<f32>(massDot + end, load<f32>(carry, 4));
      store<i64>(carry, 0);
      if (p.cost == 0) {
        clearRows(p.gradient, p.stride, rowFrom, h, colFrom, w);
        if (tangent) clearRows(p.product, p.stride, rowFrom, h, colFrom, w);
      }
    } else {
      let weights = workspace + WEIGHTS;
      const plane = planeBytes(wholeVectors(h), w);
      if (tape != 0) {
        const cell = <usize>(strip * tiles + t);
        weights = tape + cell * 3 * planeBytes(p.stripRows, p.tileCols);
      } else {
        recompute(p, strip, t, h, colFrom, w, workspace);
      }
      // prettier-ignore
      expectedTiles(workspace, weights, workspace + WEIGHTS_DOT, plane, expected,
        workspace + SLOPES, h, w, mass, massDot, side, carry, p.advance != 0, tangent);
      if (p.cost == 0) {
        takeRows(p.gradient, p.stride, expected, rowFrom, h, colFrom, w);
        if (tangent) takeRows(p.product, p.stride, workspace + SLOPES, rowFrom, h, colFrom, w);
      } else {
        addFeatureGradients(p, expected, rowFrom, h, colFrom, w);
      }
    }
    atomic.store<i32>(p.doneBack + (<usize>strip << 2), count + 1);
  }
}

/** Forward: job j is strip firstStrip + j of the problem at `params`. */
export function dtwForward(params: usize, job: i32, workspace: usize): void {
  const p = changetype<Problem>(params);
  forwardStrip(p, p.firstStrip + job, workspace, 0);
}

/** Backward: job j is strip firstStrip + strips − 1 − j. */
export function dtwBackward(params: usize, job: i32, workspace: usize): void {
  const p = changetype<Problem>(params);
  backwardStrip(p, p.firstStrip + p.strips - 1 - job, workspace, 0);
}

/** Job j is the whole j-th problem of those at `params`, forward and, if kept, backward. */
export function dtwProblem(params: usize, job: i32, workspace: usize): void {
  const p = changetype<Problem>(params + <usize>job * PROBLEM_BYTES);
  const tape = p.tape != 0 ? workspace + WEIGHTS : 0;
  for (let strip = 0; strip < p.strips; strip++) forwardStrip(p, strip, workspace, tape);
  if (p.keep == 0 && tape == 0) return;
  if (p.omega == HARD) tracePath(p, workspace);
  else {
    for (let strip = p.strips - 1; strip >= 0; strip--) backwardStrip(p, strip, workspace, tape);
  }
}

/** Follows the best path through the strips of this call, from the cell in `pathState` upwards. */
export function dtwPath(params: usize, job: i32, workspace: usize): void {
  tracePath(changetype<Problem>(params), workspace);
}

/** pathState: bytes written so far, then the current cell, from which (−1, −1) is the end. */
function tracePath(p: Problem, workspace: usize): void {
  const state = p.pathState;
  const cell = state + 4;
  const top = p.firstStrip * p.stripRows;
  let i = load<i32>(cell);
  let j = load<i32>(cell, 4);
  while (i >= top && j >= 0) {
    const strip = i / p.stripRows;
    const t = j / p.tileCols;
    const rowFrom = strip * p.stripRows;
    const colFrom = t * p.tileCols;
    const h = min(p.stripRows, p.rows - rowFrom);
    const w = min(p.tileCols, p.cols - colFrom);
    recompute(p, strip, t, h, colFrom, w, workspace);
    const written = <usize>load<i32>(state);
    // prettier-ignore
    const more = followMoves(workspace + WEIGHTS, wholeVectors(h), i - rowFrom, j - colFrom,
      rowFrom, colFrom, p.path + written, cell);
    store<i32>(state, <i32>(written + more));
    i = load<i32>(cell);
    j = load<i32>(cell, 4);
  }
}
