import { ChainCall, Flag, Mode } from './chain-call';
import { expBelow } from './elementary';
import { addOuterOwn, ENTRY, multiply, multiplyOwn, outer } from './factored-product';
import { Matrix, matrixAt, sources, SPREAD, Weights } from './factored-weights';
import { allowedOrZero, gather, scan, spread, sumLanes } from './lanes';

/** The items of a job: two vectors. */
const ITEMS = 8;
/** Below this a probability counts as underflowed. */
const UNDERFLOW: f32 = 1e-30;
/** Steps between two logarithms of the scales, which stay above UNDERFLOW: their product is normal. */
const STEPS_A_LOG = 8;

/** The rows of a job in its workspace: [position, state] in entries of eight items. */
// @ts-ignore: decorator
@unmanaged
class Group {
  // Offsets 0 … 255: [8] each. Items and moves as integers, then the largest own transition, …
  real: i32;
  longest: i32;
  items: usize;
  lengths: usize;
  /** Sums of inputs and of directions, [8]. */
  check: usize;
  zCheck: usize;
  /** [8] doubles: the sum of the constants, that of the logarithms, the product of the scales. */
  constants: usize;
  logs: usize;
  scales: usize;
  slopes: usize;
  /** [8] masks: lanes that are safe, and that have a forbidden potential. */
  safe: usize;
  forbidden: usize;
  /** Bytes from position to position of `a` and `x`. */
  stride: usize;
  /** Weights of the unary scores, then marginals. */
  w: usize;
  a: usize;
  x: usize;
  /** 1 / scale of each position. */
  inverse: usize;
  p: usize;
  b: usize;
  start: usize;
  end: usize;
  own: usize;
  ownSums: usize;
  top: usize;
  // The same, differentiated along the direction.
  wDot: usize;
  aDot: usize;
  xDot: usize;
  growth: usize;
  pDot: usize;
  bDot: usize;
  scratch: usize;
  startDot: usize;
  endDot: usize;
  ownZ: usize;
  ownSumsDot: usize;
}

/** Lays out a job's workspace from `at`; returns where it ends. */
function layOut(call: ChainCall, group: Group, at: usize): usize {
  const row = <usize>call.states * ENTRY;
  const positions = <usize>call.time + 1;
  // An odd number of cache lines: columns of positions then fall into different sets.
  let stride = (row + 63) & ~63;
  if (((stride >> 6) & 1) == 0) stride += 64;
  group.stride = stride;
  group.items = at;
  group.lengths = at + 32;
  group.check = at + 64;
  group.zCheck = at + 96;
  group.constants = at + 128;
  group.logs = at + 192;
  group.scales = at + 256;
  group.slopes = at + 320;
  group.safe = at + 384;
  group.forbidden = at + 416;
  group.top = at + 448;
  at += 512;
  group.w = at;
  at += positions * row;
  group.inverse = at;
  at += positions * ENTRY;
  group.p = at;
  at += row;
  group.b = at;
  at += row;
  group.start = at;
  at += row;
  group.end = at;
  at += row;
  at = (at + 63) & ~63;
  group.a = at;
  at += positions * stride;
  group.x = at;
  at += positions * stride;
  const square = <usize>call.states * row;
  if (call.factored == 2) {
    group.own = at;
    at += square;
    group.ownSums = at;
    at += square;
  } else {
    group.ownSums = at;
    at += square >> 3;
    at = (at + 63) & ~63;
  }
  if (call.mode == Mode.PRODUCT) {
    group.wDot = at;
    at += positions * row;
    group.growth = at;
    at += positions * ENTRY;
    group.pDot = at;
    at += row;
    group.bDot = at;
    at += row;
    group.scratch = at;
    at += row;
    group.startDot = at;
    at += row;
    group.endDot = at;
    at += row;
    at = (at + 63) & ~63;
    group.aDot = at;
    at += positions * stride;
    group.xDot = at;
    at += positions * stride;
    if (call.factored == 2) {
      group.ownZ = at;
      at += square;
      group.ownSumsDot = at;
      at += square;
    } else {
      group.ownSumsDot = at;
      at += square >> 2;
    }
  }
  return (at + 63) & ~63;
}

/** The bytes of workspace that `factored` needs; `scratch` is the address of 256 bytes. */
export function factoredWorkspace(params: usize, scratch: usize): i32 {
  return i32(layOut(changetype<ChainCall>(params), changetype<Group>(scratch), 256));
}

/** The mask of a vector of items whose chains are still running, or end, at a position. */
// @ts-ignore: decorator
@inline function activeAt(group: Group, t: i32, vector: usize): v128 {
  return i32x4.ge_s(v128.load(group.lengths + vector), i32x4.splat(t));
}

// @ts-ignore: decorator
@inline function lastAt(group: Group, t: i32, vector: usize): v128 {
  return i32x4.eq(v128.load(group.lengths + vector), i32x4.splat(t));
}

// @ts-ignore: decorator
@inline function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * Eight items of a factored chain under negentropy, in the probability domain: forward and backward
 * messages that are rescaled at every position, one matrix product a step. Items for which that is
 * not safe are flagged, and nothing of theirs is written.
 */
export function factored(params: usize, job: i32, workspace: usize): void {
  const call = changetype<ChainCall>(params);
  const group = changetype<Group>(workspace);
  layOut(call, group, workspace + 256);
  open(call, group, job);
  forward(call, group);
  checkReach(call, group);
  if (call.mode != Mode.VALUE) {
    backward(call, group);
    writeGradients(call, group, job);
  }
  close(call, group);
}

/** Finds the group's items and brings their potentials into lanes. */
function open(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const real = min(ITEMS, call.count - job * ITEMS);
  group.real = real;
  group.longest = 0;
  memory.fill(group.items, 0, 512);
  for (let lane = 0; lane < ITEMS; lane++) {
    // Lanes without an item of their own repeat the first one's, and write nothing.
    const item = load<i32>(call.order + (<usize>(job * ITEMS + (lane < real ? lane : 0)) << 2));
    const length = load<i32>(call.lengths + (<usize>item << 2));
    const at = <usize>lane << 2;
    store<i32>(group.items + at, item);
    store<i32>(group.lengths + at, length);
    store<i32>(group.safe + at, lane < real ? -1 : 0);
    store<f64>(group.scales + (<usize>lane << 3), 1);
    group.longest = max(group.longest, length);
  }
  const positions = call.time + 1;
  const read = (group.longest + 1) * states;
  const itemBytes = <usize>(positions * states) << 2;
  bring(group, call.unary, itemBytes, read, group.w, group.check);
  for (let lane = 0; lane < real; lane++) {
    const rest = call.unary + <usize>load<i32>(group.items + (<usize>lane << 2)) * itemBytes;
    scan(rest + (<usize>read << 2), positions * states - read, group.check);
  }
  const run = <usize>states << 2;
  if (call.start) bring(group, call.start, run, states, group.start, group.check);
  if (call.end) bring(group, call.end, run, states, group.end, group.check);
  if (call.mode == Mode.PRODUCT) {
    bring(group, call.zUnary, itemBytes, read, group.wDot, group.zCheck);
    for (let lane = 0; lane < real; lane++) {
      const rest = call.zUnary + <usize>load<i32>(group.items + (<usize>lane << 2)) * itemBytes;
      scan(rest + (<usize>read << 2), positions * states - read, group.zCheck);
    }
    if (call.zStart) bring(group, call.zStart, run, states, group.startDot, group.zCheck);
    if (call.zEnd) bring(group, call.zEnd, run, states, group.endDot, group.zCheck);
  }
  if (call.factored == 2) openTransitions(call, group);
  else if (changetype<Weights>(call.weights).forbidden) {
    memory.fill(group.forbidden, 0xff, ENTRY);
  }
}

/** Spreads a run of each of the eight items. */
function bring(
  group: Group,
  base: usize,
  itemBytes: usize,
  count: i32,
  to: usize,
  check: usize,
): void {
  spread(base, itemBytes, group.items, count, to, ENTRY, check);
  spread(base, itemBytes, group.items + 16, count, to + 16, ENTRY, check + 16);
}

/** The weights of transitions that every item has of its own. */
function openTransitions(call: ChainCall, group: Group): void {
  const size = call.states * call.states;
  const itemBytes = <usize>size << 2;
  const scale = f32x4.splat(1 / call.gamma);
  bring(group, call.moves, itemBytes, size, group.own, group.check);
  if (call.mode == Mode.PRODUCT) {
    bring(group, call.zMoves, itemBytes, size, group.ownZ, group.zCheck);
  }
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    const minus = f32x4.splat(-Infinity);
    let top = minus;
    let low = f32x4.splat(Infinity);
    let forbidden = i32x4.splat(0);
    let at = group.own + vector;
    for (let k = 0; k < size; k++, at += ENTRY) {
      const score = v128.load(at);
      const gone = f32x4.eq(score, minus);
      forbidden = v128.or(forbidden, gone);
      top = f32x4.pmax(top, score);
      low = f32x4.pmin(low, v128.bitselect(low, score, gone));
    }
    top = allowedOrZero(top);
    v128.store(group.top + vector, top);
    v128.store(group.forbidden + vector, forbidden);
    const wide = f32x4.gt(f32x4.sub(top, low), f32x4.splat(SPREAD * call.gamma));
    v128.store(group.safe + vector, v128.andnot(v128.load(group.safe + vector), wide));
    at = group.own + vector;
    for (let k = 0; k < size; k++, at += ENTRY) {
      v128.store(at, expBelow(f32x4.mul(f32x4.sub(v128.load(at), top), scale)));
    }
    if (call.mode == Mode.PRODUCT) {
      at = group.ownZ + vector;
      const weight = group.own - group.ownZ;
      for (let k = 0; k < size; k++, at += ENTRY) {
        // The derivative of the weight.
        v128.store(at, f32x4.mul(f32x4.mul(v128.load(at), scale), v128.load(at + weight)));
      }
    }
  }
}

/** Unary scores at a position become weights, the largest 1. */
function weigh(call: ChainCall, group: Group, t: i32, vector: usize): void {
  const states = call.states;
  const minus = f32x4.splat(-Infinity);
  const active = activeAt(group, t, vector);
  const row = group.w + <usize>(t * states) * ENTRY + vector;
  if (t == 0 && call.start) addRow(row, group.start + vector, states, i32x4.splat(-1));
  const last = lastAt(group, t, vector);
  if (call.end && v128.any_true(last)) addRow(row, group.end + vector, states, last);
  let top = minus;
  let low = f32x4.splat(Infinity);
  let at = row;
  for (let i = 0; i < states; i++, at += ENTRY) {
    const score = v128.load(at);
    top = f32x4.pmax(top, score);
    low = f32x4.pmin(low, score);
  }
  const forbidden = v128.and(f32x4.eq(low, minus), active);
  v128.store(group.forbidden + vector, v128.or(v128.load(group.forbidden + vector), forbidden));
  top = allowedOrZero(top);
  addDoubles(group.constants + 2 * vector, v128.and(top, active));
  const scale = f32x4.splat(1 / call.gamma);
  at = row;
  for (let i = 0; i < states; i++, at += ENTRY) {
    v128.store(at, expBelow(f32x4.mul(f32x4.sub(v128.load(at), top), scale)));
  }
  if (call.mode == Mode.PRODUCT) {
    at = group.wDot + <usize>(t * states) * ENTRY + vector;
    if (t == 0 && call.zStart) addRow(at, group.startDot + vector, states, i32x4.splat(-1));
    if (call.zEnd && v128.any_true(last)) addRow(at, group.endDot + vector, states, last);
    for (let i = 0; i < states; i++, at += ENTRY) {
      v128.store(at, f32x4.mul(v128.load(at), scale));
    }
  }
}

function addRow(to: usize, row: usize, states: i32, mask: v128): void {
  for (let i = 0; i < states; i++, to += ENTRY, row += ENTRY) {
    v128.store(to, f32x4.add(v128.load(to), v128.and(v128.load(row), mask)));
  }
}

function addDoubles(totals: usize, x: v128): void {
  const high = v128.shuffle<f64>(x, x, 1, 1);
  v128.store(totals, f64x2.add(v128.load(totals), f64x2.promote_low_f32x4(x)));
  v128.store(totals, f64x2.add(v128.load(totals, 16), f64x2.promote_low_f32x4(high)), 16);
}

function scaleDoubles(products: usize, x: v128): void {
  const high = v128.shuffle<f64>(x, x, 1, 1);
  v128.store(products, f64x2.mul(v128.load(products), f64x2.promote_low_f32x4(x)));
  v128.store(products, f64x2.mul(v128.load(products, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Takes the logarithm of the products of scales so far. */
function logScales(group: Group): void {
  for (let lane = 0; lane < ITEMS; lane++) {
    const at = <usize>lane << 3;
    const log = load<f64>(group.logs + at) + Math.log(load<f64>(group.scales + at));
    store<f64>(group.logs + at, log);
    store<f64>(group.scales + at, 1);
  }
}

/** The forward messages: a_t = w_t ∘ (E a_{t−1}) / scale_t, with sum 1. */
function forward(call: ChainCall, group: Group): void {
  const states = call.states;
  const own = call.factored == 2;
  const dot = call.mode == Mode.PRODUCT;
  const rowBytes = <usize>states * ENTRY;
  const packed = own ? 0 : matrixAt(call.weights, states, Matrix.FORWARD);
  const zPacked = own ? 0 : matrixAt(call.weights, states, Matrix.Z_FORWARD);
  const along = ENTRY;
  for (let t = 0; t <= group.longest; t++) {
    weigh(call, group, t, 0);
    weigh(call, group, t, 16);
    const before = group.a + <usize>(t - 1) * group.stride;
    const beforeDot = group.aDot + <usize>(t - 1) * group.stride;
    if (t > 0) {
      if (own) multiplyOwn(group.own, states, rowBytes, along, before, group.p);
      else multiply(packed, states, before, group.p);
      if (dot) {
        if (own) {
          multiplyOwn(group.ownZ, states, rowBytes, along, before, group.pDot);
          multiplyOwn(group.own, states, rowBytes, along, beforeDot, group.scratch);
        } else {
          multiply(zPacked, states, before, group.pDot);
          multiply(packed, states, beforeDot, group.scratch);
        }
        addRow(group.pDot, group.scratch, states, i32x4.splat(-1));
        addRow(group.pDot + 16, group.scratch + 16, states, i32x4.splat(-1));
      }
    }
    advance(call, group, t, 0);
    advance(call, group, t, 16);
    if (t % STEPS_A_LOG == STEPS_A_LOG - 1) logScales(group);
  }
  logScales(group);
}

/** Rescales a message once its product with the transition is there. */
function advance(call: ChainCall, group: Group, t: i32, vector: usize): void {
  const states = call.states;
  const active = activeAt(group, t, vector);
  const one = f32x4.splat(1);
  const w = group.w + <usize>(t * states) * ENTRY + vector;
  const a = group.a + <usize>t * group.stride + vector;
  const before = a - group.stride;
  const p = group.p + vector;
  const size = <usize>states * ENTRY;
  let scale = f32x4.splat(0);
  if (t == 0) {
    for (let at: usize = 0; at < size; at += ENTRY) {
      const weight = v128.load(w + at);
      v128.store(a + at, weight);
      scale = f32x4.add(scale, weight);
    }
  } else {
    for (let at: usize = 0; at < size; at += ENTRY) {
      const weight = f32x4.mul(v128.load(w + at), v128.load(p + at));
      v128.store(a + at, weight);
      scale = f32x4.add(scale, weight);
    }
  }
  const normal = f32x4.gt(scale, f32x4.splat(UNDERFLOW));
  const safe = v128.load(group.safe + vector);
  v128.store(group.safe + vector, v128.andnot(safe, v128.andnot(active, normal)));
  scale = v128.bitselect(scale, one, v128.and(active, normal));
  scaleDoubles(group.scales + 2 * vector, scale);
  const inverse = f32x4.div(one, scale);
  v128.store(group.inverse + <usize>t * ENTRY + vector, inverse);

  if (call.mode == Mode.PRODUCT) {
    const wDot = group.wDot + <usize>(t * states) * ENTRY + vector;
    const aDot = group.aDot + <usize>t * group.stride + vector;
    const pDot = group.pDot + vector;
    let growth = f32x4.splat(0);
    for (let at: usize = 0; at < size; at += ENTRY) {
      let slope = f32x4.mul(v128.load(a + at), v128.load(wDot + at));
      if (t > 0) slope = madd(slope, v128.load(w + at), v128.load(pDot + at));
      slope = f32x4.mul(slope, inverse);
      v128.store(aDot + at, slope);
      growth = f32x4.add(growth, slope);
    }
    growth = v128.and(growth, active);
    v128.store(group.growth + <usize>t * ENTRY + vector, growth);
    addDoubles(group.slopes + 2 * vector, growth);
    for (let at: usize = 0; at < size; at += ENTRY) {
      const message = f32x4.mul(v128.load(a + at), inverse);
      let slope = f32x4.sub(v128.load(aDot + at), f32x4.mul(message, growth));
      if (t > 0) slope = v128.bitselect(slope, v128.load(aDot + at - group.stride), active);
      v128.store(aDot + at, slope);
    }
  }
  for (let at: usize = 0; at < size; at += ENTRY) {
    let message = f32x4.mul(v128.load(a + at), inverse);
    if (t > 0) message = v128.bitselect(message, v128.load(before + at), active);
    v128.store(a + at, message);
  }
}

/**
 * Where potentials are forbidden, a state that underflowed may be the only one that leads on. The
 * states that can be reached are followed as bits, and an item with one that underflowed is unsafe.
 */
function checkReach(call: ChainCall, group: Group): void {
  const states = call.states;
  const words = (states + 31) >> 5;
  const size = <usize>words << 2;
  let reach = group.p;
  let next = group.b;
  for (let lane = 0; lane < group.real; lane++) {
    const at = <usize>lane << 2;
    if (!load<i32>(group.forbidden + at) || !load<i32>(group.safe + at)) continue;
    let leads: usize;
    if (call.factored == 2) {
      leads = group.x;
      const item = <usize>load<i32>(group.items + at);
      sources(call.moves + item * (<usize>(states * states) << 2), states, 4, leads);
    } else {
      leads = matrixAt(call.weights, states, Matrix.SOURCES);
    }
    const length = load<i32>(group.lengths + at);
    let safe = true;
    for (let t = 0; t <= length && safe; t++) {
      memory.fill(next, 0, size);
      const least = UNDERFLOW * load<f32>(group.inverse + <usize>t * ENTRY + at);
      const a = group.a + <usize>t * group.stride + at;
      for (let i = 0; i < states; i++) {
        if (!allowed(call, group, at, t, length, i)) continue;
        let reached = t == 0;
        const row = leads + <usize>i * size;
        for (let word: usize = 0; word < size && !reached; word += 4) {
          reached = (load<u32>(row + word) & load<u32>(reach + word)) != 0;
        }
        if (!reached) continue;
        const word = next + (<usize>(i >> 5) << 2);
        store<u32>(word, load<u32>(word) | (1 << (i & 31)));
        if (!(load<f32>(a + <usize>i * ENTRY) >= least)) safe = false;
      }
      const swap = reach;
      reach = next;
      next = swap;
    }
    if (!safe) store<i32>(group.safe + at, 0);
  }
}

/** Whether no unary score, start or end forbids a state. */
function allowed(call: ChainCall, group: Group, lane: usize, t: i32, length: i32, i: i32): bool {
  const item = <usize>load<i32>(group.items + lane);
  const states = <usize>call.states;
  const unary = call.unary + (((item * <usize>(call.time + 1) + t) * states + i) << 2);
  if (load<f32>(unary) == -Infinity) return false;
  const at = (item * states + i) << 2;
  if (t == 0 && call.start && load<f32>(call.start + at) == -Infinity) return false;
  return !(t == length && call.end && load<f32>(call.end + at) == -Infinity);
}

/** The backward messages, marginals, and what the gradient of the transition is the product of. */
function backward(call: ChainCall, group: Group): void {
  const states = call.states;
  const own = call.factored == 2;
  const dot = call.mode == Mode.PRODUCT;
  const rowBytes = <usize>states * ENTRY;
  const packed = own ? 0 : matrixAt(call.weights, states, Matrix.BACKWARD);
  const zPacked = own ? 0 : matrixAt(call.weights, states, Matrix.Z_BACKWARD);
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < rowBytes; at += 16) {
    v128.store(group.b + at, one);
    if (dot) v128.store(group.bDot + at, f32x4.splat(0));
  }
  if (own) memory.fill(group.ownSums, 0, <usize>states * rowBytes);
  if (own && dot) memory.fill(group.ownSumsDot, 0, <usize>states * rowBytes);
  for (let t = group.longest; t >= 0; t--) {
    retreat(call, group, t, 0);
    retreat(call, group, t, 16);
    if (t == 0) break;
    const x = group.x + <usize>t * group.stride;
    const xDot = group.xDot + <usize>t * group.stride;
    if (own) multiplyOwn(group.own, states, ENTRY, rowBytes, x, group.p);
    else multiply(packed, states, x, group.p);
    for (let at: usize = 0; at < rowBytes; at += ENTRY) {
      take(group, t, at, group.p, group.b, one);
    }
    if (dot) {
      if (own) {
        multiplyOwn(group.ownZ, states, ENTRY, rowBytes, x, group.pDot);
        multiplyOwn(group.own, states, ENTRY, rowBytes, xDot, group.scratch);
      } else {
        multiply(zPacked, states, x, group.pDot);
        multiply(packed, states, xDot, group.scratch);
      }
      for (let at: usize = 0; at < rowBytes; at += 16) {
        const sum = f32x4.add(v128.load(group.pDot + at), v128.load(group.scratch + at));
        v128.store(group.pDot + at, sum);
      }
      for (let at: usize = 0; at < rowBytes; at += ENTRY) {
        take(group, t, at, group.pDot, group.bDot, f32x4.splat(0));
      }
    }
  }
  silenceUnsafe(call, group);
}

/** The backward message of running items; the others' is still the one they begin with. */
// @ts-ignore: decorator
@inline function take(group: Group, t: i32, at: usize, from: usize, to: usize, first: v128): void {
  v128.store(to + at, v128.bitselect(v128.load(from + at), first, activeAt(group, t, 0)));
  const high = v128.bitselect(v128.load(from + at, 16), first, activeAt(group, t, 16));
  v128.store(to + at, high, 16);
}

/** Marginals at a position from both messages, and x = w ∘ b / scale. */
function retreat(call: ChainCall, group: Group, t: i32, vector: usize): void {
  const states = call.states;
  const size = <usize>states * ENTRY;
  const writes = v128.and(activeAt(group, t, vector), v128.load(group.safe + vector));
  const a = group.a + <usize>t * group.stride + vector;
  const b = group.b + vector;
  const w = group.w + <usize>(t * states) * ENTRY + vector;
  const x = group.x + <usize>t * group.stride + vector;
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < size; at += ENTRY) {
    sum = madd(sum, v128.load(a + at), v128.load(b + at));
  }
  // 1, but for what rounding has added up since the chain's end.
  const correction = f32x4.div(f32x4.splat(1), sum);
  const sane = v128.and(
    f32x4.gt(sum, f32x4.splat(0.5)),
    f32x4.lt(sum, f32x4.splat(2)),
  );
  v128.store(
    group.safe + vector,
    v128.andnot(v128.load(group.safe + vector), v128.andnot(writes, sane)),
  );
  const inverse = v128.load(group.inverse + <usize>t * ENTRY + vector);
  if (call.mode == Mode.PRODUCT) {
    const aDot = group.aDot + <usize>t * group.stride + vector;
    const bDot = group.bDot + vector;
    const wDot = group.wDot + <usize>(t * states) * ENTRY + vector;
    const xDot = group.xDot + <usize>t * group.stride + vector;
    const growth = v128.load(group.growth + <usize>t * ENTRY + vector);
    let drift = f32x4.splat(0);
    for (let at: usize = 0; at < size; at += ENTRY) {
      const slope = f32x4.mul(v128.load(bDot + at), correction);
      drift = madd(drift, v128.load(aDot + at), f32x4.mul(v128.load(b + at), correction));
      drift = madd(drift, v128.load(a + at), slope);
    }
    for (let at: usize = 0; at < size; at += ENTRY) {
      const back = f32x4.mul(v128.load(b + at), correction);
      // Marginals sum to 1: their derivatives to 0.
      const slope = f32x4.sub(f32x4.mul(v128.load(bDot + at), correction), f32x4.mul(back, drift));
      const weight = v128.load(w + at);
      const z = v128.load(wDot + at);
      let message = f32x4.mul(f32x4.mul(weight, back), inverse);
      let messageDot = f32x4.mul(f32x4.mul(weight, slope), inverse);
      messageDot = madd(messageDot, message, f32x4.sub(z, growth));
      v128.store(x + at, v128.and(message, writes));
      v128.store(xDot + at, v128.and(messageDot, writes));
      let mass = f32x4.mul(v128.load(a + at), back);
      let massDot = f32x4.mul(v128.load(aDot + at), back);
      massDot = madd(massDot, v128.load(a + at), slope);
      v128.store(w + at, v128.and(mass, writes));
      v128.store(wDot + at, v128.and(massDot, writes));
    }
  } else {
    for (let at: usize = 0; at < size; at += ENTRY) {
      const back = f32x4.mul(v128.load(b + at), correction);
      const message = f32x4.mul(f32x4.mul(v128.load(w + at), back), inverse);
      v128.store(x + at, v128.and(message, writes));
      v128.store(w + at, v128.and(f32x4.mul(v128.load(a + at), back), writes));
    }
  }
  const last = lastAt(group, t, vector);
  if (v128.any_true(last)) {
    keepRow(w, group.end + vector, size, last);
    if (call.mode == Mode.PRODUCT) {
      keepRow(group.wDot + <usize>(t * states) * ENTRY + vector, group.endDot + vector, size, last);
    }
  }
}

/** Keeps the marginals of the items that end here. */
function keepRow(from: usize, to: usize, size: usize, mask: v128): void {
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(to + at, v128.bitselect(v128.load(from + at), v128.load(to + at), mask));
  }
}

/** Zeros where an unsafe item's messages are, so that they add nothing to what the batch shares. */
function silenceUnsafe(call: ChainCall, group: Group): void {
  const dot = call.mode == Mode.PRODUCT;
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    const safe = v128.load(group.safe + vector);
    if (v128.all_true<i32>(safe)) continue;
    for (let t = 0; t <= group.longest; t++) {
      const row = <usize>t * group.stride + vector;
      const end = row + <usize>call.states * ENTRY;
      for (let at = row; at < end; at += ENTRY) {
        v128.store(group.a + at, v128.and(v128.load(group.a + at), safe));
        v128.store(group.x + at, v128.and(v128.load(group.x + at), safe));
        if (dot) {
          v128.store(group.aDot + at, v128.and(v128.load(group.aDot + at), safe));
          v128.store(group.xDot + at, v128.and(v128.load(group.xDot + at), safe));
        }
      }
    }
  }
}

/** Gradients, and products, of all inputs. */
function writeGradients(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const dot = call.mode == Mode.PRODUCT;
  writeRows(call, group, group.w, call.gUnary);
  if (dot) writeRows(call, group, group.wDot, call.pUnary);
  const run = <usize>states << 2;
  if (call.gStart) giveBack(group, group.w, states, call.gStart, run);
  if (call.gEnd) giveBack(group, group.end, states, call.gEnd, run);
  if (dot && call.pStart) giveBack(group, group.wDot, states, call.pStart, run);
  if (dot && call.pEnd) giveBack(group, group.endDot, states, call.pEnd, run);
  if (call.factored == 2) writeOwnTransitions(call, group);
  else writeShare(call, group, job);
}

/** Unary gradients: what lies past an item's length is 0. */
function writeRows(call: ChainCall, group: Group, from: usize, to: usize): void {
  const positions = call.time + 1;
  const itemBytes = <usize>(positions * call.states) << 2;
  const read = (group.longest + 1) * call.states;
  giveBack(group, from, read, to, itemBytes);
  for (let lane = 0; lane < group.real; lane++) {
    const item = <usize>load<i32>(group.items + (<usize>lane << 2));
    const written = <usize>read << 2;
    memory.fill(to + item * itemBytes + written, 0, itemBytes - written);
  }
}

function giveBack(group: Group, from: usize, count: i32, to: usize, itemBytes: usize): void {
  gather(from, ENTRY, count, to, itemBytes, group.items, group.real);
  if (group.real > 4) {
    gather(from + 16, ENTRY, count, to, itemBytes, group.items + 16, group.real - 4);
  }
}

/** The job's sum of the gradient of a transition that the batch shares: E ∘ Σ x ⊗ a. */
function writeShare(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const size = states * states;
  const steps = group.longest;
  const next = group.stride;
  const weights = matrixAt(call.weights, states, Matrix.PLAIN);
  const share = call.share + (<usize>(job * size) << 2);
  const sums = group.ownSums;
  outer(group.x + next, group.a, group.stride, steps, states, sums);
  if (call.mode == Mode.PRODUCT) {
    const z = matrixAt(call.weights, states, Matrix.Z);
    const shareDot = call.shareDot + (<usize>(job * size) << 2);
    const left = group.ownSumsDot;
    const right = left + (<usize>size << 2);
    outer(group.xDot + next, group.a, group.stride, steps, states, left);
    outer(group.x + next, group.aDot, group.stride, steps, states, right);
    for (let k = 0; k < size; k++) {
      const at = <usize>k << 2;
      const sum = load<f32>(left + at) + load<f32>(right + at);
      const slope = sum + load<f32>(z + at) * load<f32>(sums + at);
      store<f32>(shareDot + at, load<f32>(weights + at) * slope);
    }
  }
  for (let k = 0; k < size; k++) {
    const at = <usize>k << 2;
    store<f32>(share + at, load<f32>(weights + at) * load<f32>(sums + at));
  }
}

/** The gradient of the items' own transitions. */
function writeOwnTransitions(call: ChainCall, group: Group): void {
  const states = call.states;
  const size = states * states;
  const dot = call.mode == Mode.PRODUCT;
  const itemBytes = <usize>size << 2;
  for (let t = 1; t <= group.longest; t++) {
    const now = <usize>t * group.stride;
    const before = now - group.stride;
    addOuterOwn(group.x + now, group.a + before, states, group.ownSums);
    if (dot) {
      addOuterOwn(group.xDot + now, group.a + before, states, group.ownSumsDot);
      addOuterOwn(group.x + now, group.aDot + before, states, group.ownSumsDot);
    }
  }
  const bytes = <usize>size * ENTRY;
  for (let at: usize = 0; at < bytes; at += 16) {
    const sum = v128.load(group.ownSums + at);
    const weight = v128.load(group.own + at);
    if (dot) {
      const slope = f32x4.mul(weight, v128.load(group.ownSumsDot + at));
      v128.store(group.ownSumsDot + at, madd(slope, v128.load(group.ownZ + at), sum));
    }
    v128.store(group.ownSums + at, f32x4.mul(weight, sum));
  }
  giveBack(group, group.ownSums, size, call.gMoves, itemBytes);
  if (dot) giveBack(group, group.ownSumsDot, size, call.pMoves, itemBytes);
}

/** Values, directional derivatives and flags. */
function close(call: ChainCall, group: Group): void {
  const gamma = <f64>call.gamma;
  for (let lane = 0; lane < group.real; lane++) {
    const at = <usize>lane << 2;
    const item = <usize>load<i32>(group.items + at) << 2;
    let flags = 0;
    if (!(load<f32>(group.check + at) < Infinity)) flags |= Flag.NUMBER;
    if (!(Mathf.abs(load<f32>(group.zCheck + at)) < Infinity)) flags |= Flag.NUMBER;
    if (!load<i32>(group.safe + at)) flags |= Flag.RANGE;
    store<i32>(call.flags + item, flags);
    const moves = <f64>load<i32>(group.lengths + at);
    const top = call.factored == 2 ? load<f32>(group.top + at) : changetype<Weights>(call.weights).top;
    const wide = <usize>lane << 3;
    const constants = load<f64>(group.constants + wide) + moves * <f64>top;
    store<f32>(call.value + item, f32(constants + gamma * load<f64>(group.logs + wide)));
    if (call.mode == Mode.PRODUCT) {
      store<f32>(call.directional + item, f32(gamma * load<f64>(group.slopes + wide)));
    }
  }
}

/** Adds the jobs' shares up, in their order. params: shares, jobs, floats a share, out. */
export function sumShares(shares: usize, jobs: i32, size: i32, out: usize): void {
  memory.copy(out, shares, <usize>size << 2);
  for (let job = 1; job < jobs; job++) {
    const share = shares + (<usize>(job * size) << 2);
    let k = 0;
    for (; k + 4 <= size; k += 4) {
      const at = <usize>k << 2;
      v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(share + at)));
    }
    for (; k < size; k++) {
      const at = <usize>k << 2;
      store<f32>(out + at, load<f32>(out + at) + load<f32>(share + at));
    }
  }
}
