import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { seededRandom } from '../../../test/path-enumeration.js';
import { startBackend } from '../../engine/index.js';
import { areaLoss } from '../../layers/index.js';
import type { FeaturesConfig } from './config.js';
import { PitchModel } from './model.js';
import { pitchCosts, pitchLoss } from './pitch-costs.js';

beforeAll(() => startBackend('cpu'));

const random = seededRandom(4);
const [frames, keys, events] = [37, 11, 9];
const array = (length: number, scale: number) =>
  Float32Array.from({ length }, () => scale * (2 * random() - 1));
const scores = tf.tensor2d(array(frames * keys, 12), [frames, keys]);
/** Rows of one to three pitches, as distributions. */
const distributions = Float32Array.from({ length: events * keys }, (_, at) => {
  const [j, k] = [Math.floor(at / keys), at % keys];
  const count = 1 + (j % 3);
  return k >= j && k < j + count && k < keys ? 1 / Math.min(count, keys - j) : 0;
});
const indicators = distributions.map((weight) => (weight > 0 ? 1 : 0));

/** The formulas of the costs in TensorFlow.js' own operations. */
const composed = {
  softmax: (s: tf.Tensor2D) =>
    tf.matMul(tf.logSoftmax(s).neg(), tf.tensor2d(distributions, [events, keys]), false, true),
  sigmoid: (s: tf.Tensor2D) =>
    tf
      .softplus(s)
      .sum(1, true)
      .sub(tf.matMul(s, tf.tensor2d(indicators, [events, keys]), false, true))
      .mul<tf.Tensor2D>(0.25),
};

describe.each(['softmax', 'sigmoid'] as const)('pitch costs, %s', (output) => {
  const pitches = output === 'softmax' ? distributions : indicators;
  const mass = tf.tensor2d(array(frames * events, 1), [frames, events]);

  it('are the composition of their formula, in value and gradient', () => {
    const weighted = (costs: tf.Tensor) => costs.mul(mass).sum<tf.Scalar>();
    const expected = composed[output](scores);
    expectClose(pitchCosts(scores, pitches, output).dataSync(), expected.dataSync(), 2e-6);
    const gradient = (f: (s: tf.Tensor2D) => tf.Tensor) =>
      tf
        .grad((s) => weighted(f(s as tf.Tensor2D)))(scores)
        .dataSync();
    const own = gradient((s) => pitchCosts(s, pitches, output));
    expectClose(own, gradient(composed[output]), 5e-6);
  });

  it('averaged over the true events are the frame-wise loss', () => {
    const truth = Array.from({ length: frames }, (_, i) => Math.floor((i * events) / frames));
    const targets = new Float32Array(frames * keys);
    truth.forEach((j, i) => targets.set(pitches.subarray(j * keys, (j + 1) * keys), i * keys));
    const indicator = tf.oneHot(tf.tensor1d(truth, 'int32'), events).cast('float32');
    const mean = (s: tf.Tensor2D) => composed[output](s).mul(indicator).sum().div(frames);
    const loss = (s: tf.Tensor2D) => pitchLoss(s, targets, output);
    expectClose(loss(scores).dataSync(), mean(scores).dataSync(), 2e-6);
    const gradient = (f: (s: tf.Tensor2D) => tf.Tensor) =>
      tf
        .grad((s) => f(s as tf.Tensor2D).mul(3))(scores)
        .dataSync();
    expectClose(gradient(loss), gradient(mean), 1e-6);
  });
});

describe('the area loss', () => {
  it('is the composition of its formula, in value and gradient', () => {
    const shape: [number, number, number] = [2, 7, 5];
    const expected = tf.tensor3d(array(70, 1), shape);
    const truth = tf.tensor3d(array(70, 1), shape);
    const area = (e: tf.Tensor) =>
      e
        .sub(truth)
        .cumsum(2)
        .square()
        .sum()
        .mul(0.04 / 10);
    const own = (e: tf.Tensor) => areaLoss(e as tf.Tensor3D, truth, 0.04);
    expectClose(own(expected).dataSync(), area(expected).dataSync(), 1e-6);
    expectClose(tf.grad(own)(expected).dataSync(), tf.grad(area)(expected).dataSync(), 1e-6);
    expect(own(truth).dataSync()[0]).toBe(0);
  });
});

describe('tied weights', () => {
  it('have the gradient of the map that they spread over', () => {
    const features = { kind: 'semitone', lowestPitch: 24, highestPitch: 132 } as FeaturesConfig;
    const keys = { lowestKey: 36, highestKey: 40 };
    const kind = { output: 'sigmoid', weights: 'tied', standardise: 'global' } as const;
    const model = new PitchModel({ ...keys, ...kind }, features, 109);
    const row = array(7 * 109, 1);
    const x = tf.tensor2d(row, [7, 109]);
    const transpose = x.transpose<tf.Tensor2D>();
    const step = 1e-2;
    const weights = array(model.weightCount, 1);
    const direction = array(model.weightCount, 1);
    const slope = tf.tensor2d(array(7 * 5, 1), [7, 5]);
    const bias = tf.variable(tf.zeros<tf.Rank.R1>([5]));
    const score = (w: tf.Tensor) =>
      model
        .scores({ weights: w as tf.Variable, bias }, x, transpose)
        .mul(slope)
        .sum<tf.Scalar>();
    const at = (sign: number) =>
      score(tf.tensor1d(weights.map((w, d) => w + sign * step * direction[d]!))).dataSync()[0]!;
    const gradient = Float32Array.from(tf.grad(score)(tf.tensor1d(weights)).dataSync());
    const along = gradient.reduce((sum, entry, d) => sum + entry * direction[d]!, 0);
    // The scores are linear in the weights: a difference is exact at any step.
    expect((at(1) - at(-1)) / (2 * step)).toBeCloseTo(along, 2);
    // Key 36 reads from pitch 24 on: its score is one product of all weights.
    const first = model.scores({ weights: tf.variable(tf.tensor1d(weights)), bias }, x, transpose);
    const expected = weights.reduce((sum, weight, d) => sum + weight * row[d]!, 0);
    expect(first.dataSync()[0]).toBeCloseTo(expected, 4);
  });
});
