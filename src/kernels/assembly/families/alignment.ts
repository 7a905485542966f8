export { alignment, alignmentWorkspace } from '../alignment/alignment';
export { heapBase } from '../heap';
