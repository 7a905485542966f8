import * as tf from '@tensorflow/tfjs';

/**
 * Soft-DTW as one would compose it of TensorFlow.js' own operations: one step for each
 * anti-diagonal, over the batch and the diagonal's cells, gradients by its tape. Negentropy, γ = 1.
 *
 * @param costs [batch, n, n]
 * @returns the smoothed minimum of each item
 */
export function eagerSoftDtw(costs: tf.Tensor3D): tf.Tensor {
  const [batch, n] = costs.shape;
  // Row i moves i places to the right, so that an anti-diagonal is a column: each row is padded to
  // twice its length, and the whole is read again with rows that are one shorter.
  const skewed = costs
    .pad([
      [0, 0],
      [0, 0],
      [0, n],
    ])
    .reshape([batch, 2 * n * n])
    .slice([0, 0], [batch, 2 * n * n - n])
    .reshape([batch, n, 2 * n - 1]);
  const far = 1e8;
  const outside = tf.fill([batch, 1], far);
  let before2: tf.Tensor = tf.concat([tf.zeros([batch, 1]), tf.fill([batch, n], far)], 1);
  let before: tf.Tensor = tf.fill([batch, n + 1], far);
  tf.unstack(skewed, 2).forEach((diagonal, d) => {
    // Row i is at i + 1; its neighbours: diagonal and up at i, left at i + 1.
    const candidates = tf.stack([
      before2.slice([0, 0], [batch, n]),
      before.slice([0, 0], [batch, n]),
      before.slice([0, 1], [batch, n]),
    ]);
    const values = diagonal.sub(tf.logSumExp(candidates.neg(), 0));
    const first = Math.max(0, d - n + 1);
    const last = Math.min(n - 1, d);
    // What is outside the square is far from everything.
    const inside = tf.fill([batch, last - first + 1], 1);
    const mask = inside.pad([
      [0, 0],
      [first, n - 1 - last],
    ]);
    const kept = values.mul(mask).add(tf.scalar(1).sub(mask).mul(far));
    before2 = before;
    before = tf.concat([outside, kept], 1);
  });
  return before.slice([0, n], [batch, 1]).reshape([batch]);
}
