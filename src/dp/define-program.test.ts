import { describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import type { CompiledGraph } from '../kernels/graph-layout.js';
import { defineProgram, type Graph } from '../index.js';

const two: Graph = {
  nodes: 3,
  into: (node) =>
    node === 1
      ? [[0, 0]]
      : [
          [1, 1],
          [0, 2],
        ],
};

describe('defineProgram', () => {
  it('builds a graph that items share once', () => {
    let calls = 0;
    const graph: Graph = {
      nodes: 3,
      into(node) {
        calls++;
        return two.into(node);
      },
    };
    const options = { batch: 5, potentials: 3, omega: 'l2' } as const;
    defineProgram({ ...options, graph });
    defineProgram({ ...options, graph: () => graph });
    expect(calls).toBe(4);
  });

  it('takes all arrays of a graph in one go, and says what is wrong with them', () => {
    // Two ways from 0 to 2: over 1, or at once.
    const arrays = {
      nodes: 3,
      edgeStart: Int32Array.of(0, 0, 1, 3),
      from: Int32Array.of(0, 1, 0),
      entryStart: Int32Array.of(0, 1, 1, 3),
      entries: Int32Array.of(0, 1, 2),
    };
    const sizes = { batch: 1, potentials: 3, omega: 'negentropy' as const };
    const theta = Float64Array.of(0.5, 0.25, 0.5);
    const { value, gradient } = defineProgram({ ...sizes, graph: arrays }).gradient(theta);
    const [first, second] = [Math.exp(0.5), Math.exp(0.75)];
    expect(value[0]).toBeCloseTo(Math.log(first + second), 12);
    expect(gradient[1]).toBeCloseTo(second / (first + second), 12);
    const wrong: [Partial<CompiledGraph>, RegExp][] = [
      [{ from: Int32Array.of(0, 2, 0) }, /edge 0 into node 2 of graph comes from node 2/],
      [{ from: Int32Array.of(0, -1, 0) }, /edge 0 into node 2 of graph comes from node -1/],
      [{ entries: Int32Array.of(0, 1, 3) }, /graph.entries\[2\] has potential 3: .* 0 to 2/],
      [{ entries: Int32Array.of(0, 1) }, /graph.entryStart must rise from 0 to 2/],
      [{ edgeStart: Int32Array.of(0, 0, 1) }, /graph.edgeStart has 3 entries: it needs 4/],
      [{ edgeStart: Int32Array.of(0, 1, 1, 3) }, /graph has edges into its root/],
      [
        { edgeStart: Int32Array.of(0, 0, 3, 3), from: new Int32Array(3) },
        /no path .*: no edge leads into the leaf/,
      ],
      [{ from: [0, 1, 0] as unknown as Int32Array }, /graph.from must be an Int32Array/],
    ];
    for (const [part, message] of wrong) {
      const graph = { ...arrays, ...part };
      expect(() => defineProgram({ ...sizes, graph }), String(message)).toThrow(message);
    }
  });

  it('is a smoothed minimum of costs with sense ‘min’', () => {
    const theta = Float64Array.of(0.5, 0.1, 0.4);
    const options = { batch: 1, potentials: 3, graph: two, omega: 'entmax15' } as const;
    const least = defineProgram({ ...options, sense: 'min' });
    const most = defineProgram(options);
    const costs = theta.map((score) => -score);
    expect(least.value(costs)[0]).toBe(-most.value(theta)[0]!);
    expect(least.gradient(costs).gradient).toEqual(most.gradient(theta).gradient);
    expect(least.sense).toBe(-1);
  });

  it('reads paths as it is told, and finds their edges again', () => {
    const options = { batch: 1, potentials: 3, graph: two, omega: 'negentropy' } as const;
    const theta = Float64Array.of(0.5, 0.1, 0.4);
    const names = [7, 8, 9];
    const program = defineProgram({ ...options, toPath: (edges) => edges.map((e) => names[e]!) });
    expect(program.argmax(theta)).toEqual([Int32Array.of(7, 8)]);
    // Two paths, the scores 0.6 and 0.4.
    const log = -Math.log(1 + Math.exp(-0.2));
    expectClose(program.logProbability(theta, [Int32Array.of(7, 8)]), [log], 1e-12);
    // Paths that read alike count together.
    const blind = defineProgram({ ...options, toPath: (edges) => edges.map(() => 1).slice(0, 1) });
    expect(() => blind.logProbability(theta, [Int32Array.of(2)])).toThrow('paths[0] is not a path');
    const alike = defineProgram({
      ...options,
      graph: {
        nodes: 2,
        into: () => [
          [0, 0],
          [0, 1],
          [0, 2],
        ],
      },
      toPath: (edges) => edges.map((e) => Math.min(e, 1)),
    });
    const either = alike.logProbability(theta, [Int32Array.of(1)])[0]!;
    const total = theta.reduce((sum, score) => sum + Math.exp(score), 0);
    expect(Math.exp(either)).toBeCloseTo((Math.exp(0.1) + Math.exp(0.4)) / total, 12);
  });

  it('reads more at an edge than a function takes arguments', () => {
    const options = { batch: 1, potentials: 3, graph: two, omega: 'hard' } as const;
    const program = defineProgram({ ...options, reads: () => new Int32Array(200_000) });
    expect(program.argmax(Float64Array.of(0, 0, 5))[0]).toHaveLength(200_000);
  });

  it('takes edges from generators, and parts that may be left out', () => {
    const program = defineProgram({
      batch: 1,
      potentials: { a: { shape: [2] }, b: { shape: [1], optional: true } },
      graph: {
        nodes: 2,
        *into() {
          yield [0, 0, 2];
          yield [0, 1];
        },
      },
      omega: 'hard',
    });
    const a = Float64Array.of(1, 2);
    expect(program.value({ a })).toEqual(Float64Array.of(2));
    expect(program.value({ a, b: Float64Array.of(3) })).toEqual(Float64Array.of(4));
    expect(program.gradient({ a }).gradient).toEqual({ a: Float64Array.of(0, 1) });
  });

  it('takes parts that have the name of what every object inherits', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const program = defineProgram({
        batch: 1,
        potentials: { a: { shape: [2] }, [name]: { shape: [1], optional: true } },
        graph: {
          nodes: 2,
          into: () => [
            [0, 0, 2],
            [0, 1],
          ],
        },
        omega: 'hard',
      });
      for (const Type of [Float64Array, Float32Array]) {
        const a = Type.of(1, 2);
        const both = { a, [name]: Type.of(3) };
        expect(program.value({ a } as never), name).toEqual(Type.of(2));
        expect(program.value(both as never), name).toEqual(Type.of(4));
        expect(program.hessianProduct(both as never, { a }).directional).toEqual(Type.of(1));
        const target = { a: Type.of(0, 0) };
        expect(() => program.gradient(both as never, target as never)).toThrow(
          `the target gradient.${name} is missing`,
        );
      }
    }
  });

  it('names the node and the edge of a graph that is wrong', () => {
    const build =
      (into: unknown, nodes: unknown = 3) =>
      () =>
        defineProgram({
          ...{ batch: 1, potentials: 3, omega: 'l2' },
          graph: { nodes, into: () => into } as Graph,
        });
    expect(build([[0, 0]])).not.toThrow();
    expect(
      build([
        [0, 0],
        [2, 1],
      ]),
    ).toThrow(
      'edge 1 into node 1 of graph comes from node 2: it must come from a smaller node, 0 to 0',
    );
    expect(build([[0.5, 0]])).toThrow('edge 0 into node 1 of graph comes from node 0.5');
    expect(build([['0', 0]])).toThrow('edge 0 into node 1 of graph comes from node "0"');
    expect(build([[0, '1']])).toThrow('edge 0 into node 1 of graph has potential "1"');
    expect(build([[0, 3]])).toThrow('has potential 3: an item of theta has entries 0 to 2');
    expect(build([[0, NaN]])).toThrow('has potential NaN');
    expect(build([0])).toThrow('edge 0 into node 1 of graph must be an array');
    expect(build(null)).toThrow('graph.into(1) must be a list of edges');
    expect(build([])).toThrow(
      'graph has no path from its root, node 0, to its leaf, node 2: no edge leads into the leaf',
    );
    expect(build([[0, 0]], 1)).toThrow('graph.nodes is 1: it must be an integer of at least 2');
    expect(build([[0, 0]], NaN)).toThrow('graph.nodes is NaN');
    const island = (node: number) =>
      node === 3 ? [[2, 0] as const] : node === 2 ? [[1] as const] : [];
    const options = { batch: 1, potentials: 3, omega: 'l2' } as const;
    expect(() => defineProgram({ ...options, graph: { nodes: 4, into: island } })).toThrow(
      'graph has no path from its root, node 0, to its leaf, node 3',
    );
    expect(() => defineProgram({ ...options, batch: 2, graph: () => null as never })).toThrow(
      'graph(0) must be an object { nodes, into(node) }',
    );
  });

  it('says what its options may be', () => {
    const options = { batch: 1, potentials: 3, graph: two, omega: 'l2' } as const;
    const wrong = (more: object) => () => defineProgram({ ...options, ...more });
    expect(wrong({ batch: 0 })).toThrow('batch is 0');
    expect(wrong({ potentials: 1.5 })).toThrow('potentials is 1.5');
    expect(wrong({ potentials: 'x' })).toThrow('potentials must be a number of entries');
    expect(wrong({ potentials: { a: {} } })).toThrow('potentials.a.shape must be the axes');
    expect(wrong({ potentials: { a: { shape: [-3] } } })).toThrow('potentials.a.shape[0] is -3');
    expect(wrong({ potentials: { a: { shape: [3], optional: true } } })).toThrow('not optional');
    // An object would have 2 before a, and 1 before 2, however they are declared.
    for (const name of ['2', '0']) {
      const potentials = { a: { shape: [1] }, [name]: { shape: [2] } };
      expect(wrong({ potentials })).toThrow(`potentials has a part "${name}": its name must be no`);
    }
    expect(wrong({ potentials: { '01': { shape: [3] }, '-1': { shape: [1] } } })).not.toThrow();
    expect(wrong({ sense: 'least' })).toThrow(`sense is "least": it must be 'max' or 'min'`);
    expect(wrong({ toPath: 3 })).toThrow('toPath must be a function');
    const both = { reads: () => [0], toPath: () => [0] };
    expect(wrong(both)).toThrow('reads and toPath are both given');
    expect(wrong({ gamma: -1 })).toThrow('gamma is -1');
    expect(wrong({ graph: 'edges' })).toThrow('graph must be an object { nodes, into(node) }');
    expect(wrong({ potentials: [1e6, 1e6] })).toThrow(
      'an item of theta has 1000000000000 entries: it must have at most 2147483647',
    );
    expect(wrong({ graph: { ...two, nodes: 1e12 } })).toThrow(
      'there is no memory for the 1000000000000 nodes of graph',
    );
  });
});
