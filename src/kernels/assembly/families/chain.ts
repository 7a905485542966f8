export { chain, chainWorkspace } from '../chain/chain';
export { chainHard, chainHardItems, chainHardWorkspace } from '../chain/hard';
export { countMoves } from '../chain/hard-path';
export { factored, factoredWorkspace, sumShares } from '../factored/factored';
export { factoredWeights, factoredWeightsBytes } from '../factored/weights';
export { heapBase } from '../heap';
