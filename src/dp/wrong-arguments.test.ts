import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import {
  ctc,
  dag,
  defineProgram,
  dtw,
  dtwBarycenter,
  dtwDivergence,
  factoredChain,
  linearChain,
  pairwiseAlignment,
  semiMarkov,
  smoothMax,
  type RealArray,
} from '../index.js';

const l2 = { omega: 'l2' } as const;
const chain = linearChain({ batch: 1, time: 2, states: 2, ...l2 });

describe('a misspelt option', () => {
  it.each([
    [() => linearChain({ batch: 1, time: 1, states: 2, gama: 2, ...l2 } as never), 'gamma'],
    [() => linearChain({ batch: 1, time: 1, states: 2, length: [0], ...l2 } as never), 'lengths'],
    [() => factoredChain({ batch: 1, positions: 1, states: 2, Gamma: 2, ...l2 } as never), 'gamma'],
    [() => dtw({ batch: 1, rows: 2, cols: 2, bnad: 1, ...l2 } as never), 'band'],
    [() => dtw({ batch: 1, rows: 2, cols: 2, row_lengths: [1], ...l2 } as never), 'rowLengths'],
    [() => dtwDivergence({ batch: 1, rows: 2, cols: 2, move: 'x', ...l2 } as never), 'moves'],
    [
      () => dtwBarycenter([new Float64Array(2)], { maxIterations: 1 } as never),
      'maximumIterations',
    ],
    [
      () => ctc({ batch: 1, time: 2, classes: 2, labels: [[1]], blanc: 1, ...l2 } as never),
      'blank',
    ],
    [() => pairwiseAlignment({ batch: 1, rows: 1, cols: 1, modes: '', ...l2 } as never), 'mode'],
    [
      () => semiMarkov({ batch: 1, positions: 1, states: 1, maxDurations: 1, ...l2 } as never),
      'maxDuration',
    ],
    [() => dag({ nodes: 2, edges: [[0, 1]], edge: [], ...l2 } as never), 'edges'],
    [
      () => {
        const potentials = { a: { shape: [2], share: true } };
        const graph = { nodes: 2, into: (): [number, number][] => [[0, 0]] };
        return defineProgram({ batch: 1, potentials, graph, ...l2 });
      },
      'shared',
    ],
  ])('is an error that says what was meant: %#', (call, meant) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`did you mean '${meant}'?`);
  });

  it('is none where a name is like no option: sizes of several programs may be kept together', () => {
    const sizes = { batch: 1, rows: 2, cols: 2, features: 3, epochs: 2 };
    expect(dtw({ ...sizes, ...l2 }).batch).toBe(1);
  });
});

describe('a direction', () => {
  it.each([Float32Array, Float64Array])('is 0 in the parts that it leaves out: %o', (Real) => {
    const random = seededRandom(3);
    const array = (size: number) => Real.from(randomArray(size, random, 1));
    const factored = factoredChain({ batch: 2, positions: 3, states: 2, omega: 'negentropy' });
    const theta = { unary: array(12), transition: array(4) };
    const whole = { unary: new Real(12), transition: array(4) };
    expect(factored.hessianProduct(theta, { transition: whole.transition })).toEqual(
      factored.hessianProduct(theta, whole),
    );
    const series = { rowFeatures: array(6), colFeatures: array(4) };
    const warping = dtw({ batch: 1, rows: 3, cols: 2, omega: 'negentropy' });
    const z = { rowFeatures: array(6), colFeatures: new Real(4) };
    expect(warping.hessianProduct(series, { rowFeatures: z.rowFeatures })).toEqual(
      warping.hessianProduct(series, z),
    );
    const sizes = { data: { shape: [1] }, more: { shape: [1] } } as const;
    const graph = { nodes: 2, into: (): [number, ...number[]][] => [[0, 0], [0, 1]] }; // oxfmt-ignore
    const named = defineProgram({ batch: 1, potentials: sizes, graph, omega: 'negentropy' });
    const own = { data: array(1), more: array(1) };
    expect(named.hessianProduct(own, { data: own.data })).toEqual(
      named.hessianProduct(own, { data: own.data, more: new Real(1) }),
    );
    expect(() => named.value({ data: own.data } as never)).toThrow('theta.more is missing');
    const divergence = dtwDivergence({ batch: 1, rows: 3, cols: 2, omega: 'negentropy' });
    expect(divergence.hessianProduct(series, { rowFeatures: z.rowFeatures })).toEqual(
      divergence.hessianProduct(series, z),
    );
  });
});

describe('an indicator that is none', () => {
  const one = linearChain({ batch: 2, time: 1, states: 2, ...l2 });

  it('has an entry that is no count, for every Ω', () => {
    for (const omega of ['l2', 'negentropy', 'hard'] as const) {
      const program = linearChain({ batch: 2, time: 1, states: 2, omega });
      expect(() => program.pathRegularisation(Float64Array.of(1, 0, 0, 0, 0.5, 0.5, 0, 0))).toThrow(
        'y of batch item 1 is not the 0/1 indicator of a path: y[1][0][0][0] is 0.5',
      );
      expect(() => program.pathRegularisation(Float64Array.of(5, -4, 0, 0, 1, 0, 0, 0))).toThrow(
        'y[0][0][0][1] is -4',
      );
    }
    const graph = dag({ nodes: 2, edges: [[0, 1]], ...l2 });
    expect(() => graph.pathRegularisation(Float64Array.of(0.5))).toThrow('y[0] is 0.5');
  });

  it('takes entries of a path as often as no path does', () => {
    const program = factoredChain({ batch: 1, positions: 4, states: 2, ...l2 });
    const theta = { unary: new Float64Array(8), transition: new Float64Array(4) };
    const y = program.pathIndicator(theta, [Int32Array.of(0, 0, 1, 1)]);
    expect(program.pathRegularisation(y)).toEqual(Float64Array.of(2));
    // From 0 to 1, where no position has state 1: as many entries as the path of zeros takes.
    const wrong = { unary: Float64Array.of(1, 0, 1, 0, 1, 0, 1, 0), transition: y.transition };
    expect(() => program.pathRegularisation(wrong)).toThrow('not the 0/1 indicator of a path');
    const often = program.pathIndicator(theta, [Int32Array.of(0, 0, 0, 0)]);
    often.unary[0] = 2;
    often.transition[0] = 2;
    expect(() => program.pathRegularisation(often)).toThrow('not the 0/1 indicator of a path');
    expect(one.pathRegularisation(Float64Array.of(1, 0, 0, 0, 0, 0, 0, 1))).toEqual(
      Float64Array.of(1, 1),
    );
  });
});

describe('what a user’s function returns', () => {
  it('is a number in [0, 1) of random', () => {
    const theta = new Float64Array(8);
    for (const wrong of [NaN, -1, 1, 100, 'a', '0.5', undefined, 0n]) {
      expect(() => chain.sample(theta, () => wrong as never)).toThrow(
        'it must give numbers in [0, 1)',
      );
    }
  });

  it('is a list of integers of reads and toPath', () => {
    const graph = { nodes: 2, into: (): [number, number][] => [[0, 0]] };
    const sizes = { batch: 1, potentials: 1, graph, ...l2 } as const;
    const theta = new Float64Array(1);
    for (const wrong of [3, undefined, '12', [0.5], [2 ** 31]]) {
      const reading = defineProgram({ ...sizes, reads: () => wrong as never });
      expect(() => reading.argmax(theta)).toThrow('reads gave');
      const whole = defineProgram({ ...sizes, toPath: () => wrong as never });
      expect(() => whole.argmax(theta)).toThrow('toPath gave');
    }
    expect(() => defineProgram({ ...sizes, reads: 'x' as never })).toThrow(
      'reads must be a function',
    );
  });
});

describe('kBest', () => {
  it('takes room for the paths that there are, not for all that were asked for', () => {
    const graph = dag({ nodes: 3, edges: [[0, 1], [1, 2], [0, 2]], omega: 'negentropy' }); // oxfmt-ignore
    const found = graph.kBest(Float64Array.of(0, 0, 1), 2 ** 31)[0]!;
    expect(found.map(({ path }) => [...path])).toEqual([[2], [0, 1]]);
    expect(chain.kBest(new Float64Array(8), 1e9)[0]).toHaveLength(8);
  });

  it('says which k is too much', () => {
    const long = linearChain({ batch: 1, time: 100, states: 5, ...l2 });
    for (const k of [1e9, 2 ** 33]) {
      expect(() => long.kBest(new Float64Array(2500), k)).toThrow(
        `k is ${k}: it must be at most 44444444`,
      );
    }
  });

  it('does not take so many paths of parallel edges that 32 bits no longer number them', () => {
    const edges = Array.from({ length: 50_000 }, (): [number, number] => [0, 1]);
    const graph = dag({ nodes: 2, edges, omega: 'negentropy' });
    const theta = Float64Array.from(edges, (_, edge) => Math.sin(edge));
    expect(() => graph.kBest(theta, 50_000)).toThrow('k is 50000: it must be at most 39993');
    const best = graph.kBest(theta, 3)[0]!.map(({ path }) => path[0]!);
    const sorted = Array.from(edges.keys()).sort((a, b) => theta[b]! - theta[a]!);
    expect(best).toEqual(sorted.slice(0, 3));
  });
});

describe('other arguments', () => {
  it('are no targets but of the gradient and the product', () => {
    const theta = new Float64Array(8);
    const targets = { grad: new Float64Array(8) };
    expect(() => chain.hessianProduct(theta, theta, targets as never)).toThrow(
      'there is no target "grad": there are gradient and product',
    );
    expect(() => chain.hessianProduct(theta, theta, 5 as never)).toThrow('there is no target 5');
  });

  it('are named where they are missing', () => {
    const theta = new Float64Array(8);
    const holes = new Array<Int32Array>(1);
    expect(() => chain.logProbability(theta, holes)).toThrow('paths[0] must be an Int32Array');
    expect(() => chain.pathRegularisation(holes)).toThrow('paths[0] must be an Int32Array');
    expect(() => chain.pathIndicator(theta, holes)).toThrow('paths[0] must be an Int32Array');
  });

  it('are no costs for a divergence', () => {
    const divergence = dtwDivergence({ batch: 1, rows: 3, cols: 3, ...l2 });
    const costs = new Float64Array(9) as never;
    const says = 'theta is a Float64Array: it must be an object of such arrays: rowFeatures';
    expect(() => divergence.value(costs)).toThrow(says);
    expect(() => divergence.gradient(costs)).toThrow(says);
    expect(() => divergence.hessianProduct(costs, costs)).toThrow(says);
  });

  it('are named where they are of the wrong type', () => {
    const sizes = { batch: 1, rows: 2, cols: 2, ...l2 };
    expect(() => dtw({ ...sizes, band: '1' as never })).toThrow('band is "1"');
    expect(() => dtw({ ...sizes, memory: '12' as never })).toThrow('memory is "12"');
    expect(() => linearChain({ batch: 1e12, time: 1, states: 1, ...l2 })).toThrow(
      'batch is 1000000000000: it must be at most 100000000',
    );
    const graph = { nodes: 2, into: () => [] };
    const unnamed = { '': { shape: [1] }, a: { shape: [1] } };
    expect(() => defineProgram({ batch: 1, potentials: unnamed, graph, ...l2 })).toThrow(
      'potentials has a part without a name',
    );
    expect(() => dag({ nodes: 2, edges: ['01'] as never, ...l2 })).toThrow(
      'edges[0] must be a pair [from, to]',
    );
    expect(() => dtwDivergence(sizes).value(null as never)).toThrow('theta is null: it must be');
    const nothing = { rowFeatures: new Float64Array(0), colFeatures: new Float64Array(0) };
    expect(() => dtw(sizes).value(nothing)).toThrow('theta.rowFeatures has 0 entries');
    const many = dtw({ ...sizes, batch: 2 });
    expect(() => many.value(nothing)).toThrow('theta.rowFeatures has 0 entries');
  });
});

describe('arrays of another realm, of a frame or a test runner', () => {
  const foreign = runInNewContext('[Float32Array, Float64Array, Int32Array]') as [
    Float32ArrayConstructor,
    Float64ArrayConstructor,
    Int32ArrayConstructor,
  ];

  it.each([
    [Float32Array, foreign[0]],
    [Float64Array, foreign[1]],
  ])('are taken as those of one’s own: %#', (Own, Other) => {
    const sizes = { batch: 1, rows: 2, cols: 2, ...l2 };
    const arrays = (from: typeof Own) => {
      const [two, four] = [from.of(1, 3), from.of(1, 0, 0, 2)];
      expect(four instanceof Own).toBe(from === Own);
      const into = from.of(0, 0, 0, 0);
      const step = linearChain({ batch: 1, time: 1, states: 2, ...l2 });
      const typed = step.gradient<RealArray>(four, into);
      expect(typed.gradient).toBe(into);
      return [
        ...[typed.value, ...into],
        step.hessianProduct<RealArray>(four, four).product,
        step.kBest(four, 1)[0]![0]!.path,
        factoredChain({ batch: 1, positions: 2, states: 2, ...l2 }).gradient<RealArray>({
          ...{ unary: four, transition: four, start: two },
        }).gradient.start,
        dtw(sizes).gradient<RealArray>(four).gradient,
        dtw(sizes).gradient<RealArray>({ rowFeatures: two, colFeatures: two }).gradient.rowFeatures,
        dtwBarycenter([two, from.of(1, 5)], { omega: 'hard' }).barycenter,
        ctc({ batch: 1, time: 2, classes: 2, labels: [[1]], ...l2 }).gradient<RealArray>(four)
          .gradient,
        smoothMax(two, l2).argmax,
      ];
    };
    expect(arrays(Other as typeof Own)).toStrictEqual(arrays(Own));
  });

  it('are taken for a graph’s own', () => {
    const [edgeStart, from, entryStart, entries] = [[0, 0, 1], [0], [0, 1], [0]].map((list) =>
      foreign[2].from(list),
    ) as [Int32Array, Int32Array, Int32Array, Int32Array];
    const graph = { nodes: 2, edgeStart, from, entryStart, entries };
    const program = defineProgram({ batch: 1, potentials: 1, graph, ...l2 });
    expect(program.value(Float64Array.of(3))[0]).toBe(2.5);
  });
});
