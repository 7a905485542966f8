import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { runs } from '../../../test/property-runs.js';
import {
  enumeratePaths,
  logSumExp,
  randomArray,
  seededRandom,
  type SmallGraph,
} from '../../../test/path-enumeration.js';
import { linearChain } from './linear-chain.js';

const OMEGAS = ['negentropy', 'l2', 'hard'] as const;

/** The chain as a graph: a root that leads to the first states, a leaf behind the last ones. */
function chainGraph(time: number, states: number): SmallGraph {
  const node = (t: number, state: number) => 1 + t * states + state;
  const edges: [number, number][] = [];
  for (let state = 0; state < states; state++) edges.push([0, node(0, state)]);
  for (let t = 0; t < time; t++) {
    for (let to = 0; to < states; to++) {
      for (let from = 0; from < states; from++) edges.push([node(t, from), node(t + 1, to)]);
    }
  }
  const leaf = node(time + 1, 0);
  for (let state = 0; state < states; state++) edges.push([node(time, state), leaf]);
  return { nodes: leaf + 1, edges };
}

const shape = fc.record({
  time: fc.integer({ min: 0, max: 3 }),
  states: fc.integer({ min: 1, max: 3 }),
  omega: fc.constantFrom(...OMEGAS),
  gamma: fc.constantFrom(0.3, 1, 2.5),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

/** Random potentials by part, some moves forbidden but never all of those into a state. */
function potentials(time: number, states: number, seed: number) {
  const random = seededRandom(seed);
  const moves = randomArray(time * states * states, random, 2).map((score, at) =>
    random() < 0.2 && at % states !== 0 ? -Infinity : score,
  );
  return { moves, start: randomArray(states, random), end: randomArray(states, random) };
}

describe('linearChain agrees with the enumeration of all paths', () => {
  it('in value, gradient, path probabilities, ranking and best path', () => {
    fc.assert(
      fc.property(shape, ({ time, states, omega, gamma, seed }) => {
        const theta = potentials(time, states, seed);
        const program = linearChain({ batch: 1, time, states, omega, gamma });
        const scores = [...theta.start, ...theta.moves, ...theta.end];
        const reference = enumeratePaths(chainGraph(time, states), scores, omega, gamma);
        // The graph takes a max over one predecessor at each first state; the chain does not.
        const extra = omega === 'l2' ? gamma / 2 : 0;
        const { value, gradient } = program.gradient(theta);
        expect(value[0]).toBeCloseTo(reference.value + extra, 10);
        const expected = [...gradient.start!, ...gradient.moves, ...gradient.end!];
        expectClose(expected, reference.expected, 1e-10);

        const allowed = reference.paths.filter(({ score }) => score > -Infinity);
        const pathScores = allowed.map(({ score }) => score);
        if (omega === 'negentropy') expect(value[0]).toBeCloseTo(logSumExp(pathScores, gamma), 10);
        if (omega === 'hard') expect(value[0]).toBeCloseTo(Math.max(...pathScores), 10);

        const statesOf = (edges: number[]) =>
          Int32Array.from(edges.slice(0, -1), (edge) => {
            const [, to] = chainGraph(time, states).edges[edge]!;
            return (to - 1) % states;
          });
        let total = 0;
        for (const { edges, probability } of reference.paths) {
          const log = program.logProbability(theta, [statesOf(edges)])[0]!;
          expect(Math.exp(log)).toBeCloseTo(probability, 10);
          total += Math.exp(log);
        }
        expect(total).toBeCloseTo(1, 10);

        const support = reference.paths
          .map(({ probability }) => probability)
          .filter((probability) => probability > 0)
          .sort((a, b) => b - a);
        const [ranked] = program.kBest(theta, reference.paths.length + 1);
        expect(ranked!.length).toBe(support.length);
        ranked!.forEach(({ path, logProbability }, rank) => {
          expect(Math.exp(logProbability)).toBeCloseTo(support[rank]!, 10);
          expect(program.logProbability(theta, [path])[0]).toBeCloseTo(logProbability, 10);
        });
        expect(new Set(ranked!.map(({ path }) => path.join())).size).toBe(ranked!.length);
        expect(program.kBest(theta, 2)[0]).toEqual(ranked!.slice(0, 2));

        const bestEdges = allowed.reduce((a, b) => (b.score > a.score ? b : a)).edges;
        expect(program.argmax(theta)[0]).toEqual(statesOf(bestEdges));
      }),
      { numRuns: runs(100) },
    );
  });

  it('in the frequencies of its samples', () => {
    const theta = Float64Array.of(0.3, -0.2, 0.1, 0.4, -0.1, 0.6, 0.2, 0);
    for (const omega of OMEGAS) {
      const program = linearChain({ batch: 1, time: 2, states: 2, omega });
      const random = seededRandom(3);
      const counts = new Map<string, number>();
      for (let draw = 0; draw < 20_000; draw++) {
        const path = program.sample(theta, random)[0]!.join();
        counts.set(path, (counts.get(path) ?? 0) + 1);
      }
      for (const a of [0, 1])
        for (const b of [0, 1])
          for (const c of [0, 1]) {
            const path = Int32Array.of(a, b, c);
            const probability = Math.exp(program.logProbability(theta, [path])[0]!);
            expect((counts.get(path.join()) ?? 0) / 20_000).toBeCloseTo(probability, 1.7);
            if (probability === 0) expect(counts.has(path.join())).toBe(false);
          }
    }
  });
});

describe('linearChain’s derivatives', () => {
  it('are those of finite differences, with lengths and forbidden moves', () => {
    const [batch, time, states] = [3, 4, 3];
    const lengths = [4, 0, 2];
    const random = seededRandom(11);
    const theta = randomArray(batch * time * states * states, random, 2).map((score, at) =>
      at % 7 === 3 ? -Infinity : score,
    );
    const z = randomArray(theta.length, random);
    const step = 1e-6;
    for (const omega of ['negentropy', 'l2'] as const) {
      for (const gamma of [0.5, 2]) {
        const program = linearChain({ batch, time, states, lengths, omega, gamma });
        const { gradient, directional, product } = program.hessianProduct(theta, z);
        const moved = (by: number) => theta.map((score, at) => score + by * z[at]!);
        const up = program.gradient(moved(step));
        const down = program.gradient(moved(-step));
        expectClose(
          directional,
          up.value.map((value, b) => (value - down.value[b]!) / (2 * step)),
          1e-7,
        );
        expectClose(
          product,
          up.gradient.map((mass, at) => (mass - down.gradient[at]!) / (2 * step)),
          1e-6,
        );
        for (let at = 0; at < theta.length; at++) {
          const item = Math.floor(at / (time * states * states));
          const t = Math.floor(at / (states * states)) % time;
          if (t >= lengths[item]! || theta[at] === -Infinity) {
            expect(gradient[at]).toBe(0);
            expect(product[at]).toBe(0);
          }
        }
      }
    }
  });

  it('are those of finite differences by part, a start and an end forbidden', () => {
    const [batch, time, states, lengths] = [2, 2, 3, [2, 0]];
    const random = seededRandom(12);
    const sizes = { moves: batch * time * states * states, start: 6, end: 6 };
    const draw = () => ({
      moves: randomArray(sizes.moves, random),
      start: randomArray(sizes.start, random),
      end: randomArray(sizes.end, random),
    });
    const [theta, z] = [draw(), draw()];
    theta.start[1] = -Infinity;
    theta.end[5] = -Infinity;
    const step = 1e-6;
    for (const omega of ['negentropy', 'l2'] as const) {
      const program = linearChain({ batch, time, states, lengths, omega, gamma: 0.8 });
      const along = (by: number) => {
        const move = (part: keyof typeof sizes) =>
          theta[part].map((score, at) => score + by * z[part][at]!);
        return program.gradient({ moves: move('moves'), start: move('start'), end: move('end') });
      };
      const { directional, gradient, product } = program.hessianProduct(theta, z);
      const [up, down] = [along(step), along(-step)];
      const slope = up.value.map((value, b) => (value - down.value[b]!) / (2 * step));
      expectClose(directional, slope, 1e-7);
      for (const part of ['moves', 'start', 'end'] as const) {
        const difference = up.gradient[part]!.map(
          (mass, at) => (mass - down.gradient[part]![at]!) / (2 * step),
        );
        expectClose(product[part]!, difference, 1e-6);
      }
      expect([gradient.start![1], product.start![1]]).toEqual([0, 0]);
      expect([gradient.end![5], product.end![5]]).toEqual([0, 0]);
    }
  });

  it('stay finite and normalised for γ from 1e-3 to 1e3 and |theta| up to 1e4', () => {
    const random = seededRandom(5);
    for (const omega of OMEGAS) {
      for (const gamma of [1e-3, 1, 1e3]) {
        for (const scale of [1, 1e4]) {
          const program = linearChain({ batch: 1, time: 6, states: 4, omega, gamma });
          const theta = randomArray(6 * 16, random, scale);
          const z = randomArray(6 * 16, random);
          const { gradient, product } = program.hessianProduct(theta, z);
          for (let t = 0; t < 6; t++) {
            const step = gradient.subarray(t * 16, (t + 1) * 16);
            expect(step.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 9);
          }
          expect(product.every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
});

describe('linearChain', () => {
  const chain = linearChain({ batch: 2, time: 2, states: 2, omega: 'l2' });

  it('keeps the type of theta', () => {
    const { value, gradient } = chain.gradient(new Float32Array(16));
    expect(value).toBeInstanceOf(Float32Array);
    expect(gradient).toBeInstanceOf(Float32Array);
    expect(chain.value(new Float64Array(16))).toBeInstanceOf(Float64Array);
    const moves = new Float32Array(16);
    const byPart = chain.hessianProduct({ moves, end: new Float32Array(4) }, { moves });
    expect(byPart.product.end).toBeInstanceOf(Float32Array);
    expect(byPart.directional).toBeInstanceOf(Float32Array);
    expect(byPart.product.start).toBeUndefined();
  });

  it('computes each item of a batch as it would by itself, whatever lies past its length', () => {
    const random = seededRandom(2);
    const lengths = [3, 0, 1, 2];
    const [time, states, size] = [3, 2, 12];
    for (const omega of OMEGAS) {
      const together = linearChain({ batch: 4, time, states, lengths, omega });
      const theta = randomArray(4 * size, random);
      const z = randomArray(4 * size, random);
      lengths.forEach((length, item) =>
        theta.fill(1e4, item * size + length * 4, (item + 1) * size),
      );
      const whole = together.hessianProduct(theta, z);
      lengths.forEach((length, item) => {
        const own = (array: Float64Array) => array.slice(item * size, item * size + length * 4);
        const rest = (array: Float64Array) =>
          array.slice(item * size + length * 4, (item + 1) * size);
        const alone = linearChain({ batch: 1, time: length, states, omega });
        const result = alone.hessianProduct(own(theta), own(z));
        expect(whole.value[item]).toBe(result.value[0]);
        expect(whole.directional[item]).toBe(result.directional[0]);
        expect(own(whole.gradient)).toEqual(result.gradient);
        expect(own(whole.product)).toEqual(result.product);
        expect(rest(whole.gradient).every((mass) => mass === 0)).toBe(true);
        expect(rest(whole.product).every((mass) => mass === 0)).toBe(true);
        expect(together.argmax(theta)[item]).toEqual(alone.argmax(own(theta))[0]);
      });
    }
  });

  it('has one path where there is one state, and l2 still pays γ/2 at each of its maxes', () => {
    const theta = Float64Array.of(0.5, -2, 1);
    const program = linearChain({ batch: 1, time: 3, states: 1, omega: 'l2', gamma: 0.4 });
    const { value, gradient } = program.gradient(theta);
    expect(value[0]).toBeCloseTo(-0.5 - 4 * 0.2, 12);
    expect([...gradient]).toEqual([1, 1, 1]);
    expect(program.pathRegularisation(gradient)[0]).toBeCloseTo(4 * 0.2, 12);
  });

  it('knows the probability of a path that lies below the smallest number', () => {
    for (const [gamma, scale] of [
      [1, 900],
      [1e-3, 1],
      [1, 1e4],
    ] as const) {
      const program = linearChain({ batch: 1, time: 2, states: 2, omega: 'negentropy', gamma });
      const theta = randomArray(8, seededRandom(9), scale);
      const value = program.value(theta)[0]!;
      const logs = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => {
        const [a, b, c] = [bits & 1, (bits >> 1) & 1, bits >> 2] as const;
        const score = theta[b * 2 + a]! + theta[4 + c * 2 + b]!;
        const log = (score - value) / gamma;
        const found = program.logProbability(theta, [Int32Array.of(a, b, c)])[0]!;
        expect(Math.abs(found - log)).toBeLessThan(1e-9 * Math.max(1, Math.abs(log)));
        return found;
      });
      expect(Math.min(...logs)).toBeLessThan(-800);
      const [ranked] = program.kBest(theta, 9);
      expectClose(
        ranked!.map(({ logProbability }) => logProbability),
        logs.sort((a, b) => b - a),
        1e-12,
      );
    }
  });

  it('breaks ties towards the smallest previous state', () => {
    const hard = linearChain({ batch: 1, time: 2, states: 3, omega: 'hard' });
    expect(hard.argmax(new Float64Array(18))[0]).toEqual(Int32Array.of(0, 0, 0));
  });

  it('says what is wrong with its input', () => {
    expect(() => linearChain({ batch: 1, time: 2, states: 0, omega: 'l2' })).toThrow(
      'states is 0: it must be an integer of at least 1',
    );
    expect(() => linearChain({ batch: 1, time: 1, states: 2, omega: 'l2', gamma: 0 })).toThrow(
      'gamma is 0',
    );
    const moves = new Float64Array(16);
    expect(() => chain.value({ moves, start: Float64Array.of(0, 0, 0, Infinity) })).toThrow(
      'theta.start[1][1] is Infinity',
    );
    expect(() => chain.hessianProduct(moves, moves.slice().fill(NaN, 5))).toThrow(
      'z[0][1][0][1] is NaN',
    );
    expect(() => chain.logProbability(moves, [Int32Array.of(0, 0), Int32Array.of(0)])).toThrow(
      'paths[0] has 2 states: the item has 3 positions',
    );
    expect(() => chain.kBest(moves, 0)).toThrow('k is 0');
    expect(() => chain.value(new Float64Array(3))).toThrow('theta has 3 entries');
    const broken = new Float64Array(16);
    broken[13] = NaN;
    expect(() => chain.value(broken)).toThrow('theta[1][1][0][1] is NaN');
    const forbidden = new Float64Array(16).fill(-Infinity, 8);
    expect(() => chain.gradient(forbidden)).toThrow('batch item 1 has no allowed path');
    expect(() => chain.logProbability(new Float64Array(16), [Int32Array.of(0, 0, 0)])).toThrow(
      '1 paths: the batch has 2 items',
    );
    expect(() =>
      linearChain({ batch: 2, time: 2, states: 2, lengths: [1, 3], omega: 'l2' }),
    ).toThrow('lengths[1] is 3: it must be an integer from 0 to 2');
  });
});
