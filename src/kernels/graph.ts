import type { Arena } from './arena.js';
import { addressOf, currentView } from './kernel-array.js';
import type { CompiledGraph } from './graph-layout.js';
import { planOf, type Plan } from './graph-plan.js';
import { graphKernels } from './binaries.js';
import { type Kernels, getThreads, useFamily, withKernels } from './module.js';
import { omegas, type KernelOmega } from './omega.js';
import type { Pointer } from './signatures.js';

useFamily(graphKernels);

/** As in the kernels: assembly/chain/call.ts. */
const MODES = { value: 0, gradient: 1, product: 2 } as const;
const FLAGS = { number: 1, noPath: 2 } as const;
/** Bytes of arrays that a part of a batch has at most, if that is not less than some jobs a thread. */
const PART_BYTES = 128 * 2 ** 20;
const JOBS_PER_THREAD = 4;
/** Room for what is small: flags, parameters, and what lies between blocks. */
const SLACK_BYTES = 2 ** 14;
/** About how many nanoseconds an edge of an item takes. */
const EDGE_TIME = { value: 1.5, gradient: 2.5, product: 5 } as const;

/** A batch of items for the graph kernels. */
export interface GraphTask {
  mode: keyof typeof MODES;
  omega: KernelOmega;
  gamma: number;
  /** 1: smoothed maxima of scores. −1: smoothed minima of costs. */
  sense: 1 | -1;
  batch: number;
  /** The entries of an item's theta. */
  size: number;
  /** The graph that all items share, or one for each of them. */
  graph: CompiledGraph | readonly CompiledGraph[];
  /** [batch, size], or what brings items; and so the direction `z` of a product. */
  theta: Floats;
  z?: Floats | undefined;
  /** Arrays for the results, of theta's size, or what takes them item by item; default new arrays. */
  targets?: { gradient?: Floats | undefined; product?: Floats | undefined } | undefined;
}

/**
 * The floats of a batch: an array, or a function that copies items [from, to) to an array of theirs, or
 * from there.
 */
type Floats = Float32Array | ((from: number, to: number, floats: Float32Array) => void);

export interface GraphResults {
  /** [batch] */
  value: Float32Array;
  /** [batch, size], unless something else takes it; and so `product`. */
  gradient?: Float32Array;
  /** [batch] */
  directional?: Float32Array;
  product?: Float32Array;
  /** Whether theta or z may hold what is no number that is allowed: the kernels do not know where. */
  suspicious: boolean;
  /** The first item that has no allowed path; −1 if there is none. */
  noPath: number;
}

/**
 * Value, gradient and Hessian product over any directed acyclic graph, in float32 on the kernels:
 * four items of a shared graph at a time, a lane each, else four nodes of a level. The values of the
 * nodes are doubles, so that they may grow. The same bits on any number of threads; a batch that does
 * not fit into their memory is computed in parts. O(edges) time; memory for a job is 16 bytes an edge,
 * 32 for a product, and 50 a node.
 *
 * @throws RangeError when one item is too large for the kernels' memory
 */
export function runGraph(task: GraphTask): GraphResults {
  return withKernels((kernels, arena) => new GraphRun(kernels, arena, task).results());
}

const NO_CALL = {
  groups: 0,
  plans: 0,
  theta: 0,
  z: 0,
  gradient: 0,
  product: 0,
  value: 0,
  directional: 0,
  flags: 0,
};

/** Items [from, to) of a batch. */
interface Part {
  from: number;
  to: number;
}

class GraphRun {
  readonly #shared: Plan | undefined;
  readonly #results: GraphResults;
  /** The addresses of plans, and the most bytes of workspace for an item, and for four. */
  readonly #plans = new Map<Plan, Pointer<'GraphPlan'>>();
  #workspace: [one: number, four: number] = [0, 0];

  constructor(
    readonly kernels: Kernels,
    readonly arena: Arena,
    readonly task: GraphTask,
  ) {
    const { mode, batch, targets, graph, size } = task;
    const array = (target: Floats | undefined) =>
      typeof target === 'function' ? undefined : (target ?? new Float32Array(batch * size));
    this.#shared = 'nodes' in graph ? planOf(graph, size) : undefined;
    this.#results = {
      value: new Float32Array(batch),
      ...(mode !== 'value' && optional('gradient', array(targets?.gradient))),
      ...(mode === 'product' && {
        directional: new Float32Array(batch),
        ...optional('product', array(targets?.product)),
      }),
      suspicious: false,
      noPath: -1,
    };
  }

  #planOf(item: number): Plan | undefined {
    const { graph, size } = this.task;
    return 'nodes' in graph ? this.#shared : planOf(graph[item]!, size);
  }

  results(): GraphResults {
    const { batch } = this.task;
    const results = this.#results;
    for (let item = 0; item < batch; item++) {
      const plan = this.#planOf(item);
      if (!plan) return { ...results, noPath: item };
      if (!this.#plans.has(plan)) this.#prepare(plan);
      if (this.#shared) break;
    }
    const [one, four] = this.#workspace;
    const bytes = 4 * (this.task.mode === 'product' ? 2 : 1) * this.task.size;
    const room = this.arena.room - SLACK_BYTES;
    const byFours = this.#shared !== undefined && four + 4 * bytes <= room;
    const fitting = Math.floor((room - (byFours ? four : one)) / Math.max(1, bytes));
    const wanted = Math.max(4 * JOBS_PER_THREAD * getThreads(), Math.floor(PART_BYTES / bytes));
    const most = Math.max(1, Math.min(fitting, wanted, batch));
    const items = byFours && most < batch ? 4 * Math.floor(most / 4) : most;
    for (let from = 0; from < batch; from += items) {
      const part = { from, to: Math.min(batch, from + items) };
      this.arena.scope(() => {
        this.#run(part, byFours);
      });
    }
    // Targets in memory that grew have another view now.
    if (results.gradient) results.gradient = currentView(results.gradient);
    if (results.product) results.product = currentView(results.product);
    return results;
  }

  /** Brings a plan into the kernels' memory. */
  #prepare(plan: Plan): void {
    const { kernels, arena, task } = this;
    const { nodes, edges, degree, widest, fours, slots } = plan;
    const address = arena.block('GraphPlan', {
      nodes,
      edges,
      degree,
      widest,
      fours,
      slots,
      levels: plan.levelStart.length - 1,
      levelStart: arena.integers(plan.levelStart),
      edgeStart: arena.integers(plan.edgeStart),
      from: arena.integers(plan.from),
      entryStart: plan.entryStart ? arena.integers(plan.entryStart) : 0,
      entries: arena.integers(plan.entries),
    });
    this.#plans.set(plan, address);
    arena.scope(() => {
      const call = arena.block('GraphCall', { ...NO_CALL, ...this.#kind(), entries: task.size });
      const scratch = arena.reserve(256);
      this.#workspace = this.#workspace.map((most, four) => {
        const items = four ? 4 : 1;
        const least = this.#bytesOf(plan, items);
        return Math.max(
          most,
          kernels.workspace('graphWorkspace', least, call, address, items, scratch),
        );
      }) as [number, number];
    });
  }

  /** Most of the workspace of one item, or of four: vectors of edges, of those into a node, and of nodes. */
  #bytesOf({ nodes, edges, slots, degree, widest }: Plan, items: 1 | 4): number {
    const { mode, omega, size } = this.task;
    const perItem = items * (8 * nodes + 4 * size);
    if (omega === 'hard') return perItem;
    const kept = mode === 'value' ? 0 : items === 4 ? edges : slots;
    return perItem + 16 * kept + 80 * degree + 16 * items * widest;
  }

  #kind() {
    const { mode, omega, gamma, sense, size } = this.task;
    return { omega: omegas[omega].code, mode: MODES[mode], entries: size, sense, gamma };
  }

  #run(part: Part, byFours: boolean): void {
    const { kernels, arena, task } = this;
    const { mode, omega, size } = task;
    const { from, to } = part;
    const count = to - from;
    const addresses = new Int32Array(count);
    let edges = 0;
    for (let item = 0; item < count; item++) {
      const plan = this.#planOf(from + item)!;
      addresses[item] = this.#plans.get(plan)!;
      edges += plan.edges;
    }
    const groups = byFours ? Math.floor(count / 4) : 0;
    const results = this.#results;
    const theta = this.#input(task.theta, part);
    const z = task.z && this.#input(task.z, part);
    const gradient =
      mode === 'value'
        ? undefined
        : this.#output(results.gradient ?? task.targets!.gradient!, part, theta);
    const product =
      mode === 'product'
        ? this.#output(results.product ?? task.targets!.product!, part, z!)
        : undefined;
    const [value, directional] = [arena.reserve(4 * count), arena.reserve(4 * count)];
    const flags = arena.reserve(4 * count);
    const call = arena.block('GraphCall', {
      ...this.#kind(),
      groups,
      plans: arena.integers(addresses),
      theta: theta.address,
      z: z?.address ?? 0,
      gradient: gradient?.address ?? 0,
      product: product?.address ?? 0,
      value,
      directional,
      flags,
    });
    const [one, four] = this.#workspace;
    const jobs = groups + (count - 4 * groups);
    const copies = (places: readonly (Place | undefined)[]) => {
      const copied = places.filter((place) => place?.copy);
      if (copied.length === 0) return undefined;
      return (job: number) => {
        const [start, end] =
          job < groups ? [4 * job, 4 * (job + 1)] : [3 * groups + job, 3 * groups + job + 1];
        for (const place of copied) {
          const address = place!.address + 4 * start * size;
          place!.copy!(from + start, from + end, arena.view(address, (end - start) * size));
        }
      };
    };
    const [feed, drain] = [copies([theta, z]), copies([gradient, product])];
    kernels.run('graph', {
      params: call,
      jobs,
      workspace: Math.max(count > 4 * groups ? one : 0, groups > 0 ? four : 0),
      nanoseconds: edges * (omega === 'hard' ? 1 : EDGE_TIME[mode]),
      ...(feed && { feed }),
      ...(drain && { drain }),
    });
    results.value.set(arena.view(value, count), from);
    results.directional?.set(arena.view(directional, count), from);
    this.#read(arena.integerView(flags, count), from);
  }

  #read(flags: Int32Array, from: number): void {
    const results = this.#results;
    results.suspicious ||= flags.some((flag) => (flag & FLAGS.number) !== 0);
    if (results.noPath >= 0) return;
    const item = flags.findIndex((flag) => (flag & FLAGS.noPath) !== 0);
    if (item >= 0) results.noPath = from + item;
  }

  /** Where a part of theta or z lies: in its own place, or in one that it is copied to. */
  #input(source: Floats, { from, to }: Part): Place {
    const place = this.#inPlace(source, from);
    if (place) return place;
    const { size } = this.task;
    const address = this.arena.reserve(4 * (to - from) * size);
    if (typeof source === 'function') return { address, copy: source };
    return {
      address,
      copy: (start, end, floats) => floats.set(source.subarray(start * size, end * size)),
    };
  }

  /** The same for results, which may go over the copy of an input. */
  #output(target: Floats, { from, to }: Part, over: Place): Place {
    const place = this.#inPlace(target, from);
    if (place) return place;
    const { size } = this.task;
    const address = over.copy ? over.address : this.arena.reserve(4 * (to - from) * size);
    if (typeof target === 'function') return { address, copy: target };
    return { address, copy: (start, _end, floats) => target.set(floats, start * size) };
  }

  #inPlace(array: Floats, from: number): Place | undefined {
    if (typeof array === 'function') return undefined;
    // Memory that is not shared leaves its views behind when it grows.
    const address = addressOf(this.kernels, currentView(array));
    return address === undefined ? undefined : { address: address + 4 * from * this.task.size };
  }
}

/** A place in the kernels' memory, and what copies items there or from there, if any. */
interface Place {
  readonly address: number;
  readonly copy?: Exclude<Floats, Float32Array>;
}

/** A property of what there is. */
function optional<Name extends string>(
  name: Name,
  value: Float32Array | undefined,
): { [Key in Name]?: Float32Array } {
  return value ? ({ [name]: value } as { [Key in Name]: Float32Array }) : {};
}
