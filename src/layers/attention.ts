import * as tf from '@tensorflow/tfjs';
import { withKernels, type Kernels } from '../kernels/module.js';
import type { Arena } from '../kernels/arena.js';
import { tensorFloats, tensorOf } from './tensor-floats.js';
import { attentionWeights, type AttentionKind, type WeightRows } from './attention-weights.js';

export interface AttentionOptions {
  kind: AttentionKind;
  /** Positions of each item's states, 1 … time; default all. */
  stateLengths?: ArrayLike<number>;
  /** Queries of each item; default all. Those past it get a context of 0 and no gradient. */
  queryLengths?: ArrayLike<number>;
  /** The chain's transition scores [2, 2], [to, from]: state 0 is 'not', 1 'attend'. */
  transition?: tf.Tensor2D;
  /** The strength of the chain's regulariser; default 1. */
  gamma?: number;
}

/** What attention gives. */
export interface Attended {
  /** [batch, queries, depth]: Σ_t weight_t · state_t. Differentiable. */
  context: tf.Tensor3D;
  /** [batch, queries, time], as numbers; 0 past the lengths. */
  weights: Float32Array;
}

/**
 * Attends to states: scores are inner products of queries and states (a bilinear score when the
 * queries are decoder states times a matrix), weights come from them by softmax or by a two-state
 * chain (`attentionWeights`), the context is the states' weighted sum, not renormalised. One
 * operation with a gradient of its own, for queries, states and transition.
 *
 * @param queries [batch, queries, depth]
 * @param states [batch, time, depth]
 * @throws RangeError when shapes or lengths do not fit, or a chain comes without a transition
 *
 * O(batch · queries · time · depth), nothing of it for padding.
 */
export function attention(
  queries: tf.Tensor3D,
  states: tf.Tensor3D,
  options: AttentionOptions,
): Attended {
  const shape = checkedShape(queries, states, options);
  const { kind, gamma = 1 } = options;
  const transition = options.transition ?? tf.zeros([2, 2]);
  let weights: Float32Array = new Float32Array(0);
  const operation = tf.customGrad((...inputs) => {
    const save = inputs.pop() as tf.GradSaveFunc;
    const tensors = inputs as tf.Tensor[];
    save(tensors);
    const [q, s, moves] = tensors.map(tensorFloats);
    const scores = withKernels((kernels, arena) => {
      const run = new ItemProducts(shape, kernels, arena);
      return run.dots(arena.floats(q!), arena.floats(s!));
    });
    const rows = attentionWeights(kind, shape.pack(scores), moves!, gamma);
    weights = shape.unpack(rows.weights);
    const context = withKernels((kernels, arena) => {
      const run = new ItemProducts(shape, kernels, arena);
      const out = arena.reserve(q!.byteLength);
      run.mixStates(arena.floats(weights), arena.floats(s!), out);
      return arena.view(out, q!.length).slice();
    });
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      gradients(shape, rows, weights, dy, saved);
    return { value: tensorOf(context, queries.shape), gradFunc };
  });
  const context = operation(queries, states, transition) as tf.Tensor3D;
  return { context, weights };
}

/** Gradients by queries, states and transition, from that by the context. */
function gradients(
  shape: AttentionShape,
  rows: WeightRows,
  weights: Float32Array,
  dy: tf.Tensor,
  [queries, states, transition]: tf.Tensor[],
): tf.Tensor[] {
  const [q, s, outer] = [queries!, states!, dy].map(tensorFloats) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return withKernels((kernels, arena) => {
    const run = new ItemProducts(shape, kernels, arena);
    const [qAt, sAt, dAt] = [arena.floats(q), arena.floats(s), arena.floats(outer)];
    const back = rows.pullBack(shape.pack(run.dots(dAt, sAt)).scores);
    const scoresAt = arena.floats(shape.unpack(back.scores));
    const queriesAt = arena.reserve(4 * queries!.size);
    const statesAt = arena.reserve(4 * states!.size);
    run.mixStates(scoresAt, sAt, queriesAt);
    run.mixQueries(arena.floats(weights), dAt, statesAt, false);
    run.mixQueries(scoresAt, qAt, statesAt, true);
    const moves = back.transition ?? new Float32Array(transition!.size);
    return [
      tensorOf(arena.view(queriesAt, queries!.size).slice(), queries!.shape),
      tensorOf(arena.view(statesAt, states!.size).slice(), states!.shape),
      tensorOf(moves, transition!.shape),
    ];
  });
}

/** The three products of attention on the kernels, over addresses of one scope. */
class ItemProducts {
  readonly #shape: AttentionShape;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #queryLengths: number;
  readonly #stateLengths: number;

  constructor(shape: AttentionShape, kernels: Kernels, arena: Arena) {
    this.#shape = shape;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#queryLengths = arena.integers(shape.queryLengths);
    this.#stateLengths = arena.integers(shape.stateLengths);
  }

  /** [batch, queries, time]: inner products of rows of queries and states. */
  dots(queries: number, states: number): Float32Array {
    const { batch, queries: rows, time, depth } = this.#shape;
    const out = this.#arena.reserve(batch * rows * time * 4);
    const lengths = [this.#queryLengths, this.#stateLengths];
    this.#run('itemDots', [queries, states, out, ...lengths, rows, time, depth]);
    return this.#arena.view(out, batch * rows * time).slice();
  }

  /** out [batch, queries, depth] = weights · states. */
  mixStates(weights: number, states: number, out: number): void {
    const { queries, time, depth } = this.#shape;
    const lengths = [this.#queryLengths, this.#stateLengths];
    const fields = [weights, states, out, ...lengths, queries, time, depth, time, 1, 0];
    this.#run('itemMix', fields);
  }

  /** out [batch, time, depth] (+)= weightsᵀ · queries. */
  mixQueries(weights: number, queries: number, out: number, add: boolean): void {
    const { queries: rows, time, depth } = this.#shape;
    const lengths = [this.#stateLengths, this.#queryLengths];
    const fields = [weights, queries, out, ...lengths, time, rows, depth, 1, time, add ? 1 : 0];
    this.#run('itemMix', fields);
  }

  #run(name: 'itemDots' | 'itemMix', fields: number[]): void {
    const { batch, queries, time, depth } = this.#shape;
    const params = this.#arena.parameters(fields);
    // About ten floating-point operations a nanosecond.
    const nanoseconds = (2 * batch * queries * time * depth) / 10;
    this.#kernels.run(name, { params, jobs: batch, nanoseconds });
  }
}

/** The sizes of a batch, and the rows of scores that are no padding. */
class AttentionShape {
  readonly batch: number;
  readonly queries: number;
  readonly time: number;
  readonly depth: number;
  readonly queryLengths: Int32Array;
  readonly stateLengths: Int32Array;

  constructor(
    [batch, queries, depth]: [number, number, number],
    time: number,
    queryLengths: Int32Array,
    stateLengths: Int32Array,
  ) {
    [this.batch, this.queries, this.time, this.depth] = [batch, queries, time, depth];
    this.queryLengths = queryLengths;
    this.stateLengths = stateLengths;
  }

  /** The rows of [batch, queries, time] that belong to a query, behind each other. */
  pack(whole: Float32Array) {
    const { queries, time } = this;
    const lengths = new Int32Array(this.queryLengths.reduce((sum, length) => sum + length, 0));
    const scores = new Float32Array(lengths.length * time);
    let row = 0;
    this.queryLengths.forEach((length, item) => {
      const first = item * queries * time;
      scores.set(whole.subarray(first, first + length * time), row * time);
      lengths.fill(this.stateLengths[item]!, row, row + length);
      row += length;
    });
    return { scores, positions: time, lengths };
  }

  /** The way back from `pack`, zeros elsewhere. */
  unpack(packed: Float32Array): Float32Array {
    const { batch, queries, time } = this;
    const whole = new Float32Array(batch * queries * time);
    let from = 0;
    this.queryLengths.forEach((length, item) => {
      whole.set(packed.subarray(from, from + length * time), item * queries * time);
      from += length * time;
    });
    return whole;
  }
}

function checkedShape(
  queries: tf.Tensor3D,
  states: tf.Tensor3D,
  { kind, transition, stateLengths, queryLengths }: AttentionOptions,
): AttentionShape {
  const [batch, time, depth] = states.shape;
  if (queries.shape[0] !== batch || queries.shape[2] !== depth) {
    throw new RangeError(
      `queries are [${queries.shape}] and states [${states.shape}]: ` +
        'the first and the last size must be the same',
    );
  }
  if (kind !== 'softmax' && transition === undefined) {
    throw new RangeError(`attention ${kind} needs a transition [2, 2]`);
  }
  return new AttentionShape(
    queries.shape,
    time,
    checkedLengths('queryLengths', queryLengths, batch, 0, queries.shape[1]),
    checkedLengths('stateLengths', stateLengths, batch, 1, time),
  );
}

function checkedLengths(
  name: string,
  lengths: ArrayLike<number> | undefined,
  batch: number,
  least: number,
  most: number,
): Int32Array {
  const checked = new Int32Array(batch).fill(most);
  if (!lengths) return checked;
  if (lengths.length !== batch) {
    throw new RangeError(`${name} has ${lengths.length} entries: the batch has ${batch} items`);
  }
  for (let item = 0; item < batch; item++) {
    const length = lengths[item]!;
    if (!Number.isInteger(length) || length < least || length > most) {
      throw new RangeError(`${name}[${item}] is ${length}: it must be from ${least} to ${most}`);
    }
    checked[item] = length;
  }
  return checked;
}
