import * as tf from '@tensorflow/tfjs';
import type { DynamicProgram } from '../dp/program.js';
import { maxLayer, type DifferentiableProgram } from './program-layer.js';

/** A program over one array of potentials whose paths have a known Ω(Y). */
export type PathProgram = DifferentiableProgram &
  Pick<DynamicProgram<'array'>, 'sense' | 'pathRegularisation'>;

/**
 * The convex (Fenchel–Young) loss of each item: DP_Ω(θ) − ⟨Y,θ⟩ + Ω(Y), and for a smoothed minimum
 * ⟨Y,θ⟩ − DTW_Ω(θ) + Ω(Y). Convex in θ, never negative, 0 when the walk is Y. Mensch & Blondel
 * 2018, section 5.
 *
 * @param theta potentials, the batch first
 * @param y the true paths as 0/1 indicators, of theta's shape
 * @returns losses [batch]
 */
export function fenchelYoungLoss(
  program: PathProgram,
  theta: tf.Tensor,
  y: tf.Tensor,
): tf.Tensor1D {
  const regularisation = program.pathRegularisation(y.dataSync() as Float32Array);
  const cost = tf.tensor1d(Float32Array.from(regularisation));
  const batch = cost.shape[0];
  // A forbidden potential off the path would give 0·∞.
  const allowed = tf.where(y.greater(0), theta, tf.zerosLike(theta));
  const score = allowed.mul(y).reshape([batch, -1]).sum<tf.Tensor1D>(1);
  return maxLayer(program, theta).sub(score).mul(program.sense).add<tf.Tensor1D>(cost);
}

/**
 * The area between an expected and a true alignment, in seconds: with
 * D_ij = Σ_{j'≤j} (E − Y)_ij', the mean over items of (hop/events)·Σ_ij D_ij². For a hard 'advance'
 * path it is exactly the mean absolute onset error of the frames, over all events.
 *
 * @param expected E [batch, frames, events], @param truth Y, the same shape
 * @param hopSeconds the seconds between frames
 */
export function areaLoss(expected: tf.Tensor3D, truth: tf.Tensor3D, hopSeconds: number): tf.Scalar {
  const [batch, frames, events] = expected.shape;
  const scale = hopSeconds / (events * batch);
  const y = truth.dataSync();
  const operation = tf.customGrad((input) => {
    const e = (input as tf.Tensor).dataSync();
    const slope = new Float32Array(e.length);
    let total = 0;
    for (let row = 0; row < e.length; row += events) {
      let difference = 0;
      for (let at = row; at < row + events; at++) {
        difference += e[at]! - y[at]!;
        total += difference * difference;
        slope[at] = difference;
      }
      // Entry j takes part in the sums from column j on.
      let sum = 0;
      for (let at = row + events - 1; at >= row; at--) {
        sum += slope[at]!;
        slope[at] = 2 * scale * sum;
      }
    }
    const gradFunc = (dy: tf.Tensor) => tf.tensor3d(slope, [batch, frames, events]).mul(dy);
    return { value: tf.scalar(scale * total), gradFunc };
  });
  return operation(expected) as tf.Scalar;
}
