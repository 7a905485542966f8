// The masses of one move of four linear chains, from the states it leads to back to those it leaves:
// columns of the tile of local argmaxes, four at a time, which are summed and go back to the items'
// own arrays in one pass. The derivative of a mass is (q·m)˙ = q̇·m + q·ṁ.
import { Smooth } from '../algebra/omega';
import { madd } from '../simd/madd';

/** Where the first of four columns of a move lies for each of the items. */
@unmanaged
export class Runs {
  a0: usize;
  a1: usize;
  a2: usize;
  a3: usize;
}

/** Writes four vectors of items to four runs of columns. */
// @inline
function scatter(
  r0: v128,
  r1: v128,
  r2: v128,
  r3: v128,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(a0, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(a1, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(a2, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(a3, v128.shuffle<f64>(high01, high23, 1, 3));
}

/** The bytes of a state in the rows of what the tile's rows are multiplied by. */
export const WEIGHTS: usize = 64;
/** Its vectors. */
export const enum Weight {
  /** m, the mass times what makes the tile's row a distribution. */
  MASS = 0,
  /** m / γ. */
  FACTOR = 16,
  /** −mean·m / γ, and DOT on top where Ω weighs by q itself. */
  OFFSET = 32,
  /** ṁ, the derivative of m where q is held. */
  DOT = 48,
}

/**
 * Four columns of masses: q[to] times the mass of `to`, for all states `to`.
 * @param q the first of the columns, @param row bytes from row to row of the tile
 * @param weights [to], see `Weight`
 * @param before receives the sums of the columns
 */
export function massColumns(
  q: usize,
  row: usize,
  weights: usize,
  states: i32,
  before: usize,
  runs: Runs,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let a0 = runs.a0;
  let a1 = runs.a1;
  let a2 = runs.a2;
  let a3 = runs.a3;
  const down = (<usize>states) << 2;
  const end = weights + <usize>states * WEIGHTS;
  for (; weights < end; weights += WEIGHTS) {
    const weight = v128.load(weights, Weight.MASS);
    const m0 = f32x4.mul(v128.load(q), weight);
    const m1 = f32x4.mul(v128.load(q, 16), weight);
    const m2 = f32x4.mul(v128.load(q, 32), weight);
    const m3 = f32x4.mul(v128.load(q, 48), weight);
    s0 = f32x4.add(s0, m0);
    s1 = f32x4.add(s1, m1);
    s2 = f32x4.add(s2, m2);
    s3 = f32x4.add(s3, m3);
    scatter(m0, m1, m2, m3, a0, a1, a2, a3);
    q += row;
    a0 += down;
    a1 += down;
    a2 += down;
    a3 += down;
  }
  v128.store(before, s0);
  v128.store(before, s1, 16);
  v128.store(before, s2, 32);
  v128.store(before, s3, 48);
}

/** The derivatives of `massColumns`; ẋ is `dot` bytes behind q. */
export function slopeColumns<O extends Smooth>(
  q: usize,
  dot: usize,
  row: usize,
  weights: usize,
  states: i32,
  before: usize,
  runs: Runs,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let a0 = runs.a0;
  let a1 = runs.a1;
  let a2 = runs.a2;
  let a3 = runs.a3;
  const down = (<usize>states) << 2;
  const end = weights + <usize>states * WEIGHTS;
  for (; weights < end; weights += WEIGHTS) {
    const z = q + dot;
    const factor = v128.load(weights, Weight.FACTOR);
    const offset = v128.load(weights, Weight.OFFSET);
    const massDot = changetype<O>(0).weighsByShare ? offset : v128.load(weights, Weight.DOT);
    const d0 = slope<O>(v128.load(q), v128.load(z), factor, offset, massDot);
    const d1 = slope<O>(v128.load(q, 16), v128.load(z, 16), factor, offset, massDot);
    const d2 = slope<O>(v128.load(q, 32), v128.load(z, 32), factor, offset, massDot);
    const d3 = slope<O>(v128.load(q, 48), v128.load(z, 48), factor, offset, massDot);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    s2 = f32x4.add(s2, d2);
    s3 = f32x4.add(s3, d3);
    scatter(d0, d1, d2, d3, a0, a1, a2, a3);
    q += row;
    a0 += down;
    a1 += down;
    a2 += down;
    a3 += down;
  }
  v128.store(before, s0);
  v128.store(before, s1, 16);
  v128.store(before, s2, 32);
  v128.store(before, s3, 48);
}

/** (q·m)˙ of one entry, from ẋ and what `Weight` has for its row. */
// @inline
export function slope<O extends Smooth>(
  q: v128,
  z: v128,
  factor: v128,
  offset: v128,
  massDot: v128,
): v128 {
  const omega = changetype<O>(0);
  const x = madd(z, factor, offset);
  if (omega.weighsByShare) return f32x4.mul(q, x);
  return f32x4.add(omega.weigh(q, x), f32x4.mul(q, massDot));
}
