// The way back of four chains: the masses of their moves and states, the expected path, and their
// derivatives along a direction.
import { LEAST_MASS, Smooth } from '../algebra/omega';
import { ChainCall, Mode } from './call';
import { activeAt, ENTRY, findRuns, Group, unaryAt, unaryBytes } from './group';
import { columns, Mass, MassDot, Runs, slope, Weight, WEIGHTS } from './masses';
import { gather, sumLanes } from '../simd/lanes';

/** The masses of the last states, then of all moves and states before them. */
export function back<O extends Smooth>(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const row = <usize>states * ENTRY;
  const run = (<usize>states) << 2;
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
      const weight = changetype<O>(0).weight(share);
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
    weigh<O>(call, group, t, active, mass, massDot);
    if (!call.factored && states >= 4) {
      massesByColumns<O>(call, group, t, before, beforeDot);
    } else {
      memory.fill(before, 0, row);
      if (dot) memory.fill(beforeDot, 0, row);
      masses<O>(call, group, t, before, beforeDot);
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
function weigh<O extends Smooth>(
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
  const means = group.means + <usize>t * group.inverseStep;
  let to = group.weights;
  for (let at: usize = 0; at < row; at += ENTRY, to += WEIGHTS) {
    const inverse = v128.and(v128.load(inverses + at), active);
    const share = v128.load(mass + at);
    const weight = v128.and(f32x4.mul(share, inverse), f32x4.gt(share, least));
    v128.store(to, weight, Weight.MASS);
    if (dot) {
      const factor = f32x4.mul(weight, scale);
      const weightDot = f32x4.mul(v128.load(massDot + at), inverse);
      const centred = f32x4.mul(v128.load(means + at), factor);
      const held = changetype<O>(0).weighsByShare ? weightDot : f32x4.splat(0);
      v128.store(to, factor, Weight.FACTOR);
      v128.store(to, f32x4.sub(held, centred), Weight.OFFSET);
      v128.store(to, weightDot, Weight.DOT);
    }
  }
}

/** The masses of one move of linear chains, in columns, and their derivatives. */
function massesByColumns<O extends Smooth>(
  call: ChainCall,
  group: Group,
  t: i32,
  before: usize,
  beforeDot: usize,
): void {
  const states = call.states;
  const row = <usize>states * ENTRY;
  const tile = group.tiles + <usize>t * group.tileStep;
  const dot = group.tilesDot - group.tiles;
  const weights = group.weights;
  const runs = changetype<Runs>(group.runs);
  for (let from = 0; from < states; from += 4) {
    // Columns that would stick out overlap their neighbours: they are written again, the same.
    const first = min(from, states - 4);
    const at = <usize>first * ENTRY;
    const q = tile + at;
    findRuns(call, group, call.gMoves, t, first);
    columns<Mass>(q, dot, row, weights, states, before + at, runs);
    if (call.mode == Mode.PRODUCT) {
      findRuns(call, group, call.pMoves, t, first);
      columns<MassDot<O>>(q, dot, row, weights, states, beforeDot + at, runs);
    }
  }
}

/** The masses of one move row by row, and their derivatives: summed, or left where the tile was. */
function masses<O extends Smooth>(
  call: ChainCall,
  group: Group,
  t: i32,
  before: usize,
  beforeDot: usize,
): void {
  const row = <usize>call.states * ENTRY;
  const dot = call.mode == Mode.PRODUCT;
  let q = group.tiles + <usize>t * group.tileStep;
  let z = group.tilesDot + <usize>t * group.tileStep;
  let sums = group.sums;
  let sumsDot = group.sumsDot;
  const end = group.weights + <usize>call.states * WEIGHTS;
  for (let weights = group.weights; weights < end; weights += WEIGHTS, q += row) {
    const weight = v128.load(weights, Weight.MASS);
    if (dot) {
      const factor = v128.load(weights, Weight.FACTOR);
      const offset = v128.load(weights, Weight.OFFSET);
      const massDot = v128.load(weights, Weight.DOT);
      for (let at: usize = 0; at < row; at += ENTRY) {
        const share = v128.load(q + at);
        const x = v128.load(z + at);
        const moved = slope<O>(share, x, factor, offset, massDot);
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
  const itemBytes = (<usize>(call.time * size)) << 2;
  const move = (<usize>(t * size)) << 2;
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
  const itemBytes = (<usize>(units * unit)) << 2;
  const past = (<usize>(read * unit)) << 2;
  for (let lane = 0; lane < group.real; lane++) {
    const rest = <usize>load<i32>(group.items + ((<usize>lane) << 2)) * itemBytes + past;
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
  const bytes = (<usize>size) << 2;
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
