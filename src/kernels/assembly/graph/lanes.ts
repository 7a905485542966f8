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

  /**
   * Adds what flows through each edge, its share times the node's weight, to the masses of nodes and to
   * the entries of the gradient.
   */
  abstract write(
    group: Group,
    shares: usize,
    weight: v128,
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
    let low = f64x2.splat(-Infinity);
    let high = low;
    let x = group.x;
    let from = edgesAt(plan.from, plan, node);
    const last = edgesAt(plan.from, plan, node + 1);
    if (single(plan, node, node + 1)) {
      let entry = plan.entries + ((<usize>entriesStart(plan, at(plan.edgeStart, node))) << 2);
      for (; from < last; from += 4, entry += 4, x += WIDE) {
        const value = values + <usize>load<i32>(from) * WIDE;
        const score = f32x4.mul(v128.load(theta + <usize>load<i32>(entry) * ENTRY), sense);
        const a = f64x2.add(v128.load(value), lowHalf(score));
        const b = f64x2.add(v128.load(value, 16), highHalf(score));
        v128.store(x, a);
        v128.store(x, b, 16);
        low = f64x2.pmax(low, a);
        high = f64x2.pmax(high, b);
      }
    } else {
      for (let edge = at(plan.edgeStart, node); from < last; edge++, from += 4, x += WIDE) {
        const value = values + <usize>load<i32>(from) * WIDE;
        let a = v128.load(value);
        let b = v128.load(value, 16);
        const past = entriesEnd(plan, edge);
        for (let k = entriesStart(plan, edge); k < past; k++) {
          const score = f32x4.mul(v128.load(theta + <usize>at(plan.entries, k) * ENTRY), sense);
          a = f64x2.add(a, lowHalf(score));
          b = f64x2.add(b, highHalf(score));
        }
        v128.store(x, a);
        v128.store(x, b, 16);
        low = f64x2.pmax(low, a);
        high = f64x2.pmax(high, b);
      }
    }
    v128.store(top, low);
    v128.store(top, high, 16);
  }

  override write(
    group: Group,
    shares: usize,
    weight: v128,
    mass: usize,
    gradient: usize,
    node: i32,
    _end: i32,
  ): void {
    const plan = group.plan;
    let from = edgesAt(plan.from, plan, node);
    const last = edgesAt(plan.from, plan, node + 1);
    if (single(plan, node, node + 1)) {
      let entry = plan.entries + ((<usize>entriesStart(plan, at(plan.edgeStart, node))) << 2);
      for (; from < last; from += 4, entry += 4, shares += ENTRY) {
        const flow = f32x4.mul(v128.load(shares), weight);
        addTo(mass + <usize>load<i32>(from) * ENTRY, flow);
        addTo(gradient + <usize>load<i32>(entry) * ENTRY, flow);
      }
      return;
    }
    for (let edge = at(plan.edgeStart, node); from < last; edge++, from += 4, shares += ENTRY) {
      const flow = f32x4.mul(v128.load(shares), weight);
      addTo(mass + <usize>load<i32>(from) * ENTRY, flow);
      const past = entriesEnd(plan, edge);
      for (let k = entriesStart(plan, edge); k < past; k++) {
        addTo(gradient + <usize>at(plan.entries, k) * ENTRY, flow);
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
    if (alike && single(plan, node, node + 4)) {
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
    shares: usize,
    weight: v128,
    mass: usize,
    gradient: usize,
    node: i32,
    end: i32,
  ): void {
    const plan = group.plan;
    end = min(end, node + 4);
    // Lane by lane, each with its own weight.
    v128.store(group.weight, weight);
    const alone = single(plan, node, end);
    for (let own = group.weight; node < end; node++, shares += 4, own += 4) {
      const factor = load<f32>(own);
      const last = at(plan.edgeStart, node + 1);
      let edge = at(plan.edgeStart, node);
      for (let row = shares; edge < last; edge++, row += ENTRY) {
        const flow = load<f32>(row) * factor;
        addOne(mass, at(plan.from, edge), flow);
        let k = entriesStart(plan, edge);
        addOne(gradient, at(plan.entries, k), flow);
        if (alone) continue;
        for (const past = entriesEnd(plan, edge); ++k < past;) {
          addOne(gradient, at(plan.entries, k), flow);
        }
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
  let entry = group.plan.entries + ((<usize>entriesStart(group.plan, first)) << 2);
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

/** Where an array of edges has the first one of a node. */
// @inline
function edgesAt(array: usize, plan: GraphPlan, node: i32): usize {
  return array + ((<usize>at(plan.edgeStart, node)) << 2);
}

/** Whether each edge of the nodes [node, end) has one entry: none has less. */
// @inline
function single(plan: GraphPlan, node: i32, end: i32): bool {
  if (plan.entryStart == 0) return true;
  const first = at(plan.edgeStart, node);
  const last = at(plan.edgeStart, end);
  return at(plan.entryStart, last) - at(plan.entryStart, first) == last - first;
}

/** The entries [start, end) of an edge; one without an entry has the 0 behind the last. */
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
