export { ctc, ctcWorkspace } from '../ctc/ctc';
export { heapBase } from '../heap';
