import type { Arena } from '../../kernels/arena.js';
import { addressOf, zerosIn } from '../../kernels/kernel-array.js';
import { chainKernels } from '../../kernels/binaries.js';
import { type KernelCall, type Kernels, useFamily, withKernels } from '../../kernels/module.js';
import {
  ChainCall,
  MODES,
  PADDING,
  type ChainArrays,
  type ChainBatch,
  type ChainTask,
  type Place,
} from './chain-call.js';
import { noPath } from '../checks.js';
import type { Path } from '../program.js';

useFamily(chainKernels);

/** What a call gives; what was not asked for is left out. */
export interface ChainResults {
  value: Float32Array;
  gradient?: ChainArrays;
  directional?: Float32Array;
  product?: ChainArrays;
}

/** The best paths of a batch, while the kernels' memory still holds them. */
interface BestPaths {
  /** Their scores. */
  value: Float32Array;
  /** If the kernels could write it. */
  gradient?: ChainArrays | undefined;
  /** If there was a direction: its sums along the paths. */
  directional?: Float32Array | undefined;
  /** [batch, time + 1] */
  states: Int32Array;
}

/** As in the kernels: assembly/chain/call.ts. */
const FLAGS = { number: 1, noPath: 2, range: 4 } as const;
/** Floats of an item from which on it is copied just before its job and just after it. */
const WORTH_FEEDING = 1024;
/** Floats of a position up to which a best path's gradient is copied rather than written from the path. */
const MOST_COPIED = 8;

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
  run(task: ChainTask, check: () => void): ChainResults {
    if (this.#shape.omega === 'hard') return this.#runHard(task, check);
    return withKernels((kernels, arena) =>
      new ChainRun(kernels, arena, this.#shape, this.#order, task).results(check),
    );
  }

  /** The best path of each item; errors as those of `run`. */
  best(theta: ChainArrays, check: () => void): Path[] {
    const { time, lengths } = this.#shape;
    return this.#search({ theta }, check, ({ states }) =>
      Array.from(lengths, (length, item) =>
        states.slice(item * (time + 1), item * (time + 1) + length + 1),
      ),
    );
  }

  /** The expected path of the hard maximum is its best path; second derivatives are 0. */
  #runHard({ mode, theta, z, targets }: ChainTask, check: () => void): ChainResults {
    const wanted = mode !== 'value' && { target: targets?.gradient };
    return this.#search({ theta, z, wanted }, check, ({ value, states, directional, ...found }) => {
      if (!wanted) return { value };
      const gradient = found.gradient ?? this.#indicator(zerosOf(theta, wanted.target), states);
      if (!directional) return { value, gradient };
      return { value, gradient, directional, product: zerosOf(theta, targets?.product) };
    });
  }

  /**
   * Finds the best paths, and lets `read` take of them what it needs.
   * @param inputs wanted: whether the gradient is, and the caller's arrays for it. The kernels write it where
   *   that is faster than from the paths: in their own memory, and of few states
   */
  #search<T>(
    inputs: {
      theta: ChainArrays;
      z?: ChainArrays | undefined;
      wanted?: { target: ChainArrays | undefined } | false;
    },
    check: () => void,
    read: (found: BestPaths) => T,
  ): T {
    const { theta, z, wanted } = inputs;
    const { batch, time, states, factored } = this.#shape;
    return withKernels((kernels, arena) => {
      const size = time * states * states;
      const fed = !factored && size >= WORTH_FEEDING;
      const target = wanted ? wanted.target : undefined;
      const held =
        target && Object.values(target).every((part) => !part || addressOf(kernels, part));
      const marks = wanted && (held || (factored ? states : states ** 2) <= MOST_COPIED);
      const task: ChainTask = {
        mode: marks ? 'gradient' : 'value',
        theta,
        z,
        targets: { gradient: target },
      };
      const call = new ChainCall(kernels, arena, this.#shape, this.#order, task, fed);
      const paths = arena.reserve(4 * batch * (time + 1));
      const params = call.parameters({ paths });
      const each = kernels.call('chainHardItems', states);
      let views: Float32Array[] | undefined;
      kernels.run('chainHard', {
        params,
        jobs: Math.ceil(batch / each),
        workspace: kernels.call('chainHardWorkspace', params, arena.reserve(128)),
        nanoseconds: batch * time * (0.2 * states ** 2 + 8),
        ...(call.fed.length > 0 && {
          feed: (job) => {
            views ??= call.fed.map(({ address, copy }) =>
              arena.view(address, copy!.length + PADDING).fill(0, batch * size),
            );
            for (const item of this.#order.subarray(each * job, each * (job + 1))) {
              const from = item * size;
              call.fed.forEach(({ copy }, n) =>
                views![n]!.set(copy!.subarray(from, from + size), from),
              );
            }
          },
        }),
      });
      throwFlags(call.flags(), false, check, this.#shape.first);
      if (marks && factored && theta.moves.length === states ** 2)
        kernels.call('countMoves', params);
      return read({
        value: arena.view(call.value, batch).slice(),
        gradient: marks ? call.results(call.gradient, target) : undefined,
        directional: z && arena.view(call.directional, batch).slice(),
        states: arena.integerView(paths, batch * (time + 1)),
      });
    });
  }

  /** Adds the paths' indicators to the gradient. */
  #indicator(gradient: ChainArrays, path: Int32Array): ChainArrays {
    const { time, states, lengths } = this.#shape;
    const { moves, unary, start, end } = gradient;
    const square = states * states;
    const shared = unary && moves.length === square;
    const own = unary ? square : time * square;
    const step = unary ? 0 : square;
    lengths.forEach((length, item) => {
      const first = item * (time + 1);
      let move = shared ? 0 : item * own;
      for (let at = first; at < first + length; at++, move += step) {
        moves[move + path[at + 1]! * states + path[at]!]! += 1;
      }
      if (unary) {
        for (let at = first; at <= first + length; at++) unary[at * states + path[at]!] = 1;
      }
      if (start) start[item * states + path[first]!] = 1;
      if (end) end[item * states + path[first + length]!] = 1;
    });
    return gradient;
  }
}

/** One call under a smoothed maximum. */
class ChainRun {
  readonly #call: ChainCall;
  readonly #jobs: { lanes: number; messages: number };
  readonly #order: Int32Array;
  readonly #fed: boolean;
  #numbers = true;

  constructor(
    readonly kernels: Kernels,
    readonly arena: Arena,
    readonly shape: ChainBatch,
    order: Int32Array,
    readonly task: ChainTask,
  ) {
    const { factored, omega, batch, states } = shape;
    const { mode } = task;
    this.#fed = !factored && shape.time * states * states >= WORTH_FEEDING;
    this.#call = new ChainCall(kernels, arena, shape, order, task, this.#fed);
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
      kernels.call('sumShares', share, used, square, this.#call.gradient[0]!.address);
      if (mode === 'product') {
        kernels.call('sumShares', shareDot, used, square, this.#call.product[0]!.address);
      }
    }
  }

  /** Whether jobs have a share each in the gradient of one transition. */
  get #sharing(): boolean {
    const { factored, states } = this.shape;
    const { mode, theta } = this.task;
    return factored && mode !== 'value' && theta.moves.length === states * states;
  }

  /** In the log domain; returns the number of jobs. */
  #lanes(share: number, shareDot: number, items: Int32Array | undefined): number {
    const { kernels, arena } = this;
    const { time, states, batch } = this.shape;
    const params = this.#call.parameters({ share, shareDot }, items);
    const jobs = Math.ceil((items?.length ?? batch) / 4);
    const edges = jobs * 4 * time * states * states;
    kernels.run('chain', {
      params,
      jobs,
      workspace: kernels.call('chainWorkspace', params, arena.reserve(256)),
      nanoseconds: edges * (1 + MODES[this.task.mode] * 0.3),
      ...(this.#fed && this.#copies()),
    });
    return jobs;
  }

  /** Copies of the moves of linear chains, job by job, in and out. */
  #copies(): Pick<KernelCall, 'feed' | 'drain'> {
    const { arena } = this;
    const { batch, time, states } = this.shape;
    const order = this.#order;
    const size = time * states * states;
    const { fed, drained } = this.#call;
    /** Runs of a job's items that lie behind each other are copied at once. */
    const each = (job: number, copy: (from: number, to: number) => void) => {
      const end = Math.min(batch, 4 * (job + 1));
      for (let first = 4 * job; first < end;) {
        let last = first + 1;
        while (last < end && order[last] === order[last - 1]! + 1) last++;
        const item = order[first]!;
        copy(item * size, (item + last - first) * size);
        first = last;
      }
    };
    // Taken at the first job: until then the memory may grow.
    const viewsOf = (places: readonly Place[]) => {
      let views: Float32Array[] | undefined;
      return () => (views ??= places.map(({ address, copy }) => arena.view(address, copy!.length)));
    };
    const [inputs, outputs] = [viewsOf(fed), viewsOf(drained)];
    return {
      ...(fed.length > 0 && {
        feed: (job) => {
          each(job, (from, to) => {
            inputs().forEach((view, n) => view.set(fed[n]!.copy!.subarray(from, to), from));
          });
        },
      }),
      ...(drained.length > 0 && {
        drain: (job) => {
          each(job, (from, to) => {
            outputs().forEach((view, n) => drained[n]!.copy!.set(view.subarray(from, to), from));
          });
        },
      }),
    };
  }

  /** In the probability domain where that is safe, else in the log domain; the number of jobs. */
  #messages(share: number, shareDot: number): number {
    const { kernels, arena } = this;
    const { mode, theta } = this.task;
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
    const work = 1 + 2 * MODES[mode];
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
    const { arena } = this;
    const { mode, targets } = this.task;
    const { batch } = this.shape;
    const call = this.#call;
    throwFlags(call.flags(), !this.#numbers, check, this.shape.first);
    return {
      value: arena.view(call.value, batch).slice(),
      ...(mode !== 'value' && { gradient: call.results(call.gradient, targets?.gradient) }),
      ...(mode === 'product' && {
        directional: arena.view(call.directional, batch).slice(),
        product: call.results(call.product, targets?.product),
      }),
    };
  }
}

/** Throws what the flags say: first for what is no number, then for the first item without a path. */
function throwFlags(flags: Int32Array, suspicious: boolean, check: () => void, first = 0): void {
  let all = suspicious ? FLAGS.number : 0;
  for (let item = 0; item < flags.length; item++) all |= flags[item]!;
  if (all & FLAGS.number) check();
  if (all & FLAGS.noPath) {
    throw noPath(first + flags.findIndex((flag) => (flag & FLAGS.noPath) !== 0));
  }
}

/** Zeros of theta's shapes, in the arrays given for them or in new ones. */
export function zerosOf(theta: ChainArrays, target: ChainArrays | undefined): ChainArrays {
  const parts = Object.entries(theta).map(([part, { length }]: [string, Float32Array]) => [
    part,
    zerosIn(target?.[part as keyof ChainArrays], length),
  ]);
  return Object.fromEntries(parts) as ChainArrays;
}
