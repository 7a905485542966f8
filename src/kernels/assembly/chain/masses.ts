// The masses of one move of four linear chains, from the states it leads to back to those it leaves:
// columns of the tile of local argmaxes, four at a time, which are summed and go back to the items'
// own arrays in one pass. The derivative of a mass is (q·m)˙ = q̇·m + q·ṁ.
import { Smooth } from '../algebra/omega';
import { turn } from '../simd/lanes';
import { madd } from '../simd/madd';

/** Where the first of four columns of a move lies for each of the items. */
@unmanaged
export class Runs {
  a0: usize;
  a1: usize;
  a2: usize;
  a3: usize;
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

/** An entry of a column: what is summed and goes back, from q, the row's `Weight` and ẋ at z. */
@unmanaged
abstract class Entry {
  abstract of(q: v128, weights: usize, z: usize): v128;
}

/** q times the row's mass. */
@unmanaged
export class Mass extends Entry {
  @inline
  override of(q: v128, weights: usize, _z: usize): v128 {
    return f32x4.mul(q, v128.load(weights, Weight.MASS));
  }
}

/** Its derivative. */
@unmanaged
export class MassDot<O extends Smooth> extends Entry {
  @inline
  override of(q: v128, weights: usize, z: usize): v128 {
    const factor = v128.load(weights, Weight.FACTOR);
    const offset = v128.load(weights, Weight.OFFSET);
    const massDot = changetype<O>(0).weighsByShare ? offset : v128.load(weights, Weight.DOT);
    return slope<O>(q, v128.load(z), factor, offset, massDot);
  }
}

/**
 * Four columns of entries, of all states that the move leads to.
 * @param q the first of the columns, @param row bytes from row to row of the tile
 * @param dot how many bytes behind q its ẋ is
 * @param weights [to], see `Weight`
 * @param before receives the sums of the columns
 */
export function columns<E extends Entry>(
  q: usize,
  dot: usize,
  row: usize,
  weights: usize,
  states: i32,
  before: usize,
  runs: Runs,
): void {
  const entry = changetype<E>(0);
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
    const m0 = entry.of(v128.load(q), weights, z);
    const m1 = entry.of(v128.load(q, 16), weights, z + 16);
    const m2 = entry.of(v128.load(q, 32), weights, z + 32);
    const m3 = entry.of(v128.load(q, 48), weights, z + 48);
    s0 = f32x4.add(s0, m0);
    s1 = f32x4.add(s1, m1);
    s2 = f32x4.add(s2, m2);
    s3 = f32x4.add(s3, m3);
    turn(m0, m1, m2, m3, a0, a1, a2, a3);
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
