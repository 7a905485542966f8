import { LEAST_MASS, Smooth, SmoothKernel } from '../algebra/omega';
import { HARD, runSmooth } from '../algebra/table';
import { Flag, Mode } from '../chain/call';
import { at, GraphCall, GraphPlan, planOf } from './call';
import { ENTRY, Group, layOut, WIDE } from './group';
import { hard } from './hard';
import { highHalf, ItemLanes, Lanes, lowHalf, NodeLanes } from './lanes';

/** The bytes of workspace for an item of this plan, or for four; `scratch` has 256 bytes. */
export function graphWorkspace(call: GraphCall, plan: GraphPlan, items: i32, scratch: usize): i32 {
  return i32(layOut(call, plan, changetype<Group>(scratch), 0, items));
}

/**
 * Any directed acyclic graph: the smoothed maxima of its nodes level by level, the expected path, and
 * the derivatives of both along a direction. Values are doubles, so that their differences stay exact
 * however large they grow. The first jobs are fours of items, the others an item each.
 */
export function graph(call: GraphCall, job: i32, workspace: usize): void {
  if (call.omega == HARD) hard(call, job, workspace);
  else runSmooth<Graph>(call.omega, changetype<usize>(call), job, workspace);
}

@unmanaged
class Graph extends SmoothKernel {
  override run<O extends Smooth>(params: usize, job: i32, workspace: usize): void {
    const call = changetype<GraphCall>(params);
    const group = changetype<Group>(workspace);
    if (job < call.groups) solve<O, ItemLanes>(call, group, 4 * job);
    else solve<O, NodeLanes>(call, group, 3 * call.groups + job);
  }
}

function solve<O extends Smooth, L extends Lanes>(call: GraphCall, group: Group, item: i32): void {
  const lanes = changetype<L>(0);
  const plan = planOf(call, item);
  const workspace = changetype<usize>(group);
  layOut(call, plan, group, workspace, lanes.items);
  memory.fill(group.items, 0, 64);
  group.item = item;
  group.sense = call.sense;
  group.scale = f32(changetype<O>(0).rate / <f64>call.gamma);
  group.unit = <f64>call.gamma / changetype<O>(0).rate;
  group.inverseGamma = 1 / call.gamma;
  const good = lanes.open(call, group);
  forward<O, L>(call, group);
  finish(call, group, lanes.items, good);
  if (call.mode != Mode.VALUE) {
    // Masses and their derivatives are only sums from here on.
    backward<O, L>(call, group);
    lanes.close(call, group);
  }
}

/** The values of all nodes, and their derivatives. */
function forward<O extends Smooth, L extends Lanes>(call: GraphCall, group: Group): void {
  const lanes = changetype<L>(0);
  const omega = changetype<O>(0);
  const plan = group.plan;
  const keep = call.mode != Mode.VALUE;
  const dot = call.mode == Mode.PRODUCT;
  const zero = f32x4.splat(0);
  const scale = f32x4.splat(group.scale);
  const width = (<usize>lanes.items) << 3;
  memory.fill(group.zeros, 0, <usize>plan.degree * ENTRY);
  memory.fill(group.values, 0, width);
  if (dot) memory.fill(group.slopes, 0, width);
  let q = group.q;
  let inverse = group.inverses;
  for (let level = 1; level < plan.levels; level++) {
    const first = at(plan.levelStart, level);
    const end = at(plan.levelStart, level + 1);
    const levelQ = q;
    const inverses = inverse;
    let base = group.bases;
    let count = 0;
    for (let node = first; node < end; node += lanes.nodes, base += WIDE) {
      const degree = lanes.degree(plan, node, end);
      lanes.read(group, group.values, group.theta, node, end, base);
      centre(group.x, degree, base, group.row);
      const k = <usize>count * ENTRY;
      const value = omega.row(
        group.row,
        zero,
        scale,
        group.zeros,
        degree,
        q,
        group.tops + k,
        inverses + k,
      );
      v128.store(group.next + k, value);
      if (keep) q += <usize>degree * ENTRY;
      count++;
    }
    omega.close(group.next, group.tops, count, inverses);
    const values = group.values + <usize>first * width;
    settle(group, count, values);
    if (keep) inverse += <usize>count * ENTRY;
    if (dot) slopes<O, L>(group, first, end, levelQ, inverses);
  }
}

/** Writes what each x lies below the largest, as floats; that becomes 0 where it is -Infinity. */
// @inline
function centre(x: usize, degree: i32, top: usize, row: usize): void {
  const far = f64x2.splat(-Infinity);
  const tops = v128.load(top);
  const more = v128.load(top, 16);
  const low = v128.and(tops, f64x2.gt(tops, far));
  const high = v128.and(more, f64x2.gt(more, far));
  v128.store(top, low);
  v128.store(top, high, 16);
  subtract(x, degree, low, high, row);
}

// @inline
function subtract(x: usize, degree: i32, low: v128, high: v128, row: usize): void {
  const end = x + <usize>degree * WIDE;
  for (; x < end; x += WIDE, row += ENTRY) v128.store(row, below(x, low, high));
}

// @inline
function below(x: usize, low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(x), low));
  const b = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(x, 16), high));
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** The values of a level: of units that lie behind each other, in either kind of lanes. */
// @inline
function settle(group: Group, count: i32, values: usize): void {
  const unit = f64x2.splat(group.unit);
  let base = group.bases;
  let next = group.next;
  const end = next + <usize>count * ENTRY;
  for (; next < end; next += ENTRY, base += WIDE, values += WIDE) {
    const value = v128.load(next);
    const low = f64x2.mul(unit, lowHalf(value));
    const high = f64x2.mul(unit, highHalf(value));
    v128.store(values, f64x2.add(v128.load(base), low));
    v128.store(values, f64x2.add(v128.load(base, 16), high), 16);
  }
}

/** The derivatives of the values of a level, and of all that its local argmaxes are of. */
function slopes<O extends Smooth, L extends Lanes>(
  group: Group,
  first: i32,
  end: i32,
  q: usize,
  inverses: usize,
): void {
  const lanes = changetype<L>(0);
  const omega = changetype<O>(0);
  const plan = group.plan;
  const zero = f32x4.splat(0);
  const toDots = group.dots - group.q;
  const toMeans = group.means - group.inverses;
  let slope = group.slopes + ((<usize>first * <usize>lanes.items) << 3);
  for (let node = first; node < end; node += lanes.nodes, inverses += ENTRY, slope += WIDE) {
    const degree = lanes.degree(plan, node, end);
    lanes.read(group, group.slopes, group.z, node, end, group.bases);
    const inverse = v128.load(inverses);
    const last = q + <usize>degree * ENTRY;
    let low = f64x2.splat(0);
    let high = low;
    let x = group.x;
    for (let at = q; at < last; at += ENTRY, x += WIDE) {
      const share = f32x4.mul(v128.load(at), inverse);
      low = f64x2.add(low, f64x2.mul(lowHalf(share), finite(x)));
      high = f64x2.add(high, f64x2.mul(highHalf(share), finite(x + 16)));
    }
    // Shares sum to 1 but for rounding: what is left is small, and their sum then is exact enough.
    let rest = zero;
    let total = zero;
    let weights = zero;
    x = group.x;
    for (; q < last; q += ENTRY, x += WIDE) {
      const share = f32x4.mul(v128.load(q), inverse);
      const below = belowFinite(x, low, high);
      v128.store(q + toDots, below);
      rest = f32x4.add(rest, f32x4.mul(share, below));
      if (!omega.weighsByShare) {
        total = f32x4.add(total, omega.weigh(share, below));
        weights = f32x4.add(weights, omega.weight(share));
      }
    }
    let mean = rest;
    if (!omega.weighsByShare) {
      mean = v128.and(f32x4.div(total, weights), f32x4.gt(weights, zero));
    }
    v128.store(inverses + toMeans, mean);
    v128.store(slope, f64x2.add(low, lowHalf(rest)));
    v128.store(slope, f64x2.add(high, highHalf(rest)), 16);
  }
}

/** What comes of lanes without an edge is 0. */
// @inline
function finite(x: usize): v128 {
  const value = v128.load(x);
  return v128.and(value, f64x2.gt(value, f64x2.splat(-Infinity)));
}

// @inline
function belowFinite(x: usize, low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(f64x2.sub(finite(x), low));
  const b = f32x4.demote_f64x2_zero(f64x2.sub(finite(x + 16), high));
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** Values, directional derivatives and flags of the items. */
function finish(call: GraphCall, group: Group, items: i32, good: bool): void {
  const leaf = <usize>((group.plan.nodes - 1) * items);
  for (let lane = 0; lane < items; lane++) {
    const item = (<usize>(group.item + lane)) << 2;
    const wide = (leaf + lane) << 3;
    const total = load<f64>(group.values + wide);
    let flags = good ? 0 : Flag.NUMBER;
    if (total == -Infinity) flags |= Flag.NO_PATH;
    store<i32>(call.flags + item, flags);
    store<f32>(call.value + item, f32(total * <f64>call.sense + 0));
    if (call.mode == Mode.PRODUCT) {
      store<f32>(call.directional + item, f32(load<f64>(group.slopes + wide) * <f64>call.sense));
    }
  }
}

/** The masses of all nodes and edges, and their derivatives. */
function backward<O extends Smooth, L extends Lanes>(call: GraphCall, group: Group): void {
  const lanes = changetype<L>(0);
  const omega = changetype<O>(0);
  const plan = group.plan;
  const dot = call.mode == Mode.PRODUCT;
  const width = (<usize>lanes.items) << 2;
  const bytes = <usize>call.entries * width + width;
  const least = f32x4.splat(LEAST_MASS);
  const one = f32x4.splat(1);
  const inverseGamma = f32x4.splat(group.inverseGamma);
  const toDots = group.dots - group.q;
  const toMeans = group.means - group.inverses;
  const nodeBytes = <usize>plan.nodes * width;
  memory.fill(group.theta, 0, bytes);
  memory.fill(group.mass, 0, nodeBytes);
  for (let lane: usize = 0; lane < width; lane += 4) {
    store<f32>(group.mass + nodeBytes - width + lane, 1);
  }
  if (dot) {
    memory.fill(group.z, 0, bytes);
    memory.fill(group.massDot, 0, nodeBytes);
  }
  let q = group.q + <usize>(lanes.items == 4 ? plan.edges : plan.slots) * ENTRY;
  let inverse = group.inverses + <usize>(lanes.items == 4 ? plan.nodes - 1 : plan.fours) * ENTRY;
  for (let level = plan.levels - 1; level > 0; level--) {
    const first = at(plan.levelStart, level);
    const end = at(plan.levelStart, level + 1);
    let node = first + ((end - first - 1) / lanes.nodes) * lanes.nodes;
    for (; node >= first; node -= lanes.nodes) {
      const degree = lanes.degree(plan, node, end);
      q -= <usize>degree * ENTRY;
      inverse -= ENTRY;
      const read = v128.load(group.mass + <usize>node * width);
      const mass = v128.and(read, f32x4.gt(read, least));
      const last = q + <usize>degree * ENTRY;
      const shares = v128.load(inverse);
      lanes.write(group, q, f32x4.mul(mass, shares), group.mass, group.theta, node, end);
      if (!dot) continue;
      const factor = f32x4.mul(mass, inverseGamma);
      const massDot = v128.load(group.massDot + <usize>node * width);
      const mean = v128.load(inverse + toMeans);
      let flow = group.rowDot;
      for (let at = q; at < last; at += ENTRY, flow += ENTRY) {
        const share = f32x4.mul(v128.load(at), shares);
        const centred = f32x4.sub(v128.load(at + toDots), mean);
        const moved = f32x4.mul(omega.weigh(share, centred), factor);
        v128.store(flow, f32x4.add(moved, f32x4.mul(share, massDot)));
      }
      lanes.write(group, group.rowDot, one, group.massDot, group.z, node, end);
    }
  }
}
