import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../engine/index.js';
import { dtw, linearChain } from '../index.js';
import * as layers from './index.js';

beforeAll(() => startBackend('cpu'));

/** The library without its types. */
const loose = layers as unknown as Record<string, (...given: unknown[]) => unknown>;
const optimiser = () =>
  new layers.Optimiser({ w: new Float32Array(6) }, { kind: 'sgd', learningRate: 1 });
const step = (gradients?: unknown) => () => optimiser().step(gradients as never);
const call =
  (name: string, ...given: unknown[]) =>
  () =>
    loose[name]!(...given);
const series = tf.zeros([2, 3, 1]);
const weights = {
  kernel: tf.zeros([3, 8]),
  recurrentKernel: tf.zeros([2, 8]),
  bias: tf.zeros([8]),
};

describe('what is missing, or of another kind, is named', () => {
  it.each<[() => unknown, string]>([
    [call('lstm', tf.ones([1, 2, 3])), 'weights is undefined: it must be an object { kernel,'],
    [
      call('lstm', tf.ones([1, 2, 3]), weights, { initial: 1 }),
      'initial is 1: it must be an object',
    ],
    [
      call('lstmStep', tf.ones([1, 3])),
      'state is undefined: it must be an object { hidden, cell }',
    ],
    [call('initialLstmWeights'), 'inputs is nothing: it must be an integer of at least 1'],
    [call('initialLstmWeights', 1, 1), 'random must be a function'],
    [
      call('initialLstmWeights', 1, 1, () => NaN),
      'random gave NaN: it must give numbers in [0, 1)',
    ],
    [
      call('lstm', tf.ones([1, 2, 3]), weights, { reverse: 'false' }),
      'reverse is "false": it must be true or false',
    ],
    [
      call('softDtwLoss', tf.zeros([1, 2, 1]), tf.zeros([1, 2, 1]), {}, { divergence: 'no' }),
      'divergence is "no": it must be true or false',
    ],
    [
      call('softmaxCrossEntropy', tf.zeros([2, 4]), Int32Array.of(-1, 0), [NaN, NaN]),
      'the weight of row 1 is NaN: it must be a finite number',
    ],
    [call('gatherRows', undefined, 1, [0]), 'the table is nothing: it must be a list of floats'],
    [
      call('scatterRows', undefined, 1, [0]),
      'the gradient is nothing: it must be a list of floats',
    ],
    [
      call('scatterTable', Float32Array.of(1), 1, [0], [0, 0]),
      'the table is [0,0]: it must be a Float32Array',
    ],
    [call('linear'), 'x is undefined: it must be a tensor'],
    [
      call('softmaxCrossEntropy', tf.zeros([2, 4])),
      'targets is nothing: it must be a list of classes',
    ],
    [
      call('softmaxCrossEntropy', tf.zeros([2, 4]), tf.zeros([2])),
      'targets is a tensor of shape [2]: it must be a list of classes',
    ],
    [call('maxLayer', undefined, tf.zeros([1])), 'program is undefined: it must be one'],
    [call('argmaxLayer', {}, tf.zeros([1])), 'program is {}: it must be one'],
    [call('fenchelYoungLoss', undefined, tf.zeros([1])), 'program is undefined: it must be one'],
    [
      call(
        'fenchelYoungLoss',
        linearChain({ batch: 1, time: 1, states: 1, omega: 'l2' }),
        tf.zeros([1, 1, 1, 1]),
        { moves: tf.ones([1, 1, 1, 1]) },
      ),
      'y is an object: it must be a tensor, as theta',
    ],
    [call('attentionWeights', 'crf-l2'), 'rows is undefined: it must be an object { scores,'],
    [
      call('attentionWeights', 'crf-l2', {
        scores: new Float32Array(1),
        positions: 1,
        lengths: [1],
      }),
      'transition is nothing: it must be a list of scores',
    ],
    ...(
      [
        ['lengths', call('packRows', [tf.ones([2, 3, 1])], tf.tensor1d([3, 1]))],
        ['lengths', call('lstm', tf.ones([2, 3, 3]), weights, { lengths: tf.tensor1d([3, 1]) })],
        ['lengths', call('crfLoss', tf.zeros([2, 3, 2]), tf.zeros([2, 2]), [], tf.ones([2]))],
        ['lengths', call('ctcLoss', tf.zeros([2, 3, 2]), [[], []], tf.tensor1d([3, 1]))],
        ['lengths.x', call('softDtwLoss', series, series, { x: tf.tensor1d([3, 1]) })],
      ] as const
    ).map(([name, wrong]): [() => unknown, string] => [
      wrong,
      `${name} is a tensor of shape [2]: it must be a list of lengths, one of each item`,
    ]),
    [
      call('softDtwLoss', series, series, { y: [3, 4] }),
      'lengths.y[1] is 4: it must be an integer from 1 to 3',
    ],
    [
      call('softDtwLoss', tf.zeros([1, 2, 0]), tf.zeros([1, 2, 0])),
      'd, the size of the vectors of x and y, is 0: it must be an integer of at least 1',
    ],
    [call('lossAndGradients'), 'inputs is undefined: it must be an object of arrays'],
    [
      call('lossAndGradients', { w: null }),
      'inputs.w is null: it must be an object { values, shape }',
    ],
    [call('lossAndGradients', {}, () => tf.scalar(0)), 'inputs is empty: it must have an array'],
    [
      call('lossAndGradients', { w: { values: [1, 2, 3], shape: [2] } }, () => tf.scalar(0)),
      'inputs.w.values has 3 entries: its shape [2] needs 2',
    ],
    [call('lossAndGradients', {}), 'loss is undefined: it must be a function'],
    [step(), 'gradients is undefined: it must be an object'],
    [step({ w: null }), 'the gradient of w is null: it must be an object { rows, values }'],
    [
      step({ w: [1, 2, 3, 4, 5, 6] }),
      'the gradient of w is [1,2,3,4,5,6]: it must be a Float32Array',
    ],
    [step({ w: new Float64Array(6) }), 'it must be a Float32Array, or { rows, values }'],
    [
      step({ w: { rows: Int32Array.of(0), values: [1, 2, 3] } }),
      'values of the gradient of w is [1,2,3]: it must be a Float32Array',
    ],
    [
      step({ w: { rows: [0.5], values: new Float32Array(3) } }),
      'the gradient of w has row 0.5 of 3: out of range',
    ],
    [
      () => new layers.Optimiser(undefined as never, { kind: 'adam', learningRate: 1 }),
      'parameters is undefined: it must be an object of Float32Arrays',
    ],
    [
      () => new layers.Optimiser({ w: tf.ones([2]) } as never, { kind: 'adam', learningRate: 1 }),
      'parameters.w is a tensor of shape [2]: it must be a Float32Array',
    ],
    [
      () => optimiser().restore({ learningRate: 1, steps: NaN, arrays: {} }),
      'state.steps is NaN: it must be an integer',
    ],
    [step({ w: {} }), 'rows of the gradient of w is nothing: it must be a list'],
    [
      step({ w: { rows: Int32Array.of(0, 1), values: new Float32Array(3) } }),
      'the gradient of w has 3 values: 2 rows need as many each',
    ],
    [
      () => optimiser().restoreArrays(undefined as never),
      'arrays is undefined: it must be an object of moments',
    ],
    [() => optimiser().restore(undefined as never), 'state is undefined: it must be an object'],
    [() => optimiser().restore({} as never), 'state.arrays is undefined: it must be an object'],
  ])('%#', (wrong, says) => {
    expect(wrong).toThrow(says);
  });
});

it('losses name what was given, not the parts of their programs', () => {
  const nan = (...shape: number[]) => tf.fill(shape, NaN);
  const [zeros, tags] = [tf.zeros([2, 2]), [[0, 0, 0]]];
  expect(call('crfLoss', nan(1, 3, 2), zeros, tags)).toThrow(/^unary\[0\]\[\d\]\[0\] is NaN/);
  expect(call('crfLoss', tf.zeros([1, 3, 2]), undefined, tags)).toThrow(/^transition is missing/);
  expect(call('crfLoss', tf.zeros([1, 3, 2]), tf.zeros([3]), tags)).toThrow(
    /^transition has 3 entries/,
  );
  expect(call('ctcLoss', nan(1, 3, 3), [[1]])).toThrow(/^logits\[0\]\[0\]\[0\] is NaN/);
  // The softmax of such a frame is NaN in all classes.
  const frame = (...scores: number[]) => tf.tensor3d([[[0, 0], scores]]);
  expect(call('ctcLoss', frame(0, Infinity), [[1]])).toThrow(/^logits\[0\]\[1\]\[1\] is Infinity/);
  expect(call('ctcLoss', frame(-Infinity, -Infinity), [[1]])).toThrow(
    /^logits\[0\]\[1\] forbids every class/,
  );
  expect(call('softDtwLoss', nan(1, 3, 1), tf.zeros([1, 2, 1]))).toThrow(
    /^x\[0\]\[\d\]\[0\] is NaN/,
  );
});

it('layers and attention name their scores, and layers their inputs', () => {
  const nan = tf.fill([1, 2, 2], NaN);
  const crf = new layers.Crf({ name: 'tags' });
  crf.apply(tf.zeros([1, 2, 2]));
  expect(() => crf.decode(nan)).toThrow(/^scores\[0\]\[\d\]\[0\] is NaN/);
  expect(() => crf.loss(tf.zeros([1, 2]), nan)).toThrow(/^scores\[0\]\[\d\]\[0\] is NaN/);
  expect(() => crf.apply(tf.zeros([1, 2, 3]))).toThrow(/layer tags.*shape 1,2,3/s);
  const rows = { scores: Float32Array.of(1, 2, NaN, 4, NaN, 0), positions: 3 };
  const weigh = (lengths: number[], potentials: string, transition = new Float32Array(4)) =>
    call('attentionWeights', 'crf-l2', { ...rows, lengths }, transition, 1, potentials);
  for (const potentials of ['scores', 'odds']) {
    expect(weigh([2, 2], potentials)).toThrow(/^scores\[1\]\[1\] is NaN/);
    expect(weigh([2, 1], potentials)).not.toThrow();
    expect(weigh([2, 1], potentials, Float32Array.of(0, NaN, 0, 0))).toThrow(
      /^transition\[0\]\[1\] is NaN/,
    );
  }
  const attend = new layers.StructuredAttention({ name: 'where' });
  attend.apply([tf.zeros([1, 2, 3]), tf.zeros([1, 4, 5])]);
  expect(() => attend.apply([tf.zeros([1, 2, 3]), tf.zeros([1, 4, 3])])).toThrow(
    /layer where.*shape 1,4,3/s,
  );
  expect(() => attend.apply([tf.fill([1, 2, 3], NaN), tf.zeros([1, 4, 5])])).toThrow(
    /^scores\[0\]\[0\] is NaN/,
  );
  expect(() => attend.apply([tf.zeros([1, 2, 3]), tf.zeros([2, 4, 5])])).toThrow(
    'states has shape [2, 4, 5]: it must be [1, positions, 5]',
  );
  expect(() => new layers.Crf().apply([nan, nan])).toThrow('Crf has 2 inputs: it must have one');
});

it('features of different depths, or without the axis of the batch in any, are no series of other sizes', () => {
  const program = dtw({ batch: 2, rows: 3, cols: 2, omega: 'negentropy' });
  const of = (rows: number[], cols: number[]) =>
    call('maxLayer', program, { rowFeatures: tf.zeros(rows), colFeatures: tf.zeros(cols) });
  // As many entries as series [3, 4] and [2, 2, 4] have.
  expect(of([2, 3, 2], [2, 2, 4])).toThrow(
    'theta.colFeatures has shape [2, 2, 4]: it must be [2, 2] or [2, 2, 2]',
  );
  // As many entries as series [2, 3, 2] and [2, 2, 2] have.
  expect(of([3, 4], [2, 4])).toThrow(
    'theta.rowFeatures and theta.colFeatures are both shared by the batch: one must have its axis, of 2 items',
  );
});
