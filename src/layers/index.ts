export * from './losses.js';
export * from './program-layer.js';
export * from './embedding.js';
export * from './optimiser.js';
export * from './tape.js';
export * from './attention.js';
export * from './attention-weights.js';
