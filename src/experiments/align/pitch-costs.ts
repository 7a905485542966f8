import * as tf from '@tensorflow/tfjs';
import type { Arena } from '../../kernels/arena.js';
import { multiply } from '../../kernels/matmul.js';
import { type Kernels, withKernels } from '../../kernels/module.js';
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
    const { theta, slopes } = withKernels((kernels, arena) => {
      const x = arena.floats(s);
      const { slopes, normalisers } = normalise(kernels, arena, { x, frames, keys, output });
      const b = { address: arena.floats(pitches), rows: keys, columns: events, transposed: true };
      const product = arena.reserve(4 * frames * events);
      const rows = { address: x, rows: frames, columns: keys };
      multiply(kernels, arena, rows, b, { address: product });
      const theta = new Float32Array(arena.view(product, frames * events));
      const heights = arena.view(normalisers, frames);
      for (let i = 0, cell = 0; i < frames; i++) {
        const height = heights[i]!;
        for (let j = 0; j < events; j++, cell++) theta[cell] = scale * (height - theta[cell]!);
      }
      return { theta, slopes: new Float32Array(arena.view(slopes, frames * keys)) };
    });
    const gradFunc = (dy: tf.Tensor) => {
      const mass = dy.dataSync() as Float32Array;
      const gradient = withKernels((kernels, arena) => {
        const e = { address: arena.floats(mass), rows: frames, columns: events };
        const b = { address: arena.floats(pitches), rows: events, columns: keys };
        const product = arena.reserve(4 * frames * keys);
        multiply(kernels, arena, e, b, { address: product });
        return new Float32Array(arena.view(product, frames * keys));
      });
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
    const { loss, slopes } = withKernels((kernels, arena) => {
      const found = normalise(kernels, arena, { x: arena.floats(s), frames, keys, output });
      const slopes = new Float32Array(arena.view(found.slopes, frames * keys));
      let loss = arena.view(found.normalisers, frames).reduce((sum, value) => sum + value, 0);
      for (let k = 0; k < slopes.length; k++) {
        loss -= targets[k]! * s[k]!;
        slopes[k] = scale * (slopes[k]! - targets[k]!);
      }
      return { loss, slopes };
    });
    const gradFunc = (dy: tf.Tensor) => tf.tensor2d(slopes, [frames, keys]).mul(dy);
    return { value: tf.scalar(scale * loss), gradFunc };
  });
  return operation(scores) as tf.Scalar;
}

/**
 * What a frame's scores are compared with, log Σ exp or Σ softplus, and its derivative with respect
 * to each score, softmax or the logistic function: their addresses.
 */
function normalise(
  kernels: Kernels,
  arena: Arena,
  {
    x,
    frames,
    keys,
    output,
  }: { x: number; frames: number; keys: number; output: ModelConfig['output'] },
): { slopes: number; normalisers: number } {
  const block = 256;
  const slopes = arena.reserve(4 * frames * keys);
  const normalisers = arena.reserve(4 * frames);
  const logistic = Number(output === 'sigmoid');
  const params = arena.parameters([x, slopes, normalisers, frames, keys, block, logistic]);
  const jobs = Math.ceil(frames / block);
  kernels.run('normaliseRows', { params, jobs, nanoseconds: 2 * frames * keys });
  return { slopes, normalisers };
}
