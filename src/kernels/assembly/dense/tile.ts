import { madd } from '../simd/madd';

// Tiles of a matrix product: four rows of C in registers over `k` columns of packed panels, one
// panel of A at `a` and one or a pair of B at `b`; C's rows are `stride` bytes apart. The compiler
// of WebAssembly in V8 has 15 registers: wider tiles measured slower because it spills.

/**
 * 4 × 8. Eight k a round, since what is not arithmetic limits it; and each may be the last, because
 * between two exits V8 orders the code as it likes: by accumulators, with spills, where it can.
 */
export function tile8(a: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  if (add) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(row1);
    c11 = v128.load(row1, 16);
    c20 = v128.load(row2);
    c21 = v128.load(row2, 16);
    c30 = v128.load(row3);
    c31 = v128.load(row3, 16);
  }
  while (k > 0) {
    // @unroll
    for (let step = 0; step < 8; step++) {
      const b0 = v128.load(b, 32 * step);
      const b1 = v128.load(b, 32 * step + 16);
      let x = v128.load32_splat(a, 16 * step);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a, 16 * step + 4);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a, 16 * step + 8);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a, 16 * step + 12);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      if (step < 7 && k == step + 1) break;
    }
    k -= 8;
    a += 128;
    b += 256;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(row1, c10);
  v128.store(row1, c11, 16);
  v128.store(row2, c20);
  v128.store(row2, c21, 16);
  v128.store(row3, c30);
  v128.store(row3, c31, 16);
}

/** 4 × 4. */
export function tile4(a: usize, b: usize, k: i32, c: usize, stride: usize, add: bool): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0);
  let c3 = f32x4.splat(0);
  if (add) {
    c0 = v128.load(c);
    c1 = v128.load(row1);
    c2 = v128.load(row2);
    c3 = v128.load(row3);
  }
  for (const end = b + ((<usize>k) << 4); b < end;) {
    const column = v128.load(b);
    c0 = madd(v128.load32_splat(a), column, c0);
    c1 = madd(v128.load32_splat(a, 4), column, c1);
    c2 = madd(v128.load32_splat(a, 8), column, c2);
    c3 = madd(v128.load32_splat(a, 12), column, c3);
    a += 16;
    b += 16;
  }
  v128.store(c, c0);
  v128.store(row1, c1);
  v128.store(row2, c2);
  v128.store(row3, c3);
}
