/** A real array of the caller's precision; results keep the type of `theta`. */
export type RealArray = Float32Array | Float64Array;
