import { ChainCall, Mode } from '../chain/call';
import { activeAt, addWholeRow, Group, keepRow, lastAt } from './group';
import { addOuterOwn, ENTRY, multiply, multiplyOwn, outer } from './product';
import { Matrix, matrixAt } from './weights';
import { gather } from '../simd/lanes';
import { madd } from '../simd/madd';

// The way back through a job's chains: backward messages, marginals, and the gradients and products
// of all inputs.

/** The backward messages, marginals, and what the gradient of the transition is the product of. */
export function backward(call: ChainCall, group: Group): void {
  const states = call.states;
  const own = call.factored == 2;
  const dot = call.mode == Mode.PRODUCT;
  const rowBytes = <usize>states * ENTRY;
  const packed = own ? 0 : matrixAt(call.weights, states, Matrix.BACKWARD);
  const zPacked = own ? 0 : matrixAt(call.weights, states, Matrix.Z_BACKWARD);
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < rowBytes; at += 16) v128.store(group.b + at, one);
  if (dot) memory.fill(group.bDot, 0, rowBytes);
  for (let t = group.longest; ; t--) {
    retreat(call, group, t);
    if (t == 0) break;
    const x = group.x + <usize>t * group.stride;
    const xDot = group.xDot + <usize>t * group.stride;
    if (own) multiplyOwn(group.own, states, ENTRY, rowBytes, x, group.b);
    else multiply(packed, states, x, group.b);
    begin(group, t, group.b, rowBytes, one);
    if (dot) {
      if (own) {
        multiplyOwn(group.ownZ, states, ENTRY, rowBytes, x, group.bDot);
        multiplyOwn(group.own, states, ENTRY, rowBytes, xDot, group.scratch);
      } else {
        multiply(zPacked, states, x, group.bDot);
        multiply(packed, states, xDot, group.scratch);
      }
      addWholeRow(group.bDot, group.scratch, rowBytes);
      begin(group, t, group.bDot, rowBytes, f32x4.splat(0));
    }
  }
  silenceUnsafe(call, group);
}

/** The backward message of items that are not running yet is the one they begin with. */
function begin(group: Group, t: i32, row: usize, size: usize, first: v128): void {
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    const active = activeAt(group, t, vector);
    if (v128.all_true<i32>(active)) continue;
    for (let at = vector; at < size; at += ENTRY) {
      v128.store(row + at, v128.bitselect(v128.load(row + at), first, active));
    }
  }
}

/** Marginals at a position from both messages, and x = w ∘ b / scale. */
function retreat(call: ChainCall, group: Group, t: i32): void {
  const size = <usize>call.states * ENTRY;
  const a = group.a + <usize>t * group.stride;
  const b = group.b;
  const w = group.w + <usize>t * size;
  const x = group.x + <usize>t * group.stride;
  const writes0 = v128.and(activeAt(group, t, 0), v128.load(group.safe));
  const writes1 = v128.and(activeAt(group, t, 16), v128.load(group.safe, 16));
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (let at: usize = 0; at < size; at += ENTRY) {
    sum0 = madd(v128.load(a + at), v128.load(b + at), sum0);
    sum1 = madd(v128.load(a + at, 16), v128.load(b + at, 16), sum1);
  }
  const correction0 = correct(group, 0, sum0, writes0);
  const correction1 = correct(group, 16, sum1, writes1);
  if (call.mode == Mode.PRODUCT) {
    retreatDot(call, group, t, 0, correction0, writes0);
    retreatDot(call, group, t, 16, correction1, writes1);
  } else {
    const inverse0 = v128.load(group.inverse + <usize>t * ENTRY);
    const inverse1 = v128.load(group.inverse + <usize>t * ENTRY, 16);
    for (let at: usize = 0; at < size; at += ENTRY) {
      const back0 = f32x4.mul(v128.load(b + at), correction0);
      const back1 = f32x4.mul(v128.load(b + at, 16), correction1);
      const message0 = f32x4.mul(f32x4.mul(v128.load(w + at), back0), inverse0);
      const message1 = f32x4.mul(f32x4.mul(v128.load(w + at, 16), back1), inverse1);
      v128.store(x + at, v128.and(message0, writes0));
      v128.store(x + at, v128.and(message1, writes1), 16);
      v128.store(w + at, v128.and(f32x4.mul(v128.load(a + at), back0), writes0));
      v128.store(w + at, v128.and(f32x4.mul(v128.load(a + at, 16), back1), writes1), 16);
    }
  }
  keepLast(group, t, w, group.end, size);
  if (call.mode == Mode.PRODUCT) {
    keepLast(group, t, group.wDot + <usize>t * size, group.endDot, size);
  }
}

/** What makes a sum of marginals 1, but for what rounding has added up since the chain's end. */
function correct(group: Group, vector: usize, sum: v128, writes: v128): v128 {
  const sane = v128.and(f32x4.gt(sum, f32x4.splat(0.5)), f32x4.lt(sum, f32x4.splat(2)));
  const safe = v128.load(group.safe + vector);
  v128.store(group.safe + vector, v128.andnot(safe, v128.andnot(writes, sane)));
  return f32x4.div(f32x4.splat(1), sum);
}

/** The same for four of the items and a direction. */
function retreatDot(
  call: ChainCall,
  group: Group,
  t: i32,
  vector: usize,
  correction: v128,
  writes: v128,
): void {
  const size = <usize>call.states * ENTRY;
  const a = group.a + <usize>t * group.stride + vector;
  const b = group.b + vector;
  const w = group.w + <usize>t * size + vector;
  const x = group.x + <usize>t * group.stride + vector;
  const aDot = group.aDot + <usize>t * group.stride + vector;
  const bDot = group.bDot + vector;
  const wDot = group.wDot + <usize>t * size + vector;
  const xDot = group.xDot + <usize>t * group.stride + vector;
  const inverse = v128.load(group.inverse + <usize>t * ENTRY + vector);
  const growth = v128.load(group.growth + <usize>t * ENTRY + vector);
  let drift = f32x4.splat(0);
  for (let at: usize = 0; at < size; at += ENTRY) {
    const slope = f32x4.mul(v128.load(bDot + at), correction);
    drift = madd(v128.load(aDot + at), f32x4.mul(v128.load(b + at), correction), drift);
    drift = madd(v128.load(a + at), slope, drift);
  }
  for (let at: usize = 0; at < size; at += ENTRY) {
    const back = f32x4.mul(v128.load(b + at), correction);
    // Marginals sum to 1: their derivatives to 0.
    const slope = f32x4.sub(f32x4.mul(v128.load(bDot + at), correction), f32x4.mul(back, drift));
    const weight = v128.load(w + at);
    const z = v128.load(wDot + at);
    const message = f32x4.mul(f32x4.mul(weight, back), inverse);
    let messageDot = f32x4.mul(f32x4.mul(weight, slope), inverse);
    messageDot = madd(message, f32x4.sub(z, growth), messageDot);
    v128.store(x + at, v128.and(message, writes));
    v128.store(xDot + at, v128.and(messageDot, writes));
    const mass = f32x4.mul(v128.load(a + at), back);
    let massDot = f32x4.mul(v128.load(aDot + at), back);
    massDot = madd(v128.load(a + at), slope, massDot);
    v128.store(w + at, v128.and(mass, writes));
    v128.store(wDot + at, v128.and(massDot, writes));
  }
}

/** Keeps the marginals of the items that end at a position. */
function keepLast(group: Group, t: i32, row: usize, to: usize, size: usize): void {
  for (let vector: usize = 0; vector < ENTRY; vector += 16) {
    const last = lastAt(group, t, vector);
    if (v128.any_true(last)) keepRow(row + vector, to + vector, size, last);
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
export function writeGradients(call: ChainCall, group: Group, job: i32): void {
  const states = call.states;
  const dot = call.mode == Mode.PRODUCT;
  writeRows(call, group, group.w, call.gUnary);
  if (dot) writeRows(call, group, group.wDot, call.pUnary);
  const run = (<usize>states) << 2;
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
  const itemBytes = (<usize>(positions * call.states)) << 2;
  const read = (group.longest + 1) * call.states;
  giveBack(group, from, read, to, itemBytes);
  for (let lane = 0; lane < group.real; lane++) {
    const item = <usize>load<i32>(group.items + ((<usize>lane) << 2));
    const written = (<usize>read) << 2;
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
  const share = call.share + ((<usize>(job * size)) << 2);
  const sums = group.ownSums;
  outer(group.x + next, group.a, group.stride, steps, states, sums);
  if (call.mode == Mode.PRODUCT) {
    const z = matrixAt(call.weights, states, Matrix.Z);
    const shareDot = call.shareDot + ((<usize>(job * size)) << 2);
    const left = group.ownSumsDot;
    const right = left + ((<usize>size) << 2);
    outer(group.xDot + next, group.a, group.stride, steps, states, left);
    outer(group.x + next, group.aDot, group.stride, steps, states, right);
    for (let k = 0; k < size; k++) {
      const at = (<usize>k) << 2;
      const sum = load<f32>(left + at) + load<f32>(right + at);
      const slope = sum + load<f32>(z + at) * load<f32>(sums + at);
      store<f32>(shareDot + at, load<f32>(weights + at) * slope);
    }
  }
  for (let k = 0; k < size; k++) {
    const at = (<usize>k) << 2;
    store<f32>(share + at, load<f32>(weights + at) * load<f32>(sums + at));
  }
}

/** The gradient of the items' own transitions. */
function writeOwnTransitions(call: ChainCall, group: Group): void {
  const states = call.states;
  const size = states * states;
  const dot = call.mode == Mode.PRODUCT;
  const itemBytes = (<usize>size) << 2;
  memory.fill(group.ownSums, 0, <usize>size * ENTRY);
  if (dot) memory.fill(group.ownSumsDot, 0, <usize>size * ENTRY);
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
      v128.store(group.ownSumsDot + at, madd(v128.load(group.ownZ + at), sum, slope));
    }
    v128.store(group.ownSums + at, f32x4.mul(weight, sum));
  }
  giveBack(group, group.ownSums, size, call.gMoves, itemBytes);
  if (dot) giveBack(group, group.ownSumsDot, size, call.pMoves, itemBytes);
}
