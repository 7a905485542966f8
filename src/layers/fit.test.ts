import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { fitLayers } from '../../test/fit-layers.js';
import { backends, startBackend } from '../engine/index.js';
import { factoredChain } from '../index.js';
import { Crf, fenchelYoungLoss, StructuredAttention } from './index.js';

// The longest training on the backend whose steps are the fastest.
it.each(backends.map((backend) => ({ backend, steps: backend === 'cpu' ? 300 : 60 })))(
  'model.fit trains both layers and leaks no tensor: $backend, $steps steps',
  { timeout: 120_000 },
  async ({ backend, steps }) => {
    const { available, problem } = await startBackend(backend);
    if (!available) {
      // The optional native engine alone may be missing.
      expect(backend, problem).toBe('tensorflow');
      return;
    }
    expect(tf.getBackend()).toBe(backend);
    for (const { name, first, last, leaked } of await fitLayers(
      tf,
      { Crf, StructuredAttention },
      steps,
    )) {
      expect(last, name).toBeLessThan(first / 2);
      expect(leaked, name).toBe(0);
    }
  },
);

it('fenchelYoungLoss leaves nothing but its result, with and without a gradient', () => {
  const program = factoredChain({ batch: 2, positions: 3, states: 2, omega: 'l2' });
  const theta = { unary: tf.ones([2, 3, 2]), transition: tf.eye(2) };
  const paths = [Int32Array.of(0, 1, 0), Int32Array.of(1, 1, 0)];
  const before = tf.memory().numTensors;
  for (let round = 0; round < 10; round++) {
    fenchelYoungLoss(program, theta, paths).dispose();
    const slope = tf.grad((unary) => fenchelYoungLoss(program, { ...theta, unary }, paths).sum())(
      theta.unary,
    );
    slope.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
});
