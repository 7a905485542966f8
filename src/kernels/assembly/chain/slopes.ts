import { Smooth } from '../algebra/omega';

// The derivative of the smoothed max of one row of a recursion along a direction, four items at once:
// ẋ(from) = direction(from) + slope(from), where slope is the derivative of the value, and the row's
// own slope is Σ q·ẋ.

/**
 * Writes ẋ to `out` and returns the slope of the row; `mean` receives what the derivative of q is
 * centred on.
 * @param directions [from], a vector of items each, as slopes, q and out
 * @param inverse what makes q a distribution
 */
export function slopeRow<O extends Smooth>(
  directions: usize,
  slopes: usize,
  q: usize,
  inverse: usize,
  states: i32,
  out: usize,
  mean: usize,
): v128 {
  const size = (<usize>states) << 4;
  const omega = changetype<O>(0);
  const zero = f32x4.splat(0);
  let slope = zero;
  let total = zero;
  let weights = zero;
  for (let at: usize = 0; at < size; at += 16) {
    const x = f32x4.add(v128.load(directions + at), v128.load(slopes + at));
    v128.store(out + at, x);
    const share = v128.load(q + at);
    slope = f32x4.add(slope, f32x4.mul(share, x));
    if (!omega.weighsByShare) {
      total = f32x4.add(total, omega.weigh(share, x));
      weights = f32x4.add(weights, omega.weight(share));
    }
  }
  return centre<O>(slope, total, weights, inverse, mean);
}

/**
 * The same with directions where the items have them: [from] at a0 … a3. A NaN among them makes the
 * slope NaN.
 */
export function slopeRowOfItems<O extends Smooth>(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  slopes: usize,
  q: usize,
  inverse: usize,
  states: i32,
  out: usize,
  mean: usize,
): v128 {
  const omega = changetype<O>(0);
  const zero = f32x4.splat(0);
  let slope = zero;
  let total = zero;
  let weights = zero;
  let from = 0;
  for (; from + 4 <= states; from += 4) {
    const v0 = v128.load(a0);
    const v1 = v128.load(a1);
    const v2 = v128.load(a2);
    const v3 = v128.load(a3);
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    const x0 = f32x4.add(v128.shuffle<f64>(low01, low23, 0, 2), v128.load(slopes));
    const x1 = f32x4.add(v128.shuffle<f64>(low01, low23, 1, 3), v128.load(slopes, 16));
    const x2 = f32x4.add(v128.shuffle<f64>(high01, high23, 0, 2), v128.load(slopes, 32));
    const x3 = f32x4.add(v128.shuffle<f64>(high01, high23, 1, 3), v128.load(slopes, 48));
    v128.store(out, x0);
    v128.store(out, x1, 16);
    v128.store(out, x2, 32);
    v128.store(out, x3, 48);
    const q0 = v128.load(q);
    const q1 = v128.load(q, 16);
    const q2 = v128.load(q, 32);
    const q3 = v128.load(q, 48);
    const sum01 = f32x4.add(f32x4.mul(q0, x0), f32x4.mul(q1, x1));
    const sum23 = f32x4.add(f32x4.mul(q2, x2), f32x4.mul(q3, x3));
    slope = f32x4.add(slope, f32x4.add(sum01, sum23));
    if (!omega.weighsByShare) {
      const total01 = f32x4.add(omega.weigh(q0, x0), omega.weigh(q1, x1));
      const total23 = f32x4.add(omega.weigh(q2, x2), omega.weigh(q3, x3));
      total = f32x4.add(total, f32x4.add(total01, total23));
      const weights01 = f32x4.add(omega.weight(q0), omega.weight(q1));
      const weights23 = f32x4.add(omega.weight(q2), omega.weight(q3));
      weights = f32x4.add(weights, f32x4.add(weights01, weights23));
    }
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
    slopes += 64;
    q += 64;
    out += 64;
  }
  for (; from < states; from++) {
    let z = v128.load32_zero(a0);
    z = v128.load_lane<f32>(a1, z, 1);
    z = v128.load_lane<f32>(a2, z, 2);
    z = v128.load_lane<f32>(a3, z, 3);
    const x = f32x4.add(z, v128.load(slopes));
    v128.store(out, x);
    const share = v128.load(q);
    slope = f32x4.add(slope, f32x4.mul(share, x));
    if (!omega.weighsByShare) {
      total = f32x4.add(total, omega.weigh(share, x));
      weights = f32x4.add(weights, omega.weight(share));
    }
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    slopes += 16;
    q += 16;
    out += 16;
  }
  return centre<O>(slope, total, weights, inverse, mean);
}

// @inline
function centre<O extends Smooth>(
  slope: v128,
  total: v128,
  weights: v128,
  inverse: usize,
  mean: usize,
): v128 {
  const normalised = f32x4.mul(slope, v128.load(inverse));
  const centre = changetype<O>(0).weighsByShare
    ? normalised
    : // Some weight is 1, unless all is forbidden.
      f32x4.div(total, f32x4.pmax(f32x4.splat(1), weights));
  v128.store(mean, centre);
  return normalised;
}
