import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/path-enumeration.js';
import { defineProgram, factoredChain, linearChain, omegaNames, type Graph } from '../index.js';

/** A program over one item's graph, by the edges into each node from 1 on. */
function program(edges: [number, ...number[]][][], potentials: number) {
  const graph: Graph = { nodes: edges.length + 1, into: (node) => edges[node - 1]! };
  return defineProgram({ batch: 1, potentials, omega: 'l2', graph });
}

describe('the path of an indicator', () => {
  it('takes each entry as often, not only as many', () => {
    // 0 and 1 one behind the other; or 0 twice, on one edge.
    const ways = program([[[0, 0]], [[1, 1], [0, 0, 0]]], 3); // oxfmt-ignore
    expect(ways.pathRegularisation([Int32Array.of(0, 1)])[0]).toBe(1);
    expect(ways.pathRegularisation(Float64Array.of(1, 1, 0))[0]).toBe(1);
    expect(ways.pathRegularisation(Float64Array.of(2, 0, 0))[0]).toBe(0.5);
    const none = program([[[0, 0, 0], [0, 1, 1]]], 2); // oxfmt-ignore
    expect(() => none.pathRegularisation(Float64Array.of(1, 1))).toThrow(
      'y of batch item 0 is not the 0/1 indicator of a path',
    );
  });

  it('may lack a part, not all of them', () => {
    const chain = factoredChain({ batch: 1, positions: 2, states: 2, omega: 'l2' });
    expect(chain.pathRegularisation({ unary: Float64Array.of(1, 0, 0, 1) } as never)[0]).toBe(1);
    expect(() => chain.pathRegularisation({} as never)).toThrow(
      'y has none of its parts: it must have some of unary, transition, start, end',
    );
  });

  it('of several is that with the fewest maxima', () => {
    const ways = program([[[0, 0]], [[1, 1], [0, 0, 1]]], 2); // oxfmt-ignore
    expect(ways.pathRegularisation(Float64Array.of(1, 1))[0]).toBe(0.5);
  });

  it('is found in random graphs, whose paths are listed', () => {
    const random = seededRandom(7);
    const below = (n: number) => Math.floor(random() * n);
    let several = 0;
    for (let turn = 0; turn < 60; turn++) {
      const edges = Array.from({ length: 5 }, (_, before) =>
        Array.from({ length: 1 + below(3) }, (): [number, ...number[]] => [
          below(before + 1),
          ...Array.from({ length: below(4) }, () => below(4)),
        ]),
      );
      const own = program(edges, 4);
      const listed = new Map<string, number>();
      const walk = (node: number, counts: number[], maxes: number): void => {
        if (node === 0) {
          const key = counts.join();
          if (listed.has(key)) several++;
          listed.set(key, Math.min(maxes, listed.get(key) ?? Infinity));
          return;
        }
        for (const [from, ...entries] of edges[node - 1]!) {
          const more = counts.map((n, at) => n + entries.filter((entry) => entry === at).length);
          walk(from, more, maxes + 1);
        }
      };
      walk(5, [0, 0, 0, 0], 0);
      const tried = [...listed.keys()].flatMap((key) => {
        const counts = key.split(',').map(Number);
        return [counts, counts.map((n, at) => (at === turn % 4 ? n + 1 : n)), counts.toReversed()];
      });
      for (const counts of tried) {
        const maxes = listed.get(counts.join());
        const found = () => own.pathRegularisation(Float64Array.from(counts))[0];
        if (maxes === undefined) expect(found).toThrow('y of batch item 0 is not');
        else expect(found()).toBe(maxes / 2);
      }
    }
    expect(several).toBeGreaterThan(20);
  });

  it('is looked for among thousands of ways at once, not among more', () => {
    // At each step one of two entries, and one that all steps share.
    const step = (t: number): [number, ...number[]][] => [
      [t, 2 * t, 600],
      [t, 2 * t + 1, 600],
    ];
    const long = program(Array.from({ length: 300 }, (_, t) => step(t)), 601); // oxfmt-ignore
    const y = (doubled: number) =>
      Float64Array.from({ length: 601 }, (_, at) =>
        at === 600 ? 300 - doubled : Number(at % 2 === 0 || at < 2 * doubled),
      );
    expect(long.pathRegularisation(y(0))[0]).toBe(150);
    // As many entries as a path has, but both of some steps: 2^10 ways, then 2^100.
    expect(() => long.pathRegularisation(y(10))).toThrow('y of batch item 0 is not the 0/1');
    expect(() => long.pathRegularisation(y(100))).toThrow(
      'y of batch item 0 fits more than 4096 ways at once: give its path instead',
    );
  });

  it('is found where thirty thousand edges lead into the leaf, without comparing each with each', () => {
    // From the root to each of the nodes, and from there to the leaf: of the paths one reads 7.
    const nodes = 30_000;
    const wide = defineProgram({
      batch: 1,
      potentials: nodes,
      omega: 'l2',
      graph: {
        nodes: nodes + 2,
        into: (node) =>
          node <= nodes
            ? [[0, node - 1]]
            : Array.from({ length: nodes }, (_, k): [number] => [k + 1]),
      },
      reads: (node) => (node <= nodes ? [node - 1] : []),
    });
    const path = [Int32Array.of(7)];
    expect(wide.pathRegularisation(path)[0]).toBe(1);
    const indicator = wide.pathIndicator(new Float64Array(nodes), path);
    expect(indicator.reduce((sum, count) => sum + count)).toBe(1);
    expect(wide.pathRegularisation(indicator)[0]).toBe(1);
  }, 5_000);

  it.each(omegaNames)('is one: neither too much nor too little of it passes, under %s', (omega) => {
    const chain = linearChain({ batch: 1, time: 2, states: 2, lengths: [1], omega });
    const y = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    expect(chain.pathRegularisation(y)[0]).toBe(omega === 'l2' ? 1 : 0);
    const wrong = [
      // Past the item's end.
      [1, 0, 0, 0, 1, 0, 0, 0],
      [1, 1, 1, 1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ];
    for (const values of wrong) {
      expect(() => chain.pathRegularisation(Float64Array.from(values))).toThrow(
        'y of batch item 0 is not the 0/1 indicator of a path',
      );
    }
  });
});
