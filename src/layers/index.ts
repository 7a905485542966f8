export * from './losses.js';
export * from './program-layer.js';
