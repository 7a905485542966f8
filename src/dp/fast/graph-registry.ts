import type { CompiledGraph } from '../../kernels/graph-layout.js';
import type { Smoothing } from '../omega/index.js';
import type { PotentialForm } from '../potentials.js';
import type { GuardedPath } from './guarded.js';

/** A batch of graphs, and what their potentials are. */
export interface GraphProgram extends Smoothing {
  batch: number;
  sense: 1 | -1;
  form: PotentialForm;
  /** The graph of an item; items that share one have the same object. */
  graph: (item: number) => CompiledGraph;
}

type GraphPath = (program: GraphProgram) => GuardedPath | string;

let registered: GraphPath | undefined;

/** Has programs that do not bring the graph kernels along use them from now on. */
export function registerGraphPath(path: GraphPath): void {
  registered = path;
}

/** The float32 path on the graph kernels, of a program that leaves it to others to bring them along. */
export function registeredGraphPath(program: GraphProgram): GuardedPath | string {
  return registered?.(program) ?? 'the graph kernels are not in use: call registerGraphKernels()';
}
