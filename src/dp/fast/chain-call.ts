import type { Arena } from '../../kernels/arena.js';
import { addressOf, currentView } from '../../kernels/kernel-array.js';
import type { Kernels } from '../../kernels/module.js';
import type { Pointer } from '../../kernels/signatures.js';
import { omegas, type KernelOmega } from '../../kernels/omega.js';

/** A batch of chains for the kernels. */
export interface ChainBatch {
  batch: number;
  /** The most moves of an item. */
  time: number;
  states: number;
  /** The moves of each item. */
  lengths: Int32Array;
  omega: KernelOmega;
  gamma: number;
  /** Whether moves are a transition and unary scores. */
  factored: boolean;
  /** Of a part of a batch: the number of its first item, for messages. */
  first?: number;
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

/** Arrays of the caller's for the results; what is not there gets new ones. */
interface ChainTargets {
  gradient?: ChainArrays | undefined;
  product?: ChainArrays | undefined;
}

/** As in the kernels: assembly/chain/call.ts. */
export const MODES = { value: 0, gradient: 1, product: 2 } as const;
export type ChainMode = keyof typeof MODES;

/** What a call is for. */
export interface ChainTask {
  mode: ChainMode;
  theta: ChainArrays;
  z?: ChainArrays | undefined;
  targets?: ChainTargets | undefined;
}

/** An array's place in the kernels' memory. */
export interface Place {
  readonly address: number;
  /** The caller's array, unless that is what lies here: then nothing is copied. */
  readonly copy?: Float32Array | undefined;
}

/** Addresses that some calls have beside the arrays. */
interface Extra {
  share: number;
  shareDot: number;
  weights: number;
  paths: number;
}

/** Where the parts of an array are. */
type Addresses = Record<(typeof PARTS)[number], number>;

/** The kernels read whole vectors: a few floats past the end of an array, which must be numbers. */
export const PADDING = 4;
const PARTS = ['moves', 'unary', 'start', 'end'] as const;
const NOWHERE: Place = { address: 0 };

/** The arrays of a call in the kernels' memory, and its parameters. */
export class ChainCall {
  readonly value: number;
  readonly directional: number;
  /** In the order of `PARTS`. */
  readonly inputs: readonly Place[];
  readonly directions: readonly Place[];
  readonly gradient: readonly Place[];
  readonly product: readonly Place[];
  readonly #arena: Arena;
  readonly #shape: ChainBatch;
  readonly #task: ChainTask;
  readonly #fed: boolean;
  readonly #flags: number;
  readonly #order: number;
  readonly #lengths: number;

  /**
   * @param fed whether moves are copied job by job; their gradient and product then go over them
   */
  constructor(
    kernels: Kernels,
    arena: Arena,
    shape: ChainBatch,
    order: Int32Array,
    task: ChainTask,
    fed: boolean,
  ) {
    const { mode, theta, z, targets } = task;
    this.#arena = arena;
    this.#shape = shape;
    this.#task = task;
    this.#fed = fed;
    const room = (array: Float32Array) => arena.reserve(4 * (array.length + PADDING));
    const inputs = (arrays: ChainArrays | undefined) =>
      PARTS.map((part): Place => {
        const array = arrays?.[part];
        if (!array) return NOWHERE;
        const address = addressOf(kernels, array);
        if (address !== undefined) return { address };
        if (fed && part === 'moves') return { address: room(array), copy: array };
        const to = room(array);
        const view = arena.view(to, array.length + PADDING);
        view.set(array);
        view.fill(0, array.length);
        return { address: to };
      });
    const outputs = (wanted: boolean, target: ChainArrays | undefined, over: readonly Place[]) =>
      PARTS.map((part, n): Place => {
        const like = wanted && theta[part];
        if (!like) return NOWHERE;
        const array = target?.[part];
        const address = array && addressOf(kernels, array);
        if (address !== undefined) return { address };
        const copy = array ?? new Float32Array(like.length);
        // What was copied in for this call alone may be written over.
        return { address: over[n]!.copy ? over[n]!.address : room(like), copy };
      });
    this.inputs = inputs(theta);
    this.directions = inputs(z);
    this.gradient = outputs(mode !== 'value', targets?.gradient, this.inputs);
    this.product = outputs(mode === 'product', targets?.product, this.directions);
    this.value = arena.reserve(4 * shape.batch);
    this.directional = arena.reserve(4 * shape.batch);
    this.#flags = arena.integers(new Int32Array(shape.batch));
    this.#order = arena.integers(order);
    this.#lengths = arena.integers(shape.lengths);
  }

  /** A parameter block for the whole batch, or for some of its items. */
  parameters(
    { share = 0, shareDot = 0, weights = 0, paths = 0 }: Partial<Extra>,
    items?: Int32Array,
  ): Pointer<'ChainCall'> {
    const { batch, time, states, omega, gamma, factored } = this.#shape;
    const { mode, theta } = this.#task;
    const kind = factored ? (theta.moves.length === states * states ? 1 : 2) : 0;
    const order = items ? this.#arena.integers(items) : this.#order;
    const count = items?.length ?? batch;
    const [input, z, gradient, product] = [
      this.inputs,
      this.directions,
      this.gradient,
      this.product,
    ].map(([moves, unary, start, end]) => ({
      moves: moves!.address,
      unary: unary!.address,
      start: start!.address,
      end: end!.address,
    })) as [Addresses, Addresses, Addresses, Addresses];
    return this.#arena.block('ChainCall', {
      omega: omegas[omega].code,
      mode: MODES[mode],
      factored: kind,
      count,
      time,
      states,
      gamma,
      order,
      lengths: this.#lengths,
      moves: input.moves,
      unary: input.unary,
      start: input.start,
      end: input.end,
      zMoves: z.moves,
      zUnary: z.unary,
      zStart: z.start,
      zEnd: z.end,
      value: this.value,
      directional: this.directional,
      flags: this.#flags,
      gMoves: gradient.moves,
      gUnary: gradient.unary,
      gStart: gradient.start,
      gEnd: gradient.end,
      pMoves: product.moves,
      pUnary: product.unary,
      pStart: product.start,
      pEnd: product.end,
      share,
      shareDot,
      weights,
      paths,
    });
  }

  flags(): Int32Array {
    return this.#arena.integerView(this.#flags, this.#shape.batch);
  }

  /** What goes in before each job, and what comes out after it. */
  get fed(): Place[] {
    return [this.inputs[0]!, this.directions[0]!].filter(({ copy }) => copy);
  }

  get drained(): Place[] {
    if (!this.#fed) return [];
    return [this.gradient[0]!, this.product[0]!].filter(({ copy }) => copy);
  }

  /** The caller's arrays of results, with what the kernels found in them. */
  results(places: readonly Place[], target: ChainArrays | undefined): ChainArrays {
    const resultOf = (part: (typeof PARTS)[number]) => {
      const { address, copy } = places[PARTS.indexOf(part)]!;
      if (!copy) return currentView(target![part]!);
      if (!(this.#fed && part === 'moves')) copy.set(this.#arena.view(address, copy.length));
      return copy;
    };
    const found: ChainArrays = { moves: resultOf('moves') };
    for (const part of PARTS) if (this.#task.theta[part]) found[part] ??= resultOf(part);
    return found;
  }
}
