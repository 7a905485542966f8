// Value and gradient of CTC under a smoothed maximum, in float32: running values are a fraction and an
// integer each, see algebra/omega.ts. A vector is four states of a frame.
import { maximumOf } from '../algebra/candidates';
import { LEAST_MASS, ROUND, ROUND_BITS, Smooth, UNREACHED } from '../algebra/omega';
import { sumOf } from '../algebra/rows';
import { Flag } from '../chain/call';
import { closeItem, CtcCall, Item, MARGIN, openItem, readFrame, skips } from './call';

/** Where the integers of a row of running values are. */
// @inline
function integersOf(item: Item): usize {
  return item.width + 2 * MARGIN;
}

/** The bytes of an item's workspace. */
export function softBytes(width: usize, frames: usize): usize {
  // Three rows of running values, two of masses, and three shares of each state and frame.
  return 512 + 12 * (width + 2 * MARGIN) + 3 * frames * width;
}

export function softItem<O extends Smooth>(call: CtcCall, job: i32, workspace: usize): void {
  const item = openItem(call, job, workspace);
  const row = integersOf(item);
  const rows = item.workspace + MARGIN;
  const tape = item.workspace + 8 * row;
  const last = forward<O>(call, item, rows, row, tape);
  const omega = changetype<O>(0);

  // The last maximum: the final blank, then the final label.
  const end = last + ((<usize>item.count) << 2);
  const blankK = v128.load32_splat(end + row - 4);
  const labelK = v128.load32_splat(end + row - 8);
  const top = i32x4.max_s(blankK, labelK);
  let a = omega.candidate(v128.load32_splat(end - 4), blankK, top);
  let b = omega.candidate(v128.load32_splat(end - 8), labelK, top);
  const level = omega.level(a, b, a, false);
  a = omega.part(a, level);
  b = omega.part(b, level);
  const total = omega.maximum(level, a, b, a, false);
  const value = call.value + ((<usize>job) << 3);
  const reached = v128.any_true(omega.reached(total, top));
  store<f32>(value, f32x4.extract_lane(omega.fraction(total), 0));
  store<i32>(value, i32x4.extract_lane(omega.integer(total, top), 0), 4);
  closeItem(call, job, item, reached ? 0 : Flag.NO_PATH);

  const normaliser = omega.normaliser(level);
  const masses = tape - 2 * row + MARGIN;
  memory.fill(tape - 2 * row, 0, 2 * row);
  const final = masses + ((<usize>item.count) << 2);
  if (item.count > 1) {
    store<f32>(final - 8, f32x4.extract_lane(omega.share(b, normaliser), 0));
  }
  store<f32>(final - 4, f32x4.extract_lane(omega.share(a, normaliser), 0));
  backward(call, item, masses, row, tape);
}

/** Writes the shares of all frames to the tape; returns the last row of running values. */
function forward<O extends Smooth>(
  call: CtcCall,
  item: Item,
  rows: usize,
  integers: usize,
  tape: usize,
): usize {
  const omega = changetype<O>(0);
  const width = item.width;
  for (let at = rows - MARGIN; at < rows - MARGIN + 6 * integers; at += 2 * integers) {
    memory.fill(at, 0, integers);
    for (let k = at + integers; k < at + 2 * integers; k += 4) store<i32>(k, UNREACHED);
  }
  let before = rows;
  let current = rows + 2 * integers;
  /** What no path reaches. */
  const none = rows + 4 * integers;
  // The first frame comes from the root: the blank and the first label stay there, as it were.
  store<f32>(before, omega.zero);
  store<i32>(before + integers, 0);
  if (item.count > 1) {
    store<f32>(before + 4, omega.zero);
    store<i32>(before + integers + 4, 0);
  }
  const scale = f32x4.splat(call.scale);
  const round = f32x4.splat(ROUND);
  const bits = i32x4.splat(ROUND_BITS);
  const lowest = f32x4.splat(-Infinity);
  const unreached = i32x4.splat(UNREACHED);
  for (let frame = 0; frame < item.frames; frame++) {
    readFrame(item, frame);
    const others = frame == 0 ? none : before;
    for (let at: usize = 0; at < width; at += 16, tape += 16) {
      const stayK = v128.load(before + at + integers);
      const stepK = v128.load(others + at + integers - 4);
      const may = skips(item, at);
      const overK = v128.bitselect(v128.load(others + at + integers - 8), unreached, may);
      const top = i32x4.max_s(i32x4.max_s(stayK, stepK), overK);
      const read = v128.load(item.scores + at);
      const score = f32x4.mul(read, scale);
      const rounded = f32x4.add(score, round);
      const rest = f32x4.sub(score, f32x4.sub(rounded, round));
      const whole = i32x4.sub(i32x4.add(top, rounded), bits);
      const a = omega.candidate(v128.load(before + at), stayK, top);
      const b = omega.candidate(v128.load(others + at - 4), stepK, top);
      const c = omega.candidate(v128.and(v128.load(others + at - 8), may), overK, top);
      const maximum = maximumOf<O>(a, b, c, true, true, tape, width);
      const total = omega.moved(maximum, omega.power(rest));
      const reached = v128.and(omega.reached(maximum, top), f32x4.gt(read, lowest));
      v128.store(current + at, v128.and(omega.fraction(total), reached));
      const integer = v128.bitselect(omega.integer(total, whole), unreached, reached);
      v128.store(current + at + integers, integer);
    }
    tape += 2 * width;
    const spare = before;
    before = current;
    current = spare;
  }
  // Read beyond the last row, and multiplied by 0.
  memory.fill(tape, 0, MARGIN);
  return before;
}

/** The masses of the states, frame by frame from the last one, and their sums by class. */
function backward(call: CtcCall, item: Item, masses: usize, row: usize, tape: usize): void {
  const width = item.width;
  const least = f32x4.splat(LEAST_MASS);
  let mass = masses;
  let before = masses + row;
  memory.fill(item.gradient, 0, <usize>call.time * item.frameBytes);
  for (let frame = item.frames - 1; frame >= 0; frame--) {
    const gradient = item.gradient + <usize>frame * item.frameBytes;
    const stay = tape + 3 * <usize>frame * width;
    const step = stay + width;
    const over = step + width;
    let blanks = f32x4.splat(0);
    for (let at: usize = 0; at < width; at += 16) {
      const own = v128.load(mass + at);
      blanks = f32x4.add(blanks, own);
      addTo(gradient, item.states + at + 4, f32x4.extract_lane(own, 1));
      addTo(gradient, item.states + at + 12, f32x4.extract_lane(own, 3));
      const stayed = f32x4.mul(own, v128.load(stay + at));
      const stepped = f32x4.mul(v128.load(mass + at, 4), v128.load(step + at, 4));
      const skipped = f32x4.mul(v128.load(mass + at, 8), v128.load(over + at, 8));
      const sum = f32x4.add(stayed, f32x4.add(stepped, skipped));
      v128.store(before + at, v128.and(sum, f32x4.gt(sum, least)));
    }
    addTo(gradient, item.states, sumOf(v128.and(blanks, i32x4(-1, 0, -1, 0))));
    const spare = mass;
    mass = before;
    before = spare;
  }
}

/** Adds to the entry of a class, whose number is at an address. */
// @inline
function addTo(gradient: usize, state: usize, mass: f32): void {
  const sum = gradient + ((<usize>load<i32>(state)) << 2);
  store<f32>(sum, load<f32>(sum) + mass);
}
