/** Operations on tensors with gradients; nothing here needs more of TensorFlow.js than its core. */
export * from './attention-kind.js';
export * from './attention-weights.js';
export * from './attention.js';
export * from './embedding.js';
export * from './linear.js';
export * from './losses.js';
export * from './lstm.js';
export * from './optimiser.js';
export * from './packed-rows.js';
export * from './program-layer.js';
export * from './structured-losses.js';
export * from './tape.js';
