import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { backends, startBackend } from '../engine/index.js';
import {
  attention,
  attentionKinds,
  attentionPotentials,
  bidirectionalLstm,
  crfLoss,
  ctcLoss,
  linearSoftmaxCrossEntropy,
  lstm,
  packRows,
  softDtwLoss,
  softmaxCrossEntropy,
} from './operations.js';

const random = seededRandom(41);
const draw = (shape: number[], scale = 1) =>
  tf.tensor(
    Float32Array.from(randomArray(tf.util.sizeFromShape(shape), random, scale)),
    shape,
    'float32',
  );

/** Of three items the second fills its four rows; the third has two. */
const lengths = [3, 4, 2];
const shape = [3, 4, 6];

/** [3, 4, 6] with all that lies past the lengths set to a value. */
function padded(tensor: tf.Tensor, value: number): tf.Tensor3D {
  const values = tensor.dataSync().slice();
  lengths.forEach((length, item) => values.fill(value, (item * 4 + length) * 6, (item + 1) * 24));
  return tf.tensor3d(values as Float32Array, shape as [number, number, number]);
}

interface Case {
  name: string;
  /** A function of padded x and of what has no padding. */
  of: (x: tf.Tensor3D, ...others: tf.Tensor[]) => tf.Tensor;
  others?: number[][];
}

const labels = [[1, 2], [1, 1, 3], []];
const tags = [
  [0, 5, 1],
  [2, 2, 3, 4],
  [1, 0],
];
const targets = Int32Array.of(0, 5, 1, -1, 2, 2, 3, 4, 1, 0, -1, -1);
const flat = (x: tf.Tensor) => tf.reshape(x, [12, 6]) as tf.Tensor2D;
const weightsOf = ([kernel, recurrentKernel, bias]: tf.Tensor[]) => ({
  kernel: kernel as tf.Tensor2D,
  recurrentKernel: recurrentKernel as tf.Tensor2D,
  bias: bias as tf.Tensor1D,
});
const lstmShapes = [[6, 8], [2, 8], [8]];

const cases: Case[] = [
  ...(['negentropy', 'l2'] as const).flatMap((omega): Case[] => [
    {
      name: `crfLoss, ${omega}`,
      of: (x, transition) => crfLoss(x, transition!, tags, lengths, { omega }),
      others: [[6, 6]],
    },
    { name: `ctcLoss, ${omega}`, of: (x) => ctcLoss(x, labels, lengths, { omega }) },
    ...[true, false].flatMap((divergence): Case[] => [
      {
        name: `softDtwLoss of x, ${omega}, divergence ${divergence}`,
        of: (x, y) => softDtwLoss(x, y as tf.Tensor3D, { x: lengths }, { omega, divergence }),
        others: [[3, 5, 6]],
      },
      {
        name: `softDtwLoss of y, ${omega}, divergence ${divergence}`,
        of: (y, x) => softDtwLoss(x as tf.Tensor3D, y, { y: lengths }, { omega, divergence }),
        others: [[3, 5, 6]],
      },
    ]),
  ]),
  ...attentionKinds.flatMap((kind) =>
    (kind === 'softmax' ? (['scores'] as const) : attentionPotentials).flatMap(
      (potentials): Case[] => [
        {
          name: `attention to states, ${kind}, ${potentials}`,
          of: (states, queries, transition) =>
            attention(queries as tf.Tensor3D, states, {
              ...{ kind, potentials, stateLengths: lengths, transition: transition as tf.Tensor2D },
            }).context,
          others: [
            [3, 5, 6],
            [2, 2],
          ],
        },
        {
          name: `attention of queries, ${kind}, ${potentials}`,
          of: (queries, states, transition) =>
            attention(queries, states as tf.Tensor3D, {
              ...{ kind, potentials, queryLengths: lengths, transition: transition as tf.Tensor2D },
            }).context,
          others: [
            [3, 5, 6],
            [2, 2],
          ],
        },
      ],
    ),
  ),
  ...(['sequence', 'last'] as const).flatMap((returns): Case[] => [
    {
      name: `lstm, ${returns}`,
      of: (x, ...weights) => lstm(x, weightsOf(weights), { lengths, returns }),
      others: lstmShapes,
    },
    {
      name: `bidirectionalLstm with dropout, ${returns}`,
      of: (x, ...all) =>
        bidirectionalLstm(x, weightsOf(all.slice(0, 3)), weightsOf(all.slice(3)), {
          ...{ lengths, returns, dropout: { rate: 0.2, seed: 3 } },
        }),
      others: [...lstmShapes, ...lstmShapes],
    },
  ]),
  { name: 'softmaxCrossEntropy', of: (x) => softmaxCrossEntropy(flat(x), targets) },
  {
    name: 'linearSoftmaxCrossEntropy',
    of: (x, weights, bias) =>
      linearSoftmaxCrossEntropy(x, weights as tf.Tensor2D, bias as tf.Tensor1D, targets),
    others: [[6, 7], [7]],
  },
  { name: 'packRows', of: (x) => packRows([x], lengths) },
];

describe.each(backends)('on %s, what lies past an item’s length', (backend) => {
  let problem: string | undefined;
  beforeAll(async () => {
    ({ problem } = await startBackend(backend));
  });

  it.for(cases)('changes nothing and has gradient 0: $name', (one, context) => {
    if (problem) context.skip(`the engine is not there: ${problem}`);
    const { of, others = [] } = one;
    const x = draw(shape);
    const rest = others.map((one) => draw(one));
    const run = (padding: number) => {
      const weighted = (...all: tf.Tensor[]) => {
        const y = of(all[0] as tf.Tensor3D, ...all.slice(1));
        return tf.sum(tf.mul(y, tf.cos(tf.reshape(tf.range(0, y.size), y.shape))));
      };
      const { value, grads } = tf.valueAndGrads(weighted)([padded(x, padding), ...rest]);
      return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()));
    };
    const expected = run(0);
    for (const padding of [NaN, Infinity, -Infinity]) {
      const found = run(padding);
      // soft-DTW then runs by the definition, in float64, which rounds once.
      found.forEach((values, at) => expectClose(values, expected[at]!, 1e-5));
      lengths.forEach((length, item) => {
        const past = found[1]!.slice((item * 4 + length) * 6, (item + 1) * 24);
        expect(past.every((slope) => slope === 0)).toBe(true);
      });
    }
  });
});

afterAll(() => tf.disposeVariables());
