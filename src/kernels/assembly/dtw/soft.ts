// The Bellman recursion of a tile for negentropy and l2.
//
// A running value is kept as an integer and a fraction, so that neither a long path nor a wide
// spread of values costs accuracy. negentropy: exp(V/γ) = m·2^k with m in [1, 2), by which a cell
// takes one exponential of its own cost and no logarithm. l2: V/γ = r + k with |r| ≤ ½. What no
// path reaches has fraction 0 and k = UNREACHED.
import { STATE, UNREACHED, wholeVectors } from './problem';

/** Row i of an anti-diagonal is at BEFORE + 4i of its buffer: row −1 is the border above. */
const BEFORE: usize = 16;
const INTEGERS: usize = 16 + 64 * 4 + 16;
const BUFFER: usize = 2 * INTEGERS;

/** 1.5·2^23: adding and subtracting it rounds to an integer, which its low bits hold meanwhile. */
const ROUND: f32 = 12582912;
const ROUND_BITS: i32 = 0x4b400000;

// The Taylor-like polynomial of 2^f on [−½, ½], fitted for the least relative error (2e-9), 1 at 0.
const P1: f32 = 0.6931471824645996;
const P2: f32 = 0.24022647738456726;
const P3: f32 = 0.055503323674201965;
const P4: f32 = 0.00961843691766262;
const P5: f32 = 0.0013398873852565885;
const P6: f32 = 0.00015353360504377633;

/**
 * Computes a tile of h rows and w columns.
 *
 * @param costs its plane of costs
 * @param weights planes of the local argmax: diagonal, up and left, `plane` bytes apart; or 0
 * @param above fractions of the border above, integers `aboveK` bytes on
 * @param below the same of the last row
 * @param left fractions left of the rows, integers 256 bytes on; in and out
 * @param cornerM, cornerK the value diagonally before the first cell
 */
// @ts-ignore: decorator
@inline
function softTile(
  workspace: usize,
  costs: usize,
  weights: usize,
  plane: usize,
  h: i32,
  w: i32,
  above: usize,
  below: usize,
  aboveK: usize,
  belowK: usize,
  leftIn: usize,
  leftOut: usize,
  cornerM: f32,
  cornerK: i32,
  scale: f32,
  L2: bool,
  ADVANCE: bool,
  KEEP: bool,
): void {
  const pitch = <usize>wholeVectors(h) << 2;
  let before2 = workspace + STATE;
  let before = before2 + BUFFER;
  let current = before + BUFFER;
  for (let at = before2; at < before2 + 3 * BUFFER; at += BUFFER) {
    memory.fill(at, 0, INTEGERS);
    for (let k = at + INTEGERS; k < at + BUFFER; k += 4) store<i32>(k, UNREACHED);
  }
  store<f32>(before2 + BEFORE - 4, cornerM);
  store<i32>(before2 + INTEGERS + BEFORE - 4, cornerK);
  store<f32>(before + BEFORE - 4, load<f32>(above));
  store<i32>(before + INTEGERS + BEFORE - 4, load<i32>(above + aboveK));
  store<f32>(before + BEFORE, load<f32>(leftIn));
  store<i32>(before + INTEGERS + BEFORE, load<i32>(leftIn, 256));

  const vScale = f32x4.splat(scale);
  const vRound = f32x4.splat(ROUND);
  const vRoundBits = i32x4.splat(L2 ? ROUND_BITS : ROUND_BITS + 127);
  const vInfinity = f32x4.splat(Infinity);
  const vUnreached = i32x4.splat(UNREACHED);
  const zero = i32x4.splat(0);
  const one = f32x4.splat(1);
  const bias = i32x4.splat(127);
  const mantissa = i32x4.splat(0x7fffff);
  const tiny = f32x4.splat(1e-30);
  const p1 = f32x4.splat(P1);
  const p2 = f32x4.splat(P2);
  const p3 = f32x4.splat(P3);
  const p4 = f32x4.splat(P4);
  const p5 = f32x4.splat(P5);
  const p6 = f32x4.splat(P6);
  const lowest = f32x4.splat(-3);
  const half = f32x4.splat(0.5);
  const third = f32x4.splat(1.0 / 3.0);

  const diagonals = h + w - 1;
  for (let d = 0; d < diagonals; d++) {
    const from = <usize>(max(0, d - w + 1) & ~3) << 2;
    const to = <usize>min(h - 1, d) << 2;
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
      if (!ADVANCE) top = i32x4.max_s(top, kl);
      // The cost in the kernel's unit: an integer, still in the low bits of `rounded`, and a rest.
      const score = f32x4.mul(cost, vScale);
      const rounded = f32x4.add(score, vRound);
      const rest = f32x4.sub(score, f32x4.sub(rounded, vRound));
      const integer = i32x4.sub(i32x4.add(top, rounded), vRoundBits);
      let m: v128;
      let k: v128;
      let reached: v128;
      if (L2) {
        let a = f32x4.pmax(lowest, f32x4.add(f32x4.convert_i32x4_s(i32x4.sub(kd, top)), md));
        let b = f32x4.pmax(lowest, f32x4.add(f32x4.convert_i32x4_s(i32x4.sub(ku, top)), mu));
        // The threshold of the projection on the simplex is the largest that any support gives.
        const ab = f32x4.add(a, b);
        let most = f32x4.pmax(a, b);
        let threshold: v128;
        let c = lowest;
        if (ADVANCE) {
          threshold = f32x4.pmax(f32x4.sub(most, one), f32x4.mul(f32x4.sub(ab, one), half));
        } else {
          c = f32x4.pmax(lowest, f32x4.add(f32x4.convert_i32x4_s(i32x4.sub(kl, top)), ml));
          const least = f32x4.pmin(f32x4.pmin(a, b), c);
          most = f32x4.pmax(most, c);
          const all = f32x4.sub(f32x4.add(ab, c), one);
          threshold = f32x4.pmax(f32x4.sub(most, one), f32x4.mul(f32x4.sub(all, least), half));
          threshold = f32x4.pmax(threshold, f32x4.mul(all, third));
        }
        a = f32x4.pmax(zero, f32x4.sub(a, threshold));
        b = f32x4.pmax(zero, f32x4.sub(b, threshold));
        let square = f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b));
        if (!ADVANCE) {
          c = f32x4.pmax(zero, f32x4.sub(c, threshold));
          square = f32x4.add(square, f32x4.mul(c, c));
        }
        if (KEEP) {
          v128.store(weights + row + o, a);
          v128.store(weights + plane + row + o, b);
          if (!ADVANCE) v128.store(weights + 2 * plane + row + o, c);
        }
        const value = f32x4.add(f32x4.add(threshold, f32x4.mul(half, square)), rest);
        const whole = f32x4.add(value, vRound);
        m = f32x4.sub(value, f32x4.sub(whole, vRound));
        k = i32x4.add(integer, i32x4.sub(whole, vRoundBits));
        reached = v128.and(i32x4.gt_s(top, vUnreached), f32x4.lt(cost, vInfinity));
      } else {
        const base = i32x4.sub(top, bias);
        const wd = f32x4.mul(md, i32x4.shl(i32x4.max_s(i32x4.sub(kd, base), zero), 23));
        const wu = f32x4.mul(mu, i32x4.shl(i32x4.max_s(i32x4.sub(ku, base), zero), 23));
        let sum = f32x4.add(wd, wu);
        let wl = wd;
        if (!ADVANCE) {
          wl = f32x4.mul(ml, i32x4.shl(i32x4.max_s(i32x4.sub(kl, base), zero), 23));
          sum = f32x4.add(sum, wl);
        }
        if (KEEP) {
          const share = f32x4.div(one, f32x4.pmax(tiny, sum));
          let qd = f32x4.mul(wd, share);
          let qu = f32x4.mul(wu, share);
          let ql = qd;
          // Rounding leaves their sum below 1 more often than above; a long path would add it up.
          let missing = f32x4.sub(f32x4.sub(one, qd), qu);
          if (!ADVANCE) {
            ql = f32x4.mul(wl, share);
            missing = f32x4.sub(missing, ql);
            ql = f32x4.add(ql, f32x4.mul(ql, missing));
            v128.store(weights + 2 * plane + row + o, ql);
          }
          qd = f32x4.add(qd, f32x4.mul(qd, missing));
          qu = f32x4.add(qu, f32x4.mul(qu, missing));
          v128.store(weights + row + o, qd);
          v128.store(weights + plane + row + o, qu);
        }
        let power = f32x4.add(p5, f32x4.mul(p6, rest));
        power = f32x4.add(p4, f32x4.mul(power, rest));
        power = f32x4.add(p3, f32x4.mul(power, rest));
        power = f32x4.add(p2, f32x4.mul(power, rest));
        power = f32x4.add(p1, f32x4.mul(power, rest));
        power = f32x4.add(one, f32x4.mul(power, rest));
        const total = f32x4.mul(sum, power);
        k = i32x4.add(integer, i32x4.shr_u(total, 23));
        m = v128.or(v128.and(total, mantissa), one);
        reached = v128.and(f32x4.gt(sum, zero), f32x4.lt(cost, vInfinity));
      }
      v128.store(current + o, v128.and(m, reached), BEFORE);
      v128.store(current + o, v128.bitselect(k, vUnreached, reached), INTEGERS + BEFORE);
    }
    if (d + 1 < w) {
      store<f32>(current + BEFORE - 4, load<f32>(above + (<usize>(d + 1) << 2)));
      store<i32>(
        current + INTEGERS + BEFORE - 4,
        load<i32>(above + aboveK + (<usize>(d + 1) << 2)),
      );
    }
    if (d + 1 < h) {
      const o = <usize>(d + 1) << 2;
      store<f32>(current + BEFORE + o, load<f32>(leftIn + o));
      store<i32>(current + INTEGERS + BEFORE + o, load<i32>(leftIn + o, 256));
    }
    if (d >= h - 1) {
      const j = <usize>(d - h + 1) << 2;
      const o = <usize>(h - 1) << 2;
      store<f32>(below + j, load<f32>(current + o, BEFORE));
      store<i32>(below + belowK + j, load<i32>(current + o, INTEGERS + BEFORE));
    }
    if (d >= w - 1) {
      const o = <usize>(d - w + 1) << 2;
      store<f32>(leftOut + o, load<f32>(current + o, BEFORE));
      store<i32>(leftOut + o, load<i32>(current + o, INTEGERS + BEFORE), 256);
    }
    const spare = before2;
    before2 = before;
    before = current;
    current = spare;
  }
}

/** `softTile` with Ω, the moves and whether weights are kept chosen outside the loop. */
export function softTiles(
  workspace: usize,
  costs: usize,
  weights: usize,
  plane: usize,
  h: i32,
  w: i32,
  above: usize,
  below: usize,
  aboveK: usize,
  belowK: usize,
  leftIn: usize,
  leftOut: usize,
  cornerM: f32,
  cornerK: i32,
  scale: f32,
  l2: bool,
  advance: bool,
): void {
  const kind = (l2 ? 4 : 0) + (advance ? 2 : 0) + (weights != 0 ? 1 : 0);
  // prettier-ignore
  switch (kind) {
    case 0: negentropyValue(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    case 1: negentropyKeep(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    case 2: negentropyAdvanceValue(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    case 3: negentropyAdvanceKeep(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    case 4: l2Value(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    case 5: l2Keep(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    case 6: l2AdvanceValue(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale); break;
    default: l2AdvanceKeep(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale);
  }
}

// prettier-ignore
function negentropyValue(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, false, false, false);
}

// prettier-ignore
function negentropyKeep(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, false, false, true);
}

// prettier-ignore
function negentropyAdvanceValue(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, false, true, false);
}

// prettier-ignore
function negentropyAdvanceKeep(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, false, true, true);
}

// prettier-ignore
function l2Value(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, true, false, false);
}

// prettier-ignore
function l2Keep(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, true, false, true);
}

// prettier-ignore
function l2AdvanceValue(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, true, true, false);
}

// prettier-ignore
function l2AdvanceKeep(workspace: usize, costs: usize, weights: usize, plane: usize, h: i32, w: i32, above: usize, below: usize, aboveK: usize, belowK: usize, leftIn: usize, leftOut: usize, cornerM: f32, cornerK: i32, scale: f32): void {
  // prettier-ignore
  softTile(workspace, costs, weights, plane, h, w, above, below, aboveK, belowK, leftIn, leftOut, cornerM, cornerK, scale, true, true, true);
}
