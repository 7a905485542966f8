export * from './attention-weights.js';
export * from './attention.js';
export * from './embedding.js';
export * from './losses.js';
export * from './lstm.js';
export * from './optimiser.js';
export * from './program-layer.js';
export * from './tape.js';
