import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../dp/potentials.js';
import { checkNumbers } from '../value-checks.js';
import { checkObject, described } from './checks.js';
import { takeFloats, tensorOf } from './tensor-floats.js';

/** An array with the shape it has as a tensor. */
export interface ShapedArray {
  values: Float32Array;
  shape: number[];
}

/**
 * A scalar loss and its gradient with respect to named arrays: parameters, or embedding rows that
 * were gathered outside the tape. Everything in between is disposed of.
 *
 * @param inputs what the loss is differentiated by; `loss` must not change the arrays
 * @param loss the inputs as tensors, to the loss
 * @returns the loss, and a gradient for each input, in its layout, an array of its own
 * @throws TypeError for inputs or a loss of another kind, RangeError for arrays that do not fit their shapes
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { lossAndGradients } from 'didyprog/layers';
 *
 * const inputs = { w: { values: Float32Array.of(3), shape: [1] } };
 * const { loss, gradients } = lossAndGradients(inputs, ({ w }) => tf.sum(tf.square(w)));
 * console.log(loss, gradients.w[0]); // 9 6
 * ```
 */
export function lossAndGradients<Name extends string>(
  inputs: Readonly<Record<Name, ShapedArray>>,
  loss: (tensors: Record<Name, tf.Tensor>) => tf.Scalar,
): { loss: number; gradients: Record<Name, Float32Array> } {
  checkObject('inputs', inputs, 'of arrays { values, shape }');
  const names = Object.keys(inputs) as Name[];
  for (const name of names) checkInput(`inputs.${name}`, inputs[name]);
  if (typeof loss !== 'function') {
    throw new TypeError(`loss is ${described(loss)}: it must be a function of the tensors`);
  }
  if (names.length === 0) throw new RangeError('inputs is empty: it must have an array');
  const kept = tf.tidy(() => {
    const tensors = names.map((name) => tensorOf(inputs[name].values, inputs[name].shape));
    return tf.valueAndGrads((...list: tf.Tensor[]) => loss(named(names, list)))(tensors);
  });
  // Read outside tidy, which would walk every element of an array it is handed.
  const taken = new Set<Float32Array>(names.map((name) => inputs[name].values));
  const gradients = kept.grads.map((gradient) => {
    const values = takeFloats(gradient);
    // Of a sum, both terms have one gradient, and one array: who adds to one would add to both.
    const own = taken.has(values) ? values.slice() : values;
    taken.add(own);
    return own;
  });
  const result = { loss: kept.value.dataSync()[0]!, gradients: named(names, gradients) };
  tf.dispose([kept.value, kept.grads]);
  return result;
}

function checkInput(name: string, input: ShapedArray): void {
  checkObject(name, input, '{ values, shape }');
  const { values, shape } = input;
  checkNumbers(`${name}.values`, values, 'floats');
  // Without the types it may be missing: then there is one axis.
  if (shape === undefined) return;
  checkNumbers(`${name}.shape`, shape, 'sizes');
  const size = sizeOf(shape);
  if (values.length === size) return;
  throw new RangeError(
    `${name}.values has ${values.length} entries: its shape [${shape.join(', ')}] needs ${size}`,
  );
}

function named<Name extends string, Value>(names: readonly Name[], values: readonly Value[]) {
  return Object.fromEntries(names.map((name, at) => [name, values[at]!])) as Record<Name, Value>;
}
