import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { createSmoother } from '../dp/omega/index.js';
import { attention } from './attention.js';
import { omegaOf, type AttentionKind } from './attention-kind.js';
import { checkNumber } from '../value-checks.js';
import { checkLayer, checkOfChains, checkTensor } from './checks.js';

/** The configuration of `StructuredAttention`, as `getConfig` saves it. */
export interface StructuredAttentionConfig {
  /** How scores become weights; default 'crf-l2', which gives exact zeros. */
  kind?: AttentionKind;
  /** The strength of a chain's regulariser; default 1, of 'crf-l2' 4 and of 'crf-entmax15' 2. */
  gamma?: number;
  /** Makes the initial weights the same on every run; default random. */
  seed?: number;
  name?: string;
}

/** Where scores up to 4 keep a gradient. */
const defaultGamma: Partial<Record<AttentionKind, number>> = { 'crf-l2': 4, 'crf-entmax15': 2 };

/**
 * Attention by the expected path of a two-state chain {attend, not} over the positions (Kim et al. 2017;
 * Mensch & Blondel 2018), or by softmax. Its inputs are [queries, states]: queries
 * [batch, queries, depth of queries] and states [batch, positions, depth]; its output is the weighted sum
 * of the states for each query, [batch, queries, depth]. Its weights are a matrix that makes scores of
 * queries and states, and the chain's moves.
 *
 * A sparse chain gives a position the weight 0 or 1, and no gradient, once attending scores better or worse
 * than not by γ under l2, by 2γ under entmax15. Before it has found what to look at, training drives all
 * positions there, and at γ = 1 it ends with none attended to and nothing more to learn. The defaults make
 * room for scores up to 4; and the matrix starts a tenth as large as usual, near equal weights for all.
 *
 * TensorFlow.js does not hand the mask of its states over, such as that of an embedding with `maskZero`: all of them
 * are attended to. Where items have lengths, take `attention`.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { StructuredAttention } from 'didyprog/layers';
 *
 * const [queries, states] = [tf.ones([1, 2, 5]), tf.ones([1, 4, 3])];
 * const context = new StructuredAttention({ kind: 'crf-l2' }).apply([queries, states]) as tf.Tensor;
 * console.log(context.shape.join()); // 1,2,3
 * ```
 */
export class StructuredAttention extends layers.Layer {
  static readonly className = 'StructuredAttention';
  readonly #kind: AttentionKind;
  readonly #gamma: number;
  readonly #seed: number | undefined;
  #kernel: LayerVariable | undefined;
  #transition: LayerVariable | undefined;

  constructor(config: StructuredAttentionConfig = {}) {
    checkLayer('StructuredAttention', config, ['kind', 'gamma', 'seed']);
    const { kind = 'crf-l2', gamma, seed, ...rest } = config;
    super(rest);
    if (seed !== undefined) checkNumber('seed', seed, 'finite');
    this.#kind = kind;
    this.#gamma = gamma ?? defaultGamma[kind] ?? 1;
    // Says at once what is wrong with the kind or γ.
    createSmoother({ omega: omegaOf(kind) ?? 'negentropy', gamma: this.#gamma });
    checkOfChains(kind, this.#gamma, 'scores');
    this.#seed = seed;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [queries, states] = inputShape as Shape[];
    const depths = [queries, states].map((shape) =>
      Array.isArray(shape) && shape.length === 3 ? shape[2] : undefined,
    );
    if (!depths[0] || !depths[1] || inputShape.length > 2) {
      throw new RangeError(
        'StructuredAttention takes two inputs, [batch, queries, depth] and [batch, positions, depth]',
      );
    }
    const shape = [depths[0], depths[1]];
    const kernel = initializers.varianceScaling({
      ...{ scale: 0.01, mode: 'fanAvg', distribution: 'uniform' },
      ...(this.#seed !== undefined && { seed: this.#seed }),
    });
    this.#kernel = this.addWeight('kernel', shape, 'float32', kernel);
    const zeros = initializers.zeros();
    this.#transition = this.addWeight('transition', [2, 2], 'float32', zeros);
    this.inputSpec = shape.map((depth) => ({ ndim: 3, axes: { 2: depth } }));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [queries, states] = inputs as [tf.Tensor3D, tf.Tensor3D];
    return tf.tidy(() => {
      const [batch, count, depth] = queries.shape;
      checkTensor('states', states, [batch, 'positions', states.shape[2]]);
      const kernel = this.#kernel!.read() as tf.Tensor2D;
      // Over √depth, so that scores begin near 1 whatever the depth.
      const scaled = tf.div<tf.Tensor2D>(kernel, Math.sqrt(states.shape[2]));
      const projected = tf.reshape(tf.matMul(tf.reshape(queries, [batch * count, depth]), scaled), [
        batch,
        count,
        states.shape[2],
      ]) as tf.Tensor3D;
      return attention(projected, states, {
        kind: this.#kind,
        gamma: this.#gamma,
        transition: this.#transition!.read() as tf.Tensor2D,
      }).context;
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [queries, states] = inputShape as [Shape, Shape];
    return [queries[0]!, queries[1]!, states[2]!];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const seed = this.#seed;
    return {
      ...super.getConfig(),
      ...{ kind: this.#kind, gamma: this.#gamma },
      ...(seed !== undefined && { seed }),
    };
  }
}
tf.serialization.registerClass(StructuredAttention);
