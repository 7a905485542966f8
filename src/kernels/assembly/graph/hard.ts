// The best path of a graph: sums of doubles, as the definition's, and so the same path.
import { Flag, Mode } from '../chain/call';
import { sawFinite, scan } from '../simd/lanes';
import { at, GraphCall, planOf } from './call';
import { ENTRY, Group, layOut, WIDE } from './group';
import {
  entriesEnd,
  entriesStart,
  goodScores,
  highHalf,
  lowHalf,
  openItem,
  openItems,
  withScore,
} from './lanes';

/** Four items of one graph in the first jobs, then one in each. */
export function hard(call: GraphCall, job: i32, workspace: usize): void {
  const group = changetype<Group>(workspace);
  const items = job < call.groups ? 4 : 1;
  const item = items == 4 ? 4 * job : 3 * call.groups + job;
  layOut(call, planOf(call, item), group, workspace, items);
  memory.fill(group.items, 0, 64);
  group.item = item;
  group.sense = call.sense;
  if (items == 4) {
    openItems(call, group);
    searchItems(group);
  } else {
    openItem(call, group);
    searchItem(group);
  }
  let good = goodScores(group);
  if (call.mode == Mode.PRODUCT) {
    const size = call.entries * items;
    scan(call.z + ((<usize>item * <usize>call.entries) << 2), size, group.zCheck);
    good = good && sawFinite(group.zCheck);
  }
  for (let lane = 0; lane < items; lane++) trace(call, group, items, lane, good);
}

/** The largest sums into each node, and the first edges that have them. */
function searchItems(group: Group): void {
  const plan = group.plan;
  const sense = f32x4.splat(group.sense);
  const froms = plan.from;
  const entries = plan.entries;
  const theta = group.theta;
  const values = group.values;
  memory.fill(values, 0, WIDE);
  let edge = 0;
  for (let node = 1; node < plan.nodes; node++) {
    const last = at(plan.edgeStart, node + 1);
    let low = f64x2.splat(-Infinity);
    let high = low;
    let best = i32x4.splat(-1);
    for (; edge < last; edge++) {
      const value = values + <usize>at(froms, edge) * WIDE;
      let a = v128.load(value);
      let b = v128.load(value, 16);
      const past = entriesEnd(plan, edge);
      for (let k = entriesStart(plan, edge); k < past; k++) {
        const score = f32x4.mul(v128.load(theta + <usize>at(entries, k) * ENTRY), sense);
        a = f64x2.add(a, lowHalf(score));
        b = f64x2.add(b, highHalf(score));
      }
      const better = v128.shuffle<i32>(f64x2.gt(a, low), f64x2.gt(b, high), 0, 2, 4, 6);
      best = v128.bitselect(i32x4.splat(edge), best, better);
      low = f64x2.pmax(low, a);
      high = f64x2.pmax(high, b);
    }
    v128.store(values + <usize>node * WIDE, low);
    v128.store(values + <usize>node * WIDE, high, 16);
    v128.store(group.best + <usize>node * ENTRY, best);
  }
}

function searchItem(group: Group): void {
  const plan = group.plan;
  const sense = <f64>group.sense;
  const froms = plan.from;
  const entries = plan.entries;
  const single = plan.entryStart == 0;
  const theta = group.theta;
  const values = group.values;
  store<f64>(values, 0);
  let edge = 0;
  for (let node = 1; node < plan.nodes; node++) {
    const last = at(plan.edgeStart, node + 1);
    let most: f64 = -Infinity;
    let best = -1;
    for (; edge < last; edge++) {
      const value = load<f64>(values + ((<usize>at(froms, edge)) << 3));
      const sum = single
        ? value + sense * <f64>load<f32>(theta + ((<usize>at(entries, edge)) << 2))
        : withScore(plan, theta, edge, sense, value);
      // Selected, not branched to: which edge is better cannot be foretold.
      const better = sum > most;
      most = select<f64>(sum, most, better);
      best = select<i32>(edge, best, better);
    }
    store<f64>(values + ((<usize>node) << 3), most);
    store<i32>(group.best + ((<usize>node) << 2), best);
  }
}

/** The results of an item: its gradient is the best path's indicator, its product is 0. */
function trace(call: GraphCall, group: Group, items: i32, lane: i32, good: bool): void {
  const plan = group.plan;
  const item = <usize>(group.item + lane);
  let node = plan.nodes - 1;
  const value = load<f64>(group.values + ((<usize>(node * items + lane)) << 3));
  let flags = good ? 0 : Flag.NUMBER;
  if (value == -Infinity) flags |= Flag.NO_PATH;
  store<i32>(call.flags + (item << 2), flags);
  store<f32>(call.value + (item << 2), f32(value * <f64>call.sense + 0));
  if (call.mode == Mode.VALUE) return;
  const bytes = (<usize>call.entries) << 2;
  const gradient = call.gradient + item * bytes;
  const z = call.z + item * bytes;
  const dot = call.mode == Mode.PRODUCT;
  memory.fill(gradient, 0, bytes);
  let slope: f64 = 0;
  while (node > 0) {
    const edge = at(group.best, node * items + lane);
    if (edge < 0) break;
    const past = entriesEnd(plan, edge);
    for (let k = entriesStart(plan, edge); k < past; k++) {
      const entry = at(plan.entries, k);
      if (entry == call.entries) continue;
      const to = gradient + ((<usize>entry) << 2);
      store<f32>(to, load<f32>(to) + 1);
      if (dot) slope += load<f32>(z + ((<usize>entry) << 2));
    }
    node = at(plan.from, edge);
  }
  if (!dot) return;
  memory.fill(call.product + item * bytes, 0, bytes);
  store<f32>(call.directional + (item << 2), f32(slope));
}
