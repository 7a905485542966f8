export * from './dp/program.js';
export { smoothMax, smoothMaxProduct, type Omega, type Regularizer } from './dp/omega.js';
export * from './dp/linear-chain.js';
export * from './dp/factored-chain.js';
export * from './dp/dtw.js';
export * from './dp/dag.js';
export { innerProduct } from './dp/costs.js';
export * from './features/index.js';
export * from './metrics/onset-errors.js';
