// The way back of `searchLanes`: the best paths of four chains of few states, and the gradient along them.
import { ChainCall, Mode } from './call';
import { better, ENTRY, LaneSearch, WIDE } from './hard-lanes';

/** Whether `traceLanes` writes the gradient of an item's own moves or states: where those are two. */
// @inline
export function marksPath(call: ChainCall): bool {
  return call.mode != Mode.VALUE && call.states == 2;
}

/** What `walkBack` writes of the gradient. */
const enum Marks {
  NONE,
  MOVES,
  STATES,
}

/** The values of all items, and their paths. */
export function traceLanes(call: ChainCall, search: LaneSearch): void {
  const states = call.states;
  let low = v128.load(search.values);
  let high = v128.load(search.values, 16);
  let state = i32x4.splat(0);
  for (let last = 1; last < states; last++) {
    const x0 = v128.load(search.values + <usize>last * WIDE);
    const x1 = v128.load(search.values + <usize>last * WIDE, 16);
    state = v128.bitselect(i32x4.splat(last), state, better(x0, x1, low, high));
    low = f64x2.pmax(low, x0);
    high = f64x2.pmax(high, x1);
  }
  v128.store(search.values, low);
  v128.store(search.values, high, 16);
  if (!marksPath(call)) walkBack(Marks.NONE, states, call, search, state);
  else if (call.factored) walkBack(Marks.STATES, 2, call, search, state);
  else walkBack(Marks.MOVES, 2, call, search, state);
}

/**
 * The paths from their last states back, and the gradient along them. Lanes that repeat an item write the
 * same once more; what lies behind an item's path is not read.
 */
// @inline
function walkBack(
  marks: Marks,
  states: i32,
  call: ChainCall,
  search: LaneSearch,
  last: v128,
): void {
  const longest = <usize>search.longest;
  const pathBytes = (<usize>(call.time + 1)) << 2;
  const past = longest << 2;
  let p0 = call.paths + <usize>load<i32>(search.items) * pathBytes + past;
  let p1 = call.paths + <usize>load<i32>(search.items, 4) * pathBytes + past;
  let p2 = call.paths + <usize>load<i32>(search.items, 8) * pathBytes + past;
  let p3 = call.paths + <usize>load<i32>(search.items, 12) * pathBytes + past;
  let g0: usize = 0;
  let g1: usize = 0;
  let g2: usize = 0;
  let g3: usize = 0;
  if (marks != Marks.NONE) {
    const gradient = marks == Marks.MOVES ? call.gMoves : call.gUnary;
    const entry: usize = marks == Marks.MOVES ? 16 : 8;
    const itemBytes = (marks == Marks.MOVES ? <usize>call.time : <usize>(call.time + 1)) * entry;
    const done = (marks == Marks.MOVES ? longest : longest + 1) * entry;
    g0 = gradient + <usize>load<i32>(search.items) * itemBytes + done;
    g1 = gradient + <usize>load<i32>(search.items, 4) * itemBytes + done;
    g2 = gradient + <usize>load<i32>(search.items, 8) * itemBytes + done;
    g3 = gradient + <usize>load<i32>(search.items, 12) * itemBytes + done;
    if (itemBytes > done) {
      memory.fill(g0, 0, itemBytes - done);
      memory.fill(g1, 0, itemBytes - done);
      memory.fill(g2, 0, itemBytes - done);
      memory.fill(g3, 0, itemBytes - done);
    }
  }
  const lengths = v128.load(search.lengths);
  let state = last;
  let before = search.before + longest * <usize>states * ENTRY;
  for (let t = search.longest; ; t--) {
    v128.store32_lane(p0, state, 0);
    v128.store32_lane(p1, state, 1);
    v128.store32_lane(p2, state, 2);
    v128.store32_lane(p3, state, 3);
    // An item whose path is shorter is still in its last state.
    const active = i32x4.ge_s(lengths, i32x4.splat(t));
    if (marks == Marks.STATES) {
      const one = f32x4.convert_i32x4_s(state);
      const second = v128.and(one, active);
      const first = v128.and(f32x4.sub(f32x4.splat(1), one), active);
      const pair01 = v128.shuffle<f32>(first, second, 0, 4, 1, 5);
      const pair23 = v128.shuffle<f32>(first, second, 2, 6, 3, 7);
      g0 -= 8;
      g1 -= 8;
      g2 -= 8;
      g3 -= 8;
      v128.store64_lane(g0, pair01, 0);
      v128.store64_lane(g1, pair01, 1);
      v128.store64_lane(g2, pair23, 0);
      v128.store64_lane(g3, pair23, 1);
    }
    if (t == 0) break;
    p0 -= 4;
    p1 -= 4;
    p2 -= 4;
    p3 -= 4;
    before -= <usize>states * ENTRY;
    let from = v128.load(before);
    for (let to = 1; to < states; to++) {
      const own = v128.load(before + <usize>to * ENTRY);
      from = v128.bitselect(own, from, i32x4.eq(state, i32x4.splat(to)));
    }
    if (marks == Marks.MOVES) {
      const entry = i32x4.add(i32x4.add(state, state), from);
      const found = v128.bitselect(entry, i32x4.splat(-1), active);
      g0 -= 16;
      g1 -= 16;
      g2 -= 16;
      g3 -= 16;
      v128.store(g0, oneAt(v128.shuffle<i32>(found, found, 0, 0, 0, 0)));
      v128.store(g1, oneAt(v128.shuffle<i32>(found, found, 1, 1, 1, 1)));
      v128.store(g2, oneAt(v128.shuffle<i32>(found, found, 2, 2, 2, 2)));
      v128.store(g3, oneAt(v128.shuffle<i32>(found, found, 3, 3, 3, 3)));
    }
    state = v128.bitselect(from, state, active);
  }
}

/** 1 in the lane of a number that all lanes have. */
// @inline
function oneAt(entry: v128): v128 {
  return v128.and(f32x4.splat(1), i32x4.eq(entry, i32x4(0, 1, 2, 3)));
}
