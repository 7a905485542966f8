import { checkSize } from './checks.js';
import type { FastPath } from './fast/fast-path.js';
import type { Layer, LayeredGraph } from './graph.js';
import { createSmoother, type Smoothing } from './omega/index.js';
import { edgesOf, logProbabilityOf, maxesOf } from './paths.js';
import {
  areFloat32,
  arraysOf,
  formOf,
  type OpenPotentials,
  type PotentialForm,
} from './potentials.js';
import { ArrayPotentials } from './array-potentials.js';
import type { DynamicProgram, HessianTargets, Path, Potentials, Structure } from './program.js';
import type { RealArray } from './real-array.js';
import { derivativesOf, valueOf, type Problem } from './recursion.js';
import { bestPath, bestPaths, drawPath } from './search.js';
import { writesToTargets } from './targets.js';

const DEFAULT_MEMORY = 512 * 2 ** 20;
/** Below this γ float32 potentials are checked against it before the kernels run. */
const SMALL_GAMMA = 1e-6;

/** What makes a program: the graphs of its items, and the forms of their potentials. */
export interface ProgramOptions extends Smoothing {
  readonly batch: number;
  /** 1: a maximum of scores. −1: a minimum of costs. */
  readonly sense: 1 | -1;
  readonly forms: readonly PotentialForm[];
  graph(item: number): LayeredGraph;
  /**
   * Throws for what cannot be a path of the item; what then is none of the graph's has probability 0.
   * By default every path that is not the graph's is an error.
   */
  checkPath?(path: Path, item: number): void;
  /** Bytes for what a way back keeps; default 512 MiB. Past it, layers are computed again. */
  readonly memory?: number | undefined;
  /** The float32 path, or why there is none. */
  readonly fast: FastPath | string;
}

/** The methods of the contract over any graph: float64 by the recursion, float32 by the fast path. */
export function createProgram<S extends Structure>(options: ProgramOptions): DynamicProgram<S> {
  const { batch, sense, forms, memory = DEFAULT_MEMORY } = options;
  // A hard maximum does not divide by γ: any finite score will do.
  const gamma = options.omega === 'hard' ? Infinity : (options.gamma ?? 1);
  const smoother = createSmoother(options);
  const hard = createSmoother({ omega: 'hard' });
  const fast = typeof options.fast === 'object' ? options.fast : undefined;
  const items = Array.from({ length: batch }, (_, item) => item);

  /** The potentials of a call, its structure checked. */
  function open(
    theta: object,
    z?: object,
    results = false,
    by = gamma,
  ): OpenPotentials & { like: RealArray } {
    const form = formOf('theta', theta, forms, batch);
    const like = arraysOf(theta, form)[0]!;
    if (z !== undefined) {
      const other = formOf('z', z, forms, batch);
      if (other !== form) {
        throw new TypeError('z must have the structure of theta: both arrays, or both by part');
      }
    }
    const range = {
      gamma: by,
      precision: like instanceof Float32Array ? 'float32' : 'float64',
    } as const;
    const opened =
      form.open?.(theta, z, range) ??
      new ArrayPotentials(form, batch, sense, range, theta, z, results);
    return {
      like,
      item: (index) => opened.item(index),
      gradient: () => opened.gradient(),
      product: () => opened.product(),
    };
  }

  const solve = <R>(potentials: OpenPotentials, method: (problem: Problem) => R, by = smoother) =>
    items.map((item) =>
      method({
        item,
        graph: options.graph(item),
        potentials: potentials.item(item),
        smoother: by,
        memory,
      }),
    );

  /** A score's number as theta has it; of a cost 0 is 0, not −0. */
  const signed = (score: number) => sense * score + 0;

  /** Numbers of the batch in theta's type. */
  const typed = (like: RealArray, values: readonly number[]): RealArray =>
    like instanceof Float32Array ? Float32Array.from(values) : Float64Array.from(values);

  /** Every layer of an item's graph. */
  function* layersOf(item: number): Iterable<Layer> {
    const graph = options.graph(item);
    for (let index = 0; index < graph.layers; index++) yield graph.layer(index);
  }

  /**
   * What the fast path computes; undefined leaves it to the definition. The kernels say that they met
   * what is no number, but not whether any path takes it: past an item's length nothing does.
   */
  function byKernels<R>(
    theta: object,
    z: object | undefined,
    call: (path: FastPath, theta: object, z: object | undefined) => R | undefined,
  ): R | undefined {
    if (!fast) return undefined;
    const form = formOf('theta', theta, forms, batch);
    if (!areFloat32(theta, form)) return undefined;
    if (z !== undefined && !areFloat32(z, formOf('z', z, forms, batch))) return undefined;
    const copyOfUsed = () => {
      const range = { gamma, precision: 'float32' } as const;
      const potentials = new ArrayPotentials(form, batch, sense, range, theta, z, false);
      return potentials.copyOfUsed(layersOf);
    };
    // The kernels do not look for quotients by γ that leave float32.
    if (gamma < SMALL_GAMMA && !form.open) copyOfUsed();
    try {
      return call(fast, theta, z);
    } catch (error) {
      if (!(error instanceof RangeError) || form.open) throw error;
      const used = copyOfUsed();
      return call(fast, used.theta, z && used.z);
    }
  }

  function checkPaths(paths: readonly Path[]): void {
    if (!Array.isArray(paths) || paths.length !== batch) {
      const given = Array.isArray(paths) ? `${paths.length} paths` : 'paths is no array';
      throw new RangeError(`${given}: the batch has ${batch} items, a path each`);
    }
    paths.forEach((path: Path, item) => {
      if (!ArrayBuffer.isView(path) && !Array.isArray(path)) {
        throw new TypeError(`paths[${item}] must be an Int32Array`);
      }
      options.checkPath?.(path, item);
    });
  }

  const notAPath = (path: Path, item: number) =>
    new RangeError(
      `paths[${item}] is not a path of the graph from root to leaf: ` +
        `${Array.from(path.slice(0, 20)).join(', ')}${path.length > 20 ? ', …' : ''}`,
    );

  const definition = {
    value(theta: object) {
      const potentials = open(theta);
      return typed(
        potentials.like,
        solve(potentials, (one) => signed(valueOf(one))),
      );
    },
    gradient(theta: object) {
      const potentials = open(theta, undefined, true);
      const values = solve(potentials, (one) => signed(derivativesOf(one, false).value));
      return { value: typed(potentials.like, values), gradient: potentials.gradient() };
    },
    hessianProduct(theta: object, z: object) {
      const potentials = open(theta, z ?? null, true);
      const results = solve(potentials, (one) => derivativesOf(one, true));
      const of = (kind: 'value' | 'slope') =>
        typed(
          potentials.like,
          results.map((result) => signed(result[kind])),
        );
      return {
        value: of('value'),
        gradient: potentials.gradient(),
        directional: of('slope'),
        product: potentials.product(),
      };
    },
    argmax: (theta: object) => solve(open(theta, undefined, false, Infinity), bestPath, hard),
  };

  const program = {
    sense,
    batch,
    potentials: forms,
    runsOn: fast ? fast.runsOn : `definition (float64): ${options.fast as string}`,
    value: (theta: object) =>
      byKernels(theta, undefined, (path, used) => path.value(used)) ?? definition.value(theta),
    gradient: (theta: object, target?: object) =>
      byKernels(theta, undefined, (path, used) => path.gradient(used, target)) ??
      definition.gradient(theta),
    hessianProduct: (theta: object, z: object, targets?: HessianTargets<object>) =>
      byKernels(theta, z ?? null, (path, used, along) =>
        path.hessianProduct(used, along!, targets),
      ) ?? definition.hessianProduct(theta, z),
    argmax: (theta: object) =>
      byKernels(theta, undefined, (path, used) => path.argmax(used)) ?? definition.argmax(theta),
    sample(theta: object, random: () => number) {
      if (typeof random !== 'function') {
        throw new TypeError('random must be a function that returns a number in [0, 1)');
      }
      return solve(open(theta), (one) => drawPath(one, random));
    },
    kBest(theta: object, k: number) {
      checkSize('k', k, 1);
      return solve(open(theta), (one) => bestPaths(one, k));
    },
    logProbability(theta: object, paths: readonly Path[]) {
      checkPaths(paths);
      const potentials = open(theta);
      const logs = solve(potentials, (one) => {
        const path = paths[one.item]!;
        const log = logProbabilityOf(one, path);
        if (log === undefined && !options.checkPath) throw notAPath(path, one.item);
        return log ?? -Infinity;
      });
      return typed(potentials.like, logs);
    },
    pathRegularisation(y: readonly Path[] | object): Float64Array {
      const cost = smoother.vertexCost ?? 0;
      const isPaths = Array.isArray(y);
      if (isPaths) checkPaths(y as Path[]);
      const indicators = isPaths ? undefined : indicatorsOf(y);
      return Float64Array.from(items, (item) => {
        // Of one vertex only 0 is known: no need to know the path.
        if (cost === 0) return 0;
        const graph = options.graph(item);
        if (indicators) {
          const maxes = maxesOf(graph, indicators.whole(item), indicators.count(item));
          if (maxes !== undefined) return cost * maxes;
          throw new RangeError(`y of batch item ${item} is not the 0/1 indicator of a path`);
        }
        const path = (y as Path[])[item]!;
        const maxes = edgesOf(graph, path);
        if (maxes === undefined) throw notAPath(path, item);
        return cost * maxes;
      });
    },
    pathIndicator(theta: object, paths: readonly Path[]) {
      const form = formOf('theta', theta, forms, batch);
      checkPaths(paths);
      const each = eachItem(form);
      const arrays = Object.fromEntries(
        each.parts.map(({ name, shape }, part) => {
          const like = name === '' ? theta : (theta as Record<string, unknown>)[name];
          const size = batch * shape.reduce((product, axis) => product * axis, 1);
          const array =
            like instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
          return [part, like ? array : undefined];
        }),
      );
      items.forEach((item) => {
        const found = edgesOf(options.graph(item), paths[item]!, (layer, node, edge) => {
          const take = (entry: number) => {
            const { part, index } = placeOf(layer.slices, entry);
            const array = arrays[part];
            if (array) array[(item * array.length) / batch + index]! += 1;
          };
          for (let e = layer.entryStart[edge]!; e < layer.entryStart[edge + 1]!; e++) {
            take(layer.entries[e]!);
          }
          if (layer.nodeEntries) take(layer.nodeEntries[node]!);
        });
        if (found === undefined) throw notAPath(paths[item]!, item);
      });
      if (form.parts[0]!.name === '') return arrays[0]!;
      return Object.fromEntries(
        form.parts.flatMap(({ name }, part) => (arrays[part] ? [[name, arrays[part]]] : [])),
      );
    },
  };

  /** A form with the batch first in every part. */
  function eachItem(form: PotentialForm): PotentialForm {
    if (form.open) {
      throw new TypeError('the paths of features have no indicator: give costs as an array');
    }
    return {
      ...form,
      parts: form.parts.map((part) => ({ ...part, shared: false, optional: true })),
    };
  }

  /** Indicators of paths by item. */
  function indicatorsOf(y: object) {
    const each = forms.filter((form) => !form.open).map(eachItem);
    const form = formOf('y', y, each, batch);
    const arrays = form.parts.map(
      ({ name }) =>
        (name === '' ? y : (y as Record<string, unknown>)[name]) as RealArray | undefined,
    );
    return {
      whole(item: number) {
        let sum = 0;
        for (const array of arrays) {
          if (!array) continue;
          const size = array.length / batch;
          for (let at = item * size; at < (item + 1) * size; at++) sum += array[at]!;
        }
        return sum;
      },
      count:
        (item: number) =>
        ({ slices }: { slices: LayerSlices }, entry: number) => {
          const { part, index } = placeOf(slices, entry);
          const array = arrays[part];
          return array && array[(item * array.length) / batch + index];
        },
    };
  }

  // The structure and the type of theta decide those of the results, which only the contract can say.
  const made = writesToTargets(program) as unknown as DynamicProgram<S>;
  graphs.set(made, (item) => options.graph(item));
  return made;
}

const graphs = new WeakMap<object, (item: number) => LayeredGraph>();

/** The graphs of a program's items, for who draws them. */
export function graphsOf(program: object): (item: number) => LayeredGraph {
  const found = graphs.get(program);
  if (!found) throw new TypeError('this is no program of this library');
  return found;
}

type LayerSlices = readonly {
  readonly part: number;
  readonly start: number;
  readonly length: number;
}[];

/** Where an entry of a layer is in theta: its part, and its index in an item of it. */
function placeOf(slices: LayerSlices, entry: number): { part: number; index: number } {
  let at = entry;
  for (const { part, start, length } of slices) {
    if (at < length) return { part, index: start + at };
    at -= length;
  }
  throw new Error(`a layer has no potential ${entry}`);
}

export type { Potentials };
