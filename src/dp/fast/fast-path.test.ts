import { expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { graphKernels } from '../../kernels/binaries.js';
import type { KernelFamily } from '../../kernels/compiled.js';
import { ctc } from '../programs/ctc.js';
import { pairwiseAlignment } from '../programs/pairwise-alignment.js';

const random = seededRandom(4);
const draw = (length: number) => Float32Array.from(randomArray(length, random));

/** What `make` makes where the kernels of graphs are not loaded, as in a page that fetches others alone. */
function withoutGraphs<T>(make: () => T): T {
  const family: KernelFamily = graphKernels;
  const { code } = family;
  family.code = undefined;
  try {
    return make();
  } finally {
    family.code = code;
  }
}

it('a program with kernels of its own runs on them without those of graphs, but for Hessian products', () => {
  const [frames, pairs] = withoutGraphs(() => [
    ctc({ batch: 1, time: 4, classes: 3, labels: [[1, 2]], omega: 'l2' }),
    pairwiseAlignment({ batch: 1, rows: 3, cols: 2, mode: 'global', omega: 'negentropy' }),
  ]);
  const runsOn = 'kernels; Hessian products: definition (float64): the kernels are not loaded';
  expect([frames.runsOn, pairs.runsOn]).toEqual([runsOn, runsOn]);
  const theta = draw(12);
  const exact = frames.hessianProduct(Float64Array.from(theta), Float64Array.from(theta));
  expectClose(frames.gradient(theta).gradient, exact.gradient, 1e-5);
  expectClose(frames.hessianProduct(theta, theta).product, exact.product, 1e-6);
  const potentials = { match: draw(6), gapOpen: draw(1), gapExtend: draw(1) };
  const { value } = pairs.gradient({
    match: Float64Array.from(potentials.match),
    gapOpen: Float64Array.from(potentials.gapOpen),
    gapExtend: Float64Array.from(potentials.gapExtend),
  });
  expectClose(pairs.value(potentials), value, 1e-5);
});
