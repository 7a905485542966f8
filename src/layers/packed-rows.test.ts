import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../engine/index.js';
import { packRows } from './index.js';

beforeAll(async () => {
  await startBackend('cpu');
});

describe('packed rows', () => {
  const parts = () => [
    tf.tensor3d([1, 2, 3, 4, 5, 6], [2, 3, 1]),
    tf.tensor3d([10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 60, 61], [2, 3, 2]),
  ];

  it('leave padding out and set the parts side by side', () => {
    expect(packRows(parts(), [1, 2]).arraySync()).toEqual([
      [1, 10, 11],
      [4, 40, 41],
      [5, 50, 51],
    ]);
  });

  it('have a gradient of 0 for padding', () => {
    const weights = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
    const [first, second] = tf.grads((...inputs) =>
      packRows(inputs as tf.Tensor3D[], [1, 2])
        .mul(weights)
        .sum(),
    )(parts());
    expect([...first!.dataSync()]).toEqual([1, 0, 0, 4, 7, 0]);
    expect([...second!.dataSync()]).toEqual([2, 3, 0, 0, 0, 0, 5, 6, 8, 9, 0, 0]);
  });

  it('refuse what is no list of tensors', () => {
    for (const wrong of [[], null, parts()[0]]) {
      expect(() => packRows(wrong as never, [1, 2])).toThrow('it must be a list of one tensor');
    }
    const [first] = parts();
    expect(() => packRows([first!, [1] as never], [1, 2])).toThrow(
      'parts[1] is [1]: it must be a tensor',
    );
  });

  it('refuse lengths that do not fit', () => {
    expect(() => packRows(parts(), [1])).toThrow('lengths has 1 entries');
    expect(() => packRows(parts(), [1, 4])).toThrow(
      'lengths[1] is 4: it must be an integer from 0 to 3',
    );
  });
});
