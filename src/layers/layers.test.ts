import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { defineProgram } from '../dp/define-program.js';
import { dag } from '../dp/programs/dag.js';
import { dtw } from '../dp/programs/dtw.js';
import { factoredChain } from '../dp/programs/factored-chain.js';
import { linearChain } from '../dp/programs/linear-chain.js';
import { backends, startBackend, type Backend } from '../engine/index.js';
import {
  areaLoss,
  argmaxLayer,
  fenchelYoungLoss,
  maxLayer,
  type DifferentiableProgram,
  type PathProgram,
} from './index.js';

const random = seededRandom(21);
const floats = (length: number, scale = 1) => Float32Array.from(randomArray(length, random, scale));

interface Case {
  name: string;
  program: PathProgram;
  shape: number[];
  /** Indices whose potential is forbidden. */
  forbidden: number[];
}

/** Every program over one tensor; l2 problems are away from kinks at these seeds. */
const cases: Case[] = (['negentropy', 'l2'] as const).flatMap((omega) => [
  {
    name: `linear chain, unequal lengths, a forbidden move, ${omega}`,
    program: linearChain({ batch: 3, time: 3, states: 2, lengths: [3, 0, 2], omega }),
    shape: [3, 3, 2, 2],
    forbidden: [5],
  },
  {
    name: `dtw, classic moves, unequal lengths, a forbidden cell, ${omega}`,
    program: dtw({ batch: 2, rows: 4, cols: 3, rowLengths: [4, 2], colLengths: [3, 2], omega }),
    shape: [2, 4, 3],
    forbidden: [4],
  },
  {
    name: `dtw, advance moves, ${omega}`,
    program: dtw({ batch: 1, rows: 5, cols: 3, moves: 'advance', omega, gamma: 0.7 }),
    shape: [1, 5, 3],
    forbidden: [],
  },
  {
    name: `dag, ${omega}`,
    program: dag({
      nodes: 4,
      edges: [
        [0, 1],
        [0, 2],
        [1, 2],
        [1, 3],
        [2, 3],
      ],
      omega,
    }),
    shape: [5],
    forbidden: [],
  },
]);

/** Potentials of a case, with what `forbidden` means for it. */
function potentials({ program, shape, forbidden }: Case): tf.Tensor {
  const values = floats(shape.reduce((a, b) => a * b, 1));
  for (const at of forbidden) values[at] = -Infinity * program.sense;
  return tf.tensor(values, shape);
}

const arrayOf = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;
const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** Central differences of a scalar function; forbidden entries are left where they are. */
function differences(f: (theta: tf.Tensor) => tf.Scalar, theta: tf.Tensor, step = 3e-3) {
  const at = values(theta);
  return at.map((score, entry) => {
    if (!Number.isFinite(score)) return 0;
    const moved = (by: number) =>
      tf.tidy(() => {
        const other = Float32Array.from(at);
        other[entry]! += by;
        return f(tf.tensor(other, theta.shape)).dataSync()[0]!;
      });
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

describe.each(['wasm', 'cpu'] as Backend[])('on %s', (backend) => {
  beforeAll(async () => {
    expect((await startBackend(backend)).available).toBe(true);
  });

  it.each(cases)('maxLayer and argmaxLayer have the right gradients: $name', (one) => {
    const { program } = one;
    const theta = potentials(one);
    const batch = program.value(theta.dataSync() as Float32Array).length;
    const weights = tf.tensor1d(floats(batch));
    const weighted = (x: tf.Tensor) => maxLayer(program, x).mul(weights).sum().asScalar();
    expectClose(values(tf.grad(weighted)(theta)), differences(weighted, theta), 2e-3);

    const target = tf.tensor(floats(theta.size), theta.shape);
    const distance = (x: tf.Tensor) =>
      argmaxLayer(program, x).sub(target).square().sum().asScalar();
    expectClose(values(tf.grad(distance)(theta)), differences(distance, theta), 4e-3);
  });

  it('the gradient of maxLayer is argmaxLayer, differentiable once more and no further', () => {
    const [one] = cases;
    const theta = potentials(one!);
    const max = (x: tf.Tensor) => maxLayer(one!.program, x).sum().asScalar();
    const first = tf.grad(max);
    expect(values(first(theta))).toEqual(values(argmaxLayer(one!.program, theta)));
    const z = tf.tensor(floats(theta.size), theta.shape);
    const second = tf.grad((x) => first(x).mul(z).sum().asScalar());
    const direct = one!.program.hessianProduct(theta.dataSync(), z.dataSync()).product;
    expectClose(values(second(theta)), direct as Float32Array, 1e-6);
    const third = tf.grad((x) => second(x).sum().asScalar());
    expect(() => third(theta)).toThrow('third derivative');
  });

  it('takes the parts of a factored chain, a transition shared by the batch', () => {
    const program = factoredChain({
      batch: 2,
      positions: 3,
      states: 2,
      lengths: [3, 2],
      omega: 'negentropy',
    }) as DifferentiableProgram;
    const unary = tf.tensor3d(floats(12), [2, 3, 2]);
    const transition = tf.tensor2d(floats(4), [2, 2]);
    const weights = tf.tensor1d([2, -0.5]);
    const weighted = (unary: tf.Tensor, transition: tf.Tensor) =>
      maxLayer(program, { unary, transition }).mul(weights).sum().asScalar();
    const [byUnary, byTransition] = tf.grads(weighted)([unary, transition]);
    expectClose(
      values(byUnary!),
      differences((x) => weighted(x, transition), unary),
      2e-3,
    );
    expectClose(
      values(byTransition!),
      differences((x) => weighted(unary, x), transition),
      2e-3,
    );

    const target = tf.tensor3d(floats(12), [2, 3, 2]);
    const distance = (unary: tf.Tensor, transition: tf.Tensor) => {
      const expected = argmaxLayer(program, { unary, transition });
      return expected.unary.sub(target).square().sum().add(expected.transition.sum()).asScalar();
    };
    const [a, b] = tf.grads(distance)([unary, transition]);
    expectClose(
      values(a!),
      differences((x) => distance(x, transition), unary),
      4e-3,
    );
    expectClose(
      values(b!),
      differences((x) => distance(unary, x), transition),
      4e-3,
    );
  });

  it.each([
    { weights: [2, -0.5], what: 'that differ' },
    { weights: [3, 3], what: 'that are equal' },
  ])('differentiates a weighted maxLayer twice, with weights $what', ({ weights }) => {
    const program = factoredChain({
      ...{ batch: 2, positions: 3, states: 2, lengths: [3, 2], omega: 'negentropy' },
    }) as DifferentiableProgram;
    const unary = tf.tensor3d(floats(12), [2, 3, 2]);
    const transition = tf.tensor2d(floats(4), [2, 2]);
    const by = tf.tensor1d(weights);
    const directions = [tf.tensor3d(floats(12), [2, 3, 2]), tf.tensor2d(floats(4), [2, 2])];
    const slope = (unary: tf.Tensor, transition: tf.Tensor, by: tf.Tensor) => {
      const gradients = tf.grads((unary: tf.Tensor, transition: tf.Tensor) =>
        maxLayer(program, { unary, transition }).mul(by).sum().asScalar(),
      )([unary, transition]);
      return gradients
        .map((gradient, part) => gradient.mul(directions[part]!).sum())
        .reduce((sum, share) => sum.add(share))
        .asScalar();
    };
    const second = tf.grads(slope)([unary, transition, by]);
    const moved = [
      differences((x) => slope(x, transition, by), unary),
      differences((x) => slope(unary, x, by), transition),
      differences((x) => slope(unary, transition, x), by),
    ];
    second.forEach((gradient, part) => expectClose(values(gradient), moved[part]!, 4e-3));
  });

  it('takes features in place of costs, and hands what is no tensor to the program', () => {
    const program = dtw({ batch: 1, rows: 3, cols: 2, omega: 'negentropy' });
    const rowFeatures = tf.tensor3d(floats(6), [1, 3, 2]);
    const colFeatures = tf.tensor3d(floats(4), [1, 2, 2]);
    const value = (rowFeatures: tf.Tensor) =>
      maxLayer(program, { rowFeatures, colFeatures, cost: 'squaredEuclidean' }).sum().asScalar();
    expectClose(values(tf.grad(value)(rowFeatures)), differences(value, rowFeatures), 2e-3);
  });

  it('takes parts that are no tensors as constants, in the gradient of the expected path too', () => {
    const program = dtw({ batch: 2, rows: 3, cols: 2, omega: 'negentropy' });
    const [rows, cols] = [tf.tensor3d(floats(12), [2, 3, 2]), floats(8)];
    const expected = (colFeatures: unknown) => (rowFeatures: tf.Tensor) =>
      argmaxLayer(program, { rowFeatures, colFeatures, cost: 'innerProduct' })
        .rowFeatures.square()
        .sum()
        .asScalar();
    const asTensor = values(tf.grad(expected(tf.tensor3d(cols, [2, 2, 2])))(rows));
    for (const array of [cols, Float64Array.from(cols)]) {
      expectClose(values(tf.grad(expected(array))(rows)), asTensor, 1e-5);
    }
    const chain = factoredChain({ batch: 1, positions: 2, states: 1, omega: 'l2' });
    const theta = { unary: tf.zeros([1, 2, 1]), transition: new Float32Array(1) };
    expect(() => fenchelYoungLoss(chain, theta, [Int32Array.of(0, 0)])).toThrow(
      'theta.transition is of type Float32Array: the loss takes tensors',
    );
  });

  it('takes one series against those of a batch, as copies of it, with a weight for each item', () => {
    const program = dtw({ batch: 3, rows: 3, cols: 2, omega: 'negentropy' });
    const shared = tf.tensor2d(floats(6), [3, 2]);
    const colFeatures = tf.tensor3d(floats(12), [3, 2, 2]);
    const weights = tf.tensor1d([1, -2, 0.5]);
    const loss = (one: tf.Tensor, many: tf.Tensor) =>
      maxLayer(program, { rowFeatures: one, colFeatures: many }).mul(weights).sum().asScalar();
    const ofCopies = (one: tf.Tensor, many: tf.Tensor) =>
      loss(tf.tile(tf.expandDims(one), [3, 1, 1]), many);
    const slope = (of: typeof loss) => (one: tf.Tensor) =>
      tf
        .grad((rows: tf.Tensor) => of(rows, colFeatures))(one)
        .square()
        .sum()
        .asScalar();
    expectClose(values(loss(shared, colFeatures)), values(ofCopies(shared, colFeatures)), 1e-5);
    const found = tf.grads(loss)([shared, colFeatures]);
    tf.grads(ofCopies)([shared, colFeatures]).forEach((wanted, part) =>
      expectClose(values(found[part]!), values(wanted), 1e-4),
    );
    expectClose(
      values(tf.grad(slope(loss))(shared)),
      values(tf.grad(slope(ofCopies))(shared)),
      1e-3,
    );
  });

  it('a loss on the expected path trains by variableGrads, and leaks no tensor', () => {
    const program = linearChain({ batch: 1, time: 3, states: 2, omega: 'l2' });
    const theta = tf.variable(tf.zeros([1, 3, 2, 2]));
    const truth = tf.tensor([0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0], [1, 3, 2, 2]);
    const optimizer = tf.train.adam(0.1);
    const step = () =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => argmaxLayer(program, theta).sub(truth).square().sum().asScalar(),
          [theta as tf.Variable],
        );
        optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
        return value.dataSync()[0]!;
      });
    const first = step();
    const tensors = tf.memory().numTensors;
    let last = first;
    for (let i = 0; i < 60; i++) last = step();
    expect(last).toBeLessThan(first / 20);
    expect(tf.memory().numTensors).toBe(tensors);
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

  it('a part of any name may be shared by the batch, with weights that differ', () => {
    const program = defineProgram({
      batch: 2,
      potentials: { step: { shape: [2] }, bias: { shape: [2], shared: true } },
      graph: {
        nodes: 3,
        into: (node) =>
          node === 1
            ? [
                [0, 0, 2],
                [0, 1, 3],
              ]
            : [
                [1, 2],
                [0, 3],
              ],
      },
      omega: 'entmax15',
    });
    const step = tf.tensor2d(floats(4), [2, 2]);
    const bias = tf.tensor1d(floats(2));
    const weights = tf.tensor1d([2, -0.5]);
    const weighted = (x: tf.Tensor) =>
      maxLayer(program, { step, bias: x }).mul(weights).sum().asScalar();
    expectClose(values(tf.grad(weighted)(bias)), differences(weighted, bias), 2e-3);
    const bent = (x: tf.Tensor) => maxLayer(program, { step, bias: x }).square().sum().asScalar();
    const z = tf.tensor1d(floats(2));
    const slope = (x: tf.Tensor) => tf.grad(bent)(x).mul(z).sum().asScalar();
    expectClose(values(tf.grad(slope)(bias)), differences(slope, bias), 4e-3);
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

  it('what the program says of its input reaches the caller', () => {
    const program = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
    expect(() => maxLayer(program, tf.tensor([0, NaN, 0, 0], [1, 1, 2, 2]))).toThrow(
      'theta[0][0][0][1] is NaN',
    );
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

describe('the engines', () => {
  it('give the same numbers: a training step on native and on wasm, to 1e-4', async (context) => {
    const native = await startBackend('tensorflow');
    if (!native.available) context.skip(`the native engine is not there: ${native.problem}`);
    const run = async (backend: Backend) => {
      expect((await startBackend(backend)).available).toBe(true);
      const program = dtw({ batch: 1, rows: 6, cols: 4, moves: 'advance', omega: 'negentropy' });
      const x = tf.tensor2d(
        Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)),
        [6, 3],
      );
      const w = tf.variable(
        tf.tensor2d(
          Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
          [3, 4],
        ),
      );
      const { value, grads } = tf.variableGrads(() => {
        const theta = tf.logSoftmax(tf.matMul(x, w)).neg().reshape([1, 6, 4]);
        return argmaxLayer(program, theta).square().sum().add(maxLayer(program, theta).sum());
      }, [w as tf.Variable]);
      return [...values(value), ...Object.values(grads).flatMap(values)];
    };
    const onNative = await run('tensorflow');
    expectClose(await run('wasm'), onNative, 1e-4);
  });

  it('are tried in this order', () => {
    expect(backends).toEqual(['tensorflow', 'wasm', 'cpu']);
  });
});

afterAll(() => {
  tf.disposeVariables();
});
