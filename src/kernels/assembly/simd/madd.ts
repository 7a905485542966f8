/**
 * a·b + c: rounded twice, or once in the build with relaxed SIMD, where it is one instruction. A
 * tile of the matrix product is a quarter faster then, and its last digits differ.
 */
// @inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(b, a, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
