import * as tf from '@tensorflow/tfjs';

/**
 * The chain as one would compose it of TensorFlow.js' own operations: one step of Bellman's
 * recursion after the other over [batch, to, from], gradients by its tape.
 */
export type OmegaName = 'negentropy' | 'l2' | 'hard';

/** The smoothed max over the last axis. */
function smoothMax(x: tf.Tensor, omega: OmegaName): tf.Tensor {
  if (omega === 'negentropy') return tf.logSumExp(x, -1);
  if (omega === 'hard') return tf.max(x, -1);
  return sparsemaxValue(x);
}

/**
 * max over p of ⟨p, x⟩ − ½‖p‖²: its gradient is the projection p. The threshold is that of what lies
 * above it, eight times over; a sort, the usual way, crashes on the wasm backend (topk).
 */
const sparsemaxValue = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  const top = tf.max(x, -1, true);
  const shifted = x.sub(top);
  let threshold: tf.Tensor = tf.scalar(-1);
  for (let round = 0; round < 8; round++) {
    const inside = shifted.greater(threshold).cast('float32');
    threshold = inside.mul(shifted).sum(-1, true).sub(1).div(inside.sum(-1, true));
  }
  const p = shifted.sub(threshold).relu();
  (save as tf.GradSaveFunc)([p]);
  const value = p
    .mul(shifted)
    .sum(-1)
    .sub(p.square().sum(-1).mul(0.5))
    .add(top.squeeze([-1]));
  return {
    value,
    gradFunc: (dy: tf.Tensor, [q]: tf.Tensor[]) => dy.expandDims(-1).mul(q!),
  };
}) as (x: tf.Tensor) => tf.Tensor;

/** [batch] values of a linear chain; theta [batch, time, to, from]. */
export function eagerLinearChain(theta: tf.Tensor4D, omega: OmegaName): tf.Tensor {
  const [batch, , states] = theta.shape;
  let values: tf.Tensor = tf.zeros([batch, states]);
  for (const move of tf.unstack(theta, 1)) {
    values = smoothMax(move.add(values.expandDims(1)), omega);
  }
  return smoothMax(values, omega);
}

/** The same of a factored chain; unary [batch, positions, states], transition [to, from]. */
export function eagerFactoredChain(
  unary: tf.Tensor3D,
  transition: tf.Tensor2D,
  omega: OmegaName,
): tf.Tensor {
  const [first, ...others] = tf.unstack(unary, 1);
  let values = first!;
  for (const scores of others) {
    const x = transition.expandDims(0).add(values.expandDims(1));
    values = smoothMax(x, omega).add(scores);
  }
  return smoothMax(values, omega);
}
