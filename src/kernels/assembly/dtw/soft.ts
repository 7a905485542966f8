// The Bellman recursion of a tile under a smoothed maximum, in float32: running values are a fraction
// and an integer each, see algebra/omega.ts.
import { maximumOf } from '../algebra/candidates';
import { ROUND, ROUND_BITS, Smooth, UNREACHED } from '../algebra/omega';
import { COSTS, STATE, wholeVectors } from './problem';
import { Advance, Classic, More, Moves, No, Tile, Yes } from './tile';

/** Row i of an anti-diagonal is at BEFORE + 4i of its buffer: row −1 is the border above. */
const BEFORE: usize = 16;
const INTEGERS: usize = 16 + 64 * 4 + 16;
const BUFFER: usize = 2 * INTEGERS;

/** Computes a tile, and the local argmax of its cells where it has room for them. */
export function softTile<O extends Smooth>(tile: Tile, scale: f32, advance: bool): void {
  if (advance) {
    if (tile.weights) sweep<O, Advance, Yes>(tile, scale);
    else sweep<O, Advance, No>(tile, scale);
  } else if (tile.weights) sweep<O, Classic, Yes>(tile, scale);
  else sweep<O, Classic, No>(tile, scale);
}

function sweep<O extends Smooth, M extends Moves, Keep extends More>(tile: Tile, scale: f32): void {
  const omega = changetype<O>(0);
  const hasLeft = changetype<M>(0).left;
  const keep = changetype<Keep>(0).on;
  const workspace = tile.workspace;
  const h = tile.h;
  const w = tile.w;
  const weights = tile.weights;
  const plane = tile.plane;
  const above = tile.above;
  const aboveIntegers = tile.aboveIntegers;
  const below = tile.below;
  const belowIntegers = tile.belowIntegers;
  const left = tile.left;
  const right = tile.right;
  const costs = workspace + COSTS;
  const pitch = (<usize>wholeVectors(h)) << 2;
  let before2 = workspace + STATE;
  let before = before2 + BUFFER;
  let current = before + BUFFER;
  for (let at = before2; at < before2 + 3 * BUFFER; at += BUFFER) {
    memory.fill(at, 0, INTEGERS);
    for (let k = at + INTEGERS; k < at + BUFFER; k += 4) store<i32>(k, UNREACHED);
  }
  store<i32>(before2 + BEFORE - 4, <i32>tile.corner);
  store<i32>(before2 + INTEGERS + BEFORE - 4, <i32>(tile.corner >> 32));
  store<f32>(before + BEFORE - 4, load<f32>(above));
  store<i32>(before + INTEGERS + BEFORE - 4, load<i32>(above + aboveIntegers));
  store<f32>(before + BEFORE, load<f32>(left));
  store<i32>(before + INTEGERS + BEFORE, load<i32>(left, 256));

  const vScale = f32x4.splat(scale);
  const round = f32x4.splat(ROUND);
  const bits = i32x4.splat(ROUND_BITS);
  const infinity = f32x4.splat(Infinity);
  const unreached = i32x4.splat(UNREACHED);

  const diagonals = h + w - 1;
  for (let d = 0; d < diagonals; d++) {
    const from = (<usize>(max(0, d - w + 1) & ~3)) << 2;
    const to = (<usize>min(h - 1, d)) << 2;
    const row = <usize>d * pitch;
    for (let o = from; o <= to; o += 16) {
      const md = v128.load(before2 + o, BEFORE - 4);
      const kd = v128.load(before2 + o, INTEGERS + BEFORE - 4);
      const mu = v128.load(before + o, BEFORE - 4);
      const ku = v128.load(before + o, INTEGERS + BEFORE - 4);
      const ml = v128.load(before + o, BEFORE);
      const kl = v128.load(before + o, INTEGERS + BEFORE);
      const cost = v128.load(costs + row + o);
      let top = i32x4.max_s(kd, ku);
      if (hasLeft) top = i32x4.max_s(top, kl);
      // The cost in the kernel's unit: an integer, still in the low bits of `rounded`, and a rest.
      const score = f32x4.mul(cost, vScale);
      const rounded = f32x4.add(score, round);
      const rest = f32x4.sub(score, f32x4.sub(rounded, round));
      const whole = i32x4.sub(i32x4.add(top, rounded), bits);
      const a = omega.candidate(md, kd, top);
      const b = omega.candidate(mu, ku, top);
      const c = hasLeft ? omega.candidate(ml, kl, top) : a;
      const shares = weights + row + o;
      const maximum = maximumOf<O>(a, b, c, hasLeft, keep, shares, plane);
      const total = omega.moved(maximum, omega.power(rest));
      const reached = v128.and(omega.reached(maximum, top), f32x4.lt(cost, infinity));
      v128.store(current + o, v128.and(omega.fraction(total), reached), BEFORE);
      const integer = v128.bitselect(omega.integer(total, whole), unreached, reached);
      v128.store(current + o, integer, INTEGERS + BEFORE);
    }
    if (d + 1 < w) {
      store<f32>(current + BEFORE - 4, load<f32>(above + ((<usize>(d + 1)) << 2)));
      store<i32>(
        current + INTEGERS + BEFORE - 4,
        load<i32>(above + aboveIntegers + ((<usize>(d + 1)) << 2)),
      );
    }
    if (d + 1 < h) {
      const o = (<usize>(d + 1)) << 2;
      store<f32>(current + BEFORE + o, load<f32>(left + o));
      store<i32>(current + INTEGERS + BEFORE + o, load<i32>(left + o, 256));
    }
    if (d >= h - 1) {
      const j = (<usize>(d - h + 1)) << 2;
      const o = (<usize>(h - 1)) << 2;
      store<f32>(below + j, load<f32>(current + o, BEFORE));
      store<i32>(below + belowIntegers + j, load<i32>(current + o, INTEGERS + BEFORE));
    }
    if (d >= w - 1) {
      const o = (<usize>(d - w + 1)) << 2;
      store<f32>(right + o, load<f32>(current + o, BEFORE));
      store<i32>(right + o, load<i32>(current + o, INTEGERS + BEFORE), 256);
    }
    const spare = before2;
    before2 = before;
    before = current;
    current = spare;
  }
}
