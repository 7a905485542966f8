// A job of the graph kernels: four lanes, and where their rows are in the workspace.
import { HARD } from '../algebra/table';
import { Mode } from '../chain/call';
import { GraphCall, GraphPlan } from './call';
import { startAt, take, toLine } from '../workspace';

/** The bytes of four floats, and of four doubles. */
export const ENTRY: usize = 16;
export const WIDE: usize = 32;

/** A job's workspace. A unit is what one vector computes: a node of four items, or four nodes. */
@unmanaged
export class Group {
  /** γ in the unit of values, and what multiplies scores to be in it. */
  unit: f64;
  scale: f32;
  sense: f32;
  inverseGamma: f32;
  item: i32;
  plan: GraphPlan;
  /** The items' numbers, and sums over their input: see `spread`. */
  items: usize;
  check: usize;
  zCheck: usize;
  /** What the shares of a unit are multiplied by. */
  weight: usize;
  /** [entry, item]: potentials and directions, then gradient and product; behind the last a 0. */
  theta: usize;
  z: usize;
  /** Doubles, [node, item]: values and their derivatives. */
  values: usize;
  slopes: usize;
  /** Floats, [node, item]. */
  mass: usize;
  massDot: usize;
  /** [edge of a unit, lane]: doubles; floats; floats that are 0. */
  x: usize;
  row: usize;
  rowDot: usize;
  zeros: usize;
  /** [unit of a level, lane]: the largest of each, doubles; between `row` and `close` of Ω. */
  bases: usize;
  next: usize;
  tops: usize;
  /** [unit, lane]: what makes q a distribution, and what ẋ is centred on. */
  inverses: usize;
  means: usize;
  /** [edge, lane]: local argmaxes, and the derivatives of what they are of. */
  q: usize;
  dots: usize;
  /** For each node the best edge of each lane, under hard. */
  best: usize;
}

/** The bytes of a group's own fields, and of its few vectors. */
const HEAD: usize = 256;

/**
 * Lays out a job's workspace; returns where it ends.
 * @param items 4 for four items of one graph, 1 for one
 */
export function layOut(
  call: GraphCall,
  plan: GraphPlan,
  group: Group,
  from: usize,
  items: i32,
): usize {
  const keep = call.mode != Mode.VALUE;
  const dot = call.mode == Mode.PRODUCT;
  group.plan = plan;
  group.items = from + HEAD;
  group.check = group.items + 16;
  group.zCheck = group.items + 32;
  group.weight = group.items + 48;
  startAt(group.items + 64);
  const nodes = <usize>plan.nodes + 4;
  const units = <usize>(items == 4 ? plan.nodes : plan.fours);
  const slots = <usize>(items == 4 ? plan.edges : plan.slots);
  const level = <usize>(items == 4 ? plan.widest : (plan.widest + 3) >> 2);
  const entries = padded((<usize>call.entries + 1) * 4 * items);
  group.values = take(padded(nodes * 8 * items));
  group.theta = take(entries);
  if (call.omega == HARD) {
    group.best = take(padded(nodes * 4 * items));
    return toLine();
  }
  const degree = <usize>plan.degree;
  group.x = take(degree * WIDE);
  group.row = take(degree * ENTRY);
  group.rowDot = take(degree * ENTRY);
  group.zeros = take(degree * ENTRY);
  group.bases = take(level * WIDE);
  group.next = take(level * ENTRY);
  group.tops = take(level * ENTRY);
  group.inverses = take((keep ? units : level) * ENTRY);
  group.q = take((keep ? slots : degree) * ENTRY);
  if (keep) {
    group.mass = take(padded(nodes * 4 * items));
  }
  if (dot) {
    group.z = take(entries);
    group.slopes = take(padded(nodes * 8 * items));
    group.massDot = take(padded(nodes * 4 * items));
    group.means = take(units * ENTRY);
    group.dots = take(slots * ENTRY);
  }
  return toLine();
}

// @inline
function padded(bytes: usize): usize {
  return (bytes + 63) & ~63;
}
