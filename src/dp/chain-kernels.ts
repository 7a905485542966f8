import { f32, getThreads, withKernels, type KernelCall, type Kernels } from '../kernels/module.js';
import type { Arena } from '../kernels/arena.js';
import { noPath } from './checks.js';
import type { Omega } from './omega.js';
import type { Path } from './program.js';

/** A batch of chains for the kernels. */
export interface ChainBatch {
  batch: number;
  /** The most moves of an item. */
  time: number;
  states: number;
  /** The moves of each item. */
  lengths: Int32Array;
  omega: 'negentropy' | 'l2' | 'hard';
  gamma: number;
  /** Whether moves are a transition and unary scores. */
  factored: boolean;
}

/** Arrays of potentials, or of what has their shapes. */
export interface ChainArrays {
  /** [batch, time, to, from], or factored [to, from] or [batch, to, from]. */
  moves: Float32Array;
  /** [batch, time + 1, states] of a factored chain. */
  unary?: Float32Array;
  start?: Float32Array;
  end?: Float32Array;
}

/** What a call gives; what was not asked for is left out. */
export interface ChainResults {
  value: Float32Array;
  gradient?: ChainArrays;
  directional?: Float32Array;
  product?: ChainArrays;
}

/** As in the kernels: assembly/chain-call.ts. */
const MODES = { value: 0, gradient: 1, product: 2 } as const;
const FLAGS = { number: 1, noPath: 2, range: 4 } as const;
/** The kernels read whole vectors: a few floats past the end of an array, which must be numbers. */
const PADDING = 4;
/** Floats of an item from which on it is copied just before its job and just after it. */
const WORTH_FEEDING = 1024;
/** Memory for a call, all threads together: more is left to the float64 path. */
const MOST_BYTES = 1.2e9;

/** Whether the kernels compute this Ω. */
export function hasKernels(omega: Omega): omega is ChainBatch['omega'] {
  return omega === 'negentropy' || omega === 'l2' || omega === 'hard';
}

/** Whether the workspaces of all threads fit into the kernels' memory. */
export function fitsKernels({ batch, time, states, factored, omega }: ChainBatch): boolean {
  if (omega === 'hard') return true;
  const threads = Math.min(getThreads(), Math.ceil(batch / 4));
  const tiles = 2 * 16 * (time + 2) * states * states * threads;
  const arrays = 4 * batch * (time + 1) * states * (factored ? 16 : 2 * states);
  return tiles + arrays < MOST_BYTES;
}

/**
 * The chain programs on the kernels. Values, gradients and Hessian products of four items at a time,
 * a lane each, sorted by length; factored chains under negentropy in the probability domain, eight
 * at a time, and those items again in the log domain for which that is not safe.
 */
export class ChainKernels {
  readonly #shape: ChainBatch;
  readonly #order: Int32Array;

  constructor(shape: ChainBatch) {
    this.#shape = shape;
    // Items of equal length share the lanes of a vector.
    const { lengths } = shape;
    this.#order = Int32Array.from(lengths.keys()).sort(
      (a, b) => lengths[b]! - lengths[a]! || a - b,
    );
  }

  /**
   * @param check throws for a potential or a direction that is no number, when a kernel met one
   * @throws RangeError for an item without an allowed path
   */
  run(
    mode: keyof typeof MODES,
    theta: ChainArrays,
    z: ChainArrays | undefined,
    check: () => void,
  ): ChainResults {
    if (this.#shape.omega === 'hard') return this.#runHard(mode, theta, z, check);
    return withKernels((kernels, arena) =>
      new ChainRun(kernels, arena, this.#shape, this.#order, mode, theta, z).results(check),
    );
  }

  /** The best paths, with their scores as values. */
  best(theta: ChainArrays, check: () => void): { value: Float32Array; paths: Path[] } {
    const { batch, time, states, lengths, factored } = this.#shape;
    return withKernels((kernels, arena) => {
      const size = time * states * states;
      const fed = !factored && size >= WORTH_FEEDING;
      const call = new Call(arena, this.#shape, this.#order, 'value', theta, undefined, fed);
      const paths = arena.reserve(4 * batch * (time + 1));
      const params = call.parameters({ paths });
      let moves: Float32Array | undefined;
      kernels.run('chainHard', {
        params,
        jobs: batch,
        workspace: kernels.call('chainHardWorkspace', params),
        nanoseconds: batch * size * 0.2,
        ...(fed && {
          feed: (job) => {
            moves ??= arena.view(call.moves[0], theta.moves.length + PADDING).fill(0, batch * size);
            const from = this.#order[job]! * size;
            moves.set(theta.moves.subarray(from, from + size), from);
          },
        }),
      });
      throwFlags(call.flags(), false, check);
      const all = arena.integerView(paths, batch * (time + 1));
      return {
        value: arena.view(call.value, batch).slice(),
        paths: Array.from(lengths, (length, item) =>
          all.slice(item * (time + 1), item * (time + 1) + length + 1),
        ),
      };
    });
  }

  /** The expected path of the hard maximum is its best path; second derivatives are 0. */
  #runHard(
    mode: keyof typeof MODES,
    theta: ChainArrays,
    z: ChainArrays | undefined,
    check: () => void,
  ): ChainResults {
    const { value, paths } = this.best(theta, check);
    if (mode === 'value') return { value };
    const gradient = zerosOf(theta);
    paths.forEach((path, item) => this.#add(gradient, path, item));
    if (!z) return { value, gradient };
    const directional = Float32Array.from(paths, (path, item) => this.#sum(z, path, item));
    return { value, gradient, directional, product: zerosOf(theta) };
  }

  /** Where an item's moves and unary scores begin, and how far its moves are apart. */
  #places({ moves, unary }: ChainArrays, item: number) {
    const { time, states } = this.#shape;
    const square = states * states;
    if (!unary) return { move: item * time * square, step: square, position: 0 };
    const own = moves.length === square ? 0 : item;
    return { move: own * square, step: 0, position: item * (time + 1) * states };
  }

  /** Adds a path's indicator to the gradient. */
  #add(gradient: ChainArrays, path: Path, item: number): void {
    const { states } = this.#shape;
    const { moves, unary, start, end } = gradient;
    const { move, step, position } = this.#places(gradient, item);
    const last = path.length - 1;
    for (let t = 0; t < last; t++) moves[move + t * step + path[t + 1]! * states + path[t]!]! += 1;
    if (unary) for (let t = 0; t <= last; t++) unary[position + t * states + path[t]!] = 1;
    if (start) start[item * states + path[0]!] = 1;
    if (end) end[item * states + path[last]!] = 1;
  }

  /** The sum of a direction along a path. */
  #sum(z: ChainArrays, path: Path, item: number): number {
    const { states } = this.#shape;
    const { moves, unary, start, end } = z;
    const { move, step, position } = this.#places(z, item);
    const last = path.length - 1;
    let sum = 0;
    for (let t = 0; t < last; t++)
      sum += moves[move + t * step + path[t + 1]! * states + path[t]!]!;
    if (unary) for (let t = 0; t <= last; t++) sum += unary[position + t * states + path[t]!]!;
    if (start) sum += start[item * states + path[0]!]!;
    if (end) sum += end[item * states + path[last]!]!;
    return sum;
  }
}

/** The arrays of a call in the kernels' memory, and its parameters. */
class Call {
  readonly value: number;
  readonly directional: number;
  /** The addresses of the moves and of their directions. */
  readonly moves: readonly [number, number];
  readonly #flags: number;
  readonly #arena: Arena;
  readonly #batch: number;
  readonly #fields: (order: number, count: number, more: Partial<Extra>) => (number | FloatField)[];
  readonly #order: number;

  constructor(
    arena: Arena,
    shape: ChainBatch,
    order: Int32Array,
    mode: keyof typeof MODES,
    theta: ChainArrays,
    z: ChainArrays | undefined,
    /** Moves are copied job by job; their gradient and product go over them. */
    fed = false,
  ) {
    const { batch, time, states, lengths, omega, gamma, factored } = shape;
    this.#arena = arena;
    this.#batch = batch;
    const copy = (array: Float32Array | undefined) => (array ? padded(arena, array) : 0);
    // What is fed job by job only gets its place here.
    const large = (array: Float32Array | undefined) => (fed ? room(array) : copy(array));
    const room = (array: Float32Array | undefined) =>
      array ? arena.reserve(4 * (array.length + PADDING)) : 0;
    const inputs = [large(theta.moves), ...[theta.unary, theta.start, theta.end].map(copy)];
    const directions = [large(z?.moves), ...[z?.unary, z?.start, z?.end].map(copy)];
    this.moves = [inputs[0]!, directions[0]!];
    this.value = arena.reserve(4 * batch);
    this.directional = arena.reserve(4 * batch);
    this.#flags = arena.integers(new Int32Array(batch));
    const others = [theta.unary, theta.start, theta.end];
    const outputs = (wanted: boolean, moves: number) =>
      wanted ? [fed ? moves : room(theta.moves), ...others.map(room)] : [0, 0, 0, 0];
    this.gradient = outputs(mode !== 'value', inputs[0]!);
    this.product = outputs(mode === 'product', directions[0]!);
    this.#order = arena.integers(order);
    const lengthsAt = arena.integers(lengths);
    const kind = factored ? (theta.moves.length === states * states ? 1 : 2) : 0;
    this.#fields = (orderAt, count, { share = 0, shareDot = 0, weights = 0, paths = 0 }) => [
      ...[omega === 'l2' ? 1 : 0, MODES[mode], kind, count, time, states, f32(gamma)],
      ...[orderAt, lengthsAt, ...inputs, ...directions],
      ...[this.value, this.directional, this.#flags, ...this.gradient, ...this.product],
      ...[share, shareDot, weights, paths],
    ];
  }

  /** The addresses of the gradients of moves, unary, start and end. */
  readonly gradient: number[];
  readonly product: number[];

  /** A parameter block for the whole batch, or for some of its items. */
  parameters(more: Partial<Extra>, items?: Int32Array): number {
    const order = items ? this.#arena.integers(items) : this.#order;
    return this.#arena.parameters(this.#fields(order, items?.length ?? this.#batch, more));
  }

  flags(): Int32Array {
    return this.#arena.integerView(this.#flags, this.#batch);
  }
}

type FloatField = ReturnType<typeof f32>;

interface Extra {
  share: number;
  shareDot: number;
  weights: number;
  paths: number;
}

/** One call under a smoothed maximum. */
class ChainRun {
  readonly #call: Call;
  /** Gradient and product of the moves of linear chains, which each job leaves when it is done. */
  readonly #drained: Float32Array[] = [];
  readonly #jobs: { lanes: number; messages: number };
  readonly #order: Int32Array;
  readonly #fed: boolean;
  #numbers = true;

  constructor(
    readonly kernels: Kernels,
    readonly arena: Arena,
    readonly shape: ChainBatch,
    order: Int32Array,
    readonly mode: keyof typeof MODES,
    readonly theta: ChainArrays,
    readonly z: ChainArrays | undefined,
  ) {
    const { factored, omega, batch, states } = shape;
    this.#fed = !factored && shape.time * states * states >= WORTH_FEEDING;
    this.#call = new Call(arena, shape, order, mode, theta, z, this.#fed);
    this.#order = order;
    this.#jobs = { lanes: Math.ceil(batch / 4), messages: Math.ceil(batch / 8) };
    const square = states * states;
    const shares = this.#sharing ? this.#jobs.lanes + this.#jobs.messages : 0;
    const share = arena.reserve(4 * square * shares);
    const shareDot = mode === 'product' ? arena.reserve(4 * square * shares) : 0;
    const used =
      factored && omega === 'negentropy'
        ? this.#messages(share, shareDot)
        : this.#lanes(share, shareDot, undefined);
    if (this.#sharing) {
      kernels.call('sumShares', share, used, square, this.#call.gradient[0]!);
      if (mode === 'product') {
        kernels.call('sumShares', shareDot, used, square, this.#call.product[0]!);
      }
    }
  }

  /** Whether jobs have a share each in the gradient of one transition. */
  get #sharing(): boolean {
    const { factored, states } = this.shape;
    return factored && this.mode !== 'value' && this.theta.moves.length === states * states;
  }

  /** In the log domain; returns the number of jobs. */
  #lanes(share: number, shareDot: number, items: Int32Array | undefined): number {
    const { kernels, arena } = this;
    const { time, states, batch, omega } = this.shape;
    const params = this.#call.parameters({ share, shareDot }, items);
    const jobs = Math.ceil((items?.length ?? batch) / 4);
    const edges = jobs * 4 * time * states * states;
    kernels.run('chain', {
      params,
      jobs,
      workspace: kernels.call('chainWorkspace', params, arena.reserve(256)),
      nanoseconds: edges * (1 + MODES[this.mode] * 0.3) * (omega === 'l2' ? 1.5 : 1),
      ...(this.#fed && this.#copies()),
    });
    return jobs;
  }

  /** Copies of the moves of linear chains, job by job, in and out. */
  #copies(): Pick<KernelCall, 'feed' | 'drain'> {
    const { arena, mode, theta, z } = this;
    const { batch, time, states } = this.shape;
    const order = this.#order;
    const size = time * states * states;
    const places = this.#call.moves;
    const inputs = z ? [theta.moves, z.moves] : [theta.moves];
    if (mode !== 'value')
      for (const { length } of inputs) this.#drained.push(new Float32Array(length));
    // Taken at the first job: until then the memory may grow.
    const views: Float32Array[] = [];
    const view = (part: number) =>
      (views[part] ??= arena.view(places[part]!, inputs[part]!.length));
    const each = (job: number, copy: (from: number, to: number, part: number) => void) => {
      const end = Math.min(batch, 4 * (job + 1));
      for (let first = 4 * job; first < end;) {
        // Runs of items that lie behind each other are copied at once.
        let last = first + 1;
        while (last < end && order[last] === order[last - 1]! + 1) last++;
        const item = order[first]!;
        for (let part = 0; part < inputs.length; part++) {
          copy(item * size, (item + last - first) * size, part);
        }
        first = last;
      }
    };
    return {
      feed: (job) => {
        each(job, (from, to, part) => view(part).set(inputs[part]!.subarray(from, to), from));
      },
      ...(mode !== 'value' && {
        drain: (job) => {
          each(job, (from, to, part) =>
            this.#drained[part]!.set(view(part).subarray(from, to), from),
          );
        },
      }),
    };
  }

  /** In the probability domain where that is safe, else in the log domain; the number of jobs. */
  #messages(share: number, shareDot: number): number {
    const { kernels, arena, theta } = this;
    const { time, states, batch } = this.shape;
    const square = states * states;
    const weights = arena.reserve(kernels.call('factoredWeightsBytes', states));
    const params = this.#call.parameters({ share, shareDot, weights });
    let safe = true;
    if (theta.moves.length === square) {
      kernels.call('factoredWeights', params);
      const [sum, zSum] = arena.view(weights + 12, 2);
      this.#numbers = sum! < Infinity && Math.abs(zSum!) < Infinity;
      safe = arena.integerView(weights, 3)[2] === 1;
    }
    if (!safe) return this.#lanes(share, shareDot, undefined);
    const jobs = this.#jobs.messages;
    const work = 1 + 2 * MODES[this.mode];
    kernels.run('factored', {
      params,
      jobs,
      workspace: kernels.call('factoredWorkspace', params, arena.reserve(256)),
      nanoseconds: batch * time * states * (states * 0.06 * work + 2),
    });
    const unsafe = this.#unsafe();
    if (unsafe.length === 0) return jobs;
    const past = 4 * square * jobs;
    return jobs + this.#lanes(share + past, shareDot && shareDot + past, unsafe);
  }

  /** The items that the probability domain is not for. */
  #unsafe(): Int32Array {
    const flags = this.#call.flags();
    if (flags.every((flag) => (flag & FLAGS.range) === 0)) return new Int32Array(0);
    return Int32Array.from(flags.keys()).filter((item) => (flags[item]! & FLAGS.range) !== 0);
  }

  results(check: () => void): ChainResults {
    const { arena, theta, mode } = this;
    const { batch } = this.shape;
    throwFlags(this.#call.flags(), !this.#numbers, check);
    const read = ([moves, unary, start, end]: readonly number[], part: number): ChainArrays => ({
      moves: this.#drained[part] ?? arena.view(moves!, theta.moves.length).slice(),
      ...(theta.unary && { unary: arena.view(unary!, theta.unary.length).slice() }),
      ...(theta.start && { start: arena.view(start!, theta.start.length).slice() }),
      ...(theta.end && { end: arena.view(end!, theta.end.length).slice() }),
    });
    return {
      value: arena.view(this.#call.value, batch).slice(),
      ...(mode !== 'value' && { gradient: read(this.#call.gradient, 0) }),
      ...(mode === 'product' && {
        directional: arena.view(this.#call.directional, batch).slice(),
        product: read(this.#call.product, 1),
      }),
    };
  }
}

/** Throws what the flags say: first for what is no number, then for the first item without a path. */
function throwFlags(flags: Int32Array, suspicious: boolean, check: () => void): void {
  if (suspicious || flags.some((flag) => (flag & FLAGS.number) !== 0)) check();
  const item = flags.findIndex((flag) => (flag & FLAGS.noPath) !== 0);
  if (item >= 0) throw noPath(item);
}

function padded(arena: Arena, array: Float32Array): number {
  const address = arena.reserve(4 * (array.length + PADDING));
  const view = arena.view(address, array.length + PADDING);
  view.set(array);
  view.fill(0, array.length);
  return address;
}

function zerosOf(theta: ChainArrays): ChainArrays {
  return {
    moves: new Float32Array(theta.moves.length),
    ...(theta.unary && { unary: new Float32Array(theta.unary.length) }),
    ...(theta.start && { start: new Float32Array(theta.start.length) }),
    ...(theta.end && { end: new Float32Array(theta.end.length) }),
  };
}
