import * as tf from '@tensorflow/tfjs';

/** The part of the wasm backend that is used here: its memory, seen without a copy. */
interface WasmBackend {
  typedArrayFromHeap(tensor: tf.Tensor): Float32Array;
  dataIdMap: { has(dataId: object): boolean };
}

/**
 * The numbers of a float tensor, for use before the next operation of TensorFlow.js: with the wasm
 * backend a view of its memory, which the next one may move. Reading by dataSync would copy there,
 * and the copies of all weights at every step are a tenth of a small model's time, in garbage.
 */
export function tensorFloats(tensor: tf.Tensor): Float32Array {
  if (tf.getBackend() === 'wasm') {
    const backend = tf.backend() as unknown as WasmBackend;
    // A tensor may still be where another backend made it.
    if (backend.dataIdMap.has(tensor.dataId)) return backend.typedArrayFromHeap(tensor);
  }
  return tensor.dataSync<'float32'>() as Float32Array;
}
