import { power2Below, powersOfFour } from '../simd/binary';
import { ChainCall, Mode } from '../chain/call';
import { activeAt, addRow, addWholeRow, Group, ITEMS, keepRow, lastAt, UNDERFLOW } from './group';
import { ENTRY, multiply, multiplyOwn } from './product';
import { Matrix, matrixAt, sources } from './weights';
import { addToTotals, allowedOrZero } from '../simd/lanes';
import { madd } from '../simd/madd';

// The way forward through a job's chains: weights of unary scores, messages with sum 1 and their
// scales, and whether all of it is safe in the probability domain.

/** Steps between two logarithms of the scales, which stay above UNDERFLOW: their product is normal. */
const STEPS_A_LOG = 8;
const LOG2_E: f64 = 1.4426950408889634;

/** The forward messages: a_t = w_t ∘ (E a_{t−1}) / scale_t, with sum 1. */
export function forward(call: ChainCall, group: Group): void {
  const states = call.states;
  const own = call.factored == 2;
  const dot = call.mode == Mode.PRODUCT;
  const rowBytes = <usize>states * ENTRY;
  const packed = own ? 0 : matrixAt(call.weights, states, Matrix.FORWARD);
  const zPacked = own ? 0 : matrixAt(call.weights, states, Matrix.Z_FORWARD);
  const along = ENTRY;
  for (let t = 0; t <= group.longest; t++) {
    weigh(call, group, t);
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
        addWholeRow(group.pDot, group.scratch, rowBytes);
      }
    }
    advance(call, group, t);
    if (t % STEPS_A_LOG == STEPS_A_LOG - 1) logScales(group);
  }
  logScales(group);
}

/** Unary scores at a position become weights, the largest 1. */
function weigh(call: ChainCall, group: Group, t: i32): void {
  const size = <usize>call.states * ENTRY;
  const row = group.w + <usize>t * size;
  if (t == 0 && call.start) addWholeRow(row, group.start, size);
  if (call.end) addLast(group, t, row, group.end, size);
  const minus = f32x4.splat(-Infinity);
  let top0 = minus;
  let top1 = minus;
  let low0 = f32x4.splat(Infinity);
  let low1 = low0;
  for (let at: usize = 0; at < size; at += ENTRY) {
    const score0 = v128.load(row + at);
    const score1 = v128.load(row + at, 16);
    top0 = f32x4.pmax(top0, score0);
    top1 = f32x4.pmax(top1, score1);
    low0 = f32x4.pmin(low0, score0);
    low1 = f32x4.pmin(low1, score1);
  }
  top0 = noteExtremes(group, t, 0, top0, low0);
  top1 = noteExtremes(group, t, 16, top1, low1);
  // e^(x / γ) as a power of 2.
  const scale = f32x4.splat(f32(LOG2_E / <f64>call.gamma));
  const pairs = size & ~(2 * ENTRY - 1);
  for (let at: usize = 0; at < pairs; at += 2 * ENTRY) {
    powersOfFour(
      f32x4.mul(f32x4.sub(v128.load(row + at), top0), scale),
      f32x4.mul(f32x4.sub(v128.load(row + at, 16), top1), scale),
      f32x4.mul(f32x4.sub(v128.load(row + at, 32), top0), scale),
      f32x4.mul(f32x4.sub(v128.load(row + at, 48), top1), scale),
      row + at,
    );
  }
  if (pairs < size) {
    const at = row + pairs;
    v128.store(at, power2Below(f32x4.mul(f32x4.sub(v128.load(at), top0), scale)));
    v128.store(at, power2Below(f32x4.mul(f32x4.sub(v128.load(at, 16), top1), scale)), 16);
  }
  if (call.mode == Mode.PRODUCT) {
    const slopes = group.wDot + <usize>t * size;
    if (t == 0 && call.zStart) addWholeRow(slopes, group.startDot, size);
    if (call.zEnd) addLast(group, t, slopes, group.endDot, size);
    const inverse = f32x4.splat(1 / call.gamma);
    for (let at: usize = 0; at < size; at += 16) {
      v128.store(slopes + at, f32x4.mul(v128.load(slopes + at), inverse));
    }
  }
}

/** Adds the scores of ends for items that end at a position. */
function addLast(group: Group, t: i32, to: usize, row: usize, size: usize): void {
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    const last = lastAt(group, t, vector);
    if (v128.any_true(last)) addRow(to + vector, row + vector, size, last);
  }
}

/** Keeps what follows from a position's largest and smallest score; returns what to subtract. */
function noteExtremes(group: Group, t: i32, vector: usize, top: v128, low: v128): v128 {
  const active = activeAt(group, t, vector);
  const forbidden = v128.and(f32x4.eq(low, f32x4.splat(-Infinity)), active);
  v128.store(group.forbidden + vector, v128.or(v128.load(group.forbidden + vector), forbidden));
  const shift = allowedOrZero(top);
  addToTotals(group.constants + 2 * vector, v128.and(shift, active));
  return shift;
}

/** Rescales a message once its product with the transition is there. */
function advance(call: ChainCall, group: Group, t: i32): void {
  const size = <usize>call.states * ENTRY;
  const w = group.w + <usize>t * size;
  const a = group.a + <usize>t * group.stride;
  const p = group.p;
  let scale0 = f32x4.splat(0);
  let scale1 = scale0;
  if (t == 0) {
    for (let at: usize = 0; at < size; at += ENTRY) {
      const weight0 = v128.load(w + at);
      const weight1 = v128.load(w + at, 16);
      v128.store(a + at, weight0);
      v128.store(a + at, weight1, 16);
      scale0 = f32x4.add(scale0, weight0);
      scale1 = f32x4.add(scale1, weight1);
    }
  } else {
    for (let at: usize = 0; at < size; at += ENTRY) {
      const weight0 = f32x4.mul(v128.load(w + at), v128.load(p + at));
      const weight1 = f32x4.mul(v128.load(w + at, 16), v128.load(p + at, 16));
      v128.store(a + at, weight0);
      v128.store(a + at, weight1, 16);
      scale0 = f32x4.add(scale0, weight0);
      scale1 = f32x4.add(scale1, weight1);
    }
  }
  const inverse0 = noteScale(group, t, 0, scale0);
  const inverse1 = noteScale(group, t, 16, scale1);
  if (call.mode == Mode.PRODUCT) {
    differentiate(call, group, t, 0);
    differentiate(call, group, t, 16);
  }
  for (let at: usize = 0; at < size; at += ENTRY) {
    v128.store(a + at, f32x4.mul(v128.load(a + at), inverse0));
    v128.store(a + at, f32x4.mul(v128.load(a + at, 16), inverse1), 16);
  }
  if (t > 0) {
    hold(group, t, a, size);
    if (call.mode == Mode.PRODUCT) hold(group, t, group.aDot + <usize>t * group.stride, size);
  }
}

/** The messages of items that have ended stay as they are. */
function hold(group: Group, t: i32, row: usize, size: usize): void {
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    const active = activeAt(group, t, vector);
    if (v128.all_true<i32>(active)) continue;
    keepRow(row - group.stride + vector, row + vector, size, v128.not(active));
  }
}

/** Keeps the scale of a position; returns its inverse, 1 where a chain has ended or underflowed. */
function noteScale(group: Group, t: i32, vector: usize, scale: v128): v128 {
  const active = activeAt(group, t, vector);
  const one = f32x4.splat(1);
  const normal = f32x4.gt(scale, f32x4.splat(UNDERFLOW));
  const safe = v128.load(group.safe + vector);
  v128.store(group.safe + vector, v128.andnot(safe, v128.andnot(active, normal)));
  const used = v128.bitselect(scale, one, v128.and(active, normal));
  scaleDoubles(group.scales + 2 * vector, used);
  const inverse = f32x4.div(one, used);
  v128.store(group.inverse + <usize>t * ENTRY + vector, inverse);
  return inverse;
}

/** The derivative of a message that has not been rescaled yet, and of its scale's logarithm. */
function differentiate(call: ChainCall, group: Group, t: i32, vector: usize): void {
  const size = <usize>call.states * ENTRY;
  const w = group.w + <usize>t * size + vector;
  const wDot = group.wDot + <usize>t * size + vector;
  const a = group.a + <usize>t * group.stride + vector;
  const aDot = group.aDot + <usize>t * group.stride + vector;
  const pDot = group.pDot + vector;
  const inverse = v128.load(group.inverse + <usize>t * ENTRY + vector);
  let growth = f32x4.splat(0);
  for (let at: usize = 0; at < size; at += ENTRY) {
    let slope = f32x4.mul(v128.load(a + at), v128.load(wDot + at));
    if (t > 0) slope = madd(v128.load(w + at), v128.load(pDot + at), slope);
    slope = f32x4.mul(slope, inverse);
    v128.store(aDot + at, slope);
    growth = f32x4.add(growth, slope);
  }
  growth = v128.and(growth, activeAt(group, t, vector));
  v128.store(group.growth + <usize>t * ENTRY + vector, growth);
  addToTotals(group.slopes + 2 * vector, growth);
  for (let at: usize = 0; at < size; at += ENTRY) {
    const message = f32x4.mul(v128.load(a + at), inverse);
    v128.store(aDot + at, f32x4.sub(v128.load(aDot + at), f32x4.mul(message, growth)));
  }
}

function scaleDoubles(products: usize, x: v128): void {
  const high = v128.shuffle<f64>(x, x, 1, 1);
  v128.store(products, f64x2.mul(v128.load(products), f64x2.promote_low_f32x4(x)));
  v128.store(products, f64x2.mul(v128.load(products, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Takes the logarithm of the products of scales so far. */
function logScales(group: Group): void {
  for (let lane = 0; lane < ITEMS; lane++) {
    const at = (<usize>lane) << 3;
    const log = load<f64>(group.logs + at) + Math.log(load<f64>(group.scales + at));
    store<f64>(group.logs + at, log);
    store<f64>(group.scales + at, 1);
  }
}

/**
 * Where potentials are forbidden, a state that underflowed may be the only one that leads on. The
 * states that can be reached are followed as bits, and an item with one that underflowed is unsafe.
 */
export function checkReach(call: ChainCall, group: Group): void {
  const states = call.states;
  const words = (states + 31) >> 5;
  const size = (<usize>words) << 2;
  let reach = group.p;
  let next = group.b;
  for (let lane = 0; lane < group.real; lane++) {
    const at = (<usize>lane) << 2;
    if (!load<i32>(group.forbidden + at) || !load<i32>(group.safe + at)) continue;
    let leads: usize;
    if (call.factored == 2) {
      leads = group.x;
      const item = <usize>load<i32>(group.items + at);
      sources(call.moves + item * ((<usize>(states * states)) << 2), states, 4, leads);
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
        const word = next + ((<usize>(i >> 5)) << 2);
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
