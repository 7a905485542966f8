import { Smooth, SmoothKernel } from '../algebra/omega';
import { runSmooth } from '../algebra/table';
import { back } from './back';
import { ChainCall, findItems, Flag, Mode } from './call';
import { activeAt, ENTRY, findRuns, Group, ITEMS, layOut, unaryAt, unaryBytes } from './group';
import { Runs } from './masses';
import { slopeRow, slopeRowOfItems } from './slopes';
import { addToTotals, allowedOrZero, sawFinite, sawNumbers, scan, spread } from '../simd/lanes';

/** The bytes of workspace that `chain` needs; `scratch` is the address of 256 bytes. */
export function chainWorkspace(call: ChainCall, scratch: usize): i32 {
  return i32(layOut(call, changetype<Group>(scratch), 256));
}

/**
 * Four chains, linear or factored, under a smooth Ω, in the log domain: the forward recursion over
 * values whose largest is taken off at every step and added up in float64, then the expected path,
 * and the derivatives of both along a direction.
 */
export function chain(call: ChainCall, job: i32, workspace: usize): void {
  runSmooth<Chain>(call.omega, changetype<usize>(call), job, workspace);
}

@unmanaged
class Chain extends SmoothKernel {
  override run<O extends Smooth>(params: usize, job: i32, workspace: usize): void {
    const call = changetype<ChainCall>(params);
    const group = changetype<Group>(workspace);
    layOut(call, group, workspace + 256);
    group.scale = f32(changetype<O>(0).rate / <f64>call.gamma);
    open(call, group, job);
    for (let t = 0; t < group.longest; t++) step<O>(call, group, t);
    finish<O>(call, group);
    if (call.mode != Mode.VALUE) back<O>(call, group, job);
  }
}

/** Finds the group's items and the values of their first position. */
function open(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  group.real = min(ITEMS, call.count - job * ITEMS);
  memory.fill(group.items, 0, 256);
  group.longest = findItems(call, job, ITEMS, group.items, group.lengths);
  const row = <usize>states * ENTRY;
  memory.fill(group.values, 0, row);
  if (call.factored) {
    openTransition(call, group);
    addRow(call, group, unaryAt(call, call.unary, 0), unaryBytes(call));
  }
  if (call.start) addRow(call, group, call.start, (<usize>states) << 2);
  recentre(call, group, group.values, i32x4.splat(-1));
  if (call.mode == Mode.PRODUCT) {
    memory.fill(group.slopes, 0, row);
    if (call.factored) {
      addDirections(call, group, unaryAt(call, call.zUnary, 0), unaryBytes(call), group.slopes);
    }
    if (call.zStart) {
      addDirections(call, group, call.zStart, (<usize>states) << 2, group.slopes);
    }
  }
}

/** Brings the transition into lanes; one that is shared is the same in all. */
function openTransition(call: ChainCall, group: Group): void {
  const size = call.states * call.states;
  const itemBytes: usize = call.factored == 2 ? (<usize>size) << 2 : 0;
  const top = spread(call.moves, itemBytes, group.items, size, group.scores, ENTRY, group.check);
  v128.store(group.scoresTop, allowedOrZero(top));
  if (call.mode == Mode.PRODUCT) {
    spread(call.zMoves, itemBytes, group.items, size, group.scoresDot, ENTRY, group.zCheck);
  }
}

/** values += scores − their largest, which joins the constants. */
function addRow(call: ChainCall, group: Group, scores: usize, itemBytes: usize): void {
  addScores(call, group, scores, itemBytes, group.values, i32x4.splat(-1));
}

function addScores(
  call: ChainCall,
  group: Group,
  scores: usize,
  itemBytes: usize,
  values: usize,
  active: v128,
): void {
  const states = call.states;
  const read = spread(scores, itemBytes, group.items, states, group.row, ENTRY, group.check);
  const top = allowedOrZero(read);
  const scale = f32x4.splat(group.scale);
  const size = <usize>states * ENTRY;
  for (let at: usize = 0; at < size; at += ENTRY) {
    const score = f32x4.mul(f32x4.sub(v128.load(group.row + at), top), scale);
    v128.store(values + at, f32x4.add(v128.load(values + at), score));
  }
  addToTotals(group.constants, v128.and(top, active));
}

function addDirections(call: ChainCall, group: Group, z: usize, itemBytes: usize, to: usize): void {
  spread(z, itemBytes, group.items, call.states, group.rowDot, ENTRY, group.zCheck);
  const size = <usize>call.states * ENTRY;
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(group.rowDot + at)));
  }
}

/** Takes the largest value off, to the constants: what is left is as exact as the spread is small. */
function recentre(call: ChainCall, group: Group, values: usize, active: v128): void {
  const size = <usize>call.states * ENTRY;
  let top = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < size; at += ENTRY) top = f32x4.pmax(top, v128.load(values + at));
  top = allowedOrZero(top);
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(values + at, f32x4.sub(v128.load(values + at), top));
  }
  addToTotals(group.levels, v128.and(top, active));
}

/** One move of the recursion. */
function step<O extends Smooth>(call: ChainCall, group: Group, t: i32): void {
  const states = call.states;
  const size = states * states;
  const row = <usize>states * ENTRY;
  const active = activeAt(group, t);
  const tile = group.tiles + <usize>t * group.tileStep;
  const inverses = group.inverses + <usize>t * group.inverseStep;
  const dot = call.mode == Mode.PRODUCT;
  const moveBytes = (<usize>(call.time * size)) << 2;
  const move = (<usize>(t * size)) << 2;
  const scores = group.scores;
  const omega = changetype<O>(0);
  if (!call.factored) {
    const read = spread(
      call.moves + move,
      moveBytes,
      group.items,
      size,
      scores,
      ENTRY,
      group.check,
    );
    v128.store(group.scoresTop, allowedOrZero(read));
    if (dot) findRuns(call, group, call.zMoves, t, 0);
  }
  const shift = v128.load(group.scoresTop);
  const scale = f32x4.splat(group.scale);
  for (let to = 0; to < states; to++) {
    const at = <usize>to * row;
    const entry = <usize>to * ENTRY;
    const value = omega.row(
      scores + at,
      shift,
      scale,
      group.values,
      states,
      tile + at,
      group.tops + entry,
      inverses + entry,
    );
    v128.store(group.next + entry, value);
  }
  omega.close(group.next, group.tops, states, inverses);
  if (dot) {
    for (let to = 0; to < states; to++) {
      v128.store(group.nextSlopes + <usize>to * ENTRY, slopeOf<O>(call, group, t, to));
    }
  }
  addToTotals(group.constants, v128.and(shift, active));
  if (call.factored) {
    const unary = unaryAt(call, call.unary, t + 1);
    addScores(call, group, unary, unaryBytes(call), group.next, active);
    if (dot) {
      const z = unaryAt(call, call.zUnary, t + 1);
      addDirections(call, group, z, unaryBytes(call), group.nextSlopes);
    }
  }
  recentre(call, group, group.next, active);
  for (let at: usize = 0; at < row; at += ENTRY) {
    const value = v128.bitselect(v128.load(group.next + at), v128.load(group.values + at), active);
    v128.store(group.values + at, value);
  }
  if (dot) {
    const drift = v128.load(group.nextSlopes);
    addToTotals(group.drifts, v128.and(drift, active));
    for (let at: usize = 0; at < row; at += ENTRY) {
      const slope = f32x4.sub(v128.load(group.nextSlopes + at), drift);
      const kept = v128.bitselect(slope, v128.load(group.slopes + at), active);
      v128.store(group.slopes + at, kept);
    }
  }
}

/** The derivative of the value of state `to` after move t. */
// @inline
function slopeOf<O extends Smooth>(call: ChainCall, group: Group, t: i32, to: i32): v128 {
  const states = call.states;
  const at = <usize>(to * states) * ENTRY;
  const q = group.tiles + <usize>t * group.tileStep + at;
  const out = group.tilesDot + <usize>t * group.tileStep + at;
  const entry = <usize>t * group.inverseStep + <usize>to * ENTRY;
  const inverse = group.inverses + entry;
  const mean = group.means + entry;
  const slopes = group.slopes;
  if (call.factored) {
    return slopeRow<O>(group.scoresDot + at, slopes, q, inverse, states, out, mean);
  }
  const runs = changetype<Runs>(group.runs);
  const down = (<usize>(to * states)) << 2;
  const slope = slopeRowOfItems<O>(
    runs.a0 + down,
    runs.a1 + down,
    runs.a2 + down,
    runs.a3 + down,
    slopes,
    q,
    inverse,
    states,
    out,
    mean,
  );
  v128.store(group.zCheck, f32x4.add(v128.load(group.zCheck), slope));
  return slope;
}

/** The max over the last states: values, directional derivatives and flags. */
function finish<O extends Smooth>(call: ChainCall, group: Group): void {
  const states = call.states;
  const size = states * states;
  const dot = call.mode == Mode.PRODUCT;
  const run = (<usize>states) << 2;
  let shift = f32x4.splat(0);
  if (call.end) {
    const read = spread(call.end, run, group.items, states, group.row, ENTRY, group.check);
    shift = allowedOrZero(read);
  } else {
    memory.fill(group.row, 0, <usize>states * ENTRY);
  }
  const scale = f32x4.splat(group.scale);
  const omega = changetype<O>(0);
  const max = omega.row(
    group.row,
    shift,
    scale,
    group.values,
    states,
    group.last,
    group.tops,
    group.lastInverse,
  );
  v128.store(group.next, max);
  omega.close(group.next, group.tops, 1, group.lastInverse);
  const value = v128.load(group.next);
  addToTotals(group.constants, shift);
  let slope = f32x4.splat(0);
  if (dot) {
    if (call.zEnd) {
      spread(call.zEnd, run, group.items, states, group.rowDot, ENTRY, group.zCheck);
    } else {
      memory.fill(group.rowDot, 0, <usize>states * ENTRY);
    }
    slope = slopeRow<O>(
      group.rowDot,
      group.slopes,
      group.last,
      group.lastInverse,
      states,
      group.lastDot,
      group.lastMean,
    );
  }
  scanRest(call, group, size);
  addToTotals(group.levels, value);
  addToTotals(group.drifts, slope);
  const unit = <f64>call.gamma / omega.rate;
  // Of any lane: `scan` adds an item's floats to all of them.
  const good = sawNumbers(group.check) && sawFinite(group.zCheck);
  for (let lane = 0; lane < group.real; lane++) {
    const at = (<usize>lane) << 2;
    const item = (<usize>load<i32>(group.items + at)) << 2;
    const wide = (<usize>lane) << 3;
    const total = load<f64>(group.constants + wide) + unit * load<f64>(group.levels + wide);
    let flags = good ? 0 : Flag.NUMBER;
    if (total == -Infinity) flags |= Flag.NO_PATH;
    store<i32>(call.flags + item, flags);
    store<f32>(call.value + item, f32(total));
    if (dot) {
      store<f32>(call.directional + item, f32(load<f64>(group.drifts + wide)));
    }
  }
}

/** Checks what lies past the longest of the group's chains. */
function scanRest(call: ChainCall, group: Group, size: i32): void {
  const dot = call.mode == Mode.PRODUCT;
  const unit = call.factored ? call.states : size;
  const units = call.factored ? call.time + 1 : call.time;
  const read = call.factored ? group.longest + 1 : group.longest;
  const itemBytes = (<usize>(units * unit)) << 2;
  const past = (<usize>(read * unit)) << 2;
  const count = (units - read) * unit;
  if (!count) return;
  for (let lane = 0; lane < group.real; lane++) {
    const rest = <usize>load<i32>(group.items + ((<usize>lane) << 2)) * itemBytes + past;
    scan((call.factored ? call.unary : call.moves) + rest, count, group.check);
    if (dot) scan((call.factored ? call.zUnary : call.zMoves) + rest, count, group.zCheck);
  }
}
