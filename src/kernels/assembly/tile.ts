import { madd } from './madd';

/**
 * The tile of a matrix product: 4 rows × (4·vectors) columns of C, in registers, over `k` (even)
 * columns of packed panels. One panel of A at `a`, `vectors` panels of B, `panel` bytes apart, at
 * `b`; C's rows are `stride` bytes apart. Called with a constant `vectors`, this unrolls to
 * straight-line code; k is unrolled by two.
 */
// @ts-ignore: decorator
@inline export function tile(
  vectors: i32, a: usize, b: usize, panel: usize, k: i32, c: usize, stride: usize, add: bool,
): void {
  const row1 = c + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c02 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c12 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c22 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c32 = f32x4.splat(0);
  if (add) {
    c00 = v128.load(c);
    c10 = v128.load(row1);
    c20 = v128.load(row2);
    c30 = v128.load(row3);
    if (vectors > 1) {
      c01 = v128.load(c, 16);
      c11 = v128.load(row1, 16);
      c21 = v128.load(row2, 16);
      c31 = v128.load(row3, 16);
    }
    if (vectors > 2) {
      c02 = v128.load(c, 32);
      c12 = v128.load(row1, 32);
      c22 = v128.load(row2, 32);
      c32 = v128.load(row3, 32);
    }
  }
  let b1 = b + panel;
  let b2 = b1 + panel;
  for (const end = b + (<usize>k << 4); b < end; ) {
    {
      const a0 = v128.load32_splat(a, 0);
      const a1 = v128.load32_splat(a, 4);
      const a2 = v128.load32_splat(a, 8);
      const a3 = v128.load32_splat(a, 12);
      const column = v128.load(b, 0);
      c00 = madd(a0, column, c00);
      c10 = madd(a1, column, c10);
      c20 = madd(a2, column, c20);
      c30 = madd(a3, column, c30);
      if (vectors > 1) {
        const column = v128.load(b1, 0);
        c01 = madd(a0, column, c01);
        c11 = madd(a1, column, c11);
        c21 = madd(a2, column, c21);
        c31 = madd(a3, column, c31);
      }
      if (vectors > 2) {
        const column = v128.load(b2, 0);
        c02 = madd(a0, column, c02);
        c12 = madd(a1, column, c12);
        c22 = madd(a2, column, c22);
        c32 = madd(a3, column, c32);
      }
    }
    {
      const a0 = v128.load32_splat(a, 16);
      const a1 = v128.load32_splat(a, 20);
      const a2 = v128.load32_splat(a, 24);
      const a3 = v128.load32_splat(a, 28);
      const column = v128.load(b, 16);
      c00 = madd(a0, column, c00);
      c10 = madd(a1, column, c10);
      c20 = madd(a2, column, c20);
      c30 = madd(a3, column, c30);
      if (vectors > 1) {
        const column = v128.load(b1, 16);
        c01 = madd(a0, column, c01);
        c11 = madd(a1, column, c11);
        c21 = madd(a2, column, c21);
        c31 = madd(a3, column, c31);
      }
      if (vectors > 2) {
        const column = v128.load(b2, 16);
        c02 = madd(a0, column, c02);
        c12 = madd(a1, column, c12);
        c22 = madd(a2, column, c22);
        c32 = madd(a3, column, c32);
      }
    }
    a += 32;
    b += 32;
    b1 += 32;
    b2 += 32;
  }
  v128.store(c, c00);
  v128.store(row1, c10);
  v128.store(row2, c20);
  v128.store(row3, c30);
  if (vectors > 1) {
    v128.store(c, c01, 16);
    v128.store(row1, c11, 16);
    v128.store(row2, c21, 16);
    v128.store(row3, c31, 16);
  }
  if (vectors > 2) {
    v128.store(c, c02, 32);
    v128.store(row1, c12, 32);
    v128.store(row2, c22, 32);
    v128.store(row3, c32, 32);
  }
}
