// Every kernel that threads can share has the signature (params, job, workspace): `params` points
// to a block of four-byte fields, `job` says which independent part of the work to do, and
// `workspace` is the thread's own memory. Nothing else is written by two threads.
export { itemDots, itemMix } from './attention';
export { softmaxCrossEntropy } from './cross-entropy';
export { dropout, randomMask } from './dropout';
export { lstmBackward, lstmForward } from './lstm';
export { chain, chainWorkspace } from './chain';
export { chainHard, chainHardWorkspace } from './chain-hard';
export { factored, factoredWorkspace, sumShares } from './factored';
export { factoredWeights, factoredWeightsBytes } from './factored-weights';
export { dtwBackward, dtwForward, dtwPath, dtwProblem } from './dtw';
export { dtwInspect } from './dtw-costs';
export { map } from './map';
export { multiply, pack } from './matmul';
export { adam, descend, squareSum } from './optimiser';
export { addRows, clear, clearParts, copyRows, sumRows } from './rows';
export { normaliseRows } from './normalise';
export { scale } from './scale';

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
