import { ChainCall, findItems, Flag, Mode } from '../chain/call';
import { expBelow } from '../simd/elementary';
import { backward, writeGradients } from './backward';
import { checkReach, forward } from './forward';
import { Group, ITEMS, layOut } from './group';
import { ENTRY } from './product';
import { SPREAD, Weights } from './weights';
import { allowedOrZero, sawFinite, sawNumbers, scan, spread } from '../simd/lanes';

/** The bytes of workspace that `factored` needs; `scratch` is the address of 256 bytes. */
export function factoredWorkspace(call: ChainCall, scratch: usize): i32 {
  return i32(layOut(call, changetype<Group>(scratch), 256));
}

/**
 * Eight items of a factored chain under negentropy, in the probability domain: forward and backward
 * messages that are rescaled at every position, one matrix product a step. Items for which that is
 * not safe are flagged, and nothing of theirs is written.
 */
export function factored(call: ChainCall, job: i32, workspace: usize): void {
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
  memory.fill(group.items, 0, 512);
  group.longest = findItems(call, job, ITEMS, group.items, group.lengths);
  for (let lane = 0; lane < ITEMS; lane++) {
    store<i32>(group.safe + ((<usize>lane) << 2), lane < real ? -1 : 0);
    store<f64>(group.scales + ((<usize>lane) << 3), 1);
  }
  const positions = call.time + 1;
  const read = (group.longest + 1) * states;
  const itemBytes = (<usize>(positions * states)) << 2;
  bring(group, call.unary, itemBytes, read, group.w, group.check);
  for (let lane = 0; lane < real; lane++) {
    const rest = call.unary + <usize>load<i32>(group.items + ((<usize>lane) << 2)) * itemBytes;
    scan(rest + ((<usize>read) << 2), positions * states - read, group.check);
  }
  const run = (<usize>states) << 2;
  if (call.start) bring(group, call.start, run, states, group.start, group.check);
  if (call.end) bring(group, call.end, run, states, group.end, group.check);
  if (call.mode == Mode.PRODUCT) {
    bring(group, call.zUnary, itemBytes, read, group.wDot, group.zCheck);
    for (let lane = 0; lane < real; lane++) {
      const rest = call.zUnary + <usize>load<i32>(group.items + ((<usize>lane) << 2)) * itemBytes;
      scan(rest + ((<usize>read) << 2), positions * states - read, group.zCheck);
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
  const itemBytes = (<usize>size) << 2;
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

/** Values, directional derivatives and flags. */
function close(call: ChainCall, group: Group): void {
  const gamma = <f64>call.gamma;
  // Of any lane: `scan` adds an item's floats to four of them.
  const numbers = sawNumbers(group.check) && sawNumbers(group.check + 16);
  const good = numbers && sawFinite(group.zCheck) && sawFinite(group.zCheck + 16);
  for (let lane = 0; lane < group.real; lane++) {
    const at = (<usize>lane) << 2;
    const item = (<usize>load<i32>(group.items + at)) << 2;
    let flags = good ? 0 : Flag.NUMBER;
    if (!load<i32>(group.safe + at)) flags |= Flag.RANGE;
    store<i32>(call.flags + item, flags);
    const moves = <f64>load<i32>(group.lengths + at);
    const top =
      call.factored == 2 ? load<f32>(group.top + at) : changetype<Weights>(call.weights).top;
    const wide = (<usize>lane) << 3;
    const constants = load<f64>(group.constants + wide) + moves * <f64>top;
    store<f32>(call.value + item, f32(constants + gamma * load<f64>(group.logs + wide)));
    if (call.mode == Mode.PRODUCT) {
      store<f32>(call.directional + item, f32(gamma * load<f64>(group.slopes + wide)));
    }
  }
}

/** Adds the jobs' shares up, in their order. params: shares, jobs, floats a share, out. */
export function sumShares(shares: usize, jobs: i32, size: i32, out: usize): void {
  memory.copy(out, shares, (<usize>size) << 2);
  for (let job = 1; job < jobs; job++) {
    const share = shares + ((<usize>(job * size)) << 2);
    let k = 0;
    for (; k + 4 <= size; k += 4) {
      const at = (<usize>k) << 2;
      v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(share + at)));
    }
    for (; k < size; k++) {
      const at = (<usize>k) << 2;
      store<f32>(out + at, load<f32>(out + at) + load<f32>(share + at));
    }
  }
}
