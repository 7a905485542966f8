/** Numbers as floats: a tensor of whole numbers holds others, even once it was cast. */
export function float32(array: ArrayLike<number>): Float32Array {
  return array instanceof Float32Array ? array : Float32Array.from(array);
}
