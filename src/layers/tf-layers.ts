/** Layers for models of `tf.layers`. */
export * from './crf-layer.js';
export * from './structured-attention-layer.js';
