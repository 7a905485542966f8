import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { startBackend, type Backend } from '../engine/index.js';
import {
  areaLoss,
  attention,
  bidirectionalLstm,
  ctcLoss,
  embedding,
  linear,
  linearSoftmaxCrossEntropy,
  lstm,
  lstmStep,
  packRows,
  softmaxCrossEntropy,
} from './index.js';

const weights = {
  kernel: tf.tensor2d([0.5, -0.3, 0.2, 0.7, -0.1, 0.4, 0.6, -0.8], [2, 4]),
  recurrentKernel: tf.tensor2d([0.3, -0.2, 0.1, 0.5], [1, 4]),
  bias: tf.tensor1d([0, 1, 0, 0]),
};
const sequence = (x: tf.Tensor) => tf.reshape(x, [1, 2, 2]) as tf.Tensor3D;
const targets = Int32Array.of(1, 0);

/** What computes its gradient as arrays, by a matrix [2, 2]. */
const layers: [name: string, f: (x: tf.Tensor2D) => tf.Tensor][] = [
  ['linear', (x) => linear(x, x)],
  ['embedding', (x) => embedding(x, [1, 0, 1])],
  ['packRows', (x) => packRows([sequence(x)], [1])],
  ['attention', (x) => attention(sequence(x), sequence(x), { kind: 'softmax' }).context],
  ['softmaxCrossEntropy', (x) => softmaxCrossEntropy(x, targets)],
  ['linearSoftmaxCrossEntropy', (x) => linearSoftmaxCrossEntropy(x, x, undefined, targets)],
  ['areaLoss', (x) => areaLoss(sequence(x), sequence(tf.zerosLike(x)), 1)],
  ['lstm', (x) => lstm(sequence(x), weights)],
  ['lstm', (x) => bidirectionalLstm(sequence(x), weights, weights)],
  [
    'lstmStep',
    (x) => lstmStep(x, { hidden: tf.zeros([2, 1]), cell: tf.ones([2, 1]) }, weights).hidden,
  ],
];
const matrix = () => tf.tensor2d([0.3, -0.5, 0.8, 0.1], [2, 2]);

describe.each(['cpu', 'wasm'] as Backend[])('on %s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });
  afterAll(async () => {
    await startBackend('cpu');
  });

  it.each(layers)(
    'a gradient of the gradient of %s is an error, not a part of it',
    (name, layer) => {
      const loss = (x: tf.Tensor) => tf.sum(tf.square(layer(x as tf.Tensor2D)));
      // Without the error only the second term would count.
      const penalty = (x: tf.Tensor) =>
        tf.add(tf.sum(tf.square(tf.grad(loss)(x))), tf.sum(tf.square(x)));
      expect(() => tf.grad(penalty)(matrix())).toThrow(`${name} has a first derivative only`);
      expect(penalty(matrix()).dataSync()[0]).toBeGreaterThan(0);
    },
  );

  it.each(layers)('a derivative within a derivative of %s changes neither', (_name, layer) => {
    const loss = (x: tf.Tensor) => tf.sum(tf.square(layer(x as tf.Tensor2D)));
    const plain = tf.grad(loss)(matrix()).dataSync();
    let within: Float32Array | undefined;
    const around = tf.grad((x) => {
      const { value, grad } = tf.valueAndGrad(loss)(x);
      within = grad.dataSync<'float32'>() as Float32Array;
      return value;
    })(matrix());
    expectClose(within!, plain, 1e-6);
    expectClose(around.dataSync(), plain, 1e-6);
  });
});

it('ctcLoss has a second derivative: that of finite differences', () => {
  const logits = [0.3, -0.2, 0.5, 0.9, -0.4, 0.1];
  // Along [1, 2, …], so that no symmetry hides an error.
  const slope = (x: tf.Tensor) =>
    tf.sum(
      tf.mul(
        tf.grad((y) => ctcLoss(y as tf.Tensor3D, [[1]]))(x),
        tf.tensor3d([1, 2, 3, 4, 5, 6], [1, 3, 2]),
      ),
    );
  const at = (values: number[]) => tf.tensor3d(values, [1, 3, 2]);
  const step = 0.01;
  const differences = logits.map((_, k) => {
    const [up, down] = [step, -step].map(
      (by) => slope(at(logits.map((x, n) => (n === k ? x + by : x)))).dataSync()[0]!,
    );
    return (up! - down!) / (2 * step);
  });
  expectClose(tf.grad(slope)(at(logits)).dataSync(), differences, 1e-3);
});
