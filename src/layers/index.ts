export * from './operations.js';
export * from './tf-layers.js';
