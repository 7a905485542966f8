import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import {
  cases,
  differences,
  floats,
  potentials,
  values,
  type Case,
} from '../../test/layer-cases.js';
import type { Backend } from '../backends.js';
import { factoredChain } from '../dp/programs/factored-chain.js';
import { linearChain } from '../dp/programs/linear-chain.js';
import { startBackend } from '../engine/index.js';
import { areaLoss, fenchelYoungLoss, maxLayer } from './index.js';

const arrayOf = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;

describe.each(['wasm', 'cpu'] as Backend[])('on %s', (backend) => {
  beforeAll(async () => {
    expect((await startBackend(backend)).available).toBe(true);
  });

  it('the Fenchel–Young loss is never negative, and 0 on the path that the walk is sure of', () => {
    for (const one of cases) {
      for (let trial = 0; trial < 20; trial++) {
        const theta = potentials(one);
        const y = indicator(one, theta);
        const loss = values(fenchelYoungLoss(one.program, theta, y));
        for (const value of loss) expect(value).toBeGreaterThan(-1e-5);
        const sure = tf.add(
          tf.where(tf.isFinite(theta), theta, tf.zerosLike(theta)),
          y.sub(0.5).mul(one.program.sense * 200),
        );
        values(fenchelYoungLoss(one.program, sure, y)).forEach((value, item) => {
          // The chain without moves: its indicator is empty and leaves the state open.
          if (one.name.startsWith('linear chain') && item === 1) return;
          expect(Math.abs(value)).toBeLessThan(1e-3);
        });
      }
    }
  });

  it('whole numbers and truth values count as floats, in theta and y', () => {
    const program = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
    const whole = tf.tensor([1, 2, 0, 4], [1, 1, 2, 2], 'int32');
    const theta = tf.cast(whole, 'float32');
    expect(values(maxLayer(program, whole))).toEqual(values(maxLayer(program, theta)));
    const path = tf.oneHot(tf.tensor1d([2], 'int32'), 4).reshape([1, 1, 2, 2]);
    const expected = values(fenchelYoungLoss(program, theta, tf.cast(path, 'float32')));
    for (const y of [path, tf.cast(path, 'bool')]) {
      expect(values(fenchelYoungLoss(program, whole, y))).toEqual(expected);
      expect(values(fenchelYoungLoss(program, { moves: theta }, { moves: y }))).toEqual(expected);
    }
    expect(values(fenchelYoungLoss(program, whole, [Int32Array.of(0, 1)]))).toEqual(expected);
  });

  it('the Fenchel–Young loss takes parts and paths, and has the gradient of its differences', () => {
    const program = factoredChain({
      ...{ batch: 2, positions: 3, states: 2 },
      ...{ lengths: [3, 2], omega: 'l2', gamma: 0.7 },
    });
    const unary = tf.tensor3d(floats(12), [2, 3, 2]);
    const transition = tf.tensor2d(floats(4), [2, 2]);
    const paths = [Int32Array.of(1, 0, 1), Int32Array.of(0, 0)];
    const loss = (transition: tf.Tensor) => fenchelYoungLoss(program, { unary, transition }, paths);
    const theta = { unary: unary.dataSync() as Float32Array, transition: arrayOf(transition) };
    const score = paths.map((path, item) =>
      path.reduce((sum, state, t) => {
        const move = t === 0 ? 0 : theta.transition[2 * state + path[t - 1]!]!;
        return sum + theta.unary[(item * 3 + t) * 2 + state]! + move;
      }, 0),
    );
    // γ/2 for each maximum: a move each, and the end.
    const expected = [...program.value(theta)].map(
      (value, item) => value - score[item]! + 0.35 * paths[item]!.length,
    );
    expectClose(values(loss(transition)), expected, 1e-5);
    const weights = tf.tensor1d([2, -0.5]);
    const weighted = (x: tf.Tensor) => loss(x).mul(weights).sum().asScalar();
    expectClose(values(tf.grad(weighted)(transition)), differences(weighted, transition), 2e-3);
  });
});

/** The best path of each item as a 0/1 tensor of theta's shape: the gradient of the hard program. */
function indicator(one: Case, theta: tf.Tensor): tf.Tensor {
  const [path, ...rest] = (
    one.program as unknown as { argmax(theta: Float32Array): Int32Array[] }
  ).argmax(theta.dataSync() as Float32Array);
  const y = new Float32Array(theta.size);
  [path!, ...rest].forEach((path, item) => {
    const [, second = 0, third = 0] = one.shape;
    if (one.name.startsWith('dag')) for (const edge of path) y[edge] = 1;
    else if (one.name.startsWith('dtw')) {
      for (let at = 0; at < path.length; at += 2) {
        y[(item * second + path[at]!) * third + path[at + 1]!] = 1;
      }
    } else {
      for (let t = 0; t + 1 < path.length; t++) {
        y[((item * second + t) * third + path[t + 1]!) * third + path[t]!] = 1;
      }
    }
  });
  return tf.tensor(y, theta.shape);
}

describe('areaLoss', () => {
  it('is the mean absolute onset error, in seconds, of a hard path of advance moves', () => {
    const [frames, events, hopSeconds] = [12, 4, 0.04];
    const truth = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3];
    const found = [0, 1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3];
    const oneHot = (path: number[]) => tf.oneHot(tf.tensor1d(path, 'int32'), events).toFloat();
    const onset = (path: number[], event: number) => path.indexOf(event) * hopSeconds;
    let error = 0;
    for (let event = 0; event < events; event++) {
      error += Math.abs(onset(found, event) - onset(truth, event)) / events;
    }
    const batched = (path: number[]) => oneHot(path).reshape<tf.Tensor3D>([1, frames, events]);
    expect(areaLoss(batched(found), batched(truth), hopSeconds).dataSync()[0]).toBeCloseTo(error);
  });
});

describe('areaLoss of arguments that do not fit', () => {
  const expected = tf.zeros<tf.Rank.R3>([1, 4, 2]);

  it('names both shapes', () => {
    for (const shape of [
      [1, 4, 3],
      [1, 2, 4],
      [4, 2],
      [2, 4, 2],
    ]) {
      expect(() => areaLoss(expected, tf.zeros(shape as [number, number, number]), 0.1)).toThrow(
        `truth has shape [${shape.join(', ')}]: it must be [1, 4, 2]`,
      );
    }
    expect(() => areaLoss(tf.zeros([4, 2]) as never, expected, 0.1)).toThrow(
      'expected has shape [4, 2]: it must be [batch, frames, events]',
    );
  });

  it('names the axis that is empty: there is no mean of nothing', () => {
    for (const [shape, axis] of [
      [[0, 4, 2], 'batch'],
      [[1, 0, 2], 'frames'],
      [[1, 4, 0], 'events'],
    ] as const) {
      const none = tf.zeros<tf.Rank.R3>([...shape]);
      expect(() => areaLoss(none, none, 0.1)).toThrow(
        `${axis} is 0: it must be an integer of at least 1`,
      );
    }
  });

  it('names seconds that are none', () => {
    for (const hop of [NaN, 0, -0.1, Infinity, undefined, '0.1']) {
      expect(() => areaLoss(expected, expected, hop as number)).toThrow(
        /hopSeconds is .*: it must be a finite number greater than 0/,
      );
    }
  });
});
