export { clear, clearParts } from '../dense/rows';
export { scale } from '../dense/scale';
export { bytesOfText } from '../text';
export { heapBase } from '../heap';
