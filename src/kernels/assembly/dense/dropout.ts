@unmanaged
export class DropoutCall {
  x: usize;
  n: i32;
  /** A multiple of 4. */
  block: i32;
  seed: i32;
  /** Unsigned. */
  threshold: i32;
  scale: f32;
}

/**
 * x[i] ·= scale where a hash of i and the seed is at least `threshold`, else x[i] = 0, for a block's
 * i. The last vector may reach past n, inside what an arena reserves for x.
 *
 * The hash multiplies and shifts until every bit of i reaches every bit of the result; a number's
 * fate depends on its index and the seed only.
 */
export function dropout(call: DropoutCall, job: i32, _workspace: usize): void {
  const x = call.x;
  const seed = i32x4.splat(call.seed);
  const threshold = i32x4.splat(call.threshold);
  const scale = f32x4.splat(call.scale);
  const from = job * call.block;
  const to = min(call.n, from + call.block);
  let index = i32x4.add(i32x4.splat(from), i32x4(0, 1, 2, 3));
  for (let i = from; i < to; i += 4) {
    const at = x + ((<usize>i) << 2);
    let h = i32x4.mul(v128.xor(index, seed), i32x4.splat(0x2c1b3c6d));
    h = v128.xor(h, i32x4.shr_u(h, 15));
    h = i32x4.mul(h, i32x4.splat(0x297a2d39));
    h = v128.xor(h, i32x4.shr_u(h, 16));
    h = i32x4.mul(h, i32x4.splat(0x1b56c4e9));
    h = v128.xor(h, i32x4.shr_u(h, 15));
    const kept = i32x4.ge_u(h, threshold);
    v128.store(at, v128.and(f32x4.mul(v128.load(at), scale), kept));
    index = i32x4.add(index, i32x4.splat(4));
  }
}

@unmanaged
export class RandomMaskCall {
  mask: usize;
  n: i32;
  /** A multiple of 4. */
  block: i32;
  state: i32;
  /** Unsigned. */
  least: i32;
  value: f32;
}

/**
 * mask[i] = value where number i after a state of mulberry32 is at least `least` · 2^-32, else 0,
 * for a block's i. The last vector may reach past n, inside what an arena reserves.
 */
export function randomMask(call: RandomMaskCall, job: i32, _workspace: usize): void {
  const mask = call.mask;
  const least = i32x4.splat(call.least);
  const value = f32x4.splat(call.value);
  const from = job * call.block;
  const to = min(call.n, from + call.block);
  const step = 0x6d2b79f5;
  let state = i32x4.mul(i32x4.add(i32x4.splat(from), i32x4(1, 2, 3, 4)), i32x4.splat(step));
  state = i32x4.add(state, i32x4.splat(call.state));
  for (let i = from; i < to; i += 4) {
    let bits = v128.xor(state, i32x4.shr_u(state, 15));
    bits = i32x4.mul(bits, v128.or(state, i32x4.splat(1)));
    let more = v128.xor(bits, i32x4.shr_u(bits, 7));
    more = i32x4.mul(more, v128.or(bits, i32x4.splat(61)));
    bits = v128.xor(bits, i32x4.add(bits, more));
    bits = v128.xor(bits, i32x4.shr_u(bits, 14));
    v128.store(mask + ((<usize>i) << 2), v128.and(value, i32x4.ge_u(bits, least)));
    state = i32x4.add(state, i32x4.splat(4 * step));
  }
}
