import * as tf from '@tensorflow/tfjs';
import type { Batch } from './batches.js';
import { tagLoss, type LossConfig } from './objective.js';

/**
 * What the word layer sees of each token: its embedding, then the features of its spelling, times
 * the dropout mask; zeros at padding. One operation, since a gather, a concatenation, a product and
 * their gradients each cost more than this loop.
 *
 * @param words [batch, positions, wordSize]
 * @param spelled [spellings, size]
 * @param mask [batch, positions, wordSize + size]; none without dropout
 */
export function tokenFeatures(
  words: tf.Tensor3D,
  spelled: tf.Tensor2D,
  { batch, positions, spellingOf }: Batch,
  mask: Float32Array | undefined,
): tf.Tensor3D {
  const wordSize = words.shape[2];
  const [spellings, spellingSize] = spelled.shape;
  const width = wordSize + spellingSize;
  const operation = tf.customGrad((a, b) => {
    const ofWords = (a as tf.Tensor).dataSync();
    const ofSpellings = (b as tf.Tensor).dataSync();
    const features = new Float32Array(batch * positions * width);
    for (let token = 0; token < spellingOf.length; token++) {
      const spelling = spellingOf[token]!;
      if (spelling < 0) continue;
      const to = token * width;
      for (let k = 0; k < wordSize; k++) features[to + k] = ofWords[token * wordSize + k]!;
      for (let k = 0; k < spellingSize; k++) {
        features[to + wordSize + k] = ofSpellings[spelling * spellingSize + k]!;
      }
    }
    if (mask) for (let at = 0; at < features.length; at++) features[at]! *= mask[at]!;
    return {
      value: tf.tensor3d(features, [batch, positions, width]),
      gradFunc: (dy: tf.Tensor) => {
        const slope = dy.dataSync();
        const byWords = new Float32Array(words.size);
        const bySpellings = new Float32Array(spelled.size);
        for (let token = 0; token < spellingOf.length; token++) {
          const spelling = spellingOf[token]!;
          if (spelling < 0) continue;
          const from = token * width;
          for (let k = 0; k < wordSize; k++) {
            byWords[token * wordSize + k] = slope[from + k]! * (mask ? mask[from + k]! : 1);
          }
          for (let k = 0, at = from + wordSize; k < spellingSize; k++, at++) {
            bySpellings[spelling * spellingSize + k]! += slope[at]! * (mask ? mask[at]! : 1);
          }
        }
        return [tf.tensor(byWords, words.shape), tf.tensor(bySpellings, [spellings, spellingSize])];
      },
    };
  });
  return operation(words, spelled) as tf.Tensor3D;
}

/** tanh, its gradient from its value in one pass. */
export function squash(x: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((input) => {
    const y = (input as tf.Tensor).dataSync<'float32'>().map(Math.tanh);
    return {
      value: tf.tensor(y, x.shape),
      gradFunc: (dy: tf.Tensor) => {
        const slope = dy.dataSync<'float32'>();
        return tf.tensor(
          slope.map((value, at) => value * (1 - y[at]! * y[at]!)),
          x.shape,
        );
      },
    };
  });
  return operation(x);
}

/**
 * `tagLoss` of a batch as an operation: the value forward, and the gradient that came with it
 * backward.
 *
 * @param unary [batch, positions, tags]
 * @param chain transition [to, from], start and end [tags]
 */
export function chainLoss(
  unary: tf.Tensor3D,
  chain: { transition: tf.Tensor2D; start: tf.Tensor1D; end: tf.Tensor1D },
  batch: Batch,
  config: LossConfig,
): tf.Scalar {
  const names = ['unary', 'transition', 'start', 'end'] as const;
  const operation = tf.customGrad((...inputs) => {
    const [unary, transition, start, end] = inputs
      .slice(0, names.length)
      .map((tensor) => (tensor as tf.Tensor).dataSync<'float32'>()) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const { loss, gradient } = tagLoss({ unary, transition, start, end }, batch, config);
    const shapes = inputs.slice(0, names.length).map((tensor) => (tensor as tf.Tensor).shape);
    return {
      value: tf.scalar(loss),
      gradFunc: (dy: tf.Tensor) =>
        names.map((name, at) => tf.tensor(gradient[name], shapes[at]!).mul(dy)),
    };
  });
  return operation(unary, chain.transition, chain.start, chain.end) as tf.Scalar;
}
