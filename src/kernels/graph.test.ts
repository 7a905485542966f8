import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { pretendCores } from '../../test/cores.js';
import { seededRandom } from '../../test/path-enumeration.js';
import { Arena } from './arena.js';
import { type GraphResults, type GraphTask, runGraph } from './graph.js';
import type { CompiledGraph } from './graph-layout.js';
import { KernelArray } from './kernel-array.js';
import { getThreads, Kernels, setThreads } from './module.js';
import { omegas, type KernelOmega } from './omega.js';

const OMEGAS = Object.keys(omegas) as KernelOmega[];
const threads = getThreads();
beforeAll(() => setThreads(1));
afterEach(() => {
  vi.restoreAllMocks();
  setThreads(1);
});
afterAll(() => setThreads(threads));

type Edge = [from: number, ...entries: number[]];

function compiled(into: Edge[][]): CompiledGraph {
  const [edgeStart, from, entryStart, entries] = [[0], [], [0], []] as number[][];
  for (const edges of into) {
    for (const [start, ...potentials] of edges) {
      from!.push(start);
      entries!.push(...potentials);
      entryStart!.push(entries!.length);
    }
    edgeStart!.push(from!.length);
  }
  return {
    nodes: into.length,
    edgeStart: Int32Array.from(edgeStart!),
    from: Int32Array.from(from!),
    entryStart: Int32Array.from(entryStart!),
    entries: Int32Array.from(entries!),
  };
}

/**
 * A random graph: parallel edges, dead ends, nodes that nothing leads to, potentials that several
 * edges share, and edges of none or of several potentials unless `single`.
 */
function randomGraph(nodes: number, size: number, single: boolean, seed: number): Edge[][] {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(n * random());
  return Array.from({ length: nodes }, (_, node): Edge[] => {
    if (node === 0 || (node < nodes - 1 && random() < 0.1)) return [];
    const edges = Array.from({ length: 1 + below(7) }, (): Edge => {
      const count = single ? 1 : below(4);
      const from = random() < 0.3 ? 0 : Math.max(0, node - 1 - below(8));
      return [from, ...Array.from({ length: count }, () => below(size))];
    });
    // Of the leaf, one comes from a node that the root leads to for certain.
    return node === nodes - 1 ? [[0, 0], ...edges] : edges;
  });
}

/** A chain: layers of `states` nodes, each entered from all of the layer before, an entry an edge. */
function layered(layers: number, states: number): Edge[][] {
  const each = Array.from({ length: states }, (_, state) => state);
  const moves = Array.from({ length: layers }, (_, t) =>
    each.map((to) =>
      each.map((from): Edge => [1 + t * states + from, (t * states + to) * states + from]),
    ),
  ).flat();
  const ends = each.map((state): Edge => [1 + layers * states + state]);
  return [[], ...each.map((): Edge[] => [[0]]), ...moves, ends];
}

/** max_γΩ with q and w, so that the derivative of q along x' is w·(x' − mean of x' by w)/γ. */
function smoothMax(omega: KernelOmega, gamma: number, x: number[]) {
  const top = Math.max(...x);
  const none = { value: -Infinity, q: x.map(() => 0), w: x.map(() => 0) };
  if (top === -Infinity) return none;
  const u = x.map((score) => (score - top) / gamma);
  if (omega === 'hard') {
    const q = x.map((_, at) => (at === x.indexOf(top) ? 1 : 0));
    return { value: top, q, w: none.w };
  }
  if (omega === 'negentropy') {
    const total = u.reduce((sum, score) => sum + Math.exp(score), 0);
    const q = u.map((score) => Math.exp(score) / total);
    return { value: top + gamma * Math.log(total), q, w: q };
  }
  // The threshold by bisection: the shares fall as it rises.
  const shares = (threshold: number) =>
    omega === 'l2'
      ? u.map((score) => Math.max(0, score - threshold))
      : u.map((score) => Math.max(0, score / 2 - threshold) ** 2);
  let [low, high] = [-1, 0];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    const sum = shares(middle).reduce((total, share) => total + share, 0);
    if (sum > 1) low = middle;
    else high = middle;
  }
  const q = shares(high);
  const omegaOf = (p: number) => (omega === 'l2' ? p ** 2 / 2 : p ** 1.5 / 0.75);
  const constant = omega === 'l2' ? 0 : 1 / 0.75;
  const value = q.reduce((sum, p, at) => sum + (p > 0 ? p * u[at]! - omegaOf(p) : 0), constant);
  const w = q.map((p) => (omega === 'l2' ? (p > 1e-12 ? 1 : 0) : Math.sqrt(p)));
  return { value: top + gamma * value, q, w };
}

/** The recursion and its derivative along z in float64, for one item. */
function reference(
  into: Edge[][],
  theta: ArrayLike<number>,
  z: ArrayLike<number>,
  { omega, gamma, sense }: Pick<GraphTask, 'omega' | 'gamma' | 'sense'>,
) {
  const sumOf = (values: ArrayLike<number>, entries: number[]) =>
    entries.reduce((sum, entry) => sum + sense * values[entry]!, 0);
  const values = [0];
  const slopes = [0];
  const found = into.map((edges, node) => {
    if (node === 0) return { q: [], qDot: [] as number[] };
    const x = edges.map(([from, ...entries]) => values[from]! + sumOf(theta, entries));
    const xDot = edges.map(([from, ...entries]) => slopes[from]! + sumOf(z, entries));
    const { value, q, w } = smoothMax(omega, gamma, x);
    const total = w.reduce((sum, weight) => sum + weight, 0) || 1;
    const mean = w.reduce((sum, weight, at) => sum + weight * xDot[at]!, 0) / total;
    values.push(value);
    slopes.push(q.reduce((sum, share, at) => sum + share * xDot[at]!, 0));
    return { q, qDot: w.map((weight, at) => (weight * (xDot[at]! - mean)) / gamma) };
  });
  const mass = into.map((_, node) => (node === into.length - 1 ? 1 : 0));
  const massDot = into.map(() => 0);
  const gradient = new Float64Array(theta.length);
  const product = new Float64Array(theta.length);
  for (let node = into.length - 1; node > 0; node--) {
    into[node]!.forEach(([from, ...entries], at) => {
      const { q, qDot } = found[node]!;
      const flow = q[at]! * mass[node]!;
      const flowDot = qDot[at]! * mass[node]! + q[at]! * massDot[node]!;
      mass[from]! += flow;
      massDot[from]! += flowDot;
      for (const entry of entries) {
        gradient[entry]! += flow;
        product[entry]! += flowDot;
      }
    });
  }
  const [value, directional] = [sense * values.at(-1)!, sense * slopes.at(-1)!];
  return { value, directional, gradient, product };
}

function numbers(length: number, scale: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => scale * (2 * random() - 1));
}

/** The largest difference, relative to 1 and to the numbers' own size. */
function apart(ours: ArrayLike<number>, exact: ArrayLike<number>): number {
  let most = ours.length === exact.length ? 0 : Infinity;
  for (let at = 0; at < exact.length; at++) {
    const difference = Math.abs(ours[at]! - exact[at]!) / Math.max(1, Math.abs(exact[at]!));
    if (!(difference <= most)) most = difference;
  }
  return most;
}

interface Case {
  into: Edge[][];
  batch: number;
  size: number;
  theta: Float32Array;
  z: Float32Array;
  omega: KernelOmega;
  gamma: number;
  sense: 1 | -1;
}

/** How far all results of a batch are from the reference; a product is as large as 1 / γ. */
function errors(one: Case) {
  const { into, batch, size, theta, z, gamma } = one;
  const graph = compiled(into);
  const ours = runGraph({ ...one, mode: 'product', graph });
  const gradients = runGraph({ ...one, mode: 'gradient', graph });
  const values = runGraph({ ...one, mode: 'value', graph });
  expect(values.value).toEqual(ours.value);
  expectSameBits({ ...ours, ...gradients }, ours);
  expect([ours.suspicious, ours.noPath]).toEqual([false, -1]);
  const worst = { value: 0, directional: 0, gradient: 0, product: 0 };
  for (let item = 0; item < batch; item++) {
    const row = (array: Float32Array) => array.subarray(item * size, (item + 1) * size);
    const exact = reference(into, row(theta), row(z), one);
    const found = {
      value: apart([ours.value[item]!], [exact.value]),
      directional: apart([ours.directional![item]!], [exact.directional]),
      gradient: apart(row(ours.gradient!), exact.gradient),
      product: apart(row(ours.product!), exact.product) * Math.min(1, gamma),
    };
    for (const name of Object.keys(worst) as (keyof typeof worst)[]) {
      worst[name] = Math.max(worst[name], found[name]);
    }
  }
  return worst;
}

function expectSameBits(found: GraphResults, expected: GraphResults): void {
  for (const name of ['value', 'gradient', 'directional', 'product'] as const) {
    const [ours, theirs] = [found, expected].map((results) =>
      Buffer.from(Float32Array.from(results[name]!).buffer),
    );
    expect(ours!.equals(theirs!), name).toBe(true);
  }
}

describe('the graph kernels', () => {
  describe.each(OMEGAS)('under %s', (omega) => {
    it.each([1, -1] as const)('are the recursion on random graphs, sense %i', (sense) => {
      for (let seed = 1; seed <= 40; seed++) {
        const random = seededRandom(seed);
        const nodes = 2 + Math.floor(40 * random());
        const size = 1 + Math.floor(30 * random());
        const batch = 1 + Math.floor(9 * random());
        const gamma = 10 ** (2 * random() - 1);
        const into = randomGraph(nodes, size, seed % 2 === 0, seed);
        const theta = numbers(batch * size, 3, seed + 100);
        const z = numbers(batch * size, 1, seed + 200);
        const found = errors({ into, batch, size, theta, z, omega, gamma, sense });
        expect(found.value, `value, seed ${seed}`).toBeLessThan(1e-6);
        expect(found.directional, `directional, seed ${seed}`).toBeLessThan(3e-6);
        expect(found.gradient, `gradient, seed ${seed}`).toBeLessThan(3e-6);
        expect(found.product, `product, seed ${seed}`).toBeLessThan(2e-5);
      }
    });

    it('stay accurate for γ from 1e-3 to 1e3 and potentials up to 1e4, however deep', () => {
      for (const [gamma, scale] of [
        [1e-3, 1e-2],
        [1e-3, 1e4],
        [1, 1e4],
        [1e3, 1e-2],
        [1e3, 1e4],
      ] as const) {
        // Values of up to 2e6 at the leaf.
        const into = layered(200, 3);
        const size = 200 * 9;
        const theta = numbers(5 * size, scale, 1);
        const z = numbers(5 * size, 1, 2);
        const found = errors({ into, batch: 5, size, theta, z, omega, gamma, sense: 1 });
        const what = `gamma ${gamma}, scale ${scale}`;
        expect(found.value, what).toBeLessThan(1e-6);
        expect(found.directional, what).toBeLessThan(1e-4);
        expect(found.gradient, what).toBeLessThan(5e-5);
        expect(found.product, what).toBeLessThan(1e-3);
      }
    });

    it('take no forbidden edge, also where a node or all of a lane is forbidden', () => {
      const into = layered(6, 4);
      const [batch, size] = [9, 6 * 16];
      const random = seededRandom(4);
      for (const sense of [1, -1] as const) {
        const theta = numbers(batch * size, 2, 3).map((score, at) =>
          at % 4 !== 0 && random() < 0.6 ? -sense * Infinity : score,
        );
        const z = numbers(batch * size, 1, 5);
        const found = errors({ into, batch, size, theta, z, omega, gamma: 0.5, sense });
        expect(found.value).toBeLessThan(1e-6);
        expect(found.directional).toBeLessThan(1e-5);
        expect(found.gradient).toBeLessThan(1e-5);
        expect(found.product).toBeLessThan(1e-4);
      }
    });

    it('say which item has no allowed path, and that an input is no number', () => {
      const graph = compiled(layered(5, 3));
      const [batch, size] = [7, 45];
      for (const item of [0, 2, 6]) {
        for (const sense of [1, -1] as const) {
          const one = { omega, gamma: 1, sense, batch, size, graph } as const;
          const theta = numbers(batch * size, 1, 6);
          // Forbids all moves of the third layer.
          theta.fill(-sense * Infinity, item * size + 18, item * size + 27);
          const { noPath, suspicious } = runGraph({ ...one, mode: 'gradient', theta });
          expect([noPath, suspicious]).toEqual([item, false]);
          for (const bad of [NaN, sense * Infinity]) {
            const wrong = numbers(batch * size, 1, 7);
            wrong[item * size + 44] = bad;
            expect(runGraph({ ...one, mode: 'value', theta: wrong }).suspicious).toBe(true);
            const z = numbers(batch * size, 1, 8);
            const product = { ...one, mode: 'product', theta: wrong, z } as const;
            expect(runGraph(product).suspicious).toBe(true);
          }
          for (const bad of [NaN, Infinity, -Infinity]) {
            const z = numbers(batch * size, 1, 9);
            z[item * size] = bad;
            const product = {
              ...one,
              mode: 'product',
              theta: numbers(batch * size, 1, 8),
              z,
            } as const;
            expect(runGraph(product).suspicious).toBe(true);
          }
        }
      }
    });

    it('give the same bits on any number of threads, in place or not, in targets or not', () => {
      pretendCores(3);
      const [batch, size] = [42, 20 * 49];
      const theta = numbers(batch * size, 2, 11);
      const z = numbers(batch * size, 1, 12);
      const graph = compiled(layered(20, 7));
      const task = { omega, gamma: 0.7, sense: 1, batch, size, graph } as const;
      const copy = (values: ArrayLike<number>) => Float32Array.from(values);
      const expected = runGraph({ ...task, mode: 'product', theta, z });
      for (const count of [1, 2, 3]) {
        setThreads(count);
        expectSameBits(runGraph({ ...task, mode: 'product', theta, z }), expected);
        const targets = { gradient: copy(theta), product: copy(z) };
        const given = runGraph({ ...task, mode: 'product', theta, z, targets });
        expect(given.gradient).toBe(targets.gradient);
        expect(given.product).toBe(targets.product);
        expectSameBits(given, expected);
        const held = [theta, z, theta, z].map((values) => {
          const array = new KernelArray(values.length);
          array.data.set(values);
          return array;
        });
        const [a, b, c, d] = held.map((array) => array.data);
        const places = { theta: a!, z: b!, targets: { gradient: c!, product: d! } };
        const inPlace = runGraph({ ...task, mode: 'product', ...places });
        expectSameBits({ ...inPlace, product: held[3]!.data }, expected);
        expect(Buffer.from(copy(held[0]!.data).buffer).equals(Buffer.from(theta.buffer))).toBe(
          true,
        );
        for (const array of held) array.free();
      }
    });

    it('take a graph of its own for each item', () => {
      const [batch, size] = [6, 25];
      const theta = numbers(batch * size, 2, 13);
      const z = numbers(batch * size, 1, 14);
      const graphs = Array.from({ length: batch }, (_, item) =>
        randomGraph(5 + 3 * item, size, item % 2 === 0, item + 50),
      );
      const task = { omega, gamma: 2, sense: -1, batch, size, theta, z } as const;
      const ours = runGraph({ ...task, mode: 'product', graph: graphs.map(compiled) });
      graphs.forEach((into, item) => {
        const row = (array: Float32Array) => array.subarray(item * size, (item + 1) * size);
        const exact = reference(into, row(theta), row(z), task);
        expect(ours.value[item]).toBeCloseTo(exact.value, 5);
        expect(apart(row(ours.gradient!), exact.gradient)).toBeLessThan(1e-5);
        expect(apart(row(ours.product!), exact.product)).toBeLessThan(1e-5);
      });
    });
  });

  it('compute a batch that is too large for their memory in parts, with the same numbers', () => {
    const [batch, size] = [43, 20 * 49];
    const theta = numbers(batch * size, 2, 15);
    const z = numbers(batch * size, 1, 16);
    const graph = compiled(layered(20, 7));
    const task = { omega: 'l2', gamma: 1, sense: 1, batch, size, graph, theta, z } as const;
    const expected = runGraph({ ...task, mode: 'product' });
    const run = vi.spyOn(Kernels.prototype, 'run');
    const room = vi.spyOn(Arena.prototype, 'room', 'get');
    for (const [bytes, parts] of [
      [2e8, 1],
      // A job of four items takes some 75 kB, one of an item 40; an item’s arrays take 8.
      [250_000, 3],
      [100_000, 7],
    ] as const) {
      run.mockClear();
      room.mockReturnValue(bytes);
      expect(runGraph({ ...task, mode: 'product' }).value).toEqual(expected.value);
      expect(run.mock.calls.length).toBe(parts);
    }
  });

  it('say that no item has a path where the graph has none, and refuse what is no graph', () => {
    const task = { omega: 'l2', gamma: 1, sense: 1, batch: 2, size: 2, mode: 'value' } as const;
    const theta = new Float32Array(4);
    const apartGraph = compiled([[], [[0, 0]], []]);
    expect(runGraph({ ...task, theta, graph: apartGraph }).noPath).toBe(0);
    const graph = [compiled([[], [[0, 0]]]), apartGraph];
    expect(runGraph({ ...task, theta, graph }).noPath).toBe(1);
    const cyclic = compiled([[], [[0], [1]]]);
    expect(() => runGraph({ ...task, theta, graph: cyclic })).toThrow(
      'edge 1 leads from node 1 to 1: it must come from a smaller node',
    );
    expect(() => runGraph({ ...task, theta, graph: compiled([[], [[0, 2]]]) })).toThrow(
      "entries[0] of the graph is 2: an item's theta has 2 entries",
    );
    // The root alone is a leaf of value 0.
    expect([...runGraph({ ...task, theta, graph: compiled([[]]) }).value]).toEqual([0, 0]);
  });
});
