import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backends.js';
import { dtw } from '../dp/programs/dtw.js';
import { factoredChain } from '../dp/programs/factored-chain.js';
import { linearChain } from '../dp/programs/linear-chain.js';
import { startBackend } from '../engine/index.js';
import {
  argmaxLayer,
  fenchelYoungLoss,
  linear,
  maxLayer,
  type DifferentiableProgram,
  type PathProgram,
} from './index.js';

describe.each(['wasm', 'cpu'] as Backend[])('on %s', (backend) => {
  beforeAll(async () => {
    expect((await startBackend(backend)).available).toBe(true);
  });

  it('a tensor of another shape is an error, also when it is as large', () => {
    const chain = factoredChain({ batch: 2, positions: 3, states: 4, omega: 'l2' });
    const unary = tf.zeros([2, 3, 4]);
    const transition = tf.zeros([4, 4]);
    expect(() => maxLayer(chain, { unary: tf.zeros([2, 4, 3]), transition })).toThrow(
      'theta.unary has shape [2, 4, 3]: it must be [2, 3, 4]',
    );
    expect(() => argmaxLayer(chain, { unary, transition: tf.zeros([16]) })).toThrow(
      'theta.transition has shape [16]: it must be [4, 4] or [2, 4, 4]',
    );
    expect(() => maxLayer(chain, { unary, transitions: transition })).toThrow(
      'theta has a part "transitions"',
    );
    expect(() => maxLayer(chain, unary)).toThrow('it must be an object of tensors: unary');
    const costs = dtw({ batch: 1, rows: 2, cols: 3, omega: 'l2' });
    expect(() => maxLayer(costs, tf.zeros([1, 3, 2]))).toThrow(
      'theta has shape [1, 3, 2]: it must be [1, 2, 3]',
    );
    expect(() =>
      maxLayer(costs, { rowFeatures: tf.zeros([1, 3, 5]), colFeatures: tf.zeros([1, 3, 5]) }),
    ).toThrow('theta.rowFeatures has shape [1, 3, 5]: it must be [2, any] or [1, 2, any]');
  });

  it('potentials, and paths, of no structure that the program takes are an error', () => {
    const chain = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
    const factored = factoredChain({ batch: 1, positions: 2, states: 2, omega: 'l2' });
    const costs = dtw({ batch: 1, rows: 2, cols: 3, omega: 'l2' });
    for (const layer of [maxLayer, argmaxLayer]) {
      const call = (program: DifferentiableProgram, theta: unknown) => () =>
        layer(program, theta as tf.Tensor);
      expect(call(chain, undefined)).toThrow('theta is undefined: it must be a tensor');
      expect(call(chain, null)).toThrow('theta is null: it must be a tensor');
      expect(call(chain, new Float32Array(4))).toThrow('theta is an array: it must be a tensor');
      expect(call(factored, undefined)).toThrow(
        'theta is undefined: it must be an object of tensors: unary, transition',
      );
      expect(call(costs, 3)).toThrow('theta is 3: it must be a tensor, or an object of tensors');
    }
    const loss = (program: PathProgram, theta: unknown, y?: unknown) => () =>
      fenchelYoungLoss(program, theta as tf.Tensor, y as tf.Tensor);
    const theta = tf.zeros([1, 1, 2, 2]);
    expect(loss(chain, theta)).toThrow('y is undefined: it must be a list of paths, or a tensor');
    expect(loss(chain, undefined, [Int32Array.of(0, 1)])).toThrow('theta is undefined');
    expect(loss(chain, theta, theta.reshape([1, 2, 1, 2]))).toThrow(
      'y has shape [1, 2, 1, 2]: it must be [1, 2, 2] or [1, 1, 2, 2]',
    );
  });

  it('a part that is no tensor is named, and what is wanted', () => {
    const chain = factoredChain({ batch: 1, positions: 3, states: 2, omega: 'l2' });
    const [unary, transition] = [tf.zeros([1, 3, 2]), tf.zeros([2, 2])];
    const symbolic = tf.input({ shape: [3, 2] });
    const call = (theta: object) => () => maxLayer(chain, theta as { unary: tf.Tensor });
    expect(call({ unary })).toThrow('theta.transition is missing: it must be a tensor');
    expect(call({ unary, transition: [[1, 2]] })).toThrow(
      'theta.transition is [[1,2]]: it must be a tensor',
    );
    expect(call({ unary: symbolic, transition })).toThrow('theta.unary is a SymbolicTensor');
    expect(call(symbolic)).toThrow('theta is a SymbolicTensor');
    expect(() => linear(symbolic as never, transition as tf.Tensor2D)).toThrow(
      'x is a SymbolicTensor, of a model that is not run yet: it must be a tensor',
    );
    const words = tf.tensor([['1', '2']]);
    expect(() => linear(words, transition as tf.Tensor2D)).toThrow(
      'x has the dtype string: it must be float32, int32 or bool',
    );
    expect(call({ unary, transition: words })).toThrow('theta.transition has the dtype string');
    // An array is a part as it is, and an optional one may be undefined.
    expect(call({ unary, transition: new Float32Array(4), start: undefined })).not.toThrow();
  });

  it('what the program says of its input reaches the caller', () => {
    const program = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
    expect(() => maxLayer(program, tf.tensor([0, NaN, 0, 0], [1, 1, 2, 2]))).toThrow(
      'theta[0][0][0][1] is NaN',
    );
  });
});
