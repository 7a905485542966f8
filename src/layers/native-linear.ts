import * as tf from '@tensorflow/tfjs-core';
import type { Targets } from '../kernels/linear.js';
import { firstDerivative } from './first-derivative.js';
import { splitSave } from './tensor-floats.js';

/** The part of the native backend that is used here: operations TensorFlow.js gives no name to. */
interface NativeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number; TF_INT32: number };
  executeMultipleOutputs(
    name: string,
    attributes: { name: string; type: number; value: number }[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

// Dense layers on the native engine stay in its memory: as arrays of JavaScript, tens of megabytes a
// step, what they compute would make it collect garbage at every step.

/** x·weights + bias over the last dimension: `linear`, with the shapes checked. */
export function nativeLinear(x: tf.Tensor, weights: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const [inputs, outputs] = weights.shape;
  return tf.tidy(() => {
    const a = tf.reshape(x, [-1, inputs]) as tf.Tensor2D;
    const y = tf.fused.matMul({ a, b: weights, ...(bias && { bias }) });
    return tf.reshape(y, [...x.shape.slice(0, -1), outputs]);
  });
}

/**
 * The cross entropy of a dense layer's softmax, as `linearCrossEntropy` on the kernels.
 *
 * @param x [..., inputs]
 * @param weights [inputs, outputs]
 * @param bias [outputs], if there is one
 */
export function nativeLinearCrossEntropy(
  x: tf.Tensor,
  weights: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  targets: Targets,
): tf.Scalar {
  const [inputs] = weights.shape;
  const tensors = bias ? [x, weights, bias] : [x, weights];
  const operation = tf.customGrad((...given) => {
    const [[rows, matrix, offset], save] = splitSave(given);
    const flat = tf.reshape(rows!, [-1, inputs]) as tf.Tensor2D;
    const b = matrix as tf.Tensor2D;
    const logits = tf.fused.matMul({ a: flat, b, ...(bias && { bias: offset! }) }) as tf.Tensor2D;
    const { losses, gradient } = crossEntropy(logits, targets);
    save([flat, b, gradient]);
    return {
      value: tf.sum<tf.Scalar>(tf.mul(losses, tf.tensor1d(targets.weights))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [a, w, outer] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        // The rows' weights go to the smaller factor of each product.
        const column = tf.mul(tf.tensor2d(targets.weights, [targets.weights.length, 1]), dy);
        const dx = tf.mul(tf.matMul(outer, w, false, true), column);
        const dw = tf.matMul(tf.mul<tf.Tensor2D>(a, column), outer, true, false);
        const all = bias
          ? [dx, dw, tf.matMul(column as tf.Tensor2D, outer, true, false)]
          : [dx, dw];
        const gradients = all.map((one, n) => tf.reshape(one, tensors[n]!.shape));
        return firstDerivative('linearSoftmaxCrossEntropy', gradients, [...tensors, dy]);
      },
    };
  });
  return operation(...tensors) as tf.Scalar;
}

/** Each row's loss, and its gradient by the row's logits. */
function crossEntropy(logits: tf.Tensor2D, { targets, smoothing }: Targets) {
  const backend = tf.backend() as unknown as NativeBackend;
  const { TF_ATTR_TYPE: type, TF_FLOAT, TF_INT32 } = backend.binding;
  const columns = logits.shape[1];
  // A row that is left out has the weight 0; its label only has to exist.
  const known = targets.map((target) => Math.max(0, target));
  const labels = tf.tensor1d(known, 'int32');
  const spread = smoothing / columns;
  const [name, given] =
    smoothing === 0
      ? ['SparseSoftmaxCrossEntropyWithLogits', labels]
      : [
          'SoftmaxCrossEntropyWithLogits',
          tf.oneHot(labels, columns, 1 - smoothing + spread, spread, 'float32'),
        ];
  const attributes = [
    { name: 'T', type, value: TF_FLOAT },
    ...(smoothing === 0 ? [{ name: 'Tlabels', type, value: TF_INT32 }] : []),
  ];
  const outputs = backend.executeMultipleOutputs(name, attributes, [logits, given], 2) as [
    tf.Tensor1D,
    tf.Tensor2D,
  ];
  return { losses: outputs[0], gradient: outputs[1] };
}
