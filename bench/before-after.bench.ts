import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as now from '../src/index.js';
import { numbers, type Bench, type Measurement, type Report } from './harness.js';

/** A version of this library. */
type Library = typeof now;
type Omega = 'negentropy' | 'l2' | 'hard';
type Method = 'value' | 'gradient' | 'product';

const omegas: readonly Omega[] = ['negentropy', 'l2', 'hard'];
const methods = { value: 'value', gradient: 'value + gradient', product: 'with Hessian product' };
/** A call is repeated until it takes so many milliseconds: clocks and interruptions then matter less. */
const ROUND = 8;
const ROUNDS = 15;
const WARM_UP = 150;

/** Work that both versions know, in float32: its name, its size and a call of a version. */
interface Work {
  work: string;
  size: string;
  prepare(library: Library): () => unknown;
}

function chain(states: number, omega: Omega, method: Method, inPlace: boolean): Work {
  const [batch, time] = states === 2 ? [960, 30] : [32, 50];
  const length = batch * time * states ** 2;
  return {
    work: `linear chain, ${omega}, ${methods[method]}${inPlace ? ', in place' : ''}`,
    size: `B=${batch} T=${time} S=${states}`,
    prepare(library) {
      const program = library.linearChain({ batch, time, states, omega });
      if (!inPlace) {
        const [theta, z] = [numbers(length, 2, 1), numbers(length, 2, 2)];
        return {
          value: () => program.value(theta),
          gradient: () => program.gradient(theta),
          product: () => program.hessianProduct(theta, z),
        }[method];
      }
      const [theta, z, gradient, product] = [1, 2, 3, 4].map((seed) => {
        const array = new library.KernelArray(length);
        array.data.set(numbers(length, 2, seed));
        return () => array.data;
      }) as [() => Float32Array, () => Float32Array, () => Float32Array, () => Float32Array];
      return {
        value: () => program.value(theta()),
        gradient: () => program.gradient(theta(), gradient()),
        product: () =>
          program.hessianProduct(theta(), z(), { gradient: gradient(), product: product() }),
      }[method];
    },
  };
}

function factored(states: number, omega: Omega, method: Method): Work {
  const [batch, positions] = [32, 50];
  return {
    work: `factored chain, ${omega}, ${methods[method]}`,
    size: `B=${batch} T=${positions} S=${states}`,
    prepare(library) {
      const program = library.factoredChain({ batch, positions, states, omega });
      const input = (seed: number) => ({
        unary: numbers(batch * positions * states, 2, seed),
        transition: numbers(states ** 2, 2, seed + 1),
      });
      const [theta, z] = [input(1), input(3)];
      return {
        value: () => program.value(theta),
        gradient: () => program.gradient(theta),
        product: () => program.hessianProduct(theta, z),
      }[method];
    },
  };
}

function warping(batch: number, n: number, omega: Omega, method: Method): Work {
  return {
    work: `DTW, ${omega}, ${methods[method]}`,
    size: `${batch} × (${n} × ${n})`,
    prepare(library) {
      const program = library.dtw({ batch, rows: n, cols: n, omega });
      const [theta, z] = [numbers(batch * n * n, 1, 1), numbers(batch * n * n, 1, 2)];
      return {
        value: () => program.value(theta),
        gradient: () => program.gradient(theta),
        product: () => program.hessianProduct(theta, z),
      }[method];
    },
  };
}

const all: Work[] = omegas.flatMap((omega) => {
  const each = (['value', 'gradient', 'product'] as const).filter(
    (method) => omega !== 'hard' || method !== 'product',
  );
  return each.flatMap((method) => [
    ...[2, 5, 19, 64].flatMap((states) => [chain(states, omega, method, false)]),
    ...[2, 19].map((states) => factored(states, omega, method)),
    factored(64, omega, method),
    warping(16, 200, omega, method),
    warping(1, 1000, omega, method),
  ]);
});
/** Last: arrays in place make the kernels' memory a shared one, and copies to it slower. */
const inPlace = omegas.flatMap((omega) =>
  (['value', 'gradient', 'product'] as const).flatMap((method) =>
    [2, 19, 64].map((states) => chain(states, omega, method, true)),
  ),
);

/** The two versions in turns, and who begins changes: what else the machine does meets both alike. */
function alternate(report: Report, { work, size, prepare }: Work, both: readonly Version[]): void {
  const calls = both.map(({ library }) => prepare(library));
  const timed = (call: () => unknown, times: number) => {
    const start = performance.now();
    for (let n = 0; n < times; n++) call();
    return (performance.now() - start) / times;
  };
  for (const call of calls) {
    for (let spent = 0, n = 0; spent < WARM_UP || n < 3; n++) spent += timed(call, 1);
  }
  const times = Math.ceil(ROUND / Math.max(1e-3, timed(calls[0]!, 1)));
  const found: number[][] = both.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const which of order) found[which]!.push(timed(calls[which]!, times));
  }
  both.forEach(({ by }, which) => {
    const sorted = found[which]!.sort((a, b) => a - b);
    const row: Measurement = {
      ...{ work, size, by, threads: now.getThreads(), repeats: ROUNDS * times },
      bestMilliseconds: sorted[0]!,
      medianMilliseconds: sorted[sorted.length >> 1]!,
    };
    report.add(row);
  });
}

interface Version {
  by: string;
  library: Library;
}

/** @param folder a version's dist, or the folder that holds it */
async function versionAt(folder: string): Promise<Library> {
  const file = [join(folder, 'index.js'), join(folder, 'dist', 'index.js')].find(existsSync);
  if (!file) throw new Error(`${folder} has no index.js and no dist/index.js: build that version`);
  const library: Library = await import(pathToFileURL(file).href);
  return library;
}

export const bench: Bench = {
  title: 'Chains and DTW on the kernels, an older version (before) and this one, in turns',
  notes:
    'Both versions are in one process and take turns, round by round; a round repeats a call for some ' +
    'milliseconds. Arrays are new ones, or, in place, in the memory of each version’s kernels.',
  needsOld: true,
  async run(report, { old = '' } = {}) {
    const both: Version[] = [
      { by: 'before', library: await versionAt(old) },
      { by: 'kernels now', library: now },
    ];
    for (const threads of [1, 2]) {
      for (const { library } of both) library.setThreads(threads);
      if (now.getThreads() < threads) break;
      for (const work of threads === 1 ? [...all, ...inPlace] : inPlace) {
        alternate(report, work, both);
      }
    }
  },
};
