export * from './dp/program.js';
export {
  defineProgram,
  type DefineOptions,
  type PotentialOptions,
  type NamedStructure,
  type StructureOf,
} from './dp/define-program.js';
export type { Graph } from './dp/graph.js';
export type { CompiledGraph } from './kernels/graph-layout.js';
export {
  omegaNames,
  smoothMax,
  smoothMaxProduct,
  tsallis,
  type Omega,
  type OmegaName,
  type ArrayLikeOf,
  type Regularizer,
  type MaxScores,
} from './dp/omega/index.js';
export * from './dp/programs/linear-chain.js';
export * from './dp/programs/factored-chain.js';
export * from './dp/programs/dtw.js';
export * from './dp/programs/dag.js';
export * from './dp/programs/semi-markov.js';
export * from './dp/programs/ctc.js';
export * from './dp/programs/pairwise-alignment.js';
export * from './dp/programs/dtw-divergence.js';
export * from './dp/programs/dtw-barycenter.js';
export { registerGraphKernels } from './dp/fast/graph-kernels.js';
export { innerProduct } from './dp/programs/costs.js';
export { hasKernels, kernelFault } from './kernels/compiled.js';
export { getThreads, setThreads } from './kernels/module.js';
export { KernelArray } from './kernels/kernel-array.js';
