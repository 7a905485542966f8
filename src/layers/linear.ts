import * as tf from '@tensorflow/tfjs-core';
import {
  crossEntropy,
  linearBackward,
  linearCrossEntropy,
  linearForward,
  type LinearGradients,
  type LinearShape,
  type Targets,
} from '../kernels/linear.js';
import { sizeOf } from '../dp/potentials.js';
import { checkOptions } from '../option-names.js';
import { checkNumber } from '../value-checks.js';
import { checkIsTensor, checkListed, checkNumbering, checkTensor } from './checks.js';
import { firstDerivative, isRecording } from './first-derivative.js';
import { nativeLinear, nativeLinearCrossEntropy } from './native-linear.js';
import { splitSave, tensorFloats, tensorOf } from './tensor-floats.js';

/**
 * x·weights + bias over the last dimension, as one operation with a gradient for all of them, on the
 * kernels, or by the native engine's own product: O(rows · inputs · outputs).
 *
 * @param x [..., inputs]
 * @param weights [inputs, outputs]
 * @param bias [outputs]; default 0
 * @returns [..., outputs]
 * @throws RangeError for shapes that do not fit
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { linear } from 'didyprog/layers';
 *
 * console.log(linear(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]); // 11
 * ```
 */
export function linear(x: tf.Tensor, weights: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const shape = checkLinear(x, weights, bias);
  if (tf.getBackend() === 'tensorflow') return nativeLinear(x, weights, bias);
  const tensors = bias ? [x, weights, bias] : [x, weights];
  const operation = tf.customGrad((...inputs) => {
    const [given, save] = splitSave(inputs);
    save(given);
    const arrays = readArrays(given);
    return {
      value: tensorOf(linearForward(shape, arrays), [...x.shape.slice(0, -1), shape.outputs]),
      // Read again: what was read in the forward pass may have moved since.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const gradients = linearBackward(shape, readArrays(saved), tensorFloats(dy));
        return firstDerivative('linear', asTensors(gradients, tensors, 1), [...saved, dy]);
      },
    };
  });
  return operation(...tensors);
}

/** What `softmaxCrossEntropy` can be asked for. */
export interface CrossEntropyOptions {
  /** The share of each target that is spread over all classes; default 0. */
  labelSmoothing?: number;
}

/**
 * The cross entropy of the softmax of each row's logits against its target column,
 * Σ_r weights[r]·(ln Σ_j e^logits[r, j] − logits[r, targets[r]]), a scalar. The gradient comes from
 * the same pass. With label smoothing, a share of each target is spread over all classes alike:
 * Szegedy et al. 2016, section 7.
 *
 * @param logits [rows, classes]
 * @param targets [rows]; −1 leaves a row out, whatever its logits are
 * @param weights [rows]; default: the mean over the rows that are not left out
 * @param options.labelSmoothing the share, in [0, 1); default 0. With it the loss of a row with a logit
 *   of −Infinity is infinite
 * @throws RangeError for shapes that do not fit, for targets that are no classes, and for another share
 *
 * O(rows · classes).
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { softmaxCrossEntropy } from 'didyprog/layers';
 *
 * const loss = softmaxCrossEntropy(tf.zeros([2, 4]), Int32Array.of(3, -1));
 * console.log((loss.dataSync()[0]! / Math.LN2).toFixed(3)); // 2.000
 * ```
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  targets: Int32Array,
  weights?: Float32Array,
  options: CrossEntropyOptions = {},
): tf.Scalar {
  checkTensor('logits', logits, ['rows', 'classes']);
  const [rows, classes] = logits.shape;
  const wanted = checkTargets(targets, weights, [rows, classes], options);
  const operation = tf.customGrad((...inputs) => {
    const { loss, gradient } = crossEntropy(tensorFloats(inputs[0] as tf.Tensor), classes, wanted);
    return {
      value: tf.scalar(loss),
      gradFunc: (dy: tf.Tensor) => {
        const slope = scaled(gradient, tensorFloats(dy)[0]!, logits.shape);
        return firstDerivative('softmaxCrossEntropy', [slope], [logits, dy]);
      },
    };
  });
  return operation(logits) as tf.Scalar;
}

/**
 * softmaxCrossEntropy(linear(x, weights, bias), targets, rowWeights, options) as one operation: for an output
 * layer over a large vocabulary, whose logits then never become a tensor.
 *
 * @param x [..., inputs]; its leading dimensions are the rows. What a row that is left out has in it
 *   does not matter
 * @throws as `softmaxCrossEntropy`
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { linearSoftmaxCrossEntropy } from 'didyprog/layers';
 *
 * const [x, weights] = [tf.ones([1, 3]), tf.zeros<tf.Rank.R2>([3, 4])];
 * const loss = linearSoftmaxCrossEntropy(x, weights, undefined, Int32Array.of(0));
 * console.log((loss.dataSync()[0]! / Math.LN2).toFixed(3)); // 2.000
 * ```
 */
export function linearSoftmaxCrossEntropy(
  x: tf.Tensor,
  weights: tf.Tensor2D,
  bias: tf.Tensor1D | undefined,
  targets: Int32Array,
  rowWeights?: Float32Array,
  options: CrossEntropyOptions = {},
): tf.Scalar {
  const shape = checkLinear(x, weights, bias);
  const wanted = checkTargets(targets, rowWeights, [shape.rows, shape.outputs], options);
  return tf.tidy(() => {
    const tensors = [withoutLeftOut(x, wanted), weights, ...(bias ? [bias] : [])];
    if (tf.getBackend() === 'tensorflow') {
      return nativeLinearCrossEntropy(tensors[0]!, weights, bias, wanted);
    }
    const operation = tf.customGrad((...inputs) => {
      const arrays = readArrays(inputs.slice(0, tensors.length) as tf.Tensor[]);
      const options = { gradient: isRecording() };
      const { loss, gradients } = linearCrossEntropy(shape, arrays, wanted, options);
      return {
        value: tf.scalar(loss),
        gradFunc: (dy: tf.Tensor) => {
          const slopes = asTensors(gradients!, tensors, tensorFloats(dy)[0]!);
          return firstDerivative('linearSoftmaxCrossEntropy', slopes, [...tensors, dy]);
        },
      };
    });
    return operation(...tensors) as tf.Scalar;
  });
}

/**
 * x with 0 in the rows that are left out. A row's gradient of 0 times a NaN or an infinity in it would
 * make all weights' gradients NaN.
 */
function withoutLeftOut(x: tf.Tensor, { targets }: Targets): tf.Tensor {
  if (targets.every((target) => target >= 0)) return x;
  const rows = tf.reshape(x, [targets.length, -1]);
  const isCounted = tf.greaterEqual(tf.tensor2d(targets, [targets.length, 1], 'int32'), 0);
  return tf.reshape(tf.where(isCounted, rows, tf.zerosLike(rows)), x.shape);
}

function readArrays(tensors: tf.Tensor[]) {
  const [x, weights, bias] = tensors.map(tensorFloats);
  return { x: x!, weights: weights!, bias };
}

/** The gradients of x, weights and, if it is among the tensors, bias; times a factor. */
function asTensors(gradients: LinearGradients, tensors: tf.Tensor[], factor: number): tf.Tensor[] {
  const arrays = [gradients.x, gradients.weights, gradients.bias];
  return tensors.map(({ shape }, n) => scaled(arrays[n]!, factor, shape));
}

function scaled(values: Float32Array, factor: number, shape: number[]): tf.Tensor {
  const tensor = tensorOf(values, shape);
  return factor === 1 ? tensor : tf.mul(tensor, factor);
}

function checkLinear(x: tf.Tensor, weights: tf.Tensor2D, bias?: tf.Tensor1D): LinearShape {
  checkIsTensor('x', x);
  checkTensor('weights', weights, ['inputs', 'outputs']);
  const [inputs, outputs] = weights.shape;
  if (x.rank < 1 || x.shape[x.rank - 1] !== inputs) {
    throw new RangeError(
      `x is [${x.shape.join(', ')}] and weights [${inputs}, ${outputs}]: ` +
        "x's last dimension must be weights' first",
    );
  }
  if (bias) checkTensor('bias', bias, [outputs]);
  return { rows: sizeOf(x.shape.slice(0, -1)), inputs, outputs };
}

function checkTargets(
  targets: Int32Array,
  weights: Float32Array | undefined,
  [rows, classes]: [number, number],
  options: CrossEntropyOptions,
): Targets {
  checkOptions('the cross entropy', options, ['labelSmoothing']);
  const { labelSmoothing: smoothing = 0 } = options;
  checkNumber('labelSmoothing', smoothing, 'belowOne');
  checkListed('targets', targets, 'classes');
  if (weights !== undefined) checkListed('the weights of rows', weights, 'numbers');
  if (targets.length !== rows || (weights && weights.length !== rows)) {
    throw new RangeError(
      `there are ${targets.length} targets${weights ? ` and ${weights.length} weights` : ''} ` +
        `for ${rows} rows of logits`,
    );
  }
  checkNumbering('targets', targets, {
    ...{ least: -1, count: classes },
    allowed: `it must be a class from 0 to ${classes - 1}, or −1 to leave the row out`,
  });
  weights?.forEach((weight, row) => {
    // Finite as a rule: then no name is made for each row of each step.
    if (targets[row]! < 0 || Number.isFinite(weight)) return;
    checkNumber(`the weight of row ${row}`, weight, 'finite');
  });
  const counted = targets.reduce((sum, target) => sum + Number(target >= 0), 0);
  const each = Float32Array.from(targets, (target, row) =>
    target < 0 ? 0 : (weights?.[row] ?? 1 / counted),
  );
  return { targets, weights: each, smoothing };
}
