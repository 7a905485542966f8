export { clear, clearParts } from '../dense/rows';
export { scale } from '../dense/scale';
export { heapBase } from '../heap';
