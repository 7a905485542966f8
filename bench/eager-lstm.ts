import * as tf from '@tensorflow/tfjs';

/**
 * An LSTM over a batch as one would compose it of TensorFlow.js' own operations, step by step;
 * gradients by its tape. Gates i, f, c, o.
 *
 * @param x [batch, time, inputs]
 * @returns [batch, time, units]
 */
export function eagerLstm(
  x: tf.Tensor3D,
  kernel: tf.Tensor2D,
  recurrentKernel: tf.Tensor2D,
  bias: tf.Tensor1D,
): tf.Tensor3D {
  const [batch] = x.shape;
  const units = recurrentKernel.shape[0];
  let hidden: tf.Tensor2D = tf.zeros([batch, units]);
  let cell: tf.Tensor2D = tf.zeros([batch, units]);
  const outputs = tf.unstack(x, 1).map((input) => {
    const z = tf
      .matMul(input as tf.Tensor2D, kernel)
      .add(tf.matMul(hidden, recurrentKernel))
      .add(bias);
    const [i, f, g, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    cell = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
    hidden = o.sigmoid().mul(cell.tanh());
    return hidden;
  });
  return tf.stack(outputs, 1) as tf.Tensor3D;
}
