import * as tf from '@tensorflow/tfjs';
import type { PlainMatrix } from '../kernels/matmul.js';

/** A matrix product by the current TensorFlow.js backend: for the native one. */
export function nativeProduct(a: PlainMatrix, b: PlainMatrix): Float32Array {
  const [x, y] = [tensorOf(a), tensorOf(b)];
  const product = tf.matMul(x, y, a.transposed, b.transposed);
  const values = product.dataSync<'float32'>();
  tf.dispose([x, y, product]);
  return values;
}

function tensorOf({ values, shape }: PlainMatrix): tf.Tensor2D {
  // The native library does not read memory that threads share.
  const own = values.buffer instanceof ArrayBuffer ? values : values.slice();
  return tf.tensor2d(own, shape);
}
