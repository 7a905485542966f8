import { expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { graphKernels } from '../../kernels/binaries.js';
import type { KernelFamily } from '../../kernels/compiled.js';
import { defineProgram } from '../define-program.js';
import { ctc } from '../programs/ctc.js';
import { dtw } from '../programs/dtw.js';
import { tsallis } from '../omega/tsallis.js';
import { linearChain } from '../programs/linear-chain.js';
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

it('a γ that float32 does not hold, or not its inverse, is left to the definition', () => {
  for (const omega of ['negentropy', 'l2', 'entmax15'] as const) {
    // Of one path all shares are 1, of two alike a half each; Ω of these, by its formula, gives the value.
    const half = { negentropy: Math.LN2, l2: -1 / 4, entmax15: (1 - Math.SQRT1_2) / 0.75 }[omega];
    for (const gamma of [1e-300, 1e-40, 1e37]) {
      const into = () => [[0, 0] as const, [0, 1] as const];
      const options = { batch: 1, potentials: 2, omega, gamma };
      const graph = defineProgram({ ...options, graph: { nodes: 2, into } });
      expect(graph.runsOn).toMatch(/^definition \(float64\): .*γ/);
      const sums = [
        graph.gradient(new Float32Array(2)),
        linearChain({ batch: 1, time: 0, states: 2, omega, gamma }).gradient({
          moves: new Float32Array(0),
          start: new Float32Array(2),
        }),
      ];
      for (const { value } of sums)
        expectClose([value[0]! / gamma], [gamma < 1e-45 ? 0 : half], 1e-3);
      expect([...graph.gradient(new Float32Array(2)).gradient]).toEqual([0.5, 0.5]);
      const alignment = dtw({ batch: 1, rows: 2, cols: 1, omega, gamma });
      expect([...alignment.gradient(new Float32Array(2)).gradient]).toEqual([1, 1]);
      const frames = ctc({ batch: 1, time: 1, classes: 2, labels: [[1]], omega, gamma });
      expect([...frames.gradient(new Float32Array(2)).gradient]).toEqual([0, 1]);
    }
  }
});

it('a value that leaves float32 is an error, which blames no entry', () => {
  const huge = (length: number) => new Float32Array(length).fill(3e38);
  const moves = linearChain({ batch: 2, time: 1, states: 2, omega: 'l2' });
  const says = 'the value of batch item 1 leaves float32: Float64Arrays may hold it';
  const theta = { moves: huge(8).fill(0, 0, 4), start: huge(4).fill(0, 0, 2) };
  expect(() => moves.value(theta)).toThrow(says);
  expect(() => moves.gradient(theta)).toThrow(says);
  expect(() => moves.hessianProduct(theta, { moves: new Float32Array(8) })).toThrow(says);
  const into = (node: number) => [[node - 1, node - 1] as const];
  const options = { batch: 1, potentials: 2, omega: 'hard' } as const;
  const graph = defineProgram({ ...options, graph: { nodes: 3, into } });
  expect(() => graph.value(huge(2))).toThrow('a sum of scores leaves float32');
  expectClose(graph.value(new Float64Array(2).fill(3e38)), [6e38], 1e-12);
  // By the definition, and along z, as on the kernels.
  const slopes = { moves: huge(8).fill(0, 0, 4), start: huge(4).fill(0, 0, 2) };
  for (const omega of ['l2', tsallis(2)] as const) {
    const scaled = linearChain({ batch: 2, time: 1, states: 2, omega, gamma: 1000 });
    expect(() => scaled.value(theta)).toThrow(says);
    expect(() => scaled.gradient(theta)).toThrow(says);
    expect(() => scaled.hessianProduct(theta, slopes)).toThrow(says);
    const level = { moves: new Float32Array(8), start: new Float32Array(4) };
    expect(() => scaled.hessianProduct(level, slopes)).toThrow(says);
    expect(
      scaled.logProbability(
        theta,
        [
          [0, 0],
          [0, 0],
        ].map((path) => Int32Array.from(path)),
      )[0],
    ).toBeCloseTo(-Math.log(4), 5);
  }
});
