import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { createSmoother, omegaNames, type OmegaName } from '../dp/omega/index.js';
import { isRegularizer } from '../dp/omega/own.js';
import { factoredChain } from '../dp/programs/factored-chain.js';
import { renamed } from '../value-checks.js';
import { checkGivenLengths, checkLayer, checkTensor } from './checks.js';
import { float32 } from './floats.js';
import { crfLoss } from './structured-losses.js';

/** The configuration of `Crf`, as `getConfig` saves it. */
export interface CrfConfig {
  /** Default 'negentropy'. */
  omega?: OmegaName;
  /** The strength of the regulariser; default 1. */
  gamma?: number;
  name?: string;
}

/**
 * A linear-chain CRF as the last layer of a tagger. Its input and output are the scores of the tags,
 * [batch, positions, states]; its weights score moves from tag to tag, the first tag and the last.
 *
 * A model with it is saved and loaded as any other; a loaded one is compiled again with the loss of its
 * own last layer.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { Crf } from 'didyprog/layers';
 *
 * const crf = new Crf();
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [null, 1] }), crf] });
 * model.compile({ optimizer: tf.train.adam(0.2), loss: crf.loss });
 * const features = tf.tensor3d([[[1], [-1], [-1]]]);
 * const tags = tf.tensor2d([[1, 0, 0]], undefined, 'int32'); // −1 past an item's end: zeros below
 * await model.fit(features, tf.oneHot(tags, 2), { epochs: 30, verbose: 0 });
 * console.log(crf.decode(model.predict(features)).join()); // 1,0,0
 * ```
 */
export class Crf extends layers.Layer {
  static readonly className = 'Crf';
  readonly #omega: OmegaName;
  readonly #gamma: number;
  #transition: LayerVariable | undefined;
  #start: LayerVariable | undefined;
  #end: LayerVariable | undefined;

  constructor(config: CrfConfig = {}) {
    checkLayer('Crf', config, ['omega', 'gamma']);
    const { omega = 'negentropy', gamma = 1, ...rest } = config;
    super(rest);
    if (isRegularizer(omega)) {
      throw new TypeError(
        `omega is an object, which is not saved with a model: it must be '${omegaNames.join("', '")}'`,
      );
    }
    // Says at once what is wrong with Ω or γ.
    createSmoother({ omega, gamma });
    this.#omega = omega;
    this.#gamma = gamma;
  }

  override build(inputShape: Shape | Shape[]): void {
    if (Array.isArray(inputShape[0])) {
      throw new RangeError(`Crf has ${inputShape.length} inputs: it must have one, of scores`);
    }
    const shape = inputShape as Shape;
    const states = shape.at(-1);
    if (shape.length !== 3 || !states) {
      throw new RangeError(
        `Crf has the input shape [${shape.map((axis) => axis ?? 'any').join(', ')}]: ` +
          'it must be [batch, positions, states]',
      );
    }
    const zeros = initializers.zeros();
    this.#transition = this.addWeight('transition', [states, states], 'float32', zeros);
    this.#start = this.addWeight('start', [states], 'float32', zeros);
    this.#end = this.addWeight('end', [states], 'float32', zeros);
    this.inputSpec = [{ ndim: 3, axes: { 2: states } }];
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => tf.clone(input));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), omega: this.#omega, gamma: this.#gamma };
  }

  /**
   * The convex loss of the tags, the mean over items; of a CRF −log p(tags). For `model.compile`.
   *
   * @param tags one-hot, [batch, positions, states], as `model.fit` wants targets of the output's shape,
   *   all zeros past an item's end; or the states' numbers, [batch, positions] or
   *   [batch, positions, 1], negative past it
   * @param scores what the layer gives, [batch, positions, states]
   * @throws RangeError that names item and place for what is neither
   */
  readonly loss = (tags: tf.Tensor, scores: tf.Tensor): tf.Scalar =>
    tf.tidy(() => {
      const { unary, transition, start, end } = this.#potentials(scores as tf.Tensor3D);
      const rows = tagRows(tags, unary.shape);
      const lengths = rows.map((row) => row.length);
      const options = { omega: this.#omega, gamma: this.#gamma, start, end };
      return renamed(
        { unary: 'scores' },
        () => crfLoss(unary, transition, rows, lengths, options) as tf.Scalar,
      );
    });

  /**
   * The best tags of each item.
   * @param scores what the layer gives, [batch, positions, states]
   * @param lengths the positions of each item; default all
   */
  decode(scores: tf.Tensor3D | tf.Tensor | tf.Tensor[], lengths?: ArrayLike<number>): number[][] {
    checkGivenLengths('lengths', lengths);
    const tensor = (Array.isArray(scores) ? scores[0]! : scores) as tf.Tensor3D;
    return tf.tidy(() => {
      const { unary, ...rest } = this.#potentials(tensor);
      const [batch, positions, states] = unary.shape;
      const program = factoredChain({
        ...{ batch, positions, states, omega: 'hard' },
        ...(lengths && { lengths }),
      });
      const array = (one: tf.Tensor) => float32(one.dataSync());
      const theta = {
        unary: array(unary),
        transition: array(rest.transition),
        start: array(rest.start),
        end: array(rest.end),
      };
      const names = { 'theta.unary': 'scores', 'theta.': '' };
      const paths = renamed(names, () => program.argmax(theta));
      return paths.map((path) => Array.from(path));
    });
  }

  #potentials(unary: tf.Tensor3D) {
    if (!this.#transition) throw new Error('Crf has no weights yet: it belongs into a model first');
    checkTensor('scores', unary, ['batch', 'positions', this.#transition.shape[0]!]);
    const each = (weight: LayerVariable) =>
      tf.tile<tf.Tensor2D>(tf.expandDims(weight.read(), 0), [unary.shape[0], 1]);
    return {
      unary,
      transition: this.#transition.read(),
      start: each(this.#start!),
      end: each(this.#end!),
    };
  }
}
tf.serialization.registerClass(Crf);

/** The tags of each item up to its end, from one-hot tags or numbers. */
function tagRows(
  tags: tf.Tensor,
  [batch, positions, states]: [number, number, number],
): number[][] {
  const oneHot = [batch, positions, states];
  // As many in another order would be the tags of other places.
  const shape = checkTensor('tags', tags, oneHot, [batch, positions], [batch, positions, 1]);
  const isOneHot = shape === oneHot;
  const values = tags.dataSync();
  const tagAt = (item: number, at: number) => {
    const place = item * positions + at;
    if (!isOneHot) return values[place]!;
    const vector = values.subarray(place * states, (place + 1) * states);
    const tag = vector.indexOf(1);
    // Without any it is past the item's end: of a NaN, of two ones or two halves, nobody knows.
    if (vector.every((value, at) => value === (at === tag ? 1 : 0))) return tag;
    throw new RangeError(
      `tags[${item}][${at}] is [${vector.join(', ')}]: it must be one-hot, or all zeros past the item's end`,
    );
  };
  return Array.from({ length: batch }, (_, item) => {
    const row = Array.from({ length: positions }, (_, at) => tagAt(item, at));
    const end = row.findIndex((tag) => tag < 0);
    const length = end < 0 ? positions : end;
    if (length === 0) throw new RangeError(`tags[${item}] has no tag: each item needs one`);
    const late = row.findIndex((tag, at) => at > length && tag >= 0);
    if (late < 0) return row.slice(0, length);
    throw new RangeError(
      `tags[${item}][${late}] is ${row[late]} behind the item's end at ${length}, where there is no tag`,
    );
  });
}
