import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ctc,
  defineProgram,
  dtw,
  linearChain,
  pairwiseAlignment,
  semiMarkov,
  type OmegaName,
} from '../index.js';
import { expectClose } from '../../test/expect-close.js';

/** One array of theta, or an array (a number, for a part of one) of each named part. */
type Parts = number[] | Record<string, number[] | number>;

interface GoldenCase {
  omega: OmegaName;
  gamma: number;
  theta: Parts;
  z: Parts;
  value: number;
  gradient: Parts;
  directional: number;
  product: Parts;
}

/** What these tests need of a program, whatever its parts are called. */
interface Tried {
  runsOn: string;
  value(theta: unknown): ArrayLike<number>;
  gradient(theta: unknown): { value: ArrayLike<number>; gradient: Arrays };
  hessianProduct(
    theta: unknown,
    z: unknown,
  ): {
    value: ArrayLike<number>;
    gradient: Arrays;
    directional: ArrayLike<number>;
    product: Arrays;
  };
}
type Arrays = ArrayLike<number> | Record<string, ArrayLike<number>>;
/** The sizes of all programs. A case has those of its own. */
interface Sizes extends Record<SizeName, number> {
  mode: 'global' | 'local';
  labels: number[];
  predecessors: [number, ...number[]][][];
}
type SizeName =
  | ('time' | 'states' | 'rows' | 'cols' | 'classes' | 'blank' | 'length')
  | ('positions' | 'maxDuration' | 'potentials');
type Smoothing = Pick<GoldenCase, 'omega' | 'gamma'>;

/** A golden file, and the program of the sizes that a case of it names. */
const GOLDEN: Record<string, (sizes: Sizes, smoothing: Smoothing) => unknown> = {
  'linear-chain': chainOf,
  'entmax15-chain': chainOf,
  dtw: dtwOf,
  'entmax15-dtw': dtwOf,
  ctc: ({ time, classes, blank, labels, length }, smoothing) =>
    ctc({ batch: 1, time, classes, blank, labels: [labels], lengths: [length], ...smoothing }),
  'semi-markov': ({ positions, states, maxDuration, length }, smoothing) =>
    semiMarkov({ batch: 1, positions, states, maxDuration, lengths: [length], ...smoothing }),
  alignment: ({ rows, cols, mode }, smoothing) =>
    pairwiseAlignment({ batch: 1, rows, cols, mode, ...smoothing }),
  'own-program': ({ potentials, predecessors }, smoothing) => {
    const graph = { nodes: predecessors.length, into: (node: number) => predecessors[node]! };
    return defineProgram({ batch: 1, potentials, graph, ...smoothing });
  },
};

function chainOf({ time, states }: Sizes, smoothing: Smoothing) {
  return linearChain({ batch: 1, time, states, ...smoothing });
}

function dtwOf({ rows, cols }: Sizes, smoothing: Smoothing) {
  return dtw({ batch: 1, rows, cols, ...smoothing });
}

/** The numbers as arrays of a precision, part by part. */
function arraysOf(parts: Parts, Precision: typeof Float32Array | typeof Float64Array): Arrays {
  if (Array.isArray(parts)) return Precision.from(parts);
  return Object.fromEntries(
    Object.entries(parts).map(([part, numbers]) => [part, Precision.from([numbers].flat())]),
  );
}

function expectParts(found: Arrays, expected: Parts, tolerance: number) {
  if (Array.isArray(expected)) {
    expectClose(found as ArrayLike<number>, expected, tolerance);
    return;
  }
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [part, numbers] of Object.entries(expected)) {
    expectClose((found as Record<string, ArrayLike<number>>)[part]!, [numbers].flat(), tolerance);
  }
}

/** The float32 bounds are those of the property tests of the kernels. */
const PRECISIONS = [
  { name: 'float64', Precision: Float64Array, value: 1e-10, gradient: 1e-10, product: 1e-10 },
  { name: 'float32', Precision: Float32Array, value: 1e-6, gradient: 2e-6, product: 1e-5 },
] as const;

describe.each(Object.keys(GOLDEN))('an independent implementation agrees: %s', (name) => {
  const { cases } = JSON.parse(
    readFileSync(new URL(`../../test/golden/${name}.json`, import.meta.url), 'utf8'),
  ) as { cases: (GoldenCase & Sizes)[] };

  describe.each(PRECISIONS)('in $name', ({ Precision, ...tolerance }) => {
    it.each(cases.map((one, index) => ({ ...one, index })))(
      'case $index: $omega, gamma $gamma',
      ({ omega, gamma, theta, z, ...one }) => {
        const program = GOLDEN[name]!(one, { omega, gamma }) as Tried;
        expect(program.runsOn).toMatch(/kernels$/);
        const scores = arraysOf(theta, Precision);
        const result = program.hessianProduct(scores, arraysOf(z, Precision));
        expectClose(result.value, [one.value], tolerance.value);
        expectParts(result.gradient, one.gradient, tolerance.gradient);
        expectClose(result.directional, [one.directional], tolerance.product);
        expectParts(result.product, one.product, tolerance.product);
        expectClose(program.value(scores), [one.value], tolerance.value);
        expectParts(program.gradient(scores).gradient, one.gradient, tolerance.gradient);
      },
    );
  });
});
