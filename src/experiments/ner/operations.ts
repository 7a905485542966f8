import * as tf from '@tensorflow/tfjs';
import { applyMask } from '../../layers/dropout.js';
import { takeFloats, tensorFloats, tensorOf } from '../../layers/tensor-floats.js';
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
    const ofWords = tensorFloats(a as tf.Tensor);
    const ofSpellings = tensorFloats(b as tf.Tensor);
    const features = new Float32Array(batch * positions * width);
    for (let token = 0; token < spellingOf.length; token++) {
      const spelling = spellingOf[token]!;
      if (spelling < 0) continue;
      const to = token * width;
      features.set(ofWords.subarray(token * wordSize, (token + 1) * wordSize), to);
      const from = spelling * spellingSize;
      features.set(ofSpellings.subarray(from, from + spellingSize), to + wordSize);
    }
    if (mask) applyMask(features, mask);
    return {
      value: tensorOf(features, [batch, positions, width]),
      gradFunc: (dy: tf.Tensor) => {
        const slope = takeFloats(dy);
        if (mask) applyMask(slope, mask);
        const byWords = new Float32Array(words.size);
        const bySpellings = new Float32Array(spelled.size);
        for (let token = 0; token < spellingOf.length; token++) {
          const spelling = spellingOf[token]!;
          if (spelling < 0) continue;
          const from = token * width;
          byWords.set(slope.subarray(from, from + wordSize), token * wordSize);
          const to = spelling * spellingSize;
          for (let k = 0; k < spellingSize; k++) {
            bySpellings[to + k] = bySpellings[to + k]! + slope[from + wordSize + k]!;
          }
        }
        return [tensorOf(byWords, words.shape), tensorOf(bySpellings, [spellings, spellingSize])];
      },
    };
  });
  return operation(words, spelled) as tf.Tensor3D;
}

/** x times a mask of as many numbers; x itself without one. */
export function masked<Tensor extends tf.Tensor>(
  x: Tensor,
  mask: Float32Array | undefined,
): Tensor {
  return mask ? tf.mul(x, tensorOf(mask, x.shape)) : x;
}

/** tanh, its gradient from its value in one pass. */
export function squash(x: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((input) => {
    const y = tensorFloats(input as tf.Tensor).map(Math.tanh);
    return {
      value: tensorOf(y, x.shape),
      gradFunc: (dy: tf.Tensor) => {
        const slope = takeFloats(dy);
        for (let at = 0; at < slope.length; at++) slope[at]! *= 1 - y[at]! * y[at]!;
        return tensorOf(slope.slice(), x.shape);
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
    const given = inputs.slice(0, names.length) as tf.Tensor[];
    const [unary, transition, start, end] = given.map(tensorFloats);
    const potentials = { unary: unary!, transition: transition!, start: start!, end: end! };
    const { loss, gradient } = tagLoss(potentials, batch, config);
    const shapes = given.map(({ shape }) => shape);
    return {
      value: tf.scalar(loss),
      gradFunc: (dy: tf.Tensor) => {
        const factor = tensorFloats(dy)[0]!;
        return names.map((name, at) => {
          const values = factor === 1 ? gradient[name] : gradient[name].map((one) => one * factor);
          return tensorOf(values, shapes[at]!);
        });
      },
    };
  });
  return operation(unary, chain.transition, chain.start, chain.end) as tf.Scalar;
}
