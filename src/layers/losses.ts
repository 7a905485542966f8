import * as tf from '@tensorflow/tfjs-core';
import { checkSizes } from '../dp/checks.js';
import { shapesOf } from '../dp/potentials.js';
import type { Path } from '../dp/program.js';
import { checkNumber } from '../value-checks.js';
import { checkProgram, checkTensor, described } from './checks.js';
import { firstDerivative } from './first-derivative.js';
import { maxLayer, type DifferentiableProgram, type TensorPotentials } from './program-layer.js';
import { float32 } from './floats.js';
import { tensorForm } from './tensor-form.js';

/** A program whose paths have a known Ω(Y). */
export interface PathProgram extends DifferentiableProgram {
  readonly sense: 1 | -1;
  pathRegularisation(y: object): Float64Array;
  pathIndicator(theta: object, paths: readonly Path[]): object;
}

/**
 * The convex (Fenchel–Young) loss of each item: DP_Ω(θ) − ⟨Y,θ⟩ + Ω(Y), and for a smoothed minimum
 * ⟨Y,θ⟩ − DTW_Ω(θ) + Ω(Y). Convex in θ, never negative, 0 when the walk is Y. Mensch & Blondel
 * 2018, section 5.
 *
 * @param theta potentials in the program's structure
 * @param y the true paths, or their 0/1 indicators as tensors in theta's structure, the batch first
 *   in parts too that it shares
 * @returns losses [batch]
 * @throws TypeError for a theta or y of another structure, RangeError for a tensor of another shape than
 *   its part; and what the program throws, such as for a path that it does not have
 *
 * O(edges) each way.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { linearChain } from 'didyprog';
 * import { fenchelYoungLoss } from 'didyprog/layers';
 *
 * // One of four paths of the same score: log 4.
 * const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'negentropy' });
 * const loss = fenchelYoungLoss(chain, tf.zeros([1, 1, 2, 2]), [Int32Array.of(0, 1)]);
 * console.log(loss.dataSync()[0]!.toFixed(3)); // 1.386
 * ```
 */
export function fenchelYoungLoss(
  program: PathProgram,
  theta: TensorPotentials,
  y: TensorPotentials | readonly Path[],
): tf.Tensor1D {
  return tf.tidy(() => untidiedLoss(program, theta, y));
}

function untidiedLoss(
  program: PathProgram,
  theta: TensorPotentials,
  y: TensorPotentials | readonly Path[],
): tf.Tensor1D {
  checkProgram(program);
  const { batch, sense } = program;
  tensorForm(program.potentials, 'theta', theta);
  for (const [name, part] of Object.entries(theta)) {
    if (theta instanceof tf.Tensor || !ArrayBuffer.isView(part)) continue;
    throw new TypeError(`theta.${name} is ${described(part)}: the loss takes tensors`);
  }
  if (!isPaths(y)) checkIndicator(program, y);
  const truth = isPaths(y) ? indicatorOf(program, theta, y) : asFloats(y);
  const regularisation = program.pathRegularisation(isPaths(y) ? y : arraysOf(truth));
  const scores = partsOf(theta).map(([name, part]) => {
    const indicator = partsOf(truth).find((one) => one[0] === name)?.[1];
    if (!indicator) {
      throw new TypeError(
        name
          ? `y.${name} is missing: y has the structure of theta`
          : 'y is an object: it must be a tensor, as theta',
      );
    }
    // A part that the batch shares, once for each item.
    const each = tf.add(part, tf.zerosLike(indicator));
    // A forbidden potential off the path would give 0·∞.
    const allowed = tf.where(tf.greater(indicator, 0), each, tf.zerosLike(each));
    return tf.sum<tf.Tensor1D>(tf.reshape(tf.mul(allowed, indicator), [batch, -1]), 1);
  });
  const cost = tf.tensor1d(Float32Array.from(regularisation));
  return tf.add<tf.Tensor1D>(
    tf.mul(tf.sub(maxLayer(program, theta), tf.addN(scores)), sense),
    cost,
  );
}

function isPaths(y: TensorPotentials | readonly Path[]): y is readonly Path[] {
  return Array.isArray(y);
}

/** Checks the indicators of paths: the batch first in every part, since another shape would broadcast. */
function checkIndicator(program: PathProgram, y: TensorPotentials): void {
  const { parts } = tensorForm(program.potentials, 'y', y, ['a list of paths']);
  for (const [name, tensor] of partsOf(y)) {
    const part = parts.find((one) => one.name === name);
    if (!part) continue;
    // An only item may go without the axis of the batch, as in dag's potentials.
    const shapes = shapesOf({ shape: part.shape, shared: program.batch === 1 }, program.batch);
    checkTensor(`y${name && `.${name}`}`, tensor, ...shapes);
  }
}

/** The tensors of potentials by name; of a bare one ''. */
function partsOf(theta: TensorPotentials): [name: string, part: tf.Tensor][] {
  if (theta instanceof tf.Tensor) return [['', theta]];
  return Object.entries(theta).flatMap(([name, part]): [string, tf.Tensor][] =>
    part instanceof tf.Tensor ? [[name, part]] : [],
  );
}

function arraysOf(theta: TensorPotentials): object {
  if (theta instanceof tf.Tensor) return float32(theta.dataSync());
  const parts = partsOf(theta).map(([name, part]) => [name, float32(part.dataSync())]);
  return Object.fromEntries(parts) as object;
}

/** Indicators as `tf.oneHot` and comparisons give them, of whole numbers or truth values, as floats. */
function asFloats(y: TensorPotentials): TensorPotentials {
  if (y instanceof tf.Tensor) return tf.cast(y, 'float32');
  return {
    ...y,
    ...Object.fromEntries(partsOf(y).map(([name, part]) => [name, tf.cast(part, 'float32')])),
  };
}

/** The indicators of paths as tensors, the batch first in every part. */
function indicatorOf(
  program: PathProgram,
  theta: TensorPotentials,
  paths: readonly Path[],
): TensorPotentials {
  const found = program.pathIndicator(arraysOf(theta), paths);
  const parts = program.potentials.flatMap((form) => form.parts);
  const tensorOf = (name: string, values: Float32Array) =>
    tf.tensor(values, [program.batch, ...parts.find((part) => part.name === name)!.shape]);
  if (theta instanceof tf.Tensor) return tensorOf('', found as Float32Array);
  return Object.fromEntries(
    Object.entries(found).map(([name, values]) => [name, tensorOf(name, values as Float32Array)]),
  );
}

/**
 * The area between an expected and a true alignment, in seconds: with
 * D_ij = Σ_{j'≤j} (E − Y)_ij', the mean over items of (hop/events)·Σ_ij D_ij². For a hard 'advance'
 * path it is exactly the mean absolute onset error of the frames, over all events.
 *
 * @param expected E [batch, frames, events]
 * @param truth Y, the same shape
 * @param hopSeconds the seconds between frames
 * @throws RangeError for shapes that are not [batch, frames, events], not the same or empty, and for seconds
 *   that are not finite and greater than 0
 *
 * O(batch · frames · events).
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { areaLoss } from 'didyprog/layers';
 *
 * // The second of two events begins one frame of 0.1 s late.
 * const expected = tf.tensor3d([[[1, 0], [1, 0], [0, 1]]]);
 * const truth = tf.tensor3d([[[1, 0], [0, 1], [0, 1]]]);
 * console.log(areaLoss(expected, truth, 0.1).dataSync()[0]!.toFixed(3)); // 0.050
 * ```
 */
export function areaLoss(expected: tf.Tensor3D, truth: tf.Tensor3D, hopSeconds: number): tf.Scalar {
  checkTensor('expected', expected, ['batch', 'frames', 'events']);
  checkTensor('truth', truth, expected.shape);
  checkNumber('hopSeconds', hopSeconds, 'positive');
  const [batch, frames, events] = expected.shape;
  // Of none there is no mean.
  checkSizes({ batch, frames, events });
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
    const gradFunc = (dy: tf.Tensor) => {
      const gradient = tf.mul(tf.tensor3d(slope, [batch, frames, events]), dy);
      return firstDerivative('areaLoss', [gradient], [expected, dy])[0]!;
    };
    return { value: tf.scalar(scale * total), gradFunc };
  });
  return operation(expected) as tf.Scalar;
}
