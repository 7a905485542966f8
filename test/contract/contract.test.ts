import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { omegaNames, type OmegaName, type RealArray } from '../../src/index.js';
import { expectClose } from '../expect-close.js';
import { seededRandom } from '../path-enumeration.js';
import {
  arraysIn,
  create as createWith,
  drawTheta,
  flatOf,
  gather,
  mapTheta,
  type AnyProgram,
  type Listing,
  type Theta,
} from './listing.js';
import { listings } from './programs.js';
import { solve } from './reference.js';

const GAMMAS = [0.3, 1, 2.5];
const smooth = omegaNames.filter((name) => name !== 'hard');

const create = (listing: Listing, omega: OmegaName, gamma = 1) =>
  createWith(listing, { omega, gamma });

/** Scores of an item: costs have the other sign. */
function scoresOf(listing: Listing, program: AnyProgram, theta: Theta, item: number) {
  return flatOf(listing, theta, item).map((value) => program.sense * value);
}

function solveAll(
  listing: Listing,
  program: AnyProgram,
  theta: Theta,
  omega: OmegaName,
  gamma = 1,
) {
  return listing.graphs.map((graph, item) =>
    solve(graph, scoresOf(listing, program, theta, item), omega, gamma),
  );
}

/** The entries of theta that some path takes: what the rest holds plays no part. */
function usedEntries(listing: Listing): Float64Array[] {
  const size = listing.parts.reduce((sum, part) => sum + part.size, 0);
  return gather(
    listing,
    listing.graphs.map((graph) => {
      const used = new Array<number>(size).fill(0);
      for (const { entries } of graph.edges) for (const entry of entries) used[entry] = 1;
      return used;
    }),
  );
}

function expectParts(listing: Listing, found: Theta, expected: RealArray[], tolerance: number) {
  arraysIn(listing, found).forEach((array, part) => expectClose(array, expected[part]!, tolerance));
}

function inner(listing: Listing, a: Theta, b: Theta): number {
  const bs = arraysIn(listing, b).map((array) => [...array]);
  const as = arraysIn(listing, a).map((array) => [...array]);
  return as.flat().reduce((sum, value, at) => sum + value * bs.flat()[at]!, 0);
}

const total = (values: RealArray) => [...values].reduce((sum, value) => sum + value, 0);

/** Numbers in [−scale, scale), some of them forbidden. */
function scores(seed: number, scale = 1, forbidden = 0, sense = 1): () => number {
  const random = seededRandom(seed);
  return () => (random() < forbidden ? -sense * Infinity : (2 * random() - 1) * scale);
}

/** One-decimal numbers, many of them equal. */
function decimals(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.round(random() * 8 - 4) / 10;
}

/** Every path of a reference, and what the program makes of it. */
function checkPaths(
  program: AnyProgram,
  theta: Theta,
  references: ReturnType<typeof solveAll>,
  tolerance: number,
  ties = false,
) {
  // With ties, rounding decides whether a share is 0 or some 1e-17: only ordinary probabilities count.
  const counted = (log: number) => log > (ties ? -28 : -Infinity);
  const agree = (log: number, expected: number) => {
    if (expected > -40 || ties) expectClose([Math.exp(log)], [Math.exp(expected)], tolerance);
    else if (expected > -Infinity) expectClose([log / expected], [1], 1e-9);
    else expect(Math.exp(log)).toBeLessThan(1e-12);
  };
  const most = Math.max(...references.map(({ paths }) => paths.length));
  for (let turn = 0; turn < most; turn++) {
    const chosen = references.map(({ paths }) => paths[turn % paths.length]!);
    const logs = program.logProbability(
      theta,
      chosen.map(({ path }) => Int32Array.from(path)),
    );
    chosen.forEach(({ logProbability }, item) => agree(logs[item]!, logProbability));
  }
  program.kBest(theta, most + 1).forEach((ranked, item) => {
    const { paths } = references[item]!;
    const support = paths.map(({ logProbability }) => logProbability).sort((a, b) => b - a);
    const wanted = support.filter((log) => log > -Infinity && counted(log));
    const found = ranked.map(({ logProbability }) => logProbability).filter(counted);
    expect(found.length).toBe(wanted.length);
    found.forEach((log, rank) => agree(log, wanted[rank]!));
    expect(new Set(ranked.map(({ path }) => path.join())).size).toBe(ranked.length);
    const known = new Map(paths.map(({ path, logProbability }) => [path.join(), logProbability]));
    expectClose(
      ranked.map(({ logProbability }) => Math.exp(logProbability)),
      ranked.map(({ path }) => Math.exp(known.get(path.join())!)),
      tolerance,
    );
    expect(program.kBest(theta, 2)[item]).toEqual(ranked.slice(0, 2));
  });
}

function checkAgainstEnumeration(
  listing: Listing,
  omega: OmegaName,
  gamma: number,
  theta: Theta,
  ties = false,
) {
  const program = create(listing, omega, gamma);
  const references = solveAll(listing, program, theta, omega, gamma);
  if (references.some(({ hard }) => hard === -Infinity)) {
    const stuck = references.findIndex(({ hard }) => hard === -Infinity);
    for (const call of [
      () => program.value(theta),
      () => program.gradient(theta),
      () => program.argmax(theta),
      () => program.kBest(theta, 2),
      () => program.sample(theta, () => 0),
    ]) {
      expect(call).toThrow(`batch item ${stuck} has no allowed path`);
    }
    return;
  }
  const { value, gradient } = program.gradient(theta);
  expectClose(
    value,
    references.map((one) => program.sense * one.value),
    1e-10,
  );
  expect(program.value(theta)).toEqual(value);
  for (const { paths } of references) {
    const sum = paths.reduce((s, { logProbability }) => s + Math.exp(logProbability), 0);
    expect(sum).toBeCloseTo(1, 9);
  }
  program.argmax(theta).forEach((path, item) => {
    const { paths, hard } = references[item]!;
    const best = paths.find((one) => one.path.join() === path.join())!;
    expect(best.score).toBeCloseTo(hard, 10);
  });
  // When hard, rounding decides which of two equal paths it is.
  if (ties && omega === 'hard') return;
  expectParts(
    listing,
    gradient,
    gather(
      listing,
      references.map(({ expected }) => expected),
    ),
    1e-9,
  );
  checkPaths(program, theta, references, 1e-9, ties);
}

describe.each(listings.map((listing) => [listing.name, listing] as const))(
  '%s',
  (_name, listing) => {
    it.each(omegaNames)('agrees with the enumeration of all paths: %s', (omega) => {
      fc.assert(
        fc.property(
          fc.integer(),
          fc.constantFrom(...GAMMAS),
          fc.constantFrom(0, 0.1),
          (seed, gamma, forbidden) => {
            const { sense } = create(listing, omega);
            const theta = drawTheta(listing, scores(seed, 2, forbidden, sense));
            checkAgainstEnumeration(listing, omega, gamma, theta);
          },
        ),
        { numRuns: 15 },
      );
    });

    it.each(omegaNames)('agrees with it for one-decimal numbers and ties: %s', (omega) => {
      fc.assert(
        fc.property(fc.integer(), fc.constantFrom(0.1, 0.7, 1), (seed, gamma) => {
          checkAgainstEnumeration(listing, omega, gamma, drawTheta(listing, decimals(seed)), true);
        }),
        { numRuns: 15 },
      );
    });

    it('gives ties to the first edge into each node', () => {
      for (const levels of [1, 3]) {
        for (let seed = 0; seed < 20; seed++) {
          const random = seededRandom(seed);
          // Whole numbers: their sums are exact.
          const theta = drawTheta(listing, () => Math.floor(random() * levels));
          const program = create(listing, 'hard');
          const references = solveAll(listing, program, theta, 'hard');
          program.argmax(theta).forEach((path, item) => {
            expect([...path]).toEqual(references[item]!.best);
          });
          const { gradient } = program.gradient(theta);
          expectParts(
            listing,
            gradient,
            gather(
              listing,
              references.map(({ expected }) => expected),
            ),
            1e-15,
          );
        }
      }
    });

    it.each(omegaNames)('draws paths with their probabilities: %s', (omega) => {
      const program = create(listing, omega, 0.8);
      const theta = drawTheta(listing, scores(5, 0.6));
      const references = solveAll(listing, program, theta, omega, 0.8);
      const random = seededRandom(17);
      const draws = 4000;
      const counts = references.map(() => new Map<string, number>());
      for (let draw = 0; draw < draws; draw++) {
        program.sample(theta, random).forEach((path, item) => {
          const of = counts[item]!;
          of.set(path.join(), (of.get(path.join()) ?? 0) + 1);
        });
      }
      references.forEach(({ paths }, item) => {
        // Rare paths together in one class, so that each expects at least five draws.
        let [chiSquare, classes, rare, rareCount] = [0, 0, 0, 0];
        for (const { path, logProbability } of paths) {
          const expected = draws * Math.exp(logProbability);
          const count = counts[item]!.get(path.join()) ?? 0;
          if (logProbability === -Infinity) expect(count).toBe(0);
          if (expected < 5) {
            rare += expected;
            rareCount += count;
            continue;
          }
          chiSquare += (count - expected) ** 2 / expected;
          classes++;
        }
        if (rare >= 5) {
          chiSquare += (rareCount - rare) ** 2 / rare;
          classes++;
        }
        // Five standard deviations above the mean of chi-square.
        const freedom = Math.max(0, classes - 1);
        expect(chiSquare).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 1e-9);
      });
    });

    it.each(omegaNames)('knows log-probabilities down to −1e5, γ from 1e-3 to 1e3: %s', (omega) => {
      for (const gamma of [1e-3, 0.1, 1, 30, 1e3]) {
        for (const scale of [1, 1e4 * gamma]) {
          const program = create(listing, omega, gamma);
          const theta = drawTheta(listing, scores(3, scale));
          const references = solveAll(listing, program, theta, omega, gamma);
          checkPaths(program, theta, references, 1e-9);
          const result = program.hessianProduct(theta, drawTheta(listing, scores(4)));
          for (const array of [
            ...[result.value, result.directional],
            ...arraysIn(listing, result.gradient),
            ...arraysIn(listing, result.product),
          ]) {
            expect(array.every(Number.isFinite)).toBe(true);
          }
        }
      }
    });

    it('is convex in its scores, and −concave in its costs', () => {
      fc.assert(
        fc.property(
          fc.integer(),
          fc.constantFrom(...omegaNames),
          fc.constantFrom(...GAMMAS),
          (seed, omega, gamma) => {
            const program = create(listing, omega, gamma);
            const [a, b] = [
              drawTheta(listing, scores(seed, 2)),
              drawTheta(listing, scores(seed + 1, 2)),
            ];
            const bs = arraysIn(listing, b);
            const middle = mapTheta(listing, a, (value, part, at) => (value + bs[part]![at]!) / 2);
            const [va, vb, vm] = [a, b, middle].map((theta) => program.value(theta));
            vm!.forEach((value, item) => {
              const mean = (va![item]! + vb![item]!) / 2;
              expect(program.sense * (mean - value)).toBeGreaterThan(-1e-9);
            });
          },
        ),
        { numRuns: 20 },
      );
    });

    it('commutes with a constant on entries that every path takes equally often', () => {
      const size = listing.parts.reduce((sum, part) => sum + part.size, 0);
      const program = create(listing, 'hard');
      const references = solveAll(
        listing,
        program,
        drawTheta(listing, () => 0),
        'hard',
      );
      // How often each path takes each entry; entries at once if they are all of a part.
      const uses = references.map(({ paths }) =>
        paths.map(({ edges }) => {
          const count = new Array<number>(size).fill(0);
          for (const { entries } of edges) for (const at of entries) count[at]!++;
          return count;
        }),
      );
      let first = 0;
      const sets = listing.parts.flatMap(({ size: length }) => {
        const entries = Array.from({ length }, (_, at) => first + at);
        first += length;
        return [entries, ...entries.map((entry) => [entry])];
      });
      for (const omega of omegaNames) {
        const theta = drawTheta(listing, scores(8));
        const one = create(listing, omega, 0.7);
        for (const set of sets) {
          const counts = uses.map((paths) =>
            paths.map((count) => set.reduce((sum, at) => sum + count[at]!, 0)),
          );
          if (counts.some((of) => of.some((count) => count !== of[0]))) continue;
          const masks = gather(
            listing,
            references.map(() =>
              Array.from({ length: size }, (_, at) => (set.includes(at) ? 1 : 0)),
            ),
          );
          const moved = mapTheta(
            listing,
            theta,
            (value, part, at) => value + (masks[part]![at]! > 0 ? 3 : 0),
          );
          const [before, after] = [one.gradient(theta), one.gradient(moved)];
          expectClose(
            after.value,
            before.value.map((value, item) => value + 3 * counts[item]![0]!),
            1e-12,
          );
          expectParts(listing, after.gradient, arraysIn(listing, before.gradient), 1e-9);
        }
      }
    });

    it.each(smooth)(
      'has the derivatives of finite differences, some entries forbidden: %s',
      (omega) => {
        const step = 1e-6;
        for (const [seed, gamma, forbidden] of [
          [1, 0.6, 0],
          [2, 1.4, 0.08],
          [3, 3, 0],
        ] as const) {
          const program = create(listing, omega, gamma);
          const theta = drawTheta(listing, scores(seed, 1, forbidden, program.sense));
          if (solveAll(listing, program, theta, 'hard').some(({ hard }) => hard === -Infinity))
            continue;
          const z = drawTheta(listing, scores(seed + 10));
          const zs = arraysIn(listing, z);
          const along = (by: number) =>
            program.gradient(
              mapTheta(listing, theta, (value, part, at) => value + by * zs[part]![at]!),
            );
          const { gradient, directional, product, value } = program.hessianProduct(theta, z);
          expect(value).toEqual(program.value(theta));
          const [up, down] = [along(step), along(-step)];
          expectClose(
            directional,
            up.value.map((v, item) => (v - down.value[item]!) / (2 * step)),
            1e-7,
          );
          const [ups, downs] = [up, down].map((one) => arraysIn(listing, one.gradient));
          const difference = ups!.map((array, part) =>
            array.map((mass, at) => (mass - downs![part]![at]!) / (2 * step)),
          );
          expectParts(listing, product, difference, 1e-5);
          expect(inner(listing, gradient, z)).toBeCloseTo(total(directional), 9);
          const plain = arraysIn(listing, gradient);
          expectParts(listing, program.gradient(theta).gradient, plain, 1e-14);
        }
      },
    );

    it('has a symmetric Hessian, and none when hard', () => {
      for (const omega of omegaNames) {
        const program = create(listing, omega, 0.9);
        const theta = drawTheta(listing, scores(21));
        const [a, b] = [drawTheta(listing, scores(22)), drawTheta(listing, scores(23))];
        const [ha, hb] = [a, b].map((z) => program.hessianProduct(theta, z).product);
        expect(inner(listing, ha!, b)).toBeCloseTo(inner(listing, hb!, a), 9);
        if (omega === 'hard') expect(inner(listing, ha!, ha!)).toBe(0);
      }
    });

    it('ignores what no path takes, in theta and in z, in both precisions', () => {
      const used = usedEntries(listing);
      const program0 = create(listing, 'hard');
      for (const omega of omegaNames) {
        const program = create(listing, omega, 0.9);
        for (const junk of [NaN, Infinity, -Infinity, 1e4]) {
          for (const precision of [Float64Array, Float32Array]) {
            const clean = inPrecision(listing, drawTheta(listing, scores(31)), precision);
            const z = inPrecision(listing, drawTheta(listing, scores(32)), precision);
            const spoil = (theta: Theta) =>
              mapTheta(listing, theta, (value, part, at) => (used[part]![at]! > 0 ? value : junk));
            const expected = program.hessianProduct(clean, z);
            const found = program.hessianProduct(spoil(clean), spoil(z));
            const tolerance = precision === Float64Array ? 1e-14 : 1e-6;
            expectClose(found.value, expected.value, tolerance);
            expectClose(found.directional, expected.directional, tolerance);
            for (const kind of ['gradient', 'product'] as const) {
              expectParts(listing, found[kind], arraysIn(listing, expected[kind]), tolerance);
              arraysIn(listing, found[kind]).forEach((array, part) =>
                array.forEach((value, at) => {
                  if (used[part]![at] === 0) expect(value).toBe(0);
                }),
              );
            }
            expectClose(program.gradient(spoil(clean)).value, expected.value, tolerance);
            expect(program.argmax(spoil(clean))).toEqual(program0.argmax(clean));
          }
        }
      }
    });

    it.each(omegaNames)('computes float32 as float64, to float32’s precision: %s', (omega) => {
      for (const gamma of GAMMAS) {
        const program = create(listing, omega, gamma);
        const theta = inPrecision(listing, drawTheta(listing, scores(41)), Float32Array);
        const z = inPrecision(listing, drawTheta(listing, scores(42)), Float32Array);
        const exact = program.hessianProduct(
          inPrecision(listing, theta, Float64Array),
          inPrecision(listing, z, Float64Array),
        );
        const fast = program.hessianProduct(theta, z);
        expect(fast.value).toBeInstanceOf(Float32Array);
        expectClose(fast.value, exact.value, 1e-5);
        expectClose(fast.directional, exact.directional, 1e-4);
        for (const kind of ['gradient', 'product'] as const) {
          for (const array of arraysIn(listing, fast[kind])) {
            expect(array).toBeInstanceOf(Float32Array);
          }
          expectParts(listing, fast[kind], arraysIn(listing, exact[kind]), 1e-4);
        }
        expectClose(program.value(theta), exact.value, 1e-5);
        expect(program.argmax(theta)).toEqual(
          program.argmax(inPrecision(listing, theta, Float64Array)),
        );
        const paths = program.sample(theta, seededRandom(1));
        expect(program.logProbability(theta, paths)).toBeInstanceOf(Float32Array);
      }
    });

    it('writes to targets, and refuses what they cannot be', () => {
      for (const precision of [Float64Array, Float32Array]) {
        const program = create(listing, 'l2', 0.9);
        const theta = inPrecision(listing, drawTheta(listing, scores(51)), precision);
        const z = inPrecision(listing, drawTheta(listing, scores(52)), precision);
        const target = () => mapTheta(listing, theta, () => 7);
        const expected = program.hessianProduct(theta, z);
        const [gradient, product] = [target(), target()];
        const found = program.hessianProduct(theta, z, { gradient, product });
        const same = (a: Theta, b: Theta) =>
          arraysIn(listing, a).forEach((array, part) =>
            expect(array).toBe(arraysIn(listing, b)[part]),
          );
        same(found.gradient, gradient);
        same(found.product, product);
        expectParts(listing, gradient, arraysIn(listing, expected.gradient), 1e-6);
        expectParts(listing, product, arraysIn(listing, expected.product), 1e-6);
        const alone = target();
        same(program.gradient(theta, alone).gradient, alone);
        expect(() => program.gradient(theta, theta)).toThrow('the target gradient');
      }
    });

    it('knows Ω of paths, by path and by indicator, and the convex loss is never negative', () => {
      for (const [omega, vertex] of [
        ['negentropy', 0],
        ['l2', 0.5],
        ['entmax15', 0],
        ['hard', 0],
      ] as const) {
        const gamma = 0.8;
        const program = create(listing, omega, gamma);
        const theta = drawTheta(listing, scores(61));
        const references = solveAll(listing, program, theta, omega, gamma);
        const value = program.value(theta);
        for (let turn = 0; turn < 12; turn++) {
          const chosen = references.map(({ paths }) => paths[(turn * 7) % paths.length]!);
          const paths = chosen.map(({ path }) => Int32Array.from(path));
          const omegas = chosen.map(({ edges }) => gamma * vertex * edges.length);
          expectClose(program.pathRegularisation(paths), omegas, 1e-12);
          const indicator = program.pathIndicator(theta, paths);
          // With the batch first in every part, so that it is a listing without shared ones.
          const each = {
            ...listing,
            parts: listing.parts.map((part) => ({ ...part, shared: false })),
          };
          chosen.forEach(({ edges }, item) => {
            const counts = new Map<number, number>();
            for (const { entries } of edges) {
              for (const at of entries) counts.set(at, (counts.get(at) ?? 0) + 1);
            }
            flatOf(each, indicator, item).forEach((count, at) =>
              expect(count).toBe(counts.get(at) ?? 0),
            );
          });
          expectClose(program.pathRegularisation(indicator), omegas, 1e-12);
          chosen.forEach(({ score }, item) => {
            const loss = program.sense * value[item]! - score + omegas[item]!;
            expect(loss).toBeGreaterThan(-1e-9);
          });
        }
      }
    });

    it('is as its options were when it was made', () => {
      const theta = drawTheta(listing, scores(91));
      const paths = create(listing, 'l2').argmax(theta);
      for (const precision of [Float64Array, Float32Array]) {
        const given = inPrecision(listing, theta, precision);
        const results = (program: AnyProgram) => [
          program.value(given),
          program.hessianProduct(given, given),
          program.argmax(given),
          program.logProbability(given, paths),
          program.pathRegularisation(paths),
        ];
        const options = { ...copied(listing.options), omega: 'l2', gamma: 0.9 };
        const program = (listing.program as (options: object) => AnyProgram)(options);
        spoil(options);
        expect(results(program)).toEqual(results(create(listing, 'l2', 0.9)));
      }
    });

    it('says what it takes and what is wrong', () => {
      const program = create(listing, 'l2', 0.9);
      const theta = drawTheta(listing, scores(71));
      const call = (wrong: unknown) => () => program.gradient(wrong as Theta);
      const wrongs: unknown[] = [null, undefined, [1, 2], 'x', 3, new Int32Array(4), new Date()];
      for (const wrong of wrongs) {
        expect(call(wrong)).toThrow(TypeError);
        expect(call(wrong)).toThrow(/^theta.*(Float32Array|such arrays)/);
        expect(() => program.hessianProduct(theta, wrong as Theta)).toThrow(/^z/);
      }
      expect(call({ dataSync: () => theta })).toThrow('layers take tensors');
      expect(call({ data: new Float32Array(4) })).toThrow('its data is an array');
      const used = usedEntries(listing);
      listing.parts.forEach(({ name }, part) => {
        const at = used[part]!.findIndex((count) => count > 0);
        const label = name === '' ? 'theta' : `theta.${name}`;
        for (const value of [NaN, program.sense * Infinity]) {
          const spoiled = mapTheta(listing, theta, (old, p, i) =>
            p === part && i === at ? value : old,
          );
          for (const precision of [Float64Array, Float32Array]) {
            const given = inPrecision(listing, spoiled, precision);
            for (const method of ['value', 'gradient', 'argmax'] as const) {
              expect(() => program[method](given)).toThrow(
                new RegExp(`^${label}\\[.*${value}.*flat index ${at}`),
              );
            }
            const plain = inPrecision(listing, theta, precision);
            expect(() => program.hessianProduct(plain, given)).toThrow(`is ${value}`);
          }
        }
        if (name === '') {
          expect(call(arraysIn(listing, theta)[0]!.slice(1))).toThrow(`${label} has`);
          return;
        }
        expect(call({ ...theta, [name]: [...arraysIn(listing, theta)[part]!] })).toThrow(
          `${label} is an Array`,
        );
        expect(call({ ...theta, [name]: new Float64Array(99) })).toThrow(`${label} has 99 entries`);
        expect(call({ ...theta, [`${name}s`]: new Float64Array(1) })).toThrow(
          `theta has a part "${name}s"`,
        );
      });
      expect(() => program.kBest(theta, 0)).toThrow('k is 0');
      expect(() => program.logProbability(theta, [])).toThrow('0 paths: the batch has');
      expect(() =>
        program.logProbability(
          theta,
          listing.graphs.map(() => Int32Array.of(99)),
        ),
      ).toThrow('paths[0]');
      expect(() => createWith(listing, { omega: 'l2', gamma: NaN })).toThrow('gamma is NaN');
      expect(() => createWith(listing, { omega: 'L2norm' as 'l2' })).toThrow('omega is "L2norm"');
    });

    it.each(smooth)(
      'says when γ is too small for theta, and never gives what is no number: %s',
      (omega) => {
        for (const [gamma, scale] of [
          [1e-310, 1],
          [1e-200, 1e150],
          [1e-42, 1],
          [1e-30, 1e30],
          [1e-20, 1],
        ] as const) {
          const program = create(listing, omega, gamma);
          for (const precision of [Float64Array, Float32Array]) {
            const theta = inPrecision(listing, drawTheta(listing, scores(81, scale)), precision);
            const z = inPrecision(listing, drawTheta(listing, scores(82)), precision);
            if (arraysIn(listing, theta).some((array) => !array.every(Number.isFinite))) continue;
            let result;
            try {
              result = program.hessianProduct(theta, z);
            } catch (error) {
              expect(error).toBeInstanceOf(RangeError);
              expect((error as Error).message).toMatch(/^gamma is .*gamma must be at least/);
              continue;
            }
            for (const array of [
              ...[result.value, result.directional],
              ...arraysIn(listing, result.gradient),
              ...arraysIn(listing, result.product),
            ]) {
              expect(array.every(Number.isFinite)).toBe(true);
            }
          }
        }
      },
    );

    it('takes potentials whose sums are numbers, and names a larger one', () => {
      const program = create(listing, 'hard', 1);
      const value = program.value(drawTheta(listing, scores(83, 1e299)));
      expect(value.every(Number.isFinite)).toBe(true);
      expect(() => program.gradient(drawTheta(listing, scores(83, 1e307)))).toThrow(
        /e\+30[67].* must be within ±1e\+300/,
      );
    });
  },
);

function inPrecision(
  listing: Listing,
  theta: Theta,
  precision: typeof Float32Array | typeof Float64Array,
): Theta {
  const arrays = arraysIn(listing, theta).map((array) => precision.from(array));
  if (listing.parts[0]!.name === '') return arrays[0]!;
  return Object.fromEntries(listing.parts.map(({ name }, part) => [name, arrays[part]!]));
}

/** Options down to their arrays; functions stay. */
function copied<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  if (Array.isArray(value)) return value.map(copied) as T;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copied(one)])) as T;
}

/** Makes other options of options, down to their arrays. */
function spoil(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'object') spoil(value as object);
    const others = { number: 0, string: 'local', function: () => [] } as Record<string, unknown>;
    if (!Array.isArray(options)) Object.assign(options, { [name]: others[typeof value] ?? value });
  }
  if (Array.isArray(options)) options.unshift(0);
}
