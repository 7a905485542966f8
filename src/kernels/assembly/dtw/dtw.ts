// Dynamic time warping by strips of tiles. A job is a strip of one problem, which follows one tile
// behind the strip that it needs, or a whole problem of a batch. Either way a tile does the same work on
// the same numbers, so that results depend on neither.
import { Hard } from '../algebra/hard';
import { Kernel, Omega, Smooth, SmoothKernel } from '../algebra/omega';
import { run, runSmooth } from '../algebra/table';
import { clearRows, layCosts, outsideCorridor, takeRows } from './costs';
import { followMoves } from './double';
import { expectedTile } from './expected';
import { addFeatureGradients } from './features';
import {
  awaitTiles,
  COSTS,
  planeBytes,
  Problem,
  SLOPES,
  tilesOf,
  WEIGHTS,
  wholeVectors,
} from './problem';
import { Double, Running, Soft } from './running';
import {
  CARRY,
  locate,
  SCRAP,
  SIDE,
  SIDE_BYTES,
  SIDE_DOT,
  SIDE_DOT_NEXT,
  SIDE_MASS,
  SIDE_NEXT,
  Tile,
  tileOf,
} from './tile';

/** Forward: job j is strip firstStrip + j of the problem. */
export function dtwForward(p: Problem, job: i32, workspace: usize): void {
  const params = changetype<usize>(p);
  if (p.precise) run<ForwardDouble>(p.omega, params, job, workspace);
  else runSmooth<Forward>(p.omega, params, job, workspace);
}

/** Backward: job j is strip firstStrip + strips − 1 − j. */
export function dtwBackward(p: Problem, job: i32, workspace: usize): void {
  runSmooth<Backward>(p.omega, changetype<usize>(p), job, workspace);
}

/** Job j is the whole j-th problem from the first on, forward and, if kept, backward. */
export function dtwProblem(first: Problem, job: i32, workspace: usize): void {
  const at = changetype<usize>(first) + <usize>job * offsetof<Problem>();
  const p = changetype<Problem>(at);
  if (p.precise) run<WholeDouble>(p.omega, at, job, workspace);
  else runSmooth<Whole>(p.omega, at, job, workspace);
}

/** Follows the best path through the strips of this call, from the cell in `pathState` upwards. */
export function dtwPath(p: Problem, _job: i32, workspace: usize): void {
  tracePath(p, workspace);
}

@unmanaged
class Forward extends SmoothKernel {
  override run<O extends Smooth>(params: usize, job: i32, workspace: usize): void {
    const p = changetype<Problem>(params);
    forwardStrip<Soft<O>>(p, p.firstStrip + job, workspace, 0);
  }
}

@unmanaged
class ForwardDouble extends Kernel {
  override run<O extends Omega>(params: usize, job: i32, workspace: usize): void {
    const p = changetype<Problem>(params);
    forwardStrip<Double<O>>(p, p.firstStrip + job, workspace, 0);
  }
}

@unmanaged
class Backward extends SmoothKernel {
  override run<O extends Smooth>(params: usize, job: i32, workspace: usize): void {
    const p = changetype<Problem>(params);
    backwardStrip<O>(p, p.firstStrip + p.strips - 1 - job, workspace, 0);
  }
}

@unmanaged
class Whole extends SmoothKernel {
  override run<O extends Smooth>(params: usize, _job: i32, workspace: usize): void {
    const p = changetype<Problem>(params);
    const tape = p.tape ? workspace + WEIGHTS : 0;
    for (let strip = 0; strip < p.strips; strip++) {
      forwardStrip<Soft<O>>(p, strip, workspace, tape);
    }
    if (!p.keep && !p.tape) return;
    for (let strip = p.strips - 1; strip >= 0; strip--) {
      backwardStrip<O>(p, strip, workspace, tape);
    }
  }
}

@unmanaged
class WholeDouble extends Kernel {
  override run<O extends Omega>(params: usize, _job: i32, workspace: usize): void {
    const p = changetype<Problem>(params);
    for (let strip = 0; strip < p.strips; strip++) {
      forwardStrip<Double<O>>(p, strip, workspace, 0);
    }
    if (p.keep) tracePath(p, workspace);
  }
}

/** A strip's forward pass from left to right; a tape keeps the weights of all tiles. */
function forwardStrip<R extends Running>(
  p: Problem,
  strip: i32,
  workspace: usize,
  tape: usize,
): void {
  const running = changetype<R>(0);
  const cols = p.cols;
  const tiles = tilesOf(p);
  const tangent = p.tangent != 0;
  const integers = (<usize>cols) << 2;
  const above = p.borderRows + <usize>strip * <usize>p.borderRowBytes;
  const below = above + <usize>p.borderRowBytes;
  const aboveDot = p.borderRowsDot + ((<usize>strip * <usize>cols) << 3);
  const belowDot = aboveDot + ((<usize>cols) << 3);
  if (strip == 0) running.unreach(above, cols, integers);
  if (strip == 0 && tangent) memory.fill(aboveDot, 0, (<usize>cols) << 3);

  const tile = tileOf(workspace);
  tile.aboveIntegers = integers;
  tile.belowIntegers = integers;
  // The corner before the first cell of all is where every path starts; the others are not reached.
  tile.nextCorner = strip == 0 ? running.start : running.unreached;
  tile.nextCornerDot = 0;
  for (let t = 0; t < tiles; t++) {
    if (strip > 0) awaitTiles(p, p.done + ((<usize>(strip - 1)) << 2), t);
    locate(p, tile, strip, t);
    const first = <usize>tile.colFrom * running.step;
    const firstDot = (<usize>tile.colFrom) << 3;
    const cell = <usize>(strip * tiles + t);
    const kept = p.keep != 0;
    const last = t + 1 == tiles;
    tile.left = kept ? p.borderCols + cell * SIDE_BYTES : workspace + SIDE;
    tile.right = !kept ? tile.left : last ? workspace + SIDE_NEXT : tile.left + SIDE_BYTES;
    tile.leftDot = kept ? p.borderColsDot + cell * SIDE_BYTES : workspace + SIDE_DOT;
    tile.rightDot = !kept
      ? tile.leftDot
      : last
        ? workspace + SIDE_DOT_NEXT
        : tile.leftDot + SIDE_BYTES;
    if (t == 0) {
      running.unreach(tile.left, 64, 256);
      if (tangent) memory.fill(tile.leftDot, 0, SIDE_BYTES);
    }
    tile.above = above + first;
    tile.below = below + first;
    tile.aboveDot = aboveDot + firstDot;
    tile.belowDot = belowDot + firstDot;
    tile.corner = tile.nextCorner;
    tile.cornerDot = tile.nextCornerDot;
    // Where the rows' borders share memory, the next tile's corner is about to be overwritten. It is kept
    // in memory: see awaitTiles.
    const end = <usize>(tile.colFrom + tile.w - 1);
    tile.nextCorner = running.read(above + end * running.step, integers);
    tile.nextCornerDot = tangent ? load<f64>(aboveDot + (end << 3)) : 0;
    tile.weights = tape
      ? tape + cell * 3 * planeBytes(p.stripRows, p.tileCols)
      : tangent
        ? workspace + WEIGHTS
        : 0;

    if (outsideCorridor(p, tile)) {
      running.unreach(tile.right, 64, 256);
      running.unreach(tile.below, tile.w, integers);
      if (tangent) {
        memory.fill(tile.rightDot, 0, SIDE_BYTES);
        memory.fill(tile.belowDot, 0, (<usize>tile.w) << 3);
      }
    } else {
      layCosts(p, tile);
      running.compute(p, tile);
    }
    atomic.store<i32>(p.done + ((<usize>strip) << 2), t + 1);
  }
  if (tile.rowFrom + tile.h == p.rows) {
    const end = <usize>(cols - 1);
    store<u64>(p.result, running.read(below + end * running.step, integers));
    if (tangent) store<f64>(p.result, load<f64>(belowDot + (end << 3)), 8);
  }
}

/** Computes a tile again from its kept borders, with its weights or moves. */
function recompute<R extends Running>(p: Problem, tile: Tile): void {
  const running = changetype<R>(0);
  const workspace = tile.workspace;
  const strip = tile.strip;
  const integers = (<usize>p.cols) << 2;
  const cell = <usize>(strip * tilesOf(p) + tile.column);
  const above = p.borderRows + <usize>strip * <usize>p.borderRowBytes;
  tile.weights = workspace + WEIGHTS;
  tile.above = above + <usize>tile.colFrom * running.step;
  tile.aboveIntegers = integers;
  tile.below = workspace + SCRAP;
  tile.belowIntegers = 512;
  tile.left = p.borderCols + cell * SIDE_BYTES;
  tile.right = workspace + SIDE_NEXT;
  const aboveDot = p.borderRowsDot + ((<usize>strip * <usize>p.cols) << 3);
  tile.aboveDot = aboveDot + ((<usize>tile.colFrom) << 3);
  tile.belowDot = workspace + SCRAP;
  tile.leftDot = p.borderColsDot + cell * SIDE_BYTES;
  tile.rightDot = workspace + SIDE_DOT_NEXT;
  if (tile.column > 0) {
    tile.corner = running.read(tile.above - running.step, integers);
    tile.cornerDot = p.tangent ? load<f64>(tile.aboveDot - 8) : 0;
  } else {
    tile.corner = strip == 0 ? running.start : running.unreached;
    tile.cornerDot = 0;
  }
  layCosts(p, tile);
  running.compute(p, tile);
}

/** Whether `count` floats are all zero. */
function allZero(values: usize, count: i32): bool {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (load<f32>(values + (i << 2)) != 0) return false;
  }
  return true;
}

/** A strip's backward pass from right to left. */
function backwardStrip<O extends Smooth>(
  p: Problem,
  strip: i32,
  workspace: usize,
  tape: usize,
): void {
  const tiles = tilesOf(p);
  const last = (p.rows - 1) / p.stripRows;
  const tangent = p.tangent != 0;
  const side = workspace + SIDE_MASS;
  const carry = workspace + CARRY;
  const tile = tileOf(workspace);
  memory.fill(side, 0, SIDE_BYTES);
  store<i64>(carry, 0);
  for (let t = tiles - 1, count = 0; t >= 0; t--, count++) {
    if (strip < last) awaitTiles(p, p.doneBack + ((<usize>(strip + 1)) << 2), count);
    locate(p, tile, strip, t);
    const first = (<usize>tile.colFrom) << 2;
    const mass = p.mass + first;
    const massDot = p.massDot + first;
    const idle =
      allZero(mass, tile.w) &&
      allZero(side, tile.h) &&
      (!tangent || (allZero(massDot, tile.w) && allZero(side + 256, tile.h)));
    if (idle) {
      // Nothing passes through the tile; its last column's corner may still have come from the right.
      const end = (<usize>(tile.w - 1)) << 2;
      store<f32>(mass + end, load<f32>(carry));
      if (tangent) store<f32>(massDot + end, load<f32>(carry, 4));
      store<i64>(carry, 0);
      if (p.cost == 0) {
        clearRows(p.gradient, p.stride, tile);
        if (tangent) clearRows(p.product, p.stride, tile);
      }
    } else {
      if (tape) {
        tile.weights = tape + <usize>(strip * tiles + t) * 3 * planeBytes(p.stripRows, p.tileCols);
        tile.plane = planeBytes(wholeVectors(tile.h), tile.w);
      } else {
        recompute<Soft<O>>(p, tile);
      }
      expectedTile(tile, mass, massDot, p.advance != 0, tangent);
      if (p.cost == 0) {
        takeRows(p.gradient, p.stride, workspace + COSTS, tile);
        if (tangent) takeRows(p.product, p.stride, workspace + SLOPES, tile);
      } else {
        addFeatureGradients(p, tile);
      }
    }
    atomic.store<i32>(p.doneBack + ((<usize>strip) << 2), count + 1);
  }
}

/** pathState: bytes written so far, then the current cell, from which (−1, −1) is the end. */
function tracePath(p: Problem, workspace: usize): void {
  const state = p.pathState;
  const cell = state + 4;
  const top = p.firstStrip * p.stripRows;
  const tile = tileOf(workspace);
  let i = load<i32>(cell);
  let j = load<i32>(cell, 4);
  while (i >= top && j >= 0) {
    locate(p, tile, i / p.stripRows, j / p.tileCols);
    recompute<Double<Hard>>(p, tile);
    const written = <usize>load<i32>(state);
    const more = followMoves(tile, i, j, p.path + written, cell);
    store<i32>(state, <i32>(written + more));
    i = load<i32>(cell);
    j = load<i32>(cell, 4);
  }
}
