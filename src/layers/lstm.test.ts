import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { startBackend } from '../engine/index.js';
import { setThreads } from '../kernels/module.js';
import {
  bidirectionalLstm,
  initialLstmWeights,
  lstm,
  lstmStep,
  type LstmState,
  type LstmWeights,
} from './lstm.js';

interface Sizes {
  batch: number;
  time: number;
  inputs: number;
  units: number;
}

function noise(seed: number, ...shape: number[]): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(Float32Array.from(randomArray(size, seededRandom(seed))), shape);
}

function someWeights(seed: number, { inputs, units }: Sizes): LstmWeights {
  return {
    kernel: noise(seed, inputs, 4 * units) as tf.Tensor2D,
    recurrentKernel: noise(seed + 1, units, 4 * units).mul(0.5) as tf.Tensor2D,
    bias: noise(seed + 2, 4 * units) as tf.Tensor1D,
  };
}

function someState(seed: number, { batch, units }: Sizes): LstmState {
  return {
    hidden: noise(seed, batch, units) as tf.Tensor2D,
    cell: noise(seed + 1, batch, units) as tf.Tensor2D,
  };
}

/** The equations, one item and one step after another, by TensorFlow.js' own operations. */
function unrolled(
  x: tf.Tensor3D,
  { kernel, recurrentKernel, bias }: LstmWeights,
  state: LstmState,
  lengths: readonly number[],
  { reverse = false, returns = 'sequence' }: { reverse?: boolean; returns?: string } = {},
): tf.Tensor {
  const [, time] = x.shape;
  const units = recurrentKernel.shape[0];
  const items = lengths.map((length, item) => {
    let hidden: tf.Tensor2D = state.hidden.slice([item, 0], [1, units]);
    let cell: tf.Tensor2D = state.cell.slice([item, 0], [1, units]);
    const outputs: tf.Tensor2D[] = Array.from({ length: time }, () => tf.zeros([1, units]));
    for (let step = 0; step < length; step++) {
      const at = reverse ? length - 1 - step : step;
      const input = x.slice([item, at, 0], [1, 1, -1]).reshape([1, -1]) as tf.Tensor2D;
      const z = input.matMul(kernel).add(hidden.matMul(recurrentKernel)).add(bias);
      const [i, f, g, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      cell = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
      hidden = o.sigmoid().mul(cell.tanh());
      outputs[at] = hidden;
    }
    return returns === 'last' ? hidden : tf.concat(outputs, 0).expandDims(0);
  });
  return tf.concat(items, 0);
}

/** The value and the gradients of Σ y·weight in all of `inputs`. */
function differentiate(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): { value: tf.Tensor; gradients: tf.Tensor[] } {
  const weighted = (...tensors: tf.Tensor[]) => {
    const y = f(...tensors);
    return y.mul(noise(77, ...y.shape)).sum();
  };
  return { value: f(...inputs), gradients: tf.grads(weighted)(inputs) };
}

function expectSame(ours: ReturnType<typeof differentiate>, theirs: typeof ours): void {
  expect(ours.value.shape).toEqual(theirs.value.shape);
  expectClose(ours.value.dataSync(), theirs.value.dataSync(), 1e-5);
  theirs.gradients.forEach((gradient, n) => {
    expect(ours.gradients[n]!.shape).toEqual(gradient.shape);
    expectClose(ours.gradients[n]!.dataSync(), gradient.dataSync(), 1e-5);
  });
}

const asWeights = (tensors: tf.Tensor[]) => {
  const [kernel, recurrentKernel, bias] = tensors;
  return { kernel, recurrentKernel, bias } as LstmWeights;
};
const listed = (weights: LstmWeights) => [
  ...[weights.kernel, weights.recurrentKernel, weights.bias],
];

describe('the LSTM', () => {
  beforeAll(async () => {
    expect((await startBackend('cpu')).available).toBe(true);
  });
  afterEach(() => setThreads(1));

  const small: Sizes = { batch: 5, time: 6, inputs: 3, units: 5 };
  const even: Sizes = { batch: 6, time: 4, inputs: 7, units: 8 };
  const unequal = { 5: [4, 0, 6, 6, 1], 6: [1, 2, 3, 4, 0, 4] };

  for (const sizes of [small, even]) {
    const { batch, time, inputs, units } = sizes;
    const ragged = unequal[batch as 5 | 6];
    const x = () => noise(1, batch, time, inputs) as tf.Tensor3D;

    for (const reverse of [false, true]) {
      for (const returns of ['sequence', 'last'] as const) {
        const name = `${units} units, ${reverse ? 'backward' : 'forward'}, ${returns}`;
        it(`has the values and gradients of TensorFlow.js' operations: ${name}`, () => {
          const state = someState(10, sizes);
          const all = [x(), ...listed(someWeights(20, sizes)), state.hidden, state.cell];
          const split = (tensors: tf.Tensor[]) =>
            [
              tensors[0] as tf.Tensor3D,
              asWeights(tensors.slice(1, 4)),
              { hidden: tensors[4], cell: tensors[5] } as LstmState,
            ] as const;
          const ours = differentiate((...tensors) => {
            const [input, weights, initial] = split(tensors);
            return lstm(input, weights, { lengths: ragged, reverse, returns, initial });
          }, all);
          const theirs = differentiate((...tensors) => {
            return unrolled(...split(tensors), ragged, { reverse, returns });
          }, all);
          expectSame(ours, theirs);
        });
      }
    }

    it.each(['sequence', 'last'] as const)(
      `of two directions is both side by side: ${units} units, %s`,
      (returns) => {
        const all = [x(), ...listed(someWeights(30, sizes)), ...listed(someWeights(40, sizes))];
        const state: LstmState = {
          hidden: tf.zeros([batch, units]),
          cell: tf.zeros([batch, units]),
        };
        const ours = differentiate((...tensors) => {
          const [input, forward, backward] = [tensors[0], tensors.slice(1, 4), tensors.slice(4)];
          return bidirectionalLstm(
            input as tf.Tensor3D,
            asWeights(forward as tf.Tensor[]),
            asWeights(backward as tf.Tensor[]),
            { lengths: ragged, returns },
          );
        }, all);
        const theirs = differentiate((...tensors) => {
          const parts = [tensors.slice(1, 4), tensors.slice(4)].map((part, at) => {
            const options = { reverse: at === 1, returns };
            return unrolled(tensors[0] as tf.Tensor3D, asWeights(part), state, ragged, options);
          });
          return tf.concat(parts, returns === 'sequence' ? 2 : 1);
        }, all);
        expectSame(ours, theirs);
      },
    );
  }

  it('is the layer of tf.layers with the logistic function for its gates', () => {
    const { batch, time, inputs, units } = even;
    const x = noise(1, batch, time, inputs) as tf.Tensor3D;
    const weights = someWeights(2, even);
    const layer = tf.layers.lstm({
      ...{ units, recurrentActivation: 'sigmoid', returnSequences: true },
      inputShape: [time, inputs],
    });
    const theirs = layer.apply(x) as tf.Tensor;
    layer.setWeights(listed(weights));
    expectClose(lstm(x, weights).dataSync(), (layer.apply(x) as tf.Tensor).dataSync(), 1e-5);
    theirs.dispose();
  });

  it('has gradients that are finite differences, at a size with several blocks', () => {
    const sizes: Sizes = { batch: 9, time: 12, inputs: 20, units: 30 };
    const x = noise(1, 9, 12, 20) as tf.Tensor3D;
    const all = [x, ...listed(someWeights(2, sizes)).map((weights) => weights.mul(0.4))];
    const loss = (...tensors: tf.Tensor[]) => {
      const y = lstm(tensors[0] as tf.Tensor3D, asWeights(tensors.slice(1)), { reverse: true });
      return y.mul(noise(77, ...y.shape)).sum();
    };
    const gradients = tf.grads(loss)(all);
    all.forEach((tensor, n) => {
      const direction = noise(100 + n, ...tensor.shape);
      const step = 1e-2 / Math.sqrt(tensor.size);
      const [up, down] = [step, -step].map((size) => {
        const moved = all.map((other, m) => (m === n ? other.add(direction.mul(size)) : other));
        return loss(...moved).dataSync()[0]!;
      }) as [number, number];
      const expected = gradients[n]!.mul(direction).sum().dataSync()[0]!;
      const measured = (up - down) / (2 * step);
      expect(Math.abs(measured / expected - 1)).toBeLessThan(2e-2);
    });
  });

  it('is the same on one, two and three threads, bit for bit', () => {
    const sizes: Sizes = { batch: 21, time: 9, inputs: 30, units: 42 };
    const lengths = Array.from({ length: 21 }, (_, item) => (item * 5) % 10);
    const all = [
      ...[noise(1, 21, 9, 30), ...listed(someWeights(2, sizes)), ...listed(someWeights(5, sizes))],
    ];
    const results = [1, 2, 3].map((threads) => {
      setThreads(threads);
      const { value, gradients } = differentiate((...tensors) => {
        const [input, ...rest] = tensors;
        return bidirectionalLstm(
          input as tf.Tensor3D,
          asWeights(rest.slice(0, 3)),
          asWeights(rest.slice(3)),
          { lengths },
        );
      }, all);
      return [value, ...gradients].map((tensor) => tensor.dataSync());
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('has the same values and gradients on the wasm backend, whose memory moves in between', async () => {
    const step = () => {
      const x = noise(1, 5, 6, 3);
      const loss = (...tensors: tf.Tensor[]) => {
        const y = lstm(tensors[0] as tf.Tensor3D, asWeights(tensors.slice(1)));
        const large = tf.zeros([3_000_000]).sum();
        return y
          .mul(noise(77, ...y.shape))
          .sum()
          .add(large);
      };
      const all = [x, ...listed(someWeights(2, small))];
      const { value, grads } = tf.valueAndGrads(loss)(all);
      return [value, ...grads].map((tensor) => tensor.dataSync());
    };
    const expected = step();
    expect((await startBackend('wasm')).available).toBe(true);
    try {
      step().forEach((values, n) => expectClose(values, expected[n]!, 1e-6));
    } finally {
      await startBackend('cpu');
    }
  });

  it('is exactly 0 past each length, and ignores what x holds there', () => {
    const { batch, time, inputs, units } = small;
    const lengths = unequal[5];
    const x = noise(1, batch, time, inputs).arraySync() as number[][][];
    const weights = someWeights(2, small);
    const y = lstm(tf.tensor3d(x), weights, { lengths }).arraySync() as number[][][];
    lengths.forEach((length, item) => {
      for (let at = length; at < time; at++) {
        expect(y[item]![at]).toEqual(Array.from({ length: units }, () => 0));
        x[item]![at]!.fill(Number.NaN);
      }
    });
    expect(lstm(tf.tensor3d(x), weights, { lengths }).arraySync()).toEqual(y);
  });

  it('goes step by step to the same states', () => {
    const { batch, time, inputs, units } = small;
    const x = noise(1, batch, time, inputs) as tf.Tensor3D;
    const weights = someWeights(2, small);
    const initial = someState(5, small);
    let state = initial;
    const steps = Array.from({ length: time }, (_, at) => {
      const input = x.slice([0, at, 0], [batch, 1, inputs]).reshape([batch, inputs]);
      state = lstmStep(input as tf.Tensor2D, state, weights);
      return state.hidden.reshape([batch, 1, units]);
    });
    const all = lstm(x, weights, { initial });
    expectClose(tf.concat(steps, 1).dataSync(), all.dataSync(), 1e-6);
  });

  it('has in a step the gradients of the equations, by hidden state and cell', () => {
    const sizes: Sizes = { batch: 3, time: 1, inputs: 2, units: 5 };
    const state = someState(5, sizes);
    const inputs = [noise(1, 3, 2), ...listed(someWeights(2, sizes)), state.hidden, state.cell];
    const twice = (step: typeof lstmStep) =>
      differentiate((...tensors) => {
        const weights = asWeights(tensors.slice(1, 4));
        const before = { hidden: tensors[4], cell: tensors[5] } as LstmState;
        const middle = step(tensors[0] as tf.Tensor2D, before, weights);
        const { hidden, cell } = step(middle.hidden.slice([0, 1], [3, 2]), middle, weights);
        return tf.stack([hidden, cell]);
      }, inputs);
    const plain: typeof lstmStep = (x, { hidden, cell }, { kernel, recurrentKernel, bias }) => {
      const z = x.matMul(kernel).add(hidden.matMul(recurrentKernel)).add(bias);
      const [i, f, g, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const next = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
      return { hidden: o.sigmoid().mul(next.tanh()), cell: next } as LstmState;
    };
    expectSame(twice(lstmStep), twice(plain));
  });

  it('drops about the rate of its inputs, the same in the gradient', () => {
    const sizes: Sizes = { batch: 20, time: 10, inputs: 50, units: 4 };
    const x = tf.ones([20, 10, 50]) as tf.Tensor3D;
    const weights = someWeights(2, sizes);
    const gradient = (seed: number) => {
      const options = { dropout: { rate: 0.3, seed } };
      const loss = (input: tf.Tensor) => lstm(input as tf.Tensor3D, weights, options).sum();
      return tf.grad(loss)(x).dataSync() as Float32Array;
    };
    const one = gradient(1);
    const share = one.filter((value) => value === 0).length / one.length;
    expect(share).toBeGreaterThan(0.27);
    expect(share).toBeLessThan(0.33);
    expect(gradient(1)).toEqual(one);
    const both = gradient(2).filter((value, i) => value === 0 && one[i] === 0).length / one.length;
    expect(both).toBeGreaterThan(0.07);
    expect(both).toBeLessThan(0.11);
    // An input dropped in the forward pass is one whose value does not matter.
    const mask = tf.tensor3d(
      one.map((value) => (value === 0 ? 5 : 1)),
      [20, 10, 50],
    );
    const options = { dropout: { rate: 0.3, seed: 1 } };
    expectClose(
      lstm(mask, weights, options).dataSync(),
      lstm(x, weights, options).dataSync(),
      1e-7,
    );
  });

  it('starts from weights in their ranges and an open forget gate', () => {
    const { kernel, recurrentKernel, bias } = initialLstmWeights(10, 6, seededRandom(3));
    const largest = (values: Float32Array) => Math.max(...values.map(Math.abs));
    expect(kernel.length).toBe(10 * 24);
    expect(recurrentKernel.length).toBe(6 * 24);
    expect(largest(kernel)).toBeLessThanOrEqual(Math.sqrt(6 / 16));
    expect(largest(kernel)).toBeGreaterThan(0.9 * Math.sqrt(6 / 16));
    expect([...bias]).toEqual([
      ...Array.from({ length: 6 }, () => 0),
      ...Array.from({ length: 6 }, () => 1),
      ...Array.from({ length: 12 }, () => 0),
    ]);
  });

  it('keeps no tensor of its own', () => {
    const x = noise(1, 5, 6, 3) as tf.Tensor3D;
    const weights = someWeights(2, small);
    const f = (input: tf.Tensor) => lstm(input as tf.Tensor3D, weights).sum();
    const loss = () => tf.dispose(tf.grad(f)(x));
    loss();
    const before = tf.memory().numTensors;
    loss();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names the tensor, or the length, that does not fit', () => {
    const x = noise(1, 5, 6, 3) as tf.Tensor3D;
    const weights = someWeights(2, small);
    const wrong = { ...weights, bias: noise(1, 8) as tf.Tensor1D };
    expect(() => lstm(x, wrong)).toThrow('bias has shape [8]: it must be [20]');
    expect(() => lstm(x, weights, { lengths: [1, 2] })).toThrow(
      'lengths has 2 entries: the batch has 5 items',
    );
    expect(() => lstm(x, weights, { lengths: [1, 2, 7, 1, 1] })).toThrow(
      'lengths[2] is 7: it must be an integer from 0 to 6',
    );
    expect(() => lstm(x, weights, { dropout: { rate: 1, seed: 1 } })).toThrow(
      'dropout.rate is 1: it must be in [0, 1)',
    );
    expect(() => lstm(x, weights, { dropout: { rate: 0.5, seed: NaN } })).toThrow(
      'dropout.seed is NaN: it must be an integer',
    );
    expect(() => lstm(x, weights, { returns: 'lst' as 'last' })).toThrow(
      `returns is "lst": it must be 'sequence' or 'last'`,
    );
    expect(() => lstm(x, weights, { length: [1, 1, 1, 1, 1] } as never)).toThrow(
      "lstm has no option 'length': did you mean 'lengths'?",
    );
    expect(() => bidirectionalLstm(x, weights, weights, { reverse: true } as never)).toThrow(
      "bidirectionalLstm has no option 'reverse': it has lengths, returns, dropout",
    );
    expect(() => lstm(noise(1, 5, 3) as never, weights)).toThrow(
      'x has shape [5, 3]: it must be [batch, time, inputs]',
    );
  });
});
