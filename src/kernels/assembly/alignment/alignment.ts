import { Smooth, SmoothKernel } from '../algebra/omega';
import { writeShares } from '../algebra/candidates';
import { HARD, runSmooth } from '../algebra/table';
import { Flag } from '../chain/call';
import { backward, Gaps } from './backward';
import { AlignmentCall, closeItem, Item, openItem } from './call';
import { forward } from './forward';
import { hardBytes, hardItem } from './hard';
import { Layout, layOut, layoutBytes } from './layout';

/** The bytes of a thread's workspace. */
export function alignmentWorkspace(call: AlignmentCall): i32 {
  const bytes =
    call.omega == HARD
      ? hardBytes(call.rows, call.cols)
      : layoutBytes(call.rows, call.cols, call.local != 0);
  return i32(bytes + 256);
}

/**
 * Alignment with affine gaps, an item a job: value, and the gradient if there is room for one; in
 * float32, under hard also the best path and all of it as the definition's.
 */
export function alignment(call: AlignmentCall, job: i32, workspace: usize): void {
  if (call.omega == HARD) hardItem(call, job, workspace);
  else runSmooth<Alignment>(call.omega, changetype<usize>(call), job, workspace);
}

@unmanaged
class Alignment extends SmoothKernel {
  override run<O extends Smooth>(params: usize, job: i32, workspace: usize): void {
    const call = changetype<AlignmentCall>(params);
    const item = openItem(call, job, workspace);
    const shares = item.workspace;
    const gaps = changetype<Gaps>(shares + 16);
    const layout = layOut(item, shares + 64, call.local != 0);
    if (call.local) {
      forward<O>(item, layout, call.scale, true);
      endAnywhere<O>(call, job, item, layout);
    } else {
      forward<O>(item, layout, call.scale, false);
      endAtLast<O>(call, job, item, layout, shares);
    }
    if (call.gMatch == 0) return;
    const rows = <usize>call.rows;
    if (item.m < call.rows || item.n < call.cols) {
      memory.fill(item.gMatch, 0, rows * item.rowBytes);
    }
    gaps.open = 0;
    gaps.extend = 0;
    if (call.local) backward(item, layout, gaps, shares, true);
    else backward(item, layout, gaps, shares, false);
    const index = (<usize>job) << 2;
    store<f32>(call.gOpen + index, f32(gaps.open));
    store<f32>(call.gExtend + index, f32(gaps.extend));
  }
}

/** The last maximum of a global alignment: over the states of the last cell. Writes their shares. */
function endAtLast<O extends Smooth>(
  call: AlignmentCall,
  job: i32,
  item: Item,
  layout: Layout,
  shares: usize,
): void {
  const omega = changetype<O>(0);
  const last = layout.last + ((<usize>(item.m & 3)) << 2);
  const pairK = v128.load32_splat(last + 16);
  const colsK = v128.load32_splat(last + 48);
  const rowsK = v128.load32_splat(last + 80);
  const top = i32x4.max_s(i32x4.max_s(pairK, colsK), rowsK);
  let a = omega.candidate(v128.load32_splat(last), pairK, top);
  let b = omega.candidate(v128.load32_splat(last + 32), colsK, top);
  let c = omega.candidate(v128.load32_splat(last + 64), rowsK, top);
  const level = omega.level(a, b, c, true);
  a = omega.part(a, level);
  b = omega.part(b, level);
  c = omega.part(c, level);
  writeShares<O>(level, a, b, c, true, false, shares, 4);
  const total = omega.maximum(level, a, b, c, true);
  finish<O>(call, job, item, total, top, v128.any_true(omega.reached(total, top)));
}

/** The last maximum of a local one: over all pairs. Writes their shares over their values. */
function endAnywhere<O extends Smooth>(
  call: AlignmentCall,
  job: i32,
  item: Item,
  layout: Layout,
): void {
  const omega = changetype<O>(0);
  const from = layout.ends;
  const end = from + layout.endBytes;
  let most = i32x4.splat(i32.MIN_VALUE);
  for (let at = from + layout.endBytes; at < end + layout.endBytes; at += 16) {
    most = i32x4.max_s(most, v128.load(at));
  }
  most = i32x4.max_s(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  const top = i32x4.max_s(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
  for (let at = from; at < end; at += 16) {
    const integers = v128.load(at + layout.endBytes);
    v128.store(at, omega.candidate(v128.load(at), integers, top));
  }
  const count = i32(layout.endBytes >> 2);
  const level = f32x4.splat(omega.levelOfMany(from, count));
  const normaliser = omega.normaliser(level);
  let lift = f32x4.splat(0);
  for (let at = from; at < end; at += 16) {
    const part = omega.part(v128.load(at), level);
    lift = f32x4.add(lift, omega.lift(part));
    v128.store(at, omega.share(part, normaliser));
  }
  lift = f32x4.add(lift, v128.shuffle<f32>(lift, lift, 2, 3, 0, 1));
  lift = f32x4.add(lift, v128.shuffle<f32>(lift, lift, 1, 0, 3, 2));
  const zero = f32x4.splat(0);
  const total = f32x4.add(omega.maximum(level, zero, zero, zero, false), lift);
  finish<O>(call, job, item, total, top, v128.any_true(omega.reached(total, top)));
}

function finish<O extends Smooth>(
  call: AlignmentCall,
  job: i32,
  item: Item,
  total: v128,
  top: v128,
  reached: bool,
): void {
  const omega = changetype<O>(0);
  const value = call.value + ((<usize>job) << 3);
  store<f32>(value, f32x4.extract_lane(omega.fraction(total), 0));
  store<i32>(value, i32x4.extract_lane(omega.integer(total, top), 0), 4);
  closeItem(call, job, item, reached ? 0 : Flag.NO_PATH);
}
