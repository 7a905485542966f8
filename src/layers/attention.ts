import * as tf from '@tensorflow/tfjs-core';
import {
  itemContext,
  itemGradients,
  itemScores,
  type ItemShape,
} from '../kernels/item-products.js';
import { firstDerivative } from './first-derivative.js';
import { splitSave, tensorFloats, tensorOf } from './tensor-floats.js';
import { omegaOf, type AttentionKind, type AttentionPotentials } from './attention-kind.js';
import { attentionWeights, type WeightRows } from './attention-weights.js';
import { checkLengths, checkNames, checkTensor } from './checks.js';

/** How `attention` makes weights of scores, and how long the items are. */
export interface AttentionOptions {
  /** A softmax, or a chain under some Ω, which needs `transition`. */
  kind: AttentionKind;
  /** Positions of each item's states, 1 … time; default all. */
  stateLengths?: ArrayLike<number>;
  /** Queries of each item; default all. Those past it get a context of 0 and no gradient. */
  queryLengths?: ArrayLike<number>;
  /** The chain's transition scores [2, 2], [to, from]: state 0 is 'not', 1 'attend'. A softmax reads none. */
  transition?: tf.Tensor2D;
  /** The strength of the chain's regulariser; default 1, as a softmax has it. */
  gamma?: number;
  /** What the chain's state 'attend' scores; default 'scores'. See `attentionWeights`. */
  potentials?: AttentionPotentials;
}

const attentionOptions = 'kind stateLengths queryLengths transition gamma potentials'.split(' ');

/** What attention gives. */
export interface Attended {
  /** Σ_t weight_t · state_t, [batch, queries, depth]. Differentiable. */
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
 * @throws RangeError when shapes or lengths do not fit, for a kind or potentials of another name, for a
 *   chain without a transition, and for a softmax with another γ than 1 or with 'odds'; TypeError for an
 *   option that there is not
 *
 * O(batch · queries · time · depth), nothing of it for padding.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { attention } from 'didyprog/layers';
 *
 * // A query that scores both states 0: their mean.
 * const states = tf.tensor3d([[[1, 0], [3, 4]]]);
 * const { context } = attention(tf.zeros([1, 1, 2]), states, { kind: 'softmax' });
 * console.log(context.dataSync().join()); // 2,2
 * ```
 */
export function attention(
  queries: tf.Tensor3D,
  states: tf.Tensor3D,
  options: AttentionOptions,
): Attended {
  const shape = checkedShape(queries, states, options);
  const { kind, gamma = 1, potentials } = options;
  let weights: Float32Array = new Float32Array(0);
  const operation = tf.customGrad((...inputs) => {
    const [tensors, save] = splitSave(inputs);
    save(tensors);
    const [q, s, moves] = tensors.map(tensorFloats);
    const scores = itemScores(shape, q!, s!);
    const rows = attentionWeights(kind, shape.pack(scores), moves!, gamma, potentials);
    weights = shape.unpack(rows.weights);
    const context = itemContext(shape, weights, s!);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      firstDerivative('attention', gradients(shape, rows, weights, dy, saved), [...saved, dy]);
    return { value: tensorOf(context, queries.shape), gradFunc };
  });
  const context = tf.tidy(() =>
    operation(queries, states, options.transition ?? tf.zeros([2, 2])),
  ) as tf.Tensor3D;
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
  let moves: Float32Array | undefined;
  const pullBack = (products: Float32Array) => {
    const back = rows.pullBack(shape.pack(products).scores);
    moves = back.transition;
    return shape.unpack(back.scores);
  };
  const arrays = { queries: q, states: s, weights, context: outer };
  const found = itemGradients(shape, arrays, pullBack);
  return [
    tensorOf(found.queries, queries!.shape),
    tensorOf(found.states, states!.shape),
    tensorOf(moves ?? new Float32Array(transition!.size), transition!.shape),
  ];
}

/** The sizes of a batch, and the rows of scores that are no padding. */
class AttentionShape implements ItemShape {
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
  options: AttentionOptions,
): AttentionShape {
  checkNames('attention', options, attentionOptions);
  const { kind, transition, stateLengths, queryLengths } = options;
  checkTensor('states', states, ['batch', 'time', 'depth']);
  const [batch, time, depth] = states.shape;
  checkTensor('queries', queries, [batch, 'queries', depth]);
  if (omegaOf(kind) && transition === undefined) {
    throw new RangeError(`attention ${kind} needs a transition [2, 2]`);
  }
  if (transition !== undefined) checkTensor('transition', transition, [2, 2]);
  return new AttentionShape(
    queries.shape,
    time,
    checkLengths('queryLengths', queryLengths, batch, 0, queries.shape[1]),
    checkLengths('stateLengths', stateLengths, batch, 1, time),
  );
}
