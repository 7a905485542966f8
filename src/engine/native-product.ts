import * as tf from '@tensorflow/tfjs';
import type { PlainMatrix } from '../kernels/matmul.js';

/** Where operands are copied to that lie in memory which threads share, one for each operand. */
const copies: [Float32Array, Float32Array] = [new Float32Array(0), new Float32Array(0)];

/** A matrix product by the current TensorFlow.js backend: for the native one. */
export function nativeProduct(a: PlainMatrix, b: PlainMatrix): Float32Array {
  const [x, y] = [tensorOf(a, 0), tensorOf(b, 1)];
  const product = tf.matMul(x, y, a.transposed, b.transposed);
  const values = product.dataSync<'float32'>();
  tf.dispose([x, y, product]);
  return values;
}

/** The native library takes the numbers over when it multiplies, and lets go of the array then. */
function tensorOf({ values, shape }: PlainMatrix, operand: 0 | 1): tf.Tensor2D {
  if (values.buffer instanceof ArrayBuffer) return tf.tensor2d(values, shape);
  // It does not read memory that threads share.
  if (copies[operand].length < values.length) {
    copies[operand] = new Float32Array(Math.max(values.length, 2 * copies[operand].length));
  }
  const copy = copies[operand].subarray(0, values.length);
  copy.set(values);
  return tf.tensor2d(copy, shape);
}
