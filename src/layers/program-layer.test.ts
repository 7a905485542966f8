import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { cases, differences, floats, potentials, values } from '../../test/layer-cases.js';
import type { Backend } from '../backends.js';
import { defineProgram } from '../dp/define-program.js';
import { dtw } from '../dp/programs/dtw.js';
import { factoredChain } from '../dp/programs/factored-chain.js';
import { linearChain } from '../dp/programs/linear-chain.js';
import { startBackend } from '../engine/index.js';
import { argmaxLayer, fenchelYoungLoss, maxLayer, type DifferentiableProgram } from './index.js';

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

  it('argmaxLayer of a variable is a tensor, in the types too', () => {
    const program = linearChain({ batch: 1, time: 1, states: 2, omega: 'l2' });
    const expected = argmaxLayer(program, tf.variable(tf.zeros<tf.Rank.R4>([1, 1, 2, 2])));
    expectTypeOf(expected).toEqualTypeOf<tf.Tensor4D>();
    expect(expected).not.toHaveProperty('trainable');
    expect(values(expected)).toEqual([0.25, 0.25, 0.25, 0.25]);
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
});

afterAll(() => {
  tf.disposeVariables();
});
