import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { seededRandom } from '../../../test/path-enumeration.js';
import { startBackend } from '../../engine/index.js';
import { DataError } from '../../errors.js';
import { areaLoss } from '../../layers/index.js';
import type { FeaturesConfig, ModelConfig } from './config.js';
import { PitchModel } from './model.js';

beforeAll(() => startBackend('cpu'));

const random = seededRandom(4);
const [frames, dimensions, keys, events] = [37, 6, 11, 9];
const array = (length: number, scale: number) =>
  Float32Array.from({ length }, () => scale * (2 * random() - 1));
const mfcc = { kind: 'mfcc' } as FeaturesConfig;
const free = (output: ModelConfig['output']) =>
  new PitchModel(
    { lowestKey: 40, highestKey: 50, output, weights: 'free', standardise: 'global' },
    mfcc,
    dimensions,
  );
/** One to three pitches each, the last partly above the highest key. */
const score = Array.from({ length: events }, (_, j) => ({
  scoreOnsetSeconds: j / 2,
  pitches: [40 + j, 41 + j, 42 + j].slice(0, 1 + (j % 3)),
}));
const rowsOf = (weight: (inside: number) => number) =>
  Float32Array.from(
    score.flatMap(({ pitches }) => {
      const inside = pitches.filter((pitch) => pitch <= 50);
      return Array.from({ length: keys }, (_, k) =>
        inside.includes(40 + k) ? weight(inside.length) : 0,
      );
    }),
  );

/** The formulas in TensorFlow.js' own operations. */
const composed = {
  softmax: {
    pitches: rowsOf((inside) => 1 / inside),
    costs: (s: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(tf.logSoftmax(s).neg(), b, false, true),
  },
  sigmoid: {
    pitches: rowsOf(() => 1),
    costs: (s: tf.Tensor2D, b: tf.Tensor2D) =>
      tf
        .softplus(s)
        .sum(1, true)
        .sub(tf.matMul(s, b, false, true))
        .mul<tf.Tensor2D>(0.25),
  },
};

describe.each(['softmax', 'sigmoid'] as const)('a pitch model, %s', (output) => {
  const model = free(output);
  const piece = { features: array(frames * dimensions, 3), frames };
  const parameters = { weights: array(dimensions * keys, 2), bias: array(keys, 2) };
  const b = tf.tensor2d(composed[output].pitches, [events, keys]);
  const tensors = [tf.tensor1d(parameters.weights), tf.tensor1d(parameters.bias)];
  const costsOf = (weights: tf.Tensor, bias: tf.Tensor) => {
    const x = tf.tensor2d(piece.features, [frames, dimensions]);
    const s = tf.matMul(x, weights.reshape<tf.Tensor2D>([dimensions, keys])).add(bias);
    return composed[output].costs(s as tf.Tensor2D, b);
  };
  const expectGradient = (
    gradient: { weights: Float32Array; bias: Float32Array },
    f: (w: tf.Tensor, bias: tf.Tensor) => tf.Scalar,
  ) => {
    const [weights, bias] = tf.grads(f)(tensors as [tf.Tensor, tf.Tensor]);
    expectClose(gradient.weights, weights!.dataSync(), 2e-5);
    expectClose(gradient.bias, bias!.dataSync(), 2e-5);
  };

  it('has the costs of the composed formula, and the gradient of its parameters', () => {
    const scores = model.scores(parameters, piece);
    const { theta, scoreSlopes } = model.costs(scores, model.pitchRows(score));
    expectClose(theta, costsOf(tensors[0]!, tensors[1]!).dataSync(), 5e-6);
    const mass = array(frames * events, 1);
    expectGradient(model.gradient(scoreSlopes(mass), piece), (weights, bias) =>
      costsOf(weights, bias)
        .mul(tf.tensor2d(mass, [frames, events]))
        .sum(),
    );
  });

  it('has the mean cost of the true events as its frame-wise loss', () => {
    const truth = Array.from({ length: frames }, (_, i) => Math.floor((i * events) / frames));
    const targets = new Float32Array(frames * keys);
    const { pitches } = composed[output];
    truth.forEach((j, i) => targets.set(pitches.subarray(j * keys, (j + 1) * keys), i * keys));
    const indicator = tf.oneHot(tf.tensor1d(truth, 'int32'), events).cast('float32');
    const mean = (weights: tf.Tensor, bias: tf.Tensor) =>
      costsOf(weights, bias).mul(indicator).sum().div<tf.Scalar>(frames);
    const { loss, slopes } = model.frameLoss(model.scores(parameters, piece), targets);
    expectClose([loss], mean(tensors[0]!, tensors[1]!).dataSync(), 2e-6);
    expectGradient(model.gradient(slopes, piece), mean);
  });
});

it('a softmax model names the event without a pitch that it knows; sigmoid takes it as silence', () => {
  const low = [{ scoreOnsetSeconds: 1.5, pitches: [20] }];
  expect(() => free('softmax').pitchRows(low)).toThrow(DataError);
  expect(() => free('softmax').pitchRows(low)).toThrow('at 1.5 s has no pitch from 40 to 50');
  expect(free('sigmoid').pitchRows(low)).toEqual(new Float32Array(keys));
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
  const kind = { output: 'sigmoid', weights: 'tied', standardise: 'global' } as const;
  const config = { ...kind, lowestKey: 36, highestKey: 40 };
  const features = { kind: 'semitone', lowestPitch: 24, highestPitch: 132 } as FeaturesConfig;

  it('have the gradient of the map that they spread over', () => {
    const model = new PitchModel(config, features, 109);
    const piece = { features: array(7 * 109, 1), frames: 7 };
    const [weights, direction] = [array(model.weightCount, 1), array(model.weightCount, 1)];
    const slopes = array(7 * 5, 1);
    const bias = new Float32Array(5);
    const step = 1e-2;
    const at = (sign: number) => {
      const moved = weights.map((w, d) => w + sign * step * direction[d]!);
      const scores = model.scores({ weights: moved, bias }, piece);
      return scores.reduce((sum, value, k) => sum + value * slopes[k]!, 0);
    };
    const gradient = model.gradient(slopes, piece).weights;
    const along = gradient.reduce((sum, entry, d) => sum + entry * direction[d]!, 0);
    // The scores are linear in the weights: a difference is exact at any step.
    expect((at(1) - at(-1)) / (2 * step)).toBeCloseTo(along, 2);
    // Key 36 reads from pitch 24 on: its score is one product of all weights.
    const expected = weights.reduce((sum, weight, d) => sum + weight * piece.features[d]!, 0);
    expect(model.scores({ weights, bias }, piece)[0]).toBeCloseTo(expected, 4);
  });

  it('need features that reach far enough', () => {
    expect(() => new PitchModel(config, mfcc, 109)).toThrow("need 'semitone' features");
    expect(() => new PitchModel(config, features, 60)).toThrow('do not reach that far');
  });
});
