export * from './programs.js';
export * from './features/index.js';
export * from './metrics/onset-errors.js';
export * from './metrics/chunk-scores.js';
export * from './metrics/bleu.js';
