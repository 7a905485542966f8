export { dtwBackward, dtwForward, dtwPath, dtwProblem } from '../dtw/dtw';
export { dtwInspect } from '../dtw/costs';
export { heapBase } from '../heap';
