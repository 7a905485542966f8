/**
 * Forecasts the second half of a series from its first. When the pulse comes is hard to tell: squared
 * error then prefers a low, wide pulse; the soft-DTW divergence keeps its shape.
 */
import * as tf from '@tensorflow/tfjs';
import { dtw } from 'didyprog';
import { chooseEngine } from 'didyprog/engine';
import { softDtwLoss } from 'didyprog/layers';
import { normal, seededRandom } from './random.ts';

const [count, length] = [100, 24];
const random = seededRandom(5);

/** First halves [count, length] with a slope that hints at the pulse's time, and second halves. */
function series() {
  const first: number[][] = [];
  const second: number[][] = [];
  for (let item = 0; item < count; item++) {
    const hint = random();
    const at = 6 + 10 * hint + 2 * normal(random);
    first.push(Array.from({ length }, (_, i) => (hint * i) / length + 0.05 * normal(random)));
    second.push(Array.from({ length }, (_, i) => Math.exp(-((i - at) ** 2) / 4)));
  }
  return { first: tf.tensor2d(first), second: tf.tensor2d(second) };
}

await chooseEngine();
const [train, test] = [series(), series()];
type Loss = (forecast: tf.Tensor2D, truth: tf.Tensor2D) => tf.Tensor;

/** What a network trained by a loss forecasts of the test series. */
function forecastBy(loss: Loss): Float32Array {
  const layer = (units: number, seed: number) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [length] }));
  for (const [at, units] of [32, 32].entries()) {
    model.add(layer(units, at));
    model.add(tf.layers.activation({ activation: 'tanh' }));
  }
  model.add(layer(length, 2));
  const optimizer = tf.train.adam(0.01);
  for (let step = 0; step < 150; step++) {
    optimizer.minimize(() => {
      return loss(model.apply(train.first) as tf.Tensor2D, train.second) as tf.Scalar;
    });
  }
  return tf.tidy(() => (model.apply(test.first) as tf.Tensor).dataSync()) as Float32Array;
}

const column = (series: tf.Tensor2D) => series.reshape<tf.Tensor3D>([count, length, 1]);
const forecasts = {
  'squared error': forecastBy((forecast, truth) => tf.losses.meanSquaredError(truth, forecast)),
  divergence: forecastBy((forecast, truth) =>
    softDtwLoss(column(forecast), column(truth), {}, { gamma: 0.05 }),
  ),
};

const truth = test.second.dataSync() as Float32Array;
const sizes = { batch: count, rows: length, cols: length };
const distance = dtw({ ...sizes, omega: 'hard' });
for (const [name, forecast] of Object.entries(forecasts)) {
  const dtws = distance.value({ rowFeatures: forecast, colFeatures: truth });
  const squared = forecast.reduce((sum, y, at) => sum + (y - truth[at]!) ** 2, 0);
  const peaks = Array.from({ length: count }, (_, item) =>
    Math.max(...forecast.subarray(item * length, (item + 1) * length)),
  );
  const mean = (values: ArrayLike<number>) =>
    (Array.from(values).reduce((a, b) => a + b, 0) / count).toFixed(2);
  console.log(
    `${name}: DTW to the truth ${mean(dtws)}, squared error ${mean([squared])}, ` +
      `height of the pulse ${mean(peaks)} of 1.00`,
  );
}
