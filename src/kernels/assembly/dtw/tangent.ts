// The derivative of a tile's running values along slopes of the costs, and with it that of the
// local weights. Running derivatives are float64: only their differences count, and they grow.
import { Smooth } from '../algebra/omega';
import { SLOPES, STATE, WEIGHTS_DOT, wholeVectors } from './problem';
import { BEFORE, BUFFER, crossBorders, Tile } from './tile';

// @inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** x − mean, rounded to four floats. */
// @inline
function away(x0: v128, x1: v128, mean0: v128, mean1: v128): v128 {
  const a = f32x4.demote_f64x2_zero(f64x2.sub(x0, mean0));
  const b = f32x4.demote_f64x2_zero(f64x2.sub(x1, mean1));
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** Writes the derivatives of the tile's weights to the planes WEIGHTS_DOT; those of costs are SLOPES. */
export function tangentTile<O extends Smooth>(tile: Tile, inverseGamma: f32, advance: bool): void {
  const omega = changetype<O>(0);
  const workspace = tile.workspace;
  const h = tile.h;
  const w = tile.w;
  const weights = tile.weights;
  const plane = tile.plane;
  const above = tile.aboveDot;
  const below = tile.belowDot;
  const left = tile.leftDot;
  const right = tile.rightDot;
  const weightsDot = workspace + WEIGHTS_DOT;
  const slopes = workspace + SLOPES;
  const pitch = (<usize>wholeVectors(h)) << 2;
  let before2 = workspace + STATE;
  let before = before2 + BUFFER;
  let current = before + BUFFER;
  memory.fill(before2, 0, 3 * BUFFER);
  store<f64>(before2 + BEFORE - 8, tile.cornerDot);
  store<f64>(before + BEFORE - 8, load<f64>(above));
  store<f64>(before + BEFORE, load<f64>(left));
  const zero = f32x4.splat(0);
  const half = f64x2.splat(0.5);
  const sharpness = f32x4.splat(inverseGamma);
  for (let d = 0; d < h + w - 1; d++) {
    const from = (<usize>(max(0, d - w + 1) & ~3)) << 2;
    const to = (<usize>min(h - 1, d)) << 2;
    const row = <usize>d * pitch;
    for (let o = from; o <= to; o += 16) {
      const at = o << 1;
      const d0 = v128.load(before2 + at, BEFORE - 8);
      const d1 = v128.load(before2 + at, BEFORE + 8);
      const u0 = v128.load(before + at, BEFORE - 8);
      const u1 = v128.load(before + at, BEFORE + 8);
      const l0 = v128.load(before + at, BEFORE);
      const l1 = v128.load(before + at, BEFORE + 16);
      const z = v128.load(slopes + row + o);
      const wd = v128.load(weights + row + o);
      const wu = v128.load(weights + plane + row + o);
      const wl = advance ? zero : v128.load(weights + 2 * plane + row + o);
      // The weights' rounded sum would cost accuracy where the derivatives are large.
      let mean0 = f64x2.add(f64x2.mul(low(wd), d0), f64x2.mul(low(wu), u0));
      let mean1 = f64x2.add(f64x2.mul(high(wd), d1), f64x2.mul(high(wu), u1));
      let total0 = f64x2.add(low(wd), low(wu));
      let total1 = f64x2.add(high(wd), high(wu));
      if (!advance) {
        mean0 = f64x2.add(mean0, f64x2.mul(low(wl), l0));
        mean1 = f64x2.add(mean1, f64x2.mul(high(wl), l1));
        total0 = f64x2.add(total0, low(wl));
        total1 = f64x2.add(total1, high(wl));
      }
      mean0 = f64x2.div(mean0, f64x2.pmax(half, total0));
      mean1 = f64x2.div(mean1, f64x2.pmax(half, total1));
      v128.store(current + at, f64x2.sub(mean0, low(z)), BEFORE);
      v128.store(current + at, f64x2.sub(mean1, high(z)), BEFORE + 16);
      const sd = omega.weight(wd);
      const su = omega.weight(wu);
      const sl = omega.weight(wl);
      if (!omega.weighsByShare) {
        mean0 = f64x2.add(f64x2.mul(low(sd), d0), f64x2.mul(low(su), u0));
        mean1 = f64x2.add(f64x2.mul(high(sd), d1), f64x2.mul(high(su), u1));
        mean0 = f64x2.add(mean0, f64x2.mul(low(sl), l0));
        mean1 = f64x2.add(mean1, f64x2.mul(high(sl), l1));
        total0 = f64x2.add(f64x2.add(low(sd), low(su)), low(sl));
        total1 = f64x2.add(f64x2.add(high(sd), high(su)), high(sl));
        // Some weight is 1 at least nearly, unless the cell is not reached.
        mean0 = f64x2.div(mean0, f64x2.pmax(half, total0));
        mean1 = f64x2.div(mean1, f64x2.pmax(half, total1));
      }
      const fd = f32x4.mul(sd, sharpness);
      const fu = f32x4.mul(su, sharpness);
      v128.store(weightsDot + row + o, f32x4.mul(fd, away(d0, d1, mean0, mean1)));
      v128.store(weightsDot + plane + row + o, f32x4.mul(fu, away(u0, u1, mean0, mean1)));
      if (!advance) {
        const fl = f32x4.mul(sl, sharpness);
        v128.store(weightsDot + 2 * plane + row + o, f32x4.mul(fl, away(l0, l1, mean0, mean1)));
      }
    }
    crossBorders(d, h, w, current, above, left, below, right);
    const spare = before2;
    before2 = before;
    before = current;
    current = spare;
  }
}
