// What Node, Bun and Deno import: also in a bundle, which drops what nobody names, float32 runs on kernels.
import { registerGraphKernels } from './dp/fast/graph-kernels.js';

export * from './index.js';

registerGraphKernels();
