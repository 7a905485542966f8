import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { startBackend, type Backend } from '../engine/index.js';
import { setThreads } from '../kernels/module.js';
import { linear, linearSoftmaxCrossEntropy, softmaxCrossEntropy } from './linear.js';

function noise(seed: number, shape: number[], scale = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(Float32Array.from(randomArray(size, seededRandom(seed), scale)), shape);
}

/** Value and gradients of our function and of TensorFlow.js' operations are the same. */
function expectSame(
  ours: (...tensors: tf.Tensor[]) => tf.Tensor,
  theirs: (...tensors: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): void {
  const [a, b] = [ours, theirs].map((f) => {
    const weighted = (...tensors: tf.Tensor[]) => {
      const y = f(...tensors);
      return y.mul(noise(9, y.shape)).sum();
    };
    return [f(...inputs), ...tf.grads(weighted)(inputs)];
  }) as [tf.Tensor[], tf.Tensor[]];
  a.forEach((tensor, n) => {
    expect(tensor.shape).toEqual(b[n]!.shape);
    expectClose(tensor.dataSync(), b[n]!.dataSync(), 1e-5);
  });
}

/** The gradient along a direction is the slope of the value. */
function expectSlope(f: (...tensors: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): void {
  const gradients = tf.grads((...tensors: tf.Tensor[]) => f(...tensors).sum())(inputs);
  inputs.forEach((input, n) => {
    const direction = noise(50 + n, input.shape);
    const at = (step: number) => {
      const moved = inputs.map((x, m) => (m === n ? x.add(direction.mul(step)) : x));
      return f(...moved)
        .sum()
        .dataSync()[0]!;
    };
    const slope = gradients[n]!.mul(direction).sum().dataSync()[0]!;
    expect((at(1e-2) - at(-1e-2)) / 2e-2).toBeCloseTo(slope, 2);
  });
}

describe('a dense layer', () => {
  beforeAll(async () => {
    expect((await startBackend('cpu')).available).toBe(true);
  });
  afterEach(() => setThreads(1));

  it.each([
    { shape: [4, 7], outputs: 5 },
    { shape: [2, 3, 6], outputs: 8 },
    { shape: [13], outputs: 1 },
  ])('is x·weights + bias, with its gradients: %o', ({ shape, outputs }) => {
    const inputs = shape[shape.length - 1]!;
    const tensors = [noise(1, shape), noise(2, [inputs, outputs]), noise(3, [outputs])];
    const product = (x: tf.Tensor, weights: tf.Tensor) =>
      x
        .reshape([-1, inputs])
        .matMul(weights)
        .reshape([...shape.slice(0, -1), outputs]);
    const ours = ([x, weights, bias]: tf.Tensor[]) =>
      linear(x!, weights as tf.Tensor2D, bias as tf.Tensor1D | undefined);
    expectSame(
      (...all) => ours(all),
      (x, weights, bias) => product(x!, weights!).add(bias!),
      tensors,
    );
    expectSame(
      (...all) => ours(all),
      (x, weights) => product(x!, weights!),
      tensors.slice(0, 2),
    );
    expectSlope((...all) => ours(all), tensors);
  });

  it('of no inputs is its bias', () => {
    const bias = tf.tensor1d([1, 2, 3]);
    const y = linear(tf.zeros([2, 0]), tf.zeros([0, 3]), bias);
    expect(y.arraySync()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('names the shapes that do not fit', () => {
    expect(() => linear(noise(1, [2, 3]), noise(2, [4, 5]) as tf.Tensor2D)).toThrow(
      "x is [2, 3] and weights [4, 5]: x's last dimension must be weights' first",
    );
    const [weights, bias] = [noise(2, [3, 5]) as tf.Tensor2D, noise(2, [4]) as tf.Tensor1D];
    expect(() => linear(noise(1, [2, 3]), weights, bias)).toThrow(
      'bias has shape [4]: it must be [5]',
    );
  });
});

describe('softmax cross entropy', () => {
  beforeAll(async () => {
    expect((await startBackend('cpu')).available).toBe(true);
  });
  afterEach(() => setThreads(1));

  const targets = Int32Array.from([3, 0, -1, 6, 2]);
  const weights = Float32Array.from([1, 0.5, 7, 0, 2]);

  /** By TensorFlow.js' operations. */
  function composed(logits: tf.Tensor, each: ArrayLike<number>): tf.Tensor {
    const columns = logits.shape[1]!;
    const chosen = tf.oneHot(
      tf.tensor1d(
        targets.map((target) => Math.max(0, target)),
        'int32',
      ),
      columns,
    );
    const losses = logits.logSumExp(1).sub(logits.mul(chosen).sum(1));
    return losses.mul(tf.tensor1d(Float32Array.from(each))).sum();
  }

  it('is the weighted sum over the rows that have a target', () => {
    const logits = noise(1, [5, 7], 3);
    expectSame(
      (x) => softmaxCrossEntropy(x as tf.Tensor2D, targets, weights),
      (x) => composed(x!, [1, 0.5, 0, 0, 2]),
      [logits],
    );
    expectSlope((x) => softmaxCrossEntropy(x as tf.Tensor2D, targets, weights), [logits]);
  });

  it('with label smoothing is that of TensorFlow.js, and the slope of its value', () => {
    const some = Int32Array.from([3, 0, 6, 2]);
    const each = Float32Array.from([1, 0.5, 0, 2]);
    const smoothed = (x: tf.Tensor) =>
      softmaxCrossEntropy(x as tf.Tensor2D, some, each, { labelSmoothing: 0.3 });
    // With row weights, its sum over rows; labels are smoothed by the same share of all classes.
    const theirs = (x: tf.Tensor) => {
      const labels = tf.oneHot(tf.tensor1d(some, 'int32'), x.shape[1]!);
      const { SUM } = tf.Reduction;
      return tf.losses.softmaxCrossEntropy(labels, x as tf.Tensor2D, tf.tensor1d(each), 0.3, SUM);
    };
    for (const columns of [7, 8, 201]) {
      const logits = noise(1, [4, columns], 3);
      expectSame(
        (x) => smoothed(x!),
        (x) => theirs(x!),
        [logits],
      );
      expectSlope((x) => smoothed(x!), [logits]);
    }
  });

  it('is the mean without weights', () => {
    expectSame(
      (x) => softmaxCrossEntropy(x as tf.Tensor2D, targets),
      (x) => composed(x!, [0.25, 0.25, 0, 0.25, 0.25]),
      [noise(1, [5, 9], 3)],
    );
  });

  it('of logits far apart has no overflow and no lost gradient', () => {
    const logits = tf.tensor2d([1e4, -1e4, 0, -Infinity, 5, 5], [2, 3]);
    const f = (x: tf.Tensor) =>
      softmaxCrossEntropy(x as tf.Tensor2D, Int32Array.from([1, 2]), Float32Array.from([1, 1]));
    expectClose(f(logits).dataSync(), [2e4 + Math.log(2)], 1e-6);
    expectClose(tf.grad(f)(logits).dataSync(), [1, -1, 0, 0, 0.5, -0.5], 1e-6);
  });

  it.each([1, 2])('of a dense layer is the composition of the two, on %i threads', (threads) => {
    setThreads(threads);
    const inputs = [noise(1, [5, 1, 6]), noise(2, [6, 203]), noise(3, [203])];
    const flat = (x: tf.Tensor) => x.reshape([5, 203]) as tf.Tensor2D;
    expectSame(
      (x, w, b) =>
        linearSoftmaxCrossEntropy(x!, w as tf.Tensor2D, b as tf.Tensor1D, targets, weights),
      (x, w, b) =>
        softmaxCrossEntropy(flat(linear(x!, w as tf.Tensor2D, b as tf.Tensor1D)), targets, weights),
      inputs,
    );
  });

  it('and the dense layer are the same on the native engine', async (context) => {
    const { available, problem } = await startBackend('tensorflow');
    if (!available) context.skip(`the native engine is not there: ${problem}`);
    type Loss = (x: tf.Tensor, w: tf.Tensor2D, b?: tf.Tensor1D) => tf.Tensor;
    const losses: Loss[] = [
      (x, w, b) => linearSoftmaxCrossEntropy(x, w, b, targets, weights).mul(3),
      (x, w, b) =>
        linearSoftmaxCrossEntropy(x, w, b, targets, weights, { labelSmoothing: 0.1 }).mul(3),
      (x, w, b) => linear(x, w, b).sin().sum(),
    ];
    const run = async (backend: Backend) => {
      expect((await startBackend(backend)).available).toBe(true);
      const inputs = [noise(1, [5, 1, 6]), noise(2, [6, 203]), noise(3, [203])];
      return [inputs, inputs.slice(0, 2)].flatMap((given) =>
        losses.flatMap((loss) => {
          const differentiate = tf.valueAndGrads(loss as (...all: tf.Tensor[]) => tf.Tensor);
          const { value, grads } = differentiate(given);
          return [value, ...grads].map((tensor) => tensor.dataSync());
        }),
      );
    };
    try {
      const native = await run('tensorflow');
      (await run('cpu')).forEach((values, n) => expectClose(values, native[n]!, 1e-5));
    } finally {
      await startBackend('cpu');
    }
  });

  it('is the same on one and two threads, bit for bit', () => {
    const many = Int32Array.from({ length: 150 }, (_, row) => (row * 7) % 300);
    const inputs = [noise(1, [150, 64]), noise(2, [64, 300]), noise(3, [300])];
    const [one, two] = [1, 2].map((threads) => {
      setThreads(threads);
      const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
        linearSoftmaxCrossEntropy(x, w as tf.Tensor2D, b as tf.Tensor1D, many);
      const { value, grads } = tf.valueAndGrads(f as (...tensors: tf.Tensor[]) => tf.Tensor)(
        inputs,
      );
      return [value, ...grads].map((tensor) => tensor.dataSync());
    });
    expect(two).toEqual(one);
  });

  it('names a share of the targets that is none', () => {
    const logits = noise(1, [1, 3]) as tf.Tensor2D;
    for (const labelSmoothing of [-0.1, 1, NaN, '0.1' as unknown as number]) {
      expect(() =>
        softmaxCrossEntropy(logits, Int32Array.of(0), undefined, { labelSmoothing }),
      ).toThrow(/^labelSmoothing is .*: it must be in \[0, 1\)$/);
    }
  });

  it('names the target that is no class', () => {
    const logits = noise(1, [2, 3]) as tf.Tensor2D;
    expect(() => softmaxCrossEntropy(logits, Int32Array.from([0, 3]))).toThrow(
      'targets[1] is 3: it must be a class from 0 to 2, or −1 to leave the row out',
    );
    for (const wrong of [NaN, 0.5, undefined, '1', -2]) {
      const targets = [0, wrong] as unknown as Int32Array;
      const says = /targets\[1\] is .*: it must be a class from 0 to 2, or −1/;
      expect(() => softmaxCrossEntropy(logits, targets)).toThrow(says);
      const x = noise(1, [2, 4]);
      const weights = noise(2, [4, 3]) as tf.Tensor2D;
      expect(() => linearSoftmaxCrossEntropy(x, weights, undefined, targets)).toThrow(says);
    }
    expect(() => softmaxCrossEntropy(logits, Int32Array.from([0]))).toThrow(
      'there are 1 targets for 2 rows of logits',
    );
  });
});
