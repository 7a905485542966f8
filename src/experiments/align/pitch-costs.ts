import * as tf from '@tensorflow/tfjs';
import { product } from '../../kernels/matmul.js';
import { normaliseRows } from '../../kernels/normalise.js';
import type { ModelConfig } from './config.js';

/**
 * Costs θ [frames, events] of scores s [frames, keys] as one operation with its gradient, on the
 * kernels: TensorFlow.js' wasm backend has no vectorised exponential.
 *
 * softmax: θ_ij = log Σ_k exp s_ik − Σ_k b_jk s_ik, the cross-entropy with the event's pitches;
 * sigmoid: θ_ij = (Σ_k softplus(s_ik) − Σ_k b_jk s_ik)/4, the sum of the keys' binary
 * cross-entropies. O(frames · events · keys).
 *
 * @param pitches the rows b [events, keys]
 */
export function pitchCosts(
  scores: tf.Tensor2D,
  pitches: Float32Array,
  output: ModelConfig['output'],
): tf.Tensor2D {
  const [frames, keys] = scores.shape;
  const events = pitches.length / keys;
  const scale = output === 'softmax' ? 1 : 0.25;
  const operation = tf.customGrad((input) => {
    const s = (input as tf.Tensor).dataSync() as Float32Array;
    const { normalisers, slopes } = normalise(s, frames, keys, output);
    const theta = product(
      { values: s, shape: [frames, keys], transposed: false },
      { values: pitches, shape: [events, keys], transposed: true },
    );
    for (let i = 0, cell = 0; i < frames; i++) {
      const height = normalisers[i]!;
      for (let j = 0; j < events; j++, cell++) theta[cell] = scale * (height - theta[cell]!);
    }
    const gradFunc = (dy: tf.Tensor) => {
      const mass = dy.dataSync() as Float32Array;
      const gradient = product(
        { values: mass, shape: [frames, events], transposed: false },
        { values: pitches, shape: [events, keys], transposed: false },
      );
      for (let i = 0, cell = 0, at = 0; i < frames; i++) {
        let total = 0;
        for (let j = 0; j < events; j++, cell++) total += mass[cell]!;
        for (let k = 0; k < keys; k++, at++) {
          gradient[at] = scale * (total * slopes[at]! - gradient[at]!);
        }
      }
      return tf.tensor2d(gradient, [frames, keys]);
    };
    return { value: tf.tensor2d(theta, [frames, events]), gradFunc };
  });
  return operation(scores) as tf.Tensor2D;
}

/**
 * The mean over frames of the same cost of scores [frames, keys] against target rows of the same
 * shape, each the pitch row of the frame's event, as one operation.
 */
export function pitchLoss(
  scores: tf.Tensor2D,
  targets: Float32Array,
  output: ModelConfig['output'],
): tf.Scalar {
  const [frames, keys] = scores.shape;
  const scale = (output === 'softmax' ? 1 : 0.25) / frames;
  const operation = tf.customGrad((input) => {
    const s = (input as tf.Tensor).dataSync() as Float32Array;
    const { normalisers, slopes } = normalise(s, frames, keys, output);
    let loss = normalisers.reduce((sum, value) => sum + value, 0);
    for (let k = 0; k < slopes.length; k++) {
      loss -= targets[k]! * s[k]!;
      slopes[k] = scale * (slopes[k]! - targets[k]!);
    }
    const gradFunc = (dy: tf.Tensor) => tf.tensor2d(slopes, [frames, keys]).mul(dy);
    return { value: tf.scalar(scale * loss), gradFunc };
  });
  return operation(scores) as tf.Scalar;
}

/**
 * What a frame's scores are compared with, log Σ exp or Σ softplus, and its derivative with respect
 * to each score, softmax or the logistic function.
 */
function normalise(x: Float32Array, rows: number, width: number, output: ModelConfig['output']) {
  return normaliseRows({ x, rows, width, by: output === 'sigmoid' ? 'logistic' : 'softmax' });
}
