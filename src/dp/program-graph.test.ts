import { describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { ctc, dtw, factoredChain, linearChain, omegaNames } from '../index.js';
import { edgeMarginals, writtenGraph } from './program-graph.js';

describe('the written graph of a program', () => {
  const random = seededRandom(4);
  const scores = randomArray(2 * 3 * 3, random);
  const parts = { unary: randomArray(9, random), transition: randomArray(9, random) };
  const costs = randomArray(12, random);
  const frames = randomArray(15, random);
  // The edges that take entry 0 of theta, or of its first part, have its mass together.
  it.each(omegaNames)('has the edges whose probabilities add up to the gradient: %s', (omega) => {
    const chain = linearChain({ batch: 1, time: 2, states: 3, omega });
    const found = writtenGraph(chain, scores);
    expect(found.nodes).toBe(8);
    const marginals = edgeMarginals(found, omega);
    const gradient = chain.gradient(scores).gradient;
    // The second move's edges follow those of the first, one an entry.
    expectClose(marginals.slice(0, 18), gradient, 1e-12);

    const factored = factoredChain({ batch: 1, positions: 3, states: 3, omega });
    const unary = factored.gradient(parts).gradient.unary;
    const graph = writtenGraph(factored, parts);
    const masses = edgeMarginals(graph, omega);
    const into = (node: number) =>
      graph.edges.reduce((sum, { to }, edge) => sum + (to === node ? masses[edge]! : 0), 0);
    expectClose([into(1), into(2), into(3)], unary.slice(3, 6), 1e-12);

    const warping = dtw({ batch: 1, rows: 3, cols: 4, omega });
    const cells = writtenGraph(warping, costs);
    const walk = edgeMarginals(cells, omega);
    const byCell = costs.map((_, cell) =>
      cells.edges.reduce((sum, { to }, edge) => sum + (to === cell + 1 ? walk[edge]! : 0), 0),
    );
    expectClose(byCell, warping.gradient(costs).gradient, 1e-12);

    const labelled = ctc({ batch: 1, time: 5, classes: 3, labels: [[1, 2]], omega });
    const states = writtenGraph(labelled, frames);
    const share = edgeMarginals(states, omega);
    const atFirst = [1, 2].map((node) => share[states.edges.findIndex(({ to }) => to === node)]!);
    expectClose(atFirst, labelled.gradient(frames).gradient.slice(0, 2), 1e-12);
  });

  it('is known of programs only', () => {
    expect(() => writtenGraph({} as never, scores)).toThrow('no program of this library');
  });
});
