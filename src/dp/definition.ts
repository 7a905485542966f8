import { shortened } from '../visible.js';
import { checkSize, float32s, indexOf, zerosLike } from './checks.js';
import type { GuardedPath } from './fast/guarded.js';
import type { Layer, LayeredGraph } from './graph.js';
import { hard } from './omega/hard.js';
import { createSmoother, type Smoothing } from './omega/index.js';
import type { Indicator, PathFinder } from './paths.js';
import {
  arraysOf,
  nameOf,
  sizeOf,
  structured,
  type OpenPotentials,
  type PotentialForms,
} from './potentials.js';
import { ArrayPotentials } from './array-potentials.js';
import type { DynamicProgram, HessianTargets, Path, Structure } from './program.js';
import { isFloat32, type RealArray } from './real-array.js';
import { derivativesOf, sweepLayer, valueOf, type Problem, type Sweep } from './recursion.js';
import { bestPath, bestPaths, drawPath } from './search.js';
import { writesToTargets } from './targets.js';

const DEFAULT_MEMORY = 512 * 2 ** 20;

/** What makes a program: the graphs of its items, and the forms of their potentials. */
export interface ProgramOptions extends Smoothing {
  readonly batch: number;
  /** 1: a maximum of scores. −1: a minimum of costs. */
  readonly sense: 1 | -1;
  readonly forms: PotentialForms;
  graph(item: number): LayeredGraph;
  /** How a graph of several layers is gone back through. */
  readonly sweep?: Sweep;
  readonly paths: PathFinder;
  /**
   * Throws for what cannot be a path of the item; what then is none of the graph's has probability 0.
   * By default every path that is not the graph's is an error.
   */
  checkPath?(path: Path, item: number): void;
  /** Bytes for what a way back keeps; default 512 MiB. Past it, layers are computed again. */
  readonly memory?: number | undefined;
  /** The float32 path, or why there is none. */
  readonly fast: GuardedPath | string;
}

/** The methods of the contract over any graph: float64 by the recursion, float32 by the fast path. */
export function createProgram<S extends Structure>(options: ProgramOptions): DynamicProgram<S> {
  const {
    batch,
    sense,
    forms,
    paths: finder,
    sweep = sweepLayer,
    memory = DEFAULT_MEMORY,
  } = options;
  // A hard maximum does not divide by γ, so that every score will do.
  const gamma = options.omega === 'hard' ? Infinity : (options.gamma ?? 1);
  const smoother = createSmoother(options);
  const items = [...Array(batch).keys()];

  /** The potentials of a call, its structure checked, and how theta's type holds a number an item. */
  function open(theta: object, z?: object, results = false, by = gamma) {
    const form = forms.of('theta', theta);
    if (z !== undefined && forms.of('z', z) !== form) {
      throw new TypeError('z must be an array or parts, as in theta');
    }
    const single = isFloat32(arraysOf(theta, form).find(Boolean));
    const range = { gamma: by, precision: single ? 'float32' : 'float64' } as const;
    const potentials: OpenPotentials =
      form.open?.(theta, z, range) ??
      new ArrayPotentials(form, batch, sense, range, theta, z, results);
    const typed = (values: readonly number[]): RealArray =>
      single ? float32s(values) : Float64Array.from(values);
    return { potentials, typed };
  }

  const solve = <R>(potentials: OpenPotentials, method: (problem: Problem) => R, by = smoother) =>
    items.map((item) =>
      method({
        item,
        graph: options.graph(item),
        potentials: potentials.item(item),
        smoother: by,
        memory,
        sweep,
      }),
    );

  /** A score's number as theta has it; of a cost 0 is 0, not −0. */
  const signed = (score: number) => sense * score + 0;

  /** Every layer of an item's graph. */
  function* layers(item: number): Iterable<Layer> {
    const graph = options.graph(item);
    for (let index = 0; index < graph.layers; index++) yield graph.layer(index);
  }
  const fast =
    typeof options.fast === 'object'
      ? options.fast.of({ batch, sense, forms, gamma, layers })
      : undefined;

  function checkPaths(paths: readonly Path[]): void {
    if (!Array.isArray(paths) || paths.length !== batch) {
      const given = Array.isArray(paths) ? `${paths.length} paths` : 'paths is no array';
      throw new RangeError(`${given}: the batch has ${batch} items, a path each`);
    }
    // Holes too.
    Array.from(paths).forEach((path: Path, item) => {
      if (!ArrayBuffer.isView(path) && !Array.isArray(path)) {
        throw new TypeError(`paths[${item}] must be an Int32Array`);
      }
      options.checkPath?.(path, item);
    });
  }

  const notAPath = (path: Path, item: number) =>
    new RangeError(
      `paths[${item}] is not a path of the graph from root to leaf: ${shortened(path.join(', '))}`,
    );

  const notAnIndicator = (item: number, why = '') =>
    new RangeError(`y of batch item ${item} is not the 0/1 indicator of a path${why}`);

  const definition = {
    value(theta: object) {
      const { potentials, typed } = open(theta);
      return typed(solve(potentials, (one) => signed(valueOf(one))));
    },
    gradient(theta: object) {
      const { potentials, typed } = open(theta, undefined, true);
      const values = solve(potentials, (one) => signed(derivativesOf(one, false).value));
      return { value: typed(values), gradient: potentials.gradient() };
    },
    hessianProduct(theta: object, z: object) {
      const { potentials, typed } = open(theta, z, true);
      const results = solve(potentials, (one) => derivativesOf(one, true));
      return {
        value: typed(results.map(({ value }) => signed(value))),
        gradient: potentials.gradient(),
        directional: typed(results.map(({ slope }) => signed(slope))),
        product: potentials.product(),
      };
    },
    argmax: (theta: object) =>
      solve(open(theta, undefined, false, Infinity).potentials, bestPath, hard),
  };

  const program = {
    sense,
    batch,
    potentials: forms.all,
    runsOn: fast?.runsOn ?? `definition (float64): ${options.fast as string}`,
    value: (theta: object) => fast?.value(theta) ?? definition.value(theta),
    gradient: (theta: object, target?: object) =>
      fast?.gradient(theta, target) ?? definition.gradient(theta),
    hessianProduct(theta: object, z: object, targets?: HessianTargets<object>) {
      // A direction that is missing is named, not taken for none.
      const whole = forms.whole(theta, z ?? null);
      return fast?.hessianProduct(theta, whole, targets) ?? definition.hessianProduct(theta, whole);
    },
    argmax: (theta: object) => fast?.argmax(theta) ?? definition.argmax(theta),
    sample(theta: object, random: () => number) {
      if (typeof random !== 'function') {
        throw new TypeError('random must be a function: it must give numbers in [0, 1)');
      }
      return solve(open(theta).potentials, (one) => drawPath(one, random));
    },
    kBest(theta: object, k: number) {
      checkSize('k', k, 1);
      return solve(open(theta).potentials, (one) => bestPaths(one, k));
    },
    logProbability(theta: object, paths: readonly Path[]) {
      checkPaths(paths);
      const { potentials, typed } = open(theta);
      const logs = solve(potentials, (one) => {
        const path = paths[one.item]!;
        const log = finder.logProbability(one, path);
        if (log === undefined && !options.checkPath) throw notAPath(path, one.item);
        return log ?? -Infinity;
      });
      return typed(logs);
    },
    pathRegularisation(y: readonly Path[] | object): Float64Array {
      const cost = smoother.vertexCost ?? 0;
      const paths = Array.isArray(y) ? (y as Path[]) : undefined;
      if (paths) checkPaths(paths);
      const indicators = paths ? [] : indicatorsOf(y);
      return Float64Array.from(items, (item) => {
        // Ω of a checked path is 0 without a walk: trainings ask before each step.
        if (!cost && paths && options.checkPath) return 0;
        const graph = options.graph(item);
        const maxes = paths
          ? finder.maxes(graph, paths[item]!)
          : finder.maxesOfIndicator(graph, ofItem(indicators, item), item);
        if (maxes !== undefined) return cost * maxes;
        if (paths) throw notAPath(paths[item]!, item);
        throw notAnIndicator(item);
      });
    },
    pathIndicator(theta: object, paths: readonly Path[]) {
      const form = forms.of('theta', theta);
      if (form.noIndicator) throw new TypeError(form.noIndicator);
      checkPaths(paths);
      const arrays = arraysOf(theta, form).map(
        (like, part) => like && zerosLike(like, batch * sizeOf(form.parts[part]!.shape)),
      );
      items.forEach((item) => {
        const maxes = finder.maxes(options.graph(item), paths[item]!, ofItem(arrays, item));
        if (maxes === undefined) throw notAPath(paths[item]!, item);
      });
      return structured(form, arrays);
    },
  };

  /** The arrays of indicators by part, which count: what is in between, or below 0, is of no path. */
  function indicatorsOf(y: object): Indicator {
    const form = forms.indicators().of('y', y);
    const arrays = arraysOf(y, form);
    arrays.forEach((array, part) => {
      // A loop: a large batch is looked through before every step of a training.
      const size = array?.length ?? 0;
      let wrong = 0;
      for (; wrong < size; wrong++) {
        const count = array![wrong]!;
        if (count !== count >>> 0) break;
      }
      if (wrong === size) return;
      const { shape, shared } = form.parts[part]!;
      const at = indexOf(wrong, shared ? shape : [batch, ...shape]);
      throw notAnIndicator(
        // A part that the items share, as dag's, has no axis of items.
        shared ? 0 : at[0]!,
        `: ${nameOf('y', form.parts[part]!)}[${at.join('][')}] is ${array![wrong]}`,
      );
    });
    return arrays;
  }

  /** An item's part of arrays that have the batch first. */
  function ofItem(arrays: Indicator, item: number): Indicator {
    return arrays.map((array) => {
      const size = (array?.length ?? 0) / batch;
      return array?.subarray(item * size, (item + 1) * size);
    });
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
