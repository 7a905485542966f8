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
import { dtw, type DtwOptions, type Moves } from './dtw.js';

const OMEGAS = ['negentropy', 'l2', 'hard'] as const;

/** The alignment graph with its cells as nodes 1 …, behind a root that only leads to cell (0, 0). */
function alignmentGraph(rows: number, cols: number, moves: Moves) {
  const edges: [number, number][] = [[0, 1]];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const node = i * cols + j + 1;
      if (i > 0 && j > 0) edges.push([node - cols - 1, node]);
      if (i > 0) edges.push([node - cols, node]);
      if (j > 0 && moves === 'classic') edges.push([node - 1, node]);
    }
  }
  const graph: SmallGraph = { nodes: rows * cols + 1, edges };
  return {
    graph,
    scores: (theta: Float64Array) => edges.map(([, to]) => -theta[to - 1]!),
    path: (path: number[]) =>
      Int32Array.from(
        path.flatMap((edge) => {
          const cell = edges[edge]![1] - 1;
          return [Math.floor(cell / cols), cell % cols];
        }),
      ),
    cells: (expected: number[]) => {
      const mass = new Float64Array(rows * cols);
      expected.forEach((m, edge) => (mass[edges[edge]![1] - 1]! += m));
      return mass;
    },
  };
}

const anyMoves = fc.constantFrom<Moves>('classic', 'advance');
const anyOmega = fc.constantFrom(...OMEGAS);
const anySeed = fc.integer();

describe('dtw agrees with the enumeration of all paths', () => {
  it('in value, gradient, log-probabilities, best paths, some cells forbidden', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        anyMoves,
        anyOmega,
        fc.constantFrom(0.3, 1, 2.5),
        anySeed,
        (rows, cols, moves, omega, gamma, seed) => {
          fc.pre(moves === 'classic' || cols <= rows);
          const random = seededRandom(seed);
          const theta = randomArray(rows * cols, random, 2);
          if (random() < 0.3) theta[Math.floor(random() * theta.length)] = Infinity;
          const { graph, ...convert } = alignmentGraph(rows, cols, moves);
          const reference = enumeratePaths(graph, convert.scores(theta), omega, gamma);
          const program = dtw({ batch: 1, rows, cols, moves, omega, gamma });
          if (reference.value === -Infinity) {
            expect(() => program.value(theta)).toThrow('batch item 0 has no allowed path');
            return;
          }
          const { value, gradient } = program.gradient(theta);
          expectClose(value, [-reference.value], 1e-10);
          expectClose(gradient, convert.cells(reference.expected), 1e-10);

          const scores = reference.paths.map((path) => path.score);
          if (omega === 'negentropy') expectClose(value, [-logSumExp(scores, gamma)], 1e-10);
          if (omega === 'hard') expectClose(value, [-Math.max(...scores)], 1e-10);

          let total = 0;
          for (const { edges, probability } of reference.paths) {
            const log = program.logProbability(theta, [convert.path(edges)])[0]!;
            expectClose([Math.exp(log)], [probability], 1e-10);
            total += Math.exp(log);
          }
          expect(total).toBeCloseTo(1, 10);

          const support = reference.paths
            .map((path) => path.probability)
            .filter((probability) => probability > 0)
            .sort((a, b) => b - a);
          const ranked = program.kBest(theta, reference.paths.length + 1)[0]!;
          expectClose(
            ranked.map(({ logProbability }) => Math.exp(logProbability)),
            support,
            1e-10,
          );
          for (const { path, logProbability } of ranked) {
            expectClose(program.logProbability(theta, [path]), [logProbability], 1e-10);
          }
          expect(new Set(ranked.map(({ path }) => path.join())).size).toBe(ranked.length);
          expect(program.kBest(theta, 3)[0]).toEqual(ranked.slice(0, 3));

          const best = program.argmax(theta)[0]!;
          let cost = 0;
          for (let at = 0; at < best.length; at += 2)
            cost += theta[best[at]! * cols + best[at + 1]!]!;
          expectClose([cost], [-Math.max(...scores)], 1e-10);
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('in the frequencies of its samples', () => {
    const theta = randomArray(9, seededRandom(5), 0.4);
    for (const moves of ['classic', 'advance'] as const) {
      for (const omega of OMEGAS) {
        const program = dtw({ batch: 1, rows: 3, cols: 3, moves, omega });
        const random = seededRandom(11);
        const counts = new Map<string, number>();
        for (let draw = 0; draw < 10_000; draw++) {
          const path = program.sample(theta, random)[0]!.join();
          counts.set(path, (counts.get(path) ?? 0) + 1);
        }
        const { graph, ...convert } = alignmentGraph(3, 3, moves);
        for (const one of enumeratePaths(graph, convert.scores(theta), omega, 1).paths) {
          const frequency = (counts.get(convert.path(one.edges).join()) ?? 0) / 10_000;
          expect(Math.abs(frequency - one.probability)).toBeLessThan(0.02);
        }
      }
    }
  });
});

describe('the facts of DTW_Ω', () => {
  it('is concave in the costs', () => {
    fc.assert(
      fc.property(anyMoves, anyOmega, anySeed, (moves, omega, seed) => {
        const random = seededRandom(seed);
        const a = randomArray(20, random, 2);
        const b = randomArray(20, random, 2);
        const program = dtw({ batch: 1, rows: 5, cols: 4, moves, omega });
        const middle = a.map((cost, cell) => (cost + b[cell]!) / 2);
        const mean = (program.value(a)[0]! + program.value(b)[0]!) / 2;
        expect(program.value(middle)[0]).toBeGreaterThanOrEqual(mean - 1e-12);
      }),
    );
  });

  it('lies between DTW − γ cells log 3 and DTW for negentropy, DTW and DTW + γ/2 cells for l2', () => {
    fc.assert(
      fc.property(anyMoves, fc.constantFrom(0.1, 1, 10), anySeed, (moves, gamma, seed) => {
        const theta = randomArray(20, seededRandom(seed), 2);
        const value = (omega: (typeof OMEGAS)[number]) =>
          dtw({ batch: 1, rows: 5, cols: 4, moves, omega, gamma }).value(theta)[0]!;
        const longest = moves === 'classic' ? 8 : 5;
        expect(value('negentropy')).toBeLessThanOrEqual(value('hard') + 1e-12);
        expect(value('negentropy')).toBeGreaterThanOrEqual(
          value('hard') - gamma * longest * Math.log(3),
        );
        expect(value('l2')).toBeGreaterThanOrEqual(value('hard') - 1e-12);
        expect(value('l2')).toBeLessThanOrEqual(value('hard') + (gamma * longest) / 2 + 1e-12);
      }),
    );
  });

  it('has the path of least cost as its gradient when hard, ties to diagonal, up, left', () => {
    const tied = (theta: number[]) =>
      dtw({ batch: 1, rows: 2, cols: 2, omega: 'hard' }).argmax(Float64Array.from(theta))[0];
    expect(tied([0, 0, 0, 0])).toEqual(Int32Array.of(0, 0, 1, 1));
    const program = dtw({ batch: 1, rows: 3, cols: 2, omega: 'hard' });
    const theta = Float64Array.of(0, 0, 0, 0, 0, 0);
    const path = program.argmax(theta)[0]!;
    expect(path).toEqual(Int32Array.of(0, 0, 1, 0, 2, 1));
    expect(program.gradient(theta).gradient).toEqual(Float64Array.of(1, 0, 1, 0, 0, 1));
  });
});

describe('derivatives agree with finite differences', () => {
  const step = 1e-5;
  const unequal = { batch: 2, rows: 6, cols: 5, rowLengths: [6, 4], colLengths: [3, 4] };
  const smooth = ['negentropy', 'l2'] as const;
  const settings: [string, Omit<DtwOptions, 'omega'>][] = [
    ['unequal lengths', unequal],
    ['advance', { ...unequal, moves: 'advance' }],
    ['band', { ...unequal, band: 1.4 }],
    ['checkpoints', { ...unequal, memory: 1 }],
  ];

  it.each(
    settings.flatMap(([name, options]) => smooth.map((omega) => [name, omega, options] as const)),
  )('%s, %s, one cell forbidden', (_name, omega, options) => {
    const random = seededRandom(21);
    const theta = randomArray(60, random, 0.5);
    const z = randomArray(60, random);
    theta[6] = Infinity;
    const program = dtw({ ...options, omega, gamma: 1.3 });
    const { gradient, directional, product } = program.hessianProduct(theta, z);
    const plus = program.gradient(theta.map((cost, c) => cost + step * z[c]!));
    const minus = program.gradient(theta.map((cost, c) => cost - step * z[c]!));
    const slope = (a: Float64Array, b: Float64Array) =>
      a.map((entry, c) => (entry - b[c]!) / (2 * step));
    expectClose(slope(plus.value, minus.value), directional, 1e-7);
    expectClose(slope(plus.gradient, minus.gradient), product, 1e-7);
    for (let cell = 0; cell < 60; cell++) {
      const [b, i, j] = [Math.floor(cell / 30), Math.floor(cell / 5) % 6, cell % 5];
      if (i < unequal.rowLengths[b]! && j < unequal.colLengths[b]! && cell !== 6) continue;
      expect([gradient[cell], product[cell]]).toEqual([0, 0]);
    }
  });
});

describe('a memory budget', () => {
  it('changes no bit of any result', () => {
    const random = seededRandom(2);
    const [rows, cols] = [37, 11];
    const theta = randomArray(rows * cols, random, 2);
    const z = randomArray(rows * cols, random);
    for (const moves of ['classic', 'advance'] as const) {
      for (const omega of OMEGAS) {
        const results = [undefined, 1, 2000, 5000].map((memory) => {
          const program = dtw({ batch: 1, rows, cols, moves, omega, memory });
          const paths = program.argmax(theta);
          return {
            ...program.hessianProduct(theta, z),
            plain: program.gradient(theta),
            paths,
            sample: program.sample(theta, seededRandom(4)),
            log: program.logProbability(theta, paths),
          };
        });
        for (const result of results.slice(1)) expect(result).toEqual(results[0]);
      }
    }
  });
});

describe('dtw at the edges of its domain', () => {
  it.each(OMEGAS)('%s is stable for gamma 1e-3 to 1e3 and costs up to 1e4', (omega) => {
    const random = seededRandom(6);
    const theta = randomArray(30, random, 1e4);
    for (const gamma of [1e-3, 1, 1e3]) {
      const program = dtw({ batch: 1, rows: 6, cols: 5, omega, gamma });
      const result = program.hessianProduct(theta, randomArray(30, random));
      const all = [...result.value, ...result.gradient, ...result.directional, ...result.product];
      expect(all.every(Number.isFinite)).toBe(true);
      expect(result.gradient[0]).toBeCloseTo(1, 12);
      expect(result.gradient[29]).toBe(1);
    }
  });

  it('one cell is its own path', () => {
    const program = dtw({ batch: 1, rows: 1, cols: 1, omega: 'l2', gamma: 2, band: 0 });
    const theta = Float64Array.of(3);
    expect(program.gradient(theta)).toEqual({
      value: Float64Array.of(4),
      gradient: Float64Array.of(1),
    });
    expect(program.kBest(theta, 4)).toEqual([[{ path: Int32Array.of(0, 0), logProbability: 0 }]]);
  });

  it('items of a batch do not touch each other', () => {
    const random = seededRandom(12);
    const theta = randomArray(2 * 4 * 3, random);
    const both = dtw({
      batch: 2,
      rows: 4,
      cols: 3,
      rowLengths: [2, 4],
      colLengths: [3, 1],
      omega: 'negentropy',
    });
    const first = dtw({ batch: 1, rows: 2, cols: 3, omega: 'negentropy' });
    const second = dtw({ batch: 1, rows: 4, cols: 1, omega: 'negentropy' });
    const secondCosts = Float64Array.from([0, 3, 6, 9], (at) => theta[12 + at]!);
    const { value, gradient } = both.gradient(theta);
    expect(value).toEqual(
      Float64Array.of(first.value(theta.slice(0, 6))[0]!, second.value(secondCosts)[0]!),
    );
    expect(gradient.slice(0, 6)).toEqual(first.gradient(theta.slice(0, 6)).gradient);
    expect(gradient.slice(12)).toEqual(Float64Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0));
    expect(both.argmax(theta)[1]).toEqual(Int32Array.of(0, 0, 1, 0, 2, 0, 3, 0));
  });

  it('keeps the type of theta', () => {
    const theta = Float32Array.from(randomArray(12, seededRandom(1)));
    const program = dtw({ batch: 1, rows: 4, cols: 3, omega: 'negentropy' });
    const single = program.hessianProduct(theta, theta);
    const double = program.hessianProduct(Float64Array.from(theta), Float64Array.from(theta));
    for (const key of ['value', 'gradient', 'directional', 'product'] as const) {
      expect(single[key]).toBeInstanceOf(Float32Array);
      expectClose(single[key], double[key], 1e-6);
    }
    const features = { rowFeatures: theta.slice(0, 4), colFeatures: theta.slice(0, 3) };
    expect(program.gradient(features).gradient.rowFeatures).toBeInstanceOf(Float32Array);
    expect(program.value(features)).toBeInstanceOf(Float32Array);
  });

  it('says what is wrong', () => {
    const options = { batch: 1, rows: 2, cols: 3, omega: 'l2' } as const;
    const program = dtw(options);
    const theta = new Float64Array(6);
    expect(() => program.value(theta.map((_, c) => (c === 4 ? NaN : 0)))).toThrow(
      'theta[0][1][1] is NaN',
    );
    expect(() => program.value(theta.fill(-Infinity))).toThrow('theta[0][0][0] is -Infinity');
    theta.fill(0);
    expect(() => program.value(new Float64Array(5))).toThrow('its shape [1, 2, 3] needs 6');
    expect(() => program.gradient(theta.map(() => Infinity))).toThrow(
      'batch item 0 has no allowed',
    );
    expect(() =>
      program.hessianProduct(
        theta,
        theta.map(() => NaN),
      ),
    ).toThrow('z[0][0][0] is NaN');
    expect(() => dtw({ ...options, moves: 'advance' })).toThrow(
      "batch item 0 has 2 rows and 3 columns: with moves 'advance'",
    );
    expect(() => dtw({ ...options, rowLengths: [3] })).toThrow('rowLengths[0] is 3');
    expect(() => dtw({ ...options, band: -1 })).toThrow('band is -1');
    expect(() => dtw({ ...options, gamma: 0 })).toThrow('gamma is 0');
    expect(() => dtw({ ...options, memory: NaN })).toThrow('memory is NaN');
    const features = { rowFeatures: Float64Array.of(1, NaN), colFeatures: new Float64Array(3) };
    expect(() => program.value(features)).toThrow('theta.rowFeatures[0][1][0] is NaN');
    expect(() =>
      program.value({ rowFeatures: new Float64Array(4), colFeatures: new Float64Array(3) }),
    ).toThrow('theta.colFeatures has 3 entries: its shape [1, 3, 2] needs 6');
    const log = (...path: number[]) => program.logProbability(theta, [Int32Array.from(path)]);
    expect(() => log(0, 0, 1, 2)).toThrow(
      'paths[0] is not a path: position 1 is (1, 2), expected one diagonal, down or right move on',
    );
    expect(() => log(0, 0, 1, 1)).toThrow('position 1 is (1, 1), expected the last corner (1, 2)');
    expect(() => log(0, 1)).toThrow('position 0 is (0, 1), expected the first corner (0, 0)');
    expect(() => log(0)).toThrow('must hold pairs');
  });

  it('a path off the support or outside the band has log-probability -Infinity', () => {
    const theta = Float64Array.of(0, 9, 9, 9, 0, 9, 9, 9, 0);
    const detour = Int32Array.of(0, 0, 0, 1, 0, 2, 1, 2, 2, 2);
    const log = (options: Partial<DtwOptions>) =>
      dtw({ batch: 1, rows: 3, cols: 3, omega: 'l2', ...options }).logProbability(theta, [detour]);
    expect(log({})[0]).toBe(-Infinity);
    expect(log({ omega: 'negentropy', band: 1 })[0]).toBe(-Infinity);
    expect(log({ omega: 'negentropy' })[0]).toBeLessThan(-20);
  });

  it('of no cost is 0, not −0', () => {
    for (const omega of [...OMEGAS, 'entmax15'] as const) {
      for (const theta of [new Float64Array(1), new Float32Array(1)]) {
        const program = dtw({ batch: 1, rows: 1, cols: 1, omega, gamma: 0.5 });
        const { value, directional, product } = program.hessianProduct(theta, theta);
        for (const array of [directional, product]) expect(array[0]).toBe(0);
        const halves = omega === 'l2' ? 0.25 : 0;
        for (const found of [value, program.value(theta), program.gradient(theta).value]) {
          expect(found[0]).toBe(halves);
        }
      }
    }
  });
});
