import * as tf from '@tensorflow/tfjs-core';
import { float32 } from './floats.js';

/** The part of the wasm backend that is used here: its memory, seen without a copy. */
interface WasmBackend {
  typedArrayFromHeap(tensor: tf.Tensor): Float32Array;
  dataIdMap: { has(dataId: object): boolean };
}

/** The arrays that tensors were made of, by their data. */
const origins = new WeakMap<object, Float32Array>();

/**
 * A tensor of an array that stays as it is as long as the tensor lives, and that no other tensor is
 * of, so that `tensorFloats` can give the array itself instead of a copy from the engine.
 */
export function tensorOf(values: Float32Array, shape: number[]): tf.Tensor {
  const tensor = tf.tensor(values, shape);
  origins.set(tensor.dataId, values);
  return tensor;
}

/**
 * The numbers of a tensor as floats, for use before the next operation of TensorFlow.js: with the wasm
 * backend a view of its memory, which the next one may move. Reading by dataSync would copy there,
 * and the copies of all weights at every step are a tenth of a small model's time, in garbage.
 */
export function tensorFloats(tensor: tf.Tensor): Float32Array {
  const origin = origins.get(tensor.dataId);
  if (origin) return origin;
  if (tf.getBackend() === 'wasm') {
    const backend = tf.backend() as unknown as WasmBackend;
    // A tensor may still be where another backend made it.
    if (backend.dataIdMap.has(tensor.dataId)) return float32(backend.typedArrayFromHeap(tensor));
  }
  return float32(tensor.dataSync<'float32'>());
}

/** The numbers of a float tensor that is not used any more, to keep and to change. */
export function takeFloats(tensor: tf.Tensor): Float32Array {
  return origins.get(tensor.dataId) ?? float32(tensor.dataSync<'float32'>());
}

/** customGrad hands over its tensors and, last, the function that saves some for the gradient. */
export function splitSave(inputs: (tf.Tensor | tf.GradSaveFunc)[]): [tf.Tensor[], tf.GradSaveFunc] {
  const save = inputs[inputs.length - 1] as tf.GradSaveFunc;
  return [inputs.slice(0, -1) as tf.Tensor[], save];
}
