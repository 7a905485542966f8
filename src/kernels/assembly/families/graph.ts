export { graph, graphWorkspace } from '../graph/graph';
export { heapBase } from '../heap';
