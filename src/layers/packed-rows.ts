import * as tf from '@tensorflow/tfjs-core';
import { checkLengths, checkTensor, described } from './checks.js';
import { firstDerivative } from './first-derivative.js';
import { tensorFloats, tensorOf } from './tensor-floats.js';

/**
 * The rows of sequences without their padding: of [batch, time, depth_k] the first lengths[b] of
 * each item, behind each other, the parts side by side.
 *
 * @param parts tensors that differ in depth only
 * @returns [Σ lengths, Σ depth_k]; the gradient of padding is 0
 * @throws TypeError for what is no list of tensors; RangeError when batch and time are not the same, or
 *   a length is not from 0 to time
 *
 * O(Σ lengths · Σ depth_k).
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { packRows } from 'didyprog/layers';
 *
 * const padded = tf.tensor3d([[[1], [2]], [[3], [0]]]);
 * console.log(packRows([padded], [2, 1]).dataSync().join()); // 1,2,3
 * ```
 */
export function packRows(parts: readonly tf.Tensor3D[], lengths: ArrayLike<number>): tf.Tensor2D {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new TypeError(`parts is ${described(parts)}: it must be a list of one tensor or more`);
  }
  parts.forEach((part: tf.Tensor3D, at) =>
    checkTensor(`parts[${at}]`, part, ['batch', 'time', 'depth']),
  );
  const [batch, time] = parts[0]!.shape;
  for (const { shape } of parts) {
    if (shape[0] !== batch || shape[1] !== time) {
      throw new RangeError(`parts [${shape}] and [${parts[0]!.shape}] differ in batch or time`);
    }
  }
  const places = rowPlaces(batch, time, lengths);
  const depths = parts.map(({ shape }) => shape[2]);
  const width = depths.reduce((sum, depth) => sum + depth, 0);
  const operation = tf.customGrad((...inputs) => {
    const packed = new Float32Array(places.length * width);
    let column = 0;
    depths.forEach((depth, part) => {
      const values = tensorFloats(inputs[part] as tf.Tensor);
      copyRows(places, depth, values, packed, (row, place) => [
        place * depth,
        row * width + column,
      ]);
      column += depth;
    });
    const gradFunc = (dy: tf.Tensor) => {
      const gradient = tensorFloats(dy);
      let from = 0;
      const parts = depths.map((depth) => {
        const whole = new Float32Array(batch * time * depth);
        const first = from;
        copyRows(places, depth, gradient, whole, (row, place) => [
          row * width + first,
          place * depth,
        ]);
        from += depth;
        return whole;
      });
      const gradients = parts.map((whole, part) => tensorOf(whole, [batch, time, depths[part]!]));
      return firstDerivative('packRows', gradients, [dy]);
    };
    return { value: tensorOf(packed, [places.length, width]), gradFunc };
  });
  return operation(...parts) as tf.Tensor2D;
}

/** The row of [batch · time] that each packed row is. */
function rowPlaces(batch: number, time: number, lengths: ArrayLike<number>): Int32Array {
  const places: number[] = [];
  checkLengths('lengths', lengths, batch, 0, time).forEach((length, item) => {
    for (let t = 0; t < length; t++) places.push(item * time + t);
  });
  return Int32Array.from(places);
}

function copyRows(
  places: Int32Array,
  depth: number,
  from: Float32Array,
  to: Float32Array,
  offsets: (row: number, place: number) => [from: number, to: number],
): void {
  places.forEach((place, row) => {
    const [source, target] = offsets(row, place);
    to.set(from.subarray(source, source + depth), target);
  });
}
