/** A real array of the caller's precision; results keep the type of `theta`. */
export type RealArray = Float32Array | Float64Array;

/**
 * The name of a typed array's type. The arrays of another realm (a frame, node:vm, what Jest's tests get from
 * `structuredClone`) have it too, while they are no instances of this realm's types.
 */
export const typeOf = (value: unknown) =>
  (value as { [Symbol.toStringTag]?: string } | null | undefined)?.[Symbol.toStringTag];

export const isFloat32 = (value: unknown): value is Float32Array =>
  typeOf(value) === 'Float32Array';

export const isRealArray = (value: unknown): value is RealArray =>
  isFloat32(value) || typeOf(value) === 'Float64Array';
