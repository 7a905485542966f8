// Every kernel that threads can share has the signature (params, job, workspace): `params` points
// to a block of four-byte fields, `job` says which independent part of the work to do, and
// `workspace` is the thread's own memory. Nothing else is written by two threads.
export { itemDots, itemMix } from './dense/attention';
export { softmaxCrossEntropy } from './dense/cross-entropy';
export { dropout, randomMask } from './dense/dropout';
export { LstmDirection, lstmBackward, lstmForward } from './dense/lstm';
export { chain, chainWorkspace } from './chain/chain';
export { chainHard, chainHardItems, chainHardWorkspace } from './chain/hard';
export { countMoves } from './chain/hard-path';
export { factored, factoredWorkspace, sumShares } from './factored/factored';
export { factoredWeights, factoredWeightsBytes } from './factored/weights';
export { dtwBackward, dtwForward, dtwPath, dtwProblem } from './dtw/dtw';
export { dtwInspect } from './dtw/costs';
export { graph, graphWorkspace } from './graph/graph';
export { map } from './dense/map';
export { multiply, pack } from './dense/matmul';
export { adam, descend, squareSum } from './dense/optimiser';
export { addRows, clear, clearParts, copyRows, sumRows } from './dense/rows';
export { normaliseRows } from './dense/normalise';
export { scale } from './dense/scale';

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
