import * as tf from '@tensorflow/tfjs-core';

/** Whether what runs now may be differentiated later. */
export function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

/**
 * The gradients of an operation that computes them as arrays. TensorFlow.js would take them for constants in
 * a second derivative, which would be wrong without a word: here it is an error.
 *
 * @param layer what the message calls the operation
 * @param of what the gradients depend on: the inputs of the operation and dy
 */
export function firstDerivative(
  layer: string,
  gradients: tf.Tensor[],
  of: readonly tf.Tensor[],
): tf.Tensor[] {
  if (!isRecording()) return gradients;
  return gradients.map((gradient) =>
    tf.customGrad(() => ({
      value: gradient,
      gradFunc: (): tf.Tensor[] => {
        throw new Error(`${layer} has a first derivative only: it cannot be differentiated twice`);
      },
    }))(...of),
  );
}
