/**
 * The TensorFlow.js backends, in the order in which they are tried.
 *
 * @example
 * ```ts
 * import { backends } from 'didyprog/engine';
 *
 * console.log(backends.join()); // tensorflow,wasm,cpu
 * ```
 */
export const backends = ['tensorflow', 'wasm', 'cpu'] as const;
/** The name of a backend. */
export type Backend = (typeof backends)[number];
