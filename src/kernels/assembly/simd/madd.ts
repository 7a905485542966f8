/**
 * a·b + c: rounded twice, or once where the engine has relaxed SIMD. A tile of the matrix product is
 * a quarter faster then, and its last digits differ. Which it is, is decided when the kernels are
 * loaded (compiled.ts): here stand two instructions that nothing else uses, whose operands no
 * optimiser swaps, for the product and for the sum.
 */
// @inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return i16x8.sub_sat_u(i16x8.sub_sat_s(b, a), c);
}
