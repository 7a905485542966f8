import fc from 'fast-check';
import { runs } from '../../../test/property-runs.js';
import { describe, expect, it } from 'vitest';
import {
  enumeratePaths,
  logSumExp,
  type OmegaName,
  randomArray,
  referenceMax,
  seededRandom,
  type SmallGraph,
} from '../../../test/path-enumeration.js';
import { dag } from './dag.js';

const OMEGAS = ['negentropy', 'l2', 'hard'] as const;

/** Random DAGs with one root and one leaf: each inner node gets an edge in and an edge out. */
const anyGraph: fc.Arbitrary<SmallGraph> = fc
  .tuple(fc.integer({ min: 2, max: 6 }), fc.integer())
  .map(([nodes, seed]) => {
    const random = seededRandom(seed);
    const between = (low: number, high: number) => low + Math.floor(random() * (high - low));
    const edges: [number, number][] = [[0, nodes - 1]];
    for (let node = 1; node < nodes - 1; node++) {
      edges.push([between(0, node), node], [node, between(node + 1, nodes)]);
    }
    for (let extra = 0; extra < 4; extra++) {
      const to = between(1, nodes);
      edges.push([between(0, to), to]);
    }
    return { nodes, edges: edges.sort(() => random() - 0.5) };
  });
const anyOmega = fc.constantFrom(...OMEGAS);
const anyGamma = fc.constantFrom(0.3, 1, 2.5);
const anySeed = fc.integer();

function scoresOf({ edges }: SmallGraph, seed: number): Float64Array {
  return randomArray(edges.length, seededRandom(seed), 2);
}

describe('dag agrees with the enumeration of all paths', () => {
  it('in value, gradient, log-probabilities, best paths', () => {
    fc.assert(
      fc.property(anyGraph, anyOmega, anyGamma, anySeed, (graph, omega, gamma, seed) => {
        const theta = scoresOf(graph, seed);
        const program = dag({ ...graph, omega, gamma });
        const reference = enumeratePaths(graph, theta, omega, gamma);
        const { value, gradient } = program.gradient(theta);
        expect(value[0]).toBeCloseTo(reference.value, 10);
        expect(program.value(theta)).toEqual(value);
        reference.expected.forEach((mass, e) => expect(gradient[e]).toBeCloseTo(mass, 10));

        const scores = reference.paths.map((path) => path.score);
        if (omega === 'negentropy') expect(value[0]).toBeCloseTo(logSumExp(scores, gamma), 10);
        if (omega === 'hard') expect(value[0]).toBeCloseTo(Math.max(...scores), 10);

        let total = 0;
        for (const { edges, probability } of reference.paths) {
          const log = program.logProbability(theta, [Int32Array.from(edges)])[0]!;
          expect(Math.exp(log)).toBeCloseTo(probability, 10);
          total += Math.exp(log);
        }
        expect(total).toBeCloseTo(1, 10);

        const support = reference.paths
          .map((path) => path.probability)
          .filter((probability) => probability > 0)
          .sort((a, b) => b - a);
        const [ranked] = program.kBest(theta, reference.paths.length + 1);
        expect(ranked!.length).toBe(support.length);
        ranked!.forEach(({ path, logProbability }, rank) => {
          expect(Math.exp(logProbability)).toBeCloseTo(support[rank]!, 10);
          const log = program.logProbability(theta, [path])[0]!;
          expect(log).toBeCloseTo(logProbability, 10);
        });
        expect(new Set(ranked!.map(({ path }) => path.join())).size).toBe(ranked!.length);
        expect(program.kBest(theta, 2)[0]).toEqual(ranked!.slice(0, 2));

        const best = program.argmax(theta)[0]!;
        const bestScore = best.reduce((sum, edge) => sum + theta[edge]!, 0);
        expect(bestScore).toBeCloseTo(Math.max(...scores), 10);
      }),
      { numRuns: runs(100) },
    );
  });

  it('in the frequencies of its samples', () => {
    const graph: SmallGraph = {
      nodes: 4,
      edges: [
        [0, 1],
        [0, 2],
        [1, 2],
        [1, 3],
        [2, 3],
        [2, 3],
      ],
    };
    const theta = Float64Array.of(0.2, 0.1, -0.1, 0.3, 0.4, -0.2);
    for (const omega of OMEGAS) {
      const program = dag({ ...graph, omega });
      const random = seededRandom(7);
      const counts = new Map<string, number>();
      for (let draw = 0; draw < 20_000; draw++) {
        const path = program.sample(theta, random)[0]!.join();
        counts.set(path, (counts.get(path) ?? 0) + 1);
      }
      for (const { edges, probability } of enumeratePaths(graph, theta, omega, 1).paths) {
        expect((counts.get(edges.join()) ?? 0) / 20_000).toBeCloseTo(probability, 1.7);
        if (probability === 0) expect(counts.has(edges.join())).toBe(false);
      }
    }
  });
});

describe('the facts of smoothed dynamic programming', () => {
  const bounds = (graph: SmallGraph) => {
    const inDegrees = new Array<number>(graph.nodes).fill(0);
    for (const [, to] of graph.edges) inDegrees[to]!++;
    return { steps: graph.nodes - 1, degree: Math.max(...inDegrees) };
  };

  it('DP_Ω lies within γ(N−1) log d above DP for negentropy, γ(N−1)/2 below for l2', () => {
    fc.assert(
      fc.property(anyGraph, anyGamma, anySeed, (graph, gamma, seed) => {
        const theta = scoresOf(graph, seed);
        const { steps, degree } = bounds(graph);
        const gap = (omega: OmegaName) =>
          dag({ ...graph, omega, gamma }).value(theta)[0]! -
          dag({ ...graph, omega: 'hard' }).value(theta)[0]!;
        expect(gap('negentropy')).toBeGreaterThanOrEqual(-1e-12);
        expect(gap('negentropy')).toBeLessThanOrEqual(gamma * steps * Math.log(degree) + 1e-12);
        expect(gap('l2')).toBeLessThanOrEqual(1e-12);
        expect(gap('l2')).toBeGreaterThanOrEqual((-gamma * steps) / 2 - 1e-12);
      }),
    );
  });

  it('DP_Ω is convex', () => {
    fc.assert(
      fc.property(anyGraph, anyOmega, anySeed, anySeed, (graph, omega, one, other) => {
        const program = dag({ ...graph, omega });
        const a = scoresOf(graph, one);
        const b = scoresOf(graph, other);
        const middle = a.map((score, e) => (score + b[e]!) / 2);
        const mean = (program.value(a)[0]! + program.value(b)[0]!) / 2;
        expect(program.value(middle)[0]).toBeLessThanOrEqual(mean + 1e-12);
      }),
    );
  });

  it('adding a constant to the edges into the leaf adds it to DP_Ω and leaves E[Y]', () => {
    fc.assert(
      fc.property(anyGraph, anyOmega, anySeed, (graph, omega, seed) => {
        const program = dag({ ...graph, omega });
        const theta = scoresOf(graph, seed);
        const shifted = theta.map((s, e) => s + (graph.edges[e]![1] === graph.nodes - 1 ? 3 : 0));
        const before = program.gradient(theta);
        const after = program.gradient(shifted);
        expect(after.value[0]).toBeCloseTo(before.value[0]! + 3, 10);
        after.gradient.forEach((mass, e) => expect(mass).toBeCloseTo(before.gradient[e]!, 10));
      }),
    );
  });

  it('the hard gradient is the indicator of the unique best path (Danskin)', () => {
    fc.assert(
      fc.property(anyGraph, anySeed, (graph, seed) => {
        const theta = scoresOf(graph, seed);
        const program = dag({ ...graph, omega: 'hard' });
        const indicator = new Float64Array(theta.length);
        for (const edge of program.argmax(theta)[0]!) indicator[edge] = 1;
        expect(program.gradient(theta).gradient).toEqual(indicator);
      }),
    );
  });

  it('DP_Ω is the smoothed maximum over whole paths for negentropy, but not for l2', () => {
    // A shared stem of one edge, then a direct edge against a fork.
    const graph: SmallGraph = {
      nodes: 4,
      edges: [
        [0, 1],
        [0, 1],
        [1, 2],
        [1, 2],
        [2, 3],
        [0, 3],
      ],
    };
    const theta = Float64Array.of(0.3, 0.1, 0.2, 0.25, -0.1, 0.4);
    const overPaths = (omega: OmegaName) =>
      referenceMax(
        omega,
        1,
        enumeratePaths(graph, theta, omega, 1).paths.map(({ score }) => score),
      ).value;
    const stepByStep = (omega: OmegaName) => dag({ ...graph, omega }).value(theta)[0]!;
    expect(stepByStep('negentropy')).toBeCloseTo(overPaths('negentropy'), 12);
    expect(Math.abs(stepByStep('l2') - overPaths('l2'))).toBeGreaterThan(0.1);
  });

  it('a single predecessor still costs l2 γ/2, so that the Fenchel–Young loss is never negative', () => {
    const line = { nodes: 3, edges: [[0, 1] as const, [1, 2] as const] };
    const theta = Float64Array.of(1, 2);
    expect(dag({ ...line, omega: 'l2', gamma: 0.5 }).value(theta)[0]).toBeCloseTo(2.5, 12);
  });
});

describe('derivatives agree with finite differences', () => {
  const graph: SmallGraph = {
    nodes: 5,
    edges: [
      [0, 1],
      [0, 2],
      [1, 2],
      [1, 3],
      [2, 3],
      [2, 3],
      [1, 4],
      [3, 4],
      [2, 4],
    ],
  };
  it.each(['negentropy', 'l2'] as const)('%s, one edge forbidden', (omega) => {
    const random = seededRandom(3);
    const theta = randomArray(9, random, 0.5);
    const z = randomArray(9, random);
    theta[4] = -Infinity;
    const program = dag({ ...graph, omega, gamma: 1.3 });
    const { directional, product, gradient } = program.hessianProduct(theta, z);
    const step = 1e-5;
    const plus = program.gradient(theta.map((score, e) => score + step * z[e]!));
    const minus = program.gradient(theta.map((score, e) => score - step * z[e]!));
    expect((plus.value[0]! - minus.value[0]!) / (2 * step)).toBeCloseTo(directional[0]!, 7);
    product.forEach((entry, e) => {
      expect((plus.gradient[e]! - minus.gradient[e]!) / (2 * step)).toBeCloseTo(entry, 7);
    });
    expect([gradient[4], product[4]]).toEqual([0, 0]);
  });
});

describe('dag at the edges of its domain', () => {
  const fork = { nodes: 3, edges: [[1, 2] as const, [0, 1] as const, [0, 1] as const] };

  it.each(OMEGAS)('%s is stable at any gamma and at large scores', (omega) => {
    for (const gamma of [1e-3, 1, 1e3]) {
      const program = dag({ ...fork, omega, gamma });
      const theta = Float64Array.of(1e4, -1e4, 1e4);
      const { value, gradient, product } = program.hessianProduct(theta, Float64Array.of(1, 2, 3));
      expect([...value, ...gradient, ...product].every(Number.isFinite)).toBe(true);
      expect(gradient[1]! + gradient[2]!).toBeCloseTo(1, 12);
    }
  });

  it('takes edges in any order and gives a tie to the first of them', () => {
    const program = dag({ ...fork, omega: 'hard' });
    expect(program.argmax(Float64Array.of(0, 1, 1))[0]).toEqual(Int32Array.of(1, 0));
    expect(program.kBest(Float64Array.of(0, 1, 1), 5)[0]!.length).toBe(1);
  });

  it('is a single node: value 0 and the empty path', () => {
    const program = dag({ nodes: 1, edges: [], omega: 'l2' });
    expect(program.value(new Float64Array(0))).toEqual(Float64Array.of(0));
    expect(program.argmax(new Float64Array(0))).toEqual([new Int32Array(0)]);
  });

  it('keeps the type of theta', () => {
    const theta = Float32Array.of(0, 1, 0.5);
    const { value, gradient, directional, product } = dag({
      ...fork,
      omega: 'negentropy',
    }).hessianProduct(theta, theta);
    for (const array of [value, gradient, directional, product]) {
      expect(array).toBeInstanceOf(Float32Array);
    }
  });

  it('accepts a regulariser of the user', () => {
    const softmax = (x: Float64Array) => {
      const total = x.reduce((sum, score) => sum + Math.exp(score), 0);
      return x.map((score) => Math.exp(score) / total);
    };
    const own = {
      max: (x: Float64Array) => Math.log(x.reduce((sum, score) => sum + Math.exp(score), 0)),
      argmax: softmax,
      product(x: Float64Array, z: Float64Array) {
        const q = softmax(x);
        const mean = q.reduce((sum, p, i) => sum + p * z[i]!, 0);
        return q.map((p, i) => p * (z[i]! - mean));
      },
    };
    const theta = Float64Array.of(0, 1, 0.5);
    const z = Float64Array.of(1, -1, 2);
    const mine = dag({ ...fork, omega: own, gamma: 2 }).hessianProduct(theta, z);
    const builtIn = dag({ ...fork, omega: 'negentropy', gamma: 2 }).hessianProduct(theta, z);
    for (const key of ['value', 'gradient', 'directional', 'product'] as const) {
      mine[key].forEach((entry, i) => expect(entry).toBeCloseTo(builtIn[key][i]!, 12));
    }
  });

  it('says what is wrong with a graph', () => {
    const create = (nodes: number, edges: [number, number][]) => () =>
      dag({ nodes, edges, omega: 'l2' });
    expect(create(2, [[0, 2]])).toThrow(
      'edges[0] is [0, 2]: its nodes must be integers from 0 to 1',
    );
    for (const wrong of [[0], [0, 1, 1], null]) {
      expect(create(2, [[0, 1], wrong as never])).toThrow('edges[1] must be a pair [from, to]');
    }
    expect(
      create(4, [
        [0, 1],
        [1, 2],
        [2, 1],
        [2, 3],
      ]),
    ).toThrow(/cycle: (1 → 2 → 1|2 → 1 → 2)/);
    expect(
      create(3, [
        [0, 2],
        [1, 2],
      ]),
    ).toThrow('2 nodes without incoming edges, 0, 1: it must have exactly one root');
    expect(
      create(3, [
        [0, 1],
        [0, 2],
      ]),
    ).toThrow('2 nodes without outgoing edges, 1, 2: it must have exactly one leaf');
    // Of a long list the beginning is enough.
    const many = Array.from({ length: 20_000 }, (_, node) => node);
    const circle = create(20_000, many.map((node) => [node, (node + 1) % 20_000])); // oxfmt-ignore
    expect(circle).toThrow(/cycle: (\d+ → ){18,60}…$/);
    const star = create(20_000, many.slice(1).map((node) => [node, 0])); // oxfmt-ignore
    expect(star).toThrow(/without incoming edges, (\d+, ){18,80}\d*…: it must/);
    expect(create(1e12, [[0, 1]])).toThrow('nodes is 1000000000000: it must be at most 2');
  });

  it('says what is wrong with potentials and paths', () => {
    const program = dag({ ...fork, omega: 'l2' });
    expect(() => program.pathRegularisation(Float64Array.of(0.5, 0.5, 0.5))).toThrow(
      'y of batch item 0 is not the 0/1 indicator of a path',
    );
    expect(() => program.value(Float64Array.of(0, NaN, 0))).toThrow('theta[1] is NaN');
    expect(() => program.value(Float64Array.of(0, 0))).toThrow('theta has 2 entries');
    expect(() => program.value(Float64Array.of(-Infinity, 0, 0))).toThrow('batch item 0 has no');
    const theta = new Float64Array(3);
    const log = (...path: number[]) => program.logProbability(theta, [Int32Array.from(path)]);
    expect(() => log(1, 2)).toThrow('paths[0][1] is 2: it leaves node 0, not node 1');
    expect(() => log(1)).toThrow('it ends at node 1, not node 2');
    expect(() => log(1, 9)).toThrow('paths[0][1] is 9');
    expect(() => program.kBest(theta, 0)).toThrow('k is 0');
  });

  it('a path off the support has log-probability -Infinity', () => {
    const program = dag({ ...fork, omega: 'l2' });
    const theta = Float64Array.of(0, 5, 0);
    expect(program.logProbability(theta, [Int32Array.of(2, 0)])[0]).toBe(-Infinity);
  });
});

describe('a path far below the best', () => {
  it('keeps its probability where that is below the smallest number', () => {
    const edges = [
      [0, 1],
      [0, 1],
    ] as const;
    const program = dag({ nodes: 2, edges, omega: 'negentropy' });
    const theta = Float64Array.of(0, -900);
    expect(program.logProbability(theta, [Int32Array.of(1)])[0]).toBeCloseTo(-900, 9);
    expect(program.kBest(theta, 2)[0]).toHaveLength(2);
  });
});
