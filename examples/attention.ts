/**
 * Structured attention in a tf.layers model. The answer is the sum of the values in the marked stretch
 * of a sequence, and the marks are noisy: a chain over the positions, unlike softmax, can attend to any
 * number of positions, and prefers neighbours.
 */
import * as tf from '@tensorflow/tfjs';
import { chooseEngine } from 'didyprog/engine';
import { StructuredAttention } from 'didyprog/layers';
import { normal, seededRandom } from './random.ts';

const [count, positions] = [200, 16];
const random = seededRandom(6);

/** Items [mark, value] by position, and their answers. */
function items() {
  const states: number[][][] = [];
  const answers: number[] = [];
  for (let item = 0; item < count; item++) {
    const begin = Math.floor(random() * 8);
    const end = begin + 3 + Math.floor(random() * 5);
    const values = Array.from({ length: positions }, () => 2 * random() - 1);
    states.push(
      values.map((value, at) => [(at >= begin && at < end ? 1 : -1) + 0.7 * normal(random), value]),
    );
    answers.push(values.slice(begin, end).reduce((a, b) => a + b, 0));
  }
  return { x: [tf.ones([count, 1, 1]), tf.tensor3d(states)], y: tf.tensor2d(answers, [count, 1]) };
}

await chooseEngine();
const [train, test] = [items(), items()];
for (const kind of ['softmax', 'crf-negentropy', 'crf-l2', 'crf-entmax15'] as const) {
  const query = tf.input({ shape: [1, 1] });
  const states = tf.input({ shape: [positions, 2] });
  const layer = new StructuredAttention({ kind, seed: 1 });
  const context = layer.apply([query, states]) as tf.SymbolicTensor;
  const flat = tf.layers.flatten().apply(context) as tf.SymbolicTensor;
  const ones = tf.initializers.ones();
  const answer = tf.layers.dense({ units: 1, kernelInitializer: ones }).apply(flat);
  const model = tf.model({ inputs: [query, states], outputs: answer as tf.SymbolicTensor });
  model.compile({ optimizer: tf.train.adam(0.2), loss: 'meanSquaredError' });
  await model.fit(train.x, train.y, { epochs: 40, batchSize: 50, shuffle: false, verbose: 0 });
  const [error, variance] = tf.tidy(() => {
    const missed = tf.losses.meanSquaredError(test.y, model.predict(test.x) as tf.Tensor);
    return [missed.dataSync()[0]!, tf.moments(test.y).variance.dataSync()[0]!];
  });
  console.log(`${kind}: explains ${(100 * (1 - error / variance)).toFixed(0)} % of the variance`);
}
