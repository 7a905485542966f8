// What the lanes of a vector are: a node of four items that share a graph, or four nodes of one level
// and item. All else in the recursion is the same.
import { Mode } from '../chain/call';
import { gather, sawFinite, sawNumbers, scan, spread } from '../simd/lanes';
import { at, GraphCall, GraphPlan } from './call';
import { ENTRY, Group, WIDE } from './group';

/** A class handed to the recursion as a type parameter. */
@unmanaged
export abstract class Lanes {
  /** The items of a group, and the nodes of a unit. */
  abstract get items(): i32;
  abstract get nodes(): i32;

  /** Brings the items' input; returns whether all of it is numbers. */
  abstract open(call: GraphCall, group: Group): bool;

  /** Gives gradient and product to the items. */
  abstract close(call: GraphCall, group: Group): void;

  /** The largest in-degree of the nodes [node, end) of a unit. */
  abstract degree(plan: GraphPlan, node: i32, end: i32): i32;

  /**
   * Writes the sums of value and score of each edge to `group.x`, and the largest of each lane to
   * `top`; -Infinity where a lane has no edge.
   */
  abstract read(group: Group, values: usize, theta: usize, node: i32, end: i32, top: usize): void;

  /** Adds what flows through each edge to the masses of nodes and to the entries of the gradient. */
  abstract write(
    group: Group,
    flows: usize,
    mass: usize,
    gradient: usize,
    node: i32,
    end: i32,
  ): void;
}

/** A lane is an item. */
@unmanaged
export class ItemLanes extends Lanes {
  @inline
  override get items(): i32 {
    return 4;
  }

  @inline
  override get nodes(): i32 {
    return 1;
  }

  override open(call: GraphCall, group: Group): bool {
    openItems(call, group);
    if (call.mode != Mode.PRODUCT) return goodScores(group);
    const bytes = (<usize>call.entries) << 2;
    spread(call.z, bytes, group.items, call.entries, group.z, ENTRY, group.zCheck);
    v128.store(group.z + <usize>call.entries * ENTRY, f32x4.splat(0));
    return goodScores(group) && sawFinite(group.zCheck);
  }

  override close(call: GraphCall, group: Group): void {
    const bytes = (<usize>call.entries) << 2;
    gather(group.theta, ENTRY, call.entries, call.gradient, bytes, group.items, 4);
    if (call.mode == Mode.PRODUCT) {
      gather(group.z, ENTRY, call.entries, call.product, bytes, group.items, 4);
    }
  }

  @inline
  override degree(plan: GraphPlan, node: i32, _end: i32): i32 {
    return at(plan.edgeStart, node + 1) - at(plan.edgeStart, node);
  }

  override read(group: Group, values: usize, theta: usize, node: i32, _end: i32, top: usize): void {
    const plan = group.plan;
    const sense = f32x4.splat(group.sense);
    const froms = plan.from;
    const entries = plan.entries;
    const starts = plan.entryStart;
    const last = at(plan.edgeStart, node + 1);
    let edge = at(plan.edgeStart, node);
    let low = f64x2.splat(-Infinity);
    let high = low;
    let x = group.x;
    if (starts == 0) {
      for (; edge < last; edge++, x += WIDE) {
        const value = values + <usize>at(froms, edge) * WIDE;
        const score = f32x4.mul(v128.load(theta + <usize>at(entries, edge) * ENTRY), sense);
        const a = f64x2.add(v128.load(value), lowHalf(score));
        const b = f64x2.add(v128.load(value, 16), highHalf(score));
        v128.store(x, a);
        v128.store(x, b, 16);
        low = f64x2.pmax(low, a);
        high = f64x2.pmax(high, b);
      }
    }
    for (; edge < last; edge++, x += WIDE) {
      const value = values + <usize>at(froms, edge) * WIDE;
      let a = v128.load(value);
      let b = v128.load(value, 16);
      const past = at(starts, edge + 1);
      for (let k = at(starts, edge); k < past; k++) {
        const score = f32x4.mul(v128.load(theta + <usize>at(entries, k) * ENTRY), sense);
        a = f64x2.add(a, lowHalf(score));
        b = f64x2.add(b, highHalf(score));
      }
      v128.store(x, a);
      v128.store(x, b, 16);
      low = f64x2.pmax(low, a);
      high = f64x2.pmax(high, b);
    }
    v128.store(top, low);
    v128.store(top, high, 16);
  }

  override write(
    group: Group,
    flows: usize,
    mass: usize,
    gradient: usize,
    node: i32,
    _end: i32,
  ): void {
    const plan = group.plan;
    const froms = plan.from;
    const entries = plan.entries;
    const starts = plan.entryStart;
    const last = at(plan.edgeStart, node + 1);
    let edge = at(plan.edgeStart, node);
    if (starts == 0) {
      for (; edge < last; edge++, flows += ENTRY) {
        const flow = v128.load(flows);
        addTo(mass + <usize>at(froms, edge) * ENTRY, flow);
        addTo(gradient + <usize>at(entries, edge) * ENTRY, flow);
      }
    }
    for (; edge < last; edge++, flows += ENTRY) {
      const flow = v128.load(flows);
      addTo(mass + <usize>at(froms, edge) * ENTRY, flow);
      const past = at(starts, edge + 1);
      for (let k = at(starts, edge); k < past; k++) {
        addTo(gradient + <usize>at(entries, k) * ENTRY, flow);
      }
    }
  }
}

/** Two floats of four as doubles. */
// @inline
export function lowHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @inline
export function highHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
}

// @inline
function addTo(sum: usize, x: v128): void {
  v128.store(sum, f32x4.add(v128.load(sum), x));
}

/** Brings the potentials of four items into lanes, and a zero behind them for edges that have none. */
export function openItems(call: GraphCall, group: Group): void {
  const number = i32x4.add(i32x4.splat(group.item), v128.load(memory.data<i32>([0, 1, 2, 3], 16)));
  v128.store(group.items, number);
  const bytes = (<usize>call.entries) << 2;
  spread(call.theta, bytes, group.items, call.entries, group.theta, ENTRY, group.check);
  v128.store(group.theta + <usize>call.entries * ENTRY, f32x4.splat(0));
}

/** The same for one item. */
export function openItem(call: GraphCall, group: Group): void {
  const bytes = (<usize>call.entries) << 2;
  const row = call.theta + <usize>group.item * bytes;
  scan(row, call.entries, group.check);
  memory.copy(group.theta, row, bytes);
  store<f32>(group.theta + bytes, 0);
}

/** Whether the potentials read are numbers and none is what no path can have: +∞ as a score. */
export function goodScores(group: Group): bool {
  v128.store(group.check, f32x4.mul(v128.load(group.check), f32x4.splat(group.sense)));
  return sawNumbers(group.check);
}

/** A lane is a node. */
@unmanaged
export class NodeLanes extends Lanes {
  @inline
  override get items(): i32 {
    return 1;
  }

  @inline
  override get nodes(): i32 {
    return 4;
  }

  override open(call: GraphCall, group: Group): bool {
    openItem(call, group);
    if (call.mode != Mode.PRODUCT) return goodScores(group);
    const bytes = (<usize>call.entries) << 2;
    scan(call.z + <usize>group.item * bytes, call.entries, group.zCheck);
    memory.copy(group.z, call.z + <usize>group.item * bytes, bytes);
    store<f32>(group.z + bytes, 0);
    return goodScores(group) && sawFinite(group.zCheck);
  }

  override close(call: GraphCall, group: Group): void {
    const bytes = (<usize>call.entries) << 2;
    const row = <usize>group.item * bytes;
    memory.copy(call.gradient + row, group.theta, bytes);
    if (call.mode == Mode.PRODUCT) memory.copy(call.product + row, group.z, bytes);
  }

  override degree(plan: GraphPlan, node: i32, end: i32): i32 {
    let most = 0;
    for (end = min(end, node + 4); node < end; node++) {
      most = max(most, at(plan.edgeStart, node + 1) - at(plan.edgeStart, node));
    }
    return most;
  }

  override read(group: Group, values: usize, theta: usize, node: i32, end: i32, top: usize): void {
    const plan = group.plan;
    const degree = this.degree(plan, node, end);
    const first = at(plan.edgeStart, node);
    // Nodes of a level are in the order of their degrees: if the last has as many edges, all have.
    const alike = node + 4 <= end && at(plan.edgeStart, node + 4) - first == 4 * degree;
    if (plan.entryStart == 0 && alike) {
      readFour(group, values, theta, first, degree, top);
      return;
    }
    const sense = <f64>group.sense;
    for (let lane: usize = 0; lane < WIDE; lane += 8, node++) {
      let x = group.x + lane;
      const past = x + <usize>degree * WIDE;
      // A lane without a node is a node with one edge of score 0.
      let most: f64 = 0;
      if (node >= end) {
        store<f64>(x, 0);
        x += WIDE;
      } else {
        most = -Infinity;
        const last = at(plan.edgeStart, node + 1);
        for (let edge = at(plan.edgeStart, node); edge < last; edge++, x += WIDE) {
          const value = load<f64>(values + ((<usize>at(plan.from, edge)) << 3));
          const sum = withScore(plan, theta, edge, sense, value);
          store<f64>(x, sum);
          most = select<f64>(sum, most, sum > most);
        }
      }
      store<f64>(top + lane, most);
      for (; x < past; x += WIDE) store<f64>(x, -Infinity);
    }
  }

  override write(
    group: Group,
    flows: usize,
    mass: usize,
    gradient: usize,
    node: i32,
    end: i32,
  ): void {
    const plan = group.plan;
    const froms = plan.from;
    const entries = plan.entries;
    const starts = plan.entryStart;
    end = min(end, node + 4);
    for (; node < end; node++, flows += 4) {
      const last = at(plan.edgeStart, node + 1);
      let edge = at(plan.edgeStart, node);
      let row = flows;
      if (starts == 0) {
        for (; edge < last; edge++, row += ENTRY) {
          const flow = load<f32>(row);
          addOne(mass, at(froms, edge), flow);
          addOne(gradient, at(entries, edge), flow);
        }
      }
      for (; edge < last; edge++, row += ENTRY) {
        const flow = load<f32>(row);
        addOne(mass, at(froms, edge), flow);
        const past = at(starts, edge + 1);
        for (let k = at(starts, edge); k < past; k++) addOne(gradient, at(entries, k), flow);
      }
    }
  }
}

/** `read` for four nodes with as many edges each, behind each other, of an entry each. */
function readFour(
  group: Group,
  values: usize,
  theta: usize,
  first: i32,
  degree: i32,
  top: usize,
): void {
  const step = (<usize>degree) << 2;
  const sense = f32x4.splat(group.sense);
  let from = group.plan.from + ((<usize>first) << 2);
  let entry = group.plan.entries + ((<usize>first) << 2);
  let low = f64x2.splat(-Infinity);
  let high = low;
  const end = from + step;
  for (let x = group.x; from < end; from += 4, entry += 4, x += WIDE) {
    let a = v128.load64_zero(double(values, from));
    let b = v128.load64_zero(double(values, from + 2 * step));
    let score = v128.load32_zero(float(theta, entry));
    a = v128.load_lane<f64>(double(values, from + step), a, 1);
    b = v128.load_lane<f64>(double(values, from + 3 * step), b, 1);
    score = v128.load_lane<f32>(float(theta, entry + step), score, 1);
    score = v128.load_lane<f32>(float(theta, entry + 2 * step), score, 2);
    score = v128.load_lane<f32>(float(theta, entry + 3 * step), score, 3);
    score = f32x4.mul(score, sense);
    a = f64x2.add(a, lowHalf(score));
    b = f64x2.add(b, highHalf(score));
    v128.store(x, a);
    v128.store(x, b, 16);
    low = f64x2.pmax(low, a);
    high = f64x2.pmax(high, b);
  }
  v128.store(top, low);
  v128.store(top, high, 16);
}

/** The address of the number of `array` whose index is at an address. */
// @inline
function double(array: usize, index: usize): usize {
  return array + ((<usize>load<i32>(index)) << 3);
}

// @inline
function float(array: usize, index: usize): usize {
  return array + ((<usize>load<i32>(index)) << 2);
}

/** The entries [start, end) of an edge; one that has none may point behind the last. */
// @inline
export function entriesStart(plan: GraphPlan, edge: i32): i32 {
  return plan.entryStart == 0 ? edge : at(plan.entryStart, edge);
}

// @inline
export function entriesEnd(plan: GraphPlan, edge: i32): i32 {
  return plan.entryStart == 0 ? edge + 1 : at(plan.entryStart, edge + 1);
}

/** Adds the potentials of an edge to a value, one by one, as the definition does. */
// @inline
export function withScore(plan: GraphPlan, theta: usize, edge: i32, sense: f64, value: f64): f64 {
  const past = entriesEnd(plan, edge);
  for (let k = entriesStart(plan, edge); k < past; k++) {
    value += sense * <f64>load<f32>(theta + ((<usize>at(plan.entries, k)) << 2));
  }
  return value;
}

// @inline
function addOne(sums: usize, index: i32, x: f32): void {
  const sum = sums + ((<usize>index) << 2);
  store<f32>(sum, load<f32>(sum) + x);
}
