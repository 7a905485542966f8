import { ChainCall, Flag, Mode } from './chain-call';
import { massColumns, Runs, slope, slopeColumns, SlopeRows } from './chain-masses';
import { l2Row, negentropyRow, slopeRow } from './chain-max';
import { addToTotals, allowedOrZero, gather, scan, spread, sumLanes } from './lanes';

const LOG2_E: f64 = 1.4426950408889634;

/** The items of a job: one vector. */
const ITEMS = 4;
/** The bytes of an entry. */
const ENTRY: usize = 16;
/** A mass below this is 0: products with it would be denormal, which are slow and mean nothing. */
const LEAST_MASS: f32 = 1e-25;

/** A job's rows in its workspace: [state] in entries of four items. */
// @ts-ignore: decorator
@unmanaged
class Group {
  real: i32;
  longest: i32;
  items: usize;
  lengths: usize;
  check: usize;
  zCheck: usize;
  /** What multiplies scores: they are in units of γ, under negentropy times log₂e. */
  scale: f32;
  /** Four doubles each: the constants taken off scores, off values in their unit, off slopes. */
  constants: usize;
  levels: usize;
  drifts: usize;
  /** The values of the states at the position, and at the next. */
  values: usize;
  next: usize;
  /** Scores of a row of states: start, end or unary. */
  row: usize;
  /** [move, to, from]: scores, then local argmaxes, then masses. Only one move's for a value. */
  tiles: usize;
  /** Bytes from move to move of `tiles` and `inverses`, 0 for a value. */
  tileStep: usize;
  inverseStep: usize;
  /** [move, to]: what the tiles' rows are to be multiplied by. */
  inverses: usize;
  last: usize;
  lastInverse: usize;
  /** [to, from]: the scores of a move, those of every move of a factored chain. */
  scores: usize;
  scoresTop: usize;
  /** [to, from]: the sum of a factored chain's masses. */
  sums: usize;
  /** Rows of what masses are made of; the items' runs. */
  weights: usize;
  weightsDot: usize;
  centred: usize;
  runs: usize;
  // The same along a direction.
  slopes: usize;
  nextSlopes: usize;
  rowDot: usize;
  tilesDot: usize;
  means: usize;
  lastDot: usize;
  lastMean: usize;
  scoresDot: usize;
  sumsDot: usize;
}

/** Lays out a job's workspace from `at`; returns where it ends. */
function layOut(call: ChainCall, group: Group, at: usize): usize {
  const row = <usize>call.states * ENTRY;
  const tile = <usize>call.states * row;
  const keep = call.mode != Mode.VALUE;
  const moves = keep ? <usize>call.time : 1;
  group.items = at;
  group.lengths = at + 16;
  group.check = at + 32;
  group.zCheck = at + 48;
  group.constants = at + 64;
  group.drifts = at + 96;
  group.lastInverse = at + 128;
  group.lastMean = at + 144;
  group.scoresTop = at + 160;
  group.levels = at + 176;
  group.runs = at + 208;
  at += 256;
  group.values = at;
  group.next = at + row;
  group.row = at + 2 * row;
  group.last = at + 3 * row;
  group.weights = at + 4 * row;
  at += 5 * row;
  group.scores = at;
  at += tile;
  group.tileStep = keep ? tile : 0;
  group.inverseStep = keep ? row : 0;
  group.tiles = at;
  at += moves * tile;
  group.inverses = at;
  at += moves * row;
  if (call.factored) {
    group.sums = at;
    at += tile;
  }
  if (call.mode == Mode.PRODUCT) {
    group.slopes = at;
    group.nextSlopes = at + row;
    group.rowDot = at + 2 * row;
    group.lastDot = at + 3 * row;
    group.weightsDot = at + 4 * row;
    group.centred = at + 5 * row;
    at += 6 * row;
    group.scoresDot = at;
    at += tile;
    group.tilesDot = at;
    at += moves * tile;
    group.means = at;
    at += moves * row;
    if (call.factored) {
      group.sumsDot = at;
      at += tile;
    }
  }
  return (at + 63) & ~63;
}

/** The bytes of workspace that `chain` needs; `scratch` is the address of 256 bytes. */
export function chainWorkspace(params: usize, scratch: usize): i32 {
  return i32(layOut(changetype<ChainCall>(params), changetype<Group>(scratch), 256));
}

/** The mask of the items that have a move at t. */
// @ts-ignore: decorator
@inline function activeAt(group: Group, t: i32): v128 {
  return i32x4.gt_s(v128.load(group.lengths), i32x4.splat(t));
}

/**
 * Four chains, linear or factored, under negentropy or l2, in the log domain: the forward recursion
 * over values whose largest is taken off at every step and added up in float64, then the expected
 * path, and the derivatives of both along a direction.
 */
export function chain(params: usize, job: i32, workspace: usize): void {
  const call = changetype<ChainCall>(params);
  const group = changetype<Group>(workspace);
  layOut(call, group, workspace + 256);
  open(call, group, job);
  for (let t = 0; t < group.longest; t++) step(call, group, t);
  finish(call, group);
  if (call.mode != Mode.VALUE) back(call, group, job);
}

/** Finds the group's items and the values of their first position. */
function open(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const real = min(ITEMS, call.count - job * ITEMS);
  group.real = real;
  group.longest = 0;
  memory.fill(group.items, 0, 256);
  for (let lane = 0; lane < ITEMS; lane++) {
    // Lanes without an item of their own repeat the first one's, and write nothing.
    const item = load<i32>(call.order + (<usize>(job * ITEMS + (lane < real ? lane : 0)) << 2));
    const length = load<i32>(call.lengths + (<usize>item << 2));
    store<i32>(group.items + (<usize>lane << 2), item);
    store<i32>(group.lengths + (<usize>lane << 2), length);
    group.longest = max(group.longest, length);
  }
  const row = <usize>states * ENTRY;
  group.scale = f32((call.omega == 1 ? 1 : LOG2_E) / <f64>call.gamma);
  memory.fill(group.values, 0, row);
  if (call.factored) {
    openTransition(call, group);
    addRow(call, group, unaryAt(call, call.unary, 0), unaryBytes(call));
  }
  if (call.start) addRow(call, group, call.start, <usize>states << 2);
  recentre(call, group, group.values, i32x4.splat(-1));
  if (call.mode == Mode.PRODUCT) {
    memory.fill(group.slopes, 0, row);
    if (call.factored) {
      addDirections(call, group, unaryAt(call, call.zUnary, 0), unaryBytes(call), group.slopes);
    }
    if (call.zStart) {
      addDirections(call, group, call.zStart, <usize>states << 2, group.slopes);
    }
  }
}

// @ts-ignore: decorator
@inline function unaryBytes(call: ChainCall): usize {
  return <usize>((call.time + 1) * call.states) << 2;
}

// @ts-ignore: decorator
@inline function unaryAt(call: ChainCall, unary: usize, t: i32): usize {
  return unary + (<usize>(t * call.states) << 2);
}

/** Brings the transition into lanes; one that is shared is the same in all. */
function openTransition(call: ChainCall, group: Group): void {
  const size = call.states * call.states;
  const itemBytes: usize = call.factored == 2 ? <usize>size << 2 : 0;
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
function step(call: ChainCall, group: Group, t: i32): void {
  const states = call.states;
  const size = states * states;
  const row = <usize>states * ENTRY;
  const active = activeAt(group, t);
  const tile = group.tiles + <usize>t * group.tileStep;
  const inverses = group.inverses + <usize>t * group.inverseStep;
  const tileDot = group.tilesDot + <usize>t * group.tileStep;
  const dot = call.mode == Mode.PRODUCT;
  const moveBytes = <usize>(call.time * size) << 2;
  const move = <usize>(t * size) << 2;
  const scores = group.scores;
  const directions = group.scoresDot;
  if (!call.factored) {
    const read = spread(call.moves + move, moveBytes, group.items, size, scores, ENTRY, group.check);
    v128.store(group.scoresTop, allowedOrZero(read));
    if (dot) {
      const z = call.zMoves + move;
      spread(z, moveBytes, group.items, size, directions, ENTRY, group.zCheck);
    }
  }
  const shift = v128.load(group.scoresTop);
  const scale = f32x4.splat(group.scale);
  const l2 = call.omega == 1;
  for (let to = 0; to < states; to++) {
    const at = <usize>to * row;
    const entry = <usize>to * ENTRY;
    const inverse = inverses + entry;
    const value = l2
      ? l2Row(scores + at, shift, scale, group.values, states, tile + at, inverse)
      : negentropyRow(scores + at, shift, scale, group.values, states, tile + at, inverse);
    v128.store(group.next + entry, value);
    if (dot) {
      const mean = group.means + <usize>t * group.inverseStep + entry;
      const slope = slopeRow(
        l2,
        directions + at,
        group.slopes,
        tile + at,
        inverses + entry,
        states,
        tileDot + at,
        mean,
      );
      v128.store(group.nextSlopes + entry, slope);
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

/** The max over the last states: values, directional derivatives and flags. */
function finish(call: ChainCall, group: Group): void {
  const states = call.states;
  const size = states * states;
  const dot = call.mode == Mode.PRODUCT;
  const run = <usize>states << 2;
  let shift = f32x4.splat(0);
  if (call.end) {
    const read = spread(call.end, run, group.items, states, group.row, ENTRY, group.check);
    shift = allowedOrZero(read);
  } else {
    memory.fill(group.row, 0, <usize>states * ENTRY);
  }
  const scale = f32x4.splat(group.scale);
  const l2 = call.omega == 1;
  const value = l2
    ? l2Row(group.row, shift, scale, group.values, states, group.last, group.lastInverse)
    : negentropyRow(group.row, shift, scale, group.values, states, group.last, group.lastInverse);
  addToTotals(group.constants, shift);
  let slope = f32x4.splat(0);
  if (dot) {
    if (call.zEnd) {
      spread(call.zEnd, run, group.items, states, group.rowDot, ENTRY, group.zCheck);
    } else {
      memory.fill(group.rowDot, 0, <usize>states * ENTRY);
    }
    slope = slopeRow(
      l2,
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
  const unit = <f64>call.gamma / (l2 ? 1 : LOG2_E);
  for (let lane = 0; lane < group.real; lane++) {
    const at = <usize>lane << 2;
    const item = <usize>load<i32>(group.items + at) << 2;
    const wide = <usize>lane << 3;
    const total = load<f64>(group.constants + wide) + unit * load<f64>(group.levels + wide);
    let flags = 0;
    if (!(load<f32>(group.check + at) < Infinity)) flags |= Flag.NUMBER;
    if (!(Mathf.abs(load<f32>(group.zCheck + at)) < Infinity)) flags |= Flag.NUMBER;
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
  const itemBytes = <usize>(units * unit) << 2;
  const past = <usize>(read * unit) << 2;
  const count = (units - read) * unit;
  if (!count) return;
  for (let lane = 0; lane < group.real; lane++) {
    const rest = <usize>load<i32>(group.items + (<usize>lane << 2)) * itemBytes + past;
    scan((call.factored ? call.unary : call.moves) + rest, count, group.check);
    if (dot) scan((call.factored ? call.zUnary : call.zMoves) + rest, count, group.zCheck);
  }
}

/** The masses of the last states, then of all moves and states before them. */
function back(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const row = <usize>states * ENTRY;
  const run = <usize>states << 2;
  const dot = call.mode == Mode.PRODUCT;
  const scale = f32x4.splat(1 / call.gamma);
  const zero = f32x4.splat(0);
  let mass = group.values;
  let before = group.next;
  let massDot = group.slopes;
  let beforeDot = group.nextSlopes;
  const inverse = v128.load(group.lastInverse);
  for (let at: usize = 0; at < row; at += ENTRY) {
    const share = f32x4.mul(v128.load(group.last + at), inverse);
    v128.store(mass + at, share);
    if (dot) {
      const z = f32x4.sub(v128.load(group.lastDot + at), v128.load(group.lastMean));
      const weight = call.omega == 1 ? f32x4.splat(1) : share;
      const slope = f32x4.mul(f32x4.mul(weight, z), scale);
      v128.store(massDot + at, v128.and(slope, f32x4.gt(share, zero)));
    }
  }
  if (call.gEnd) gather(mass, ENTRY, states, call.gEnd, run, group.items, group.real);
  if (dot && call.pEnd) gather(massDot, ENTRY, states, call.pEnd, run, group.items, group.real);
  if (call.factored) {
    memory.fill(group.sums, 0, <usize>states * row);
    if (dot) memory.fill(group.sumsDot, 0, <usize>states * row);
  }
  zeroRest(call, group);
  for (let t = group.longest - 1; t >= 0; t--) {
    const active = activeAt(group, t);
    if (call.factored) {
      writeUnary(call, group, mass, call.gUnary, t + 1, active);
      if (dot) writeUnary(call, group, massDot, call.pUnary, t + 1, active);
    }
    weigh(call, group, t, active, mass, massDot);
    if (!call.factored && states >= 4) {
      columns(call, group, t, before, beforeDot);
    } else {
      memory.fill(before, 0, row);
      if (dot) memory.fill(beforeDot, 0, row);
      masses(call, group, t, before, beforeDot);
      if (!call.factored) writeMoves(call, group, t);
    }
    keepWaiting(before, mass, row, active);
    if (dot) keepWaiting(beforeDot, massDot, row, active);
    let swap = mass;
    mass = before;
    before = swap;
    swap = massDot;
    massDot = beforeDot;
    beforeDot = swap;
  }
  const all = i32x4.splat(-1);
  if (call.factored) {
    writeUnary(call, group, mass, call.gUnary, 0, all);
    if (dot) writeUnary(call, group, massDot, call.pUnary, 0, all);
    writeTransition(call, group, job);
  }
  if (call.gStart) gather(mass, ENTRY, states, call.gStart, run, group.items, group.real);
  if (dot && call.pStart) gather(massDot, ENTRY, states, call.pStart, run, group.items, group.real);
}

/** The masses of items whose last move is yet to come stay where they are. */
function keepWaiting(before: usize, mass: usize, size: usize, active: v128): void {
  if (v128.all_true<i32>(active)) return;
  for (let at: usize = 0; at < size; at += ENTRY) {
    const kept = v128.bitselect(v128.load(before + at), v128.load(mass + at), active);
    v128.store(before + at, kept);
  }
}

/** What the rows of a move's tile are multiplied by: nothing for items that do not have the move. */
function weigh(
  call: ChainCall,
  group: Group,
  t: i32,
  active: v128,
  mass: usize,
  massDot: usize,
): void {
  const row = <usize>call.states * ENTRY;
  const dot = call.mode == Mode.PRODUCT;
  const least = f32x4.splat(LEAST_MASS);
  const scale = f32x4.splat(1 / call.gamma);
  const inverses = group.inverses + <usize>t * group.inverseStep;
  for (let to: usize = 0; to < row; to += ENTRY) {
    const inverse = v128.and(v128.load(inverses + to), active);
    const share = v128.load(mass + to);
    const weight = v128.and(f32x4.mul(share, inverse), f32x4.gt(share, least));
    v128.store(group.weights + to, weight);
    if (dot) {
      v128.store(group.weightsDot + to, f32x4.mul(v128.load(massDot + to), inverse));
      v128.store(group.centred + to, f32x4.mul(weight, scale));
    }
  }
}

/** The masses of one move of linear chains, in columns, and their derivatives. */
function columns(call: ChainCall, group: Group, t: i32, before: usize, beforeDot: usize): void {
  const states = call.states;
  const row = <usize>states * ENTRY;
  const step = <usize>t * group.tileStep;
  for (let from = 0; from < states; from += 4) {
    // Columns that would stick out overlap their neighbours: they are written again, the same.
    const first = min(from, states - 4);
    const at = <usize>first * ENTRY;
    findRuns(call, group, call.gMoves, t, first);
    const runs = changetype<Runs>(group.runs);
    const q = group.tiles + step + at;
    massColumns(q, row, group.weights, states, before + at, runs);
    if (call.mode == Mode.PRODUCT) {
      findRuns(call, group, call.pMoves, t, first);
      const rows = changetype<SlopeRows>(group.runs + 16);
      rows.weightsDot = group.weightsDot;
      rows.centred = group.centred;
      rows.means = group.means + <usize>t * group.inverseStep;
      const z = group.tilesDot + step + at;
      if (call.omega == 1) slopeColumns(true, q, z, row, rows, states, beforeDot + at, runs);
      else slopeColumns(false, q, z, row, rows, states, beforeDot + at, runs);
    }
  }
}

/** Lanes that repeat the first item write the same numbers to the same places. */
function findRuns(call: ChainCall, group: Group, base: usize, t: i32, column: i32): void {
  const size = call.states * call.states;
  const itemBytes = <usize>(call.time * size) << 2;
  const move = base + (<usize>(t * size + column) << 2);
  for (let lane: usize = 0; lane < 16; lane += 4) {
    store<usize>(group.runs + lane, move + <usize>load<i32>(group.items + lane) * itemBytes);
  }
}

/** The masses of one move row by row, and their derivatives: summed, or left where the tile was. */
function masses(call: ChainCall, group: Group, t: i32, before: usize, beforeDot: usize): void {
  const row = <usize>call.states * ENTRY;
  const dot = call.mode == Mode.PRODUCT;
  const l2 = call.omega == 1;
  let q = group.tiles + <usize>t * group.tileStep;
  let z = group.tilesDot + <usize>t * group.tileStep;
  let sums = group.sums;
  let sumsDot = group.sumsDot;
  const means = group.means + <usize>t * group.inverseStep;
  for (let to: usize = 0; to < row; to += ENTRY, q += row) {
    const weight = v128.load(group.weights + to);
    if (dot) {
      const massDot = v128.load(group.weightsDot + to);
      const centred = v128.load(group.centred + to);
      const mean = v128.load(means + to);
      for (let at: usize = 0; at < row; at += ENTRY) {
        const share = v128.load(q + at);
        const x = v128.load(z + at);
        const moved = l2
          ? slope(true, share, x, massDot, centred, mean)
          : slope(false, share, x, massDot, centred, mean);
        v128.store(z + at, moved);
        v128.store(beforeDot + at, f32x4.add(v128.load(beforeDot + at), moved));
      }
      if (call.factored) {
        addTo(sumsDot, z, row);
        sumsDot += row;
      }
      z += row;
    }
    if (call.factored) {
      if (v128.any_true(weight)) {
        for (let at: usize = 0; at < row; at += ENTRY) {
          const moved = f32x4.mul(v128.load(q + at), weight);
          v128.store(before + at, f32x4.add(v128.load(before + at), moved));
          v128.store(sums + at, f32x4.add(v128.load(sums + at), moved));
        }
      }
      sums += row;
    } else {
      for (let at: usize = 0; at < row; at += ENTRY) {
        const moved = f32x4.mul(v128.load(q + at), weight);
        v128.store(before + at, f32x4.add(v128.load(before + at), moved));
        v128.store(q + at, moved);
      }
    }
  }
}

function addTo(sums: usize, row: usize, size: usize): void {
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.load(row + at)));
  }
}

/** Masses of one move, and their derivatives, to where its potentials and directions were. */
function writeMoves(call: ChainCall, group: Group, t: i32): void {
  const size = call.states * call.states;
  const itemBytes = <usize>(call.time * size) << 2;
  const move = <usize>(t * size) << 2;
  const tile = group.tiles + <usize>t * group.tileStep;
  gather(tile, ENTRY, size, call.gMoves + move, itemBytes, group.items, group.real);
  if (call.mode == Mode.PRODUCT) {
    const tileDot = group.tilesDot + <usize>t * group.tileStep;
    gather(tileDot, ENTRY, size, call.pMoves + move, itemBytes, group.items, group.real);
  }
}

/** What lies past an item's length is 0. */
function zeroRest(call: ChainCall, group: Group): void {
  const unit = call.factored ? call.states : call.states * call.states;
  const units = call.factored ? call.time + 1 : call.time;
  const read = call.factored ? group.longest + 1 : group.longest;
  const itemBytes = <usize>(units * unit) << 2;
  const past = <usize>(read * unit) << 2;
  for (let lane = 0; lane < group.real; lane++) {
    const rest = <usize>load<i32>(group.items + (<usize>lane << 2)) * itemBytes + past;
    memory.fill((call.factored ? call.gUnary : call.gMoves) + rest, 0, itemBytes - past);
    if (call.mode == Mode.PRODUCT) {
      memory.fill((call.factored ? call.pUnary : call.pMoves) + rest, 0, itemBytes - past);
    }
  }
}

function writeUnary(
  call: ChainCall,
  group: Group,
  mass: usize,
  to: usize,
  t: i32,
  active: v128,
): void {
  const size = <usize>call.states * ENTRY;
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(group.row + at, v128.and(v128.load(mass + at), active));
  }
  const run = unaryAt(call, to, t);
  gather(group.row, ENTRY, call.states, run, unaryBytes(call), group.items, group.real);
}

/** The gradient of the transition: an item's own, or the job's share in one for the batch. */
function writeTransition(call: ChainCall, group: Group, job: i32): void {
  const size = call.states * call.states;
  const dot = call.mode == Mode.PRODUCT;
  const bytes = <usize>size << 2;
  if (call.factored == 2) {
    gather(group.sums, ENTRY, size, call.gMoves, bytes, group.items, group.real);
    if (dot) gather(group.sumsDot, ENTRY, size, call.pMoves, bytes, group.items, group.real);
    return;
  }
  const own = v128.load(memory.data<i32>([0, 1, 2, 3], 16));
  silence(group.sums, size, i32x4.lt_s(own, i32x4.splat(group.real)));
  sumLanes(group.sums, size, call.share + <usize>job * bytes);
  if (dot) {
    silence(group.sumsDot, size, i32x4.lt_s(own, i32x4.splat(group.real)));
    sumLanes(group.sumsDot, size, call.shareDot + <usize>job * bytes);
  }
}

/** Zeros in the lanes that only repeat an item. */
function silence(sums: usize, count: i32, real: v128): void {
  if (v128.all_true<i32>(real)) return;
  const end = sums + <usize>count * ENTRY;
  for (; sums < end; sums += ENTRY) v128.store(sums, v128.and(v128.load(sums), real));
}
