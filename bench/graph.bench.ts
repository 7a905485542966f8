import { defineProgram, dtw, KernelArray, linearChain, type Graph } from '../src/index.js';
import { measure, numbers, withThreads, type Bench, type Report } from './harness.js';

const omegas = ['negentropy', 'l2', 'entmax15', 'hard'] as const;
type Omega = (typeof omegas)[number];
const methods = { value: 'value', gradient: 'value + gradient', product: 'with Hessian product' };
type Method = keyof typeof methods;

/** A program as a graph, and the one that has kernels of its own. */
interface Work {
  name: string;
  size: string;
  /** The potentials of an item. */
  entries: number;
  edges: number;
  batch: number;
  graph: Graph;
  sense: 'max' | 'min';
  own(omega: Omega): Programs;
}

/** The methods that are measured, for programs over one array. */
interface Programs {
  value(theta: Float32Array | Float64Array): unknown;
  gradient(theta: Float32Array | Float64Array, target?: Float32Array): unknown;
  hessianProduct(
    theta: Float32Array | Float64Array,
    z: Float32Array | Float64Array,
    targets?: { gradient?: Float32Array; product?: Float32Array },
  ): unknown;
}

/** A linear chain: a node a position and state, between a root and a leaf. */
function chain(batch: number, time: number, states: number): Work {
  const each = Array.from({ length: states }, (_, state) => state);
  const last = 1 + (time + 1) * states;
  return {
    name: 'linear chain',
    size: `B=${batch} T=${time} S=${states}`,
    entries: time * states ** 2,
    edges: time * states ** 2 + 2 * states,
    ...{ batch, sense: 'max' },
    graph: {
      nodes: last + 1,
      into(node) {
        if (node <= states) return [[0]];
        if (node === last) return each.map((state) => [last - states + state] as const);
        const move = Math.floor((node - 1) / states) - 1;
        const row = (node - 1 - states) * states;
        return each.map((from) => [1 + move * states + from, row + from] as const);
      },
    },
    own: (omega) => linearChain({ batch, time, states, omega }),
  };
}

/** Dynamic time warping: a node a cell, behind a root. */
function warping(batch: number, rows: number, cols: number): Work {
  return {
    name: 'DTW',
    size: `B=${batch} ${rows}×${cols}`,
    entries: rows * cols,
    edges: 3 * (rows - 1) * (cols - 1) + rows + cols - 1,
    ...{ batch, sense: 'min' },
    graph: {
      nodes: 1 + rows * cols,
      into(node) {
        const cell = node - 1;
        if (cell === 0) return [[0, 0]];
        const [i, j] = [Math.floor(cell / cols), cell % cols];
        const edges: [number, number][] = [];
        if (i > 0 && j > 0) edges.push([node - cols - 1, cell]);
        if (i > 0) edges.push([node - cols, cell]);
        if (j > 0) edges.push([node - 1, cell]);
        return edges;
      },
    },
    own: (omega) => dtw({ batch, rows, cols, omega }),
  };
}

const calls = (program: Programs, arrays: readonly (Float32Array | Float64Array)[]) => {
  const [theta, z, gradient, product] = arrays;
  const targets = gradient && {
    ...{ gradient: gradient as Float32Array, product: product as Float32Array },
  };
  return {
    value: () => program.value(theta!),
    gradient: () => program.gradient(theta!, targets?.gradient),
    product: () => program.hessianProduct(theta!, z!, targets),
  };
};

async function compare(report: Report, work: Work, omega: Omega, method: Method): Promise<void> {
  const { name, size, entries, edges, batch, graph, sense } = work;
  const program = defineProgram({ batch, potentials: entries, graph, sense, omega });
  const [theta, z] = [numbers(batch * entries, 2, 1), numbers(batch * entries, 2, 2)];
  const add = async (by: string, threads: number, call: () => unknown) => {
    const times = await withThreads(threads, () => measure(call));
    report.add({
      ...{ work: `${name}, ${omega}, ${methods[method]}`, size, by, threads, ...times },
      unit: { name: 'edge', nanoseconds: (times.bestMilliseconds * 1e6) / (edges * batch) },
    });
  };
  await add('kernels of graphs', 1, calls(program, [theta, z])[method]);
  await add('kernels of graphs', 2, calls(program, [theta, z])[method]);
  await add('its own kernels', 1, calls(work.own(omega), [theta, z])[method]);
  if (method === 'value' || batch === 1) return;
  await withThreads(1, async () => {
    const held = [theta, z, theta, z].map((values) => {
      const array = new KernelArray(values.length);
      array.data.set(values);
      return array;
    });
    const data = held.map((array) => array.data);
    await add('kernels of graphs, in place', 1, calls(program, data)[method]);
    for (const array of held) array.free();
  });
  if (omega !== 'negentropy') return;
  const doubles = [theta, z].map((values) => Float64Array.from(values));
  await add('float64', 1, calls(program, doubles)[method]);
}

export const bench: Bench = {
  title: 'Graphs of defineProgram: the graph kernels beside a program’s own and the definition',
  async run(report) {
    const works = [
      chain(32, 50, 19),
      chain(1, 50, 19),
      warping(16, 100, 100),
      warping(1, 300, 300),
    ];
    for (const work of works) {
      for (const omega of omegas) {
        for (const method of ['value', 'gradient', 'product'] as const) {
          await compare(report, work, omega, method);
        }
      }
    }
  },
};
