// CTC in float64: the value under a smoothed maximum, and the best path.
import { Omega } from '../algebra/omega';
import { Flag } from '../chain/call';
import { closeItem, CtcCall, Item, MARGIN, openItem, readFrame, skips } from './call';

/** The bytes of an item's workspace; the way of every state and frame is a byte. */
export function doubleBytes(width: usize, frames: usize): usize {
  return 512 + width + 6 * (2 * width + 2 * MARGIN) + (frames * width) / 4;
}

/** The value as a running value, by the operations of Ω in float64. */
export function doubleItem<O extends Omega>(call: CtcCall, job: i32, workspace: usize): void {
  const omega = changetype<O>(0);
  const item = openItem(call, job, workspace);
  const row = 2 * item.width + 2 * MARGIN;
  let before = startRows(item, row);
  let current = before + row;
  const none = before + 2 * row;
  const scale = f64x2.splat(<f64>call.scale + <f64>call.scaleRest);
  const far = f64x2.splat(-Infinity);
  for (let frame = 0; frame < item.frames; frame++) {
    readFrame(item, frame);
    const others = frame == 0 ? none : before;
    for (let at: usize = 0; at < item.width; at += 16) {
      const may = skips(item, at);
      const scores = v128.load(item.scores + at);
      const x = before + 2 * at;
      const y = others + 2 * at;
      const low = omega.cell(
        v128.bitselect(v128.load(y - 16), far, i64x2.extend_low_i32x4_s(may)),
        v128.load(y - 8),
        v128.load(x),
        f64x2.mul(f64x2.promote_low_f32x4(scores), scale),
        true,
      );
      const high = omega.cell(
        v128.bitselect(v128.load(y), far, i64x2.extend_high_i32x4_s(may)),
        v128.load(y + 8),
        v128.load(x + 16),
        f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(scores, scores, 1, 1)), scale),
        true,
      );
      v128.store(current + 2 * at, low);
      v128.store(current + 2 * at, high, 16);
    }
    const spare = before;
    before = current;
    current = spare;
  }
  const end = before + ((<usize>item.count) << 3);
  const blank = v128.load64_splat(end - 8);
  const value = omega.cell(blank, v128.load64_splat(end - 16), far, f64x2.splat(0), true);
  const running = f64x2.extract_lane(value, 0);
  store<f64>(call.value + ((<usize>job) << 3), running);
  closeItem(call, job, item, running == -Infinity ? Flag.NO_PATH : 0);
}

/** Two rows of running values and one that no path reaches; returns the first, that of the root. */
function startRows(item: Item, row: usize): usize {
  const rows = item.workspace + MARGIN;
  for (let at = item.workspace; at < item.workspace + 3 * row; at += 8) store<f64>(at, -Infinity);
  store<f64>(rows, 0);
  if (item.count > 1) store<f64>(rows + 8, 0);
  return rows;
}

/** The best path, by sums of doubles as the definition's, and so its path. */
export function hardItem(call: CtcCall, job: i32, workspace: usize): void {
  const item = openItem(call, job, workspace);
  const row = 2 * item.width + 2 * MARGIN;
  let before = startRows(item, row);
  let current = before + row;
  const none = before + 2 * row;
  const ways = item.workspace + 3 * row;
  const far = f64x2.splat(-Infinity);
  let way = ways;
  for (let frame = 0; frame < item.frames; frame++) {
    readFrame(item, frame);
    const others = frame == 0 ? none : before;
    for (let at: usize = 0; at < item.width; at += 16, way += 4) {
      const may = skips(item, at);
      const scores = v128.load(item.scores + at);
      const x = before + 2 * at;
      const y = others + 2 * at;
      const low = f64x2.promote_low_f32x4(scores);
      const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(scores, scores, 1, 1));
      const stay = f64x2.add(v128.load(x), low);
      const stay2 = f64x2.add(v128.load(x, 16), high);
      const step = f64x2.add(v128.load(y - 8), low);
      const step2 = f64x2.add(v128.load(y + 8), high);
      const lowMay = i64x2.extend_low_i32x4_s(may);
      const highMay = i64x2.extend_high_i32x4_s(may);
      const over = v128.bitselect(f64x2.add(v128.load(y - 16), low), far, lowMay);
      const over2 = v128.bitselect(f64x2.add(v128.load(y), high), far, highMay);
      const best = f64x2.pmax(f64x2.pmax(stay, step), over);
      const best2 = f64x2.pmax(f64x2.pmax(stay2, step2), over2);
      v128.store(current + 2 * at, best);
      v128.store(current + 2 * at, best2, 16);
      // The first of the best: 0 stays, 1 comes from the state before, 2 from over a blank.
      const notStay = v128.shuffle<i32>(f64x2.gt(best, stay), f64x2.gt(best2, stay2), 0, 2, 4, 6);
      const notStep = v128.shuffle<i32>(f64x2.gt(best, step), f64x2.gt(best2, step2), 0, 2, 4, 6);
      const choice = i32x4.neg(i32x4.add(notStay, v128.and(notStay, notStep)));
      const narrow = i16x8.narrow_i32x4_s(choice, choice);
      v128.store32_lane(way, i8x16.narrow_i16x8_s(narrow, narrow), 0);
    }
    const spare = before;
    before = current;
    current = spare;
  }
  const end = before + ((<usize>item.count) << 3);
  let state = item.count - 1;
  let value = load<f64>(end - 8);
  if (load<f64>(end - 16) > value) {
    value = load<f64>(end - 16);
    state--;
  }
  store<f64>(call.value + ((<usize>job) << 3), value + 0);
  closeItem(call, job, item, value == -Infinity ? Flag.NO_PATH : 0);
  if (call.gradient != 0) memory.fill(item.gradient, 0, <usize>call.time * item.frameBytes);
  const path = call.paths + ((<usize>job * <usize>call.time) << 2);
  const perFrame = item.width >> 2;
  for (let frame = item.frames - 1; frame >= 0; frame--) {
    const own = load<i32>(item.states + ((<usize>state) << 2));
    store<i32>(path + ((<usize>frame) << 2), own);
    if (call.gradient != 0) {
      const row = item.gradient + <usize>frame * item.frameBytes;
      store<f32>(row + ((<usize>own) << 2), 1);
    }
    state -= <i32>load<u8>(ways + <usize>frame * perFrame + <usize>state);
  }
}
