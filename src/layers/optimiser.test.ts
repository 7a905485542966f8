import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { startBackend } from '../engine/index.js';
import { getThreads, setThreads } from '../kernels/module.js';
import { gatherRows, scatterRows, scatterTable } from './embedding.js';
import { Optimiser, type OptimiserOptions } from './optimiser.js';
import { linear } from './linear.js';
import { lossAndGradients } from './tape.js';

describe('the optimiser', () => {
  beforeAll(async () => {
    await startBackend('cpu');
  });

  it('takes the steps of TensorFlow.js’ SGD and Adam', () => {
    const rules = [
      { ours: { kind: 'sgd', learningRate: 0.1 } as const, theirs: tf.train.sgd(0.1) },
      {
        ours: { kind: 'adam', learningRate: 0.1, epsilon: 1e-7 } as const,
        theirs: tf.train.adam(0.1, 0.9, 0.999, 1e-7),
      },
    ];
    for (const { ours, theirs } of rules) {
      const values = Float32Array.of(1, -2, 0.5, 3, 0.1);
      const variable = tf.variable(tf.tensor1d(values.slice()));
      const optimiser = new Optimiser({ w: values }, ours);
      for (let step = 0; step < 5; step++) {
        const gradient = values.map((w, at) => w * (at + 1) + step);
        theirs.applyGradients([{ name: variable.name, tensor: tf.tensor1d(gradient) }]);
        optimiser.step({ w: gradient });
        expectClose(values, variable.dataSync(), 1e-5);
      }
    }
  });

  it('clips by the norm of all gradients together', () => {
    const parameters = { a: Float32Array.of(0), table: new Float32Array(4) };
    const optimiser = new Optimiser(parameters, { kind: 'sgd', learningRate: 1, clipNorm: 1 });
    const table = { rows: Int32Array.of(1), values: Float32Array.of(0, 4) };
    expect(optimiser.step({ a: Float32Array.of(3), table })).toBe(5);
    expectClose(parameters.a, [-0.6], 1e-6);
    expectClose(parameters.table, [0, 0, 0, -0.8], 1e-6);
  });

  it('warms up: the rate of the first steps rises linearly', () => {
    const parameters = { w: Float32Array.of(0) };
    const optimiser = new Optimiser(parameters, { kind: 'sgd', learningRate: 1, warmUp: 4 });
    const rates = Array.from({ length: 6 }, () => {
      const before = parameters.w[0]!;
      optimiser.step({ w: Float32Array.of(1) });
      return before - parameters.w[0]!;
    });
    expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });

  it('continues from its saved state as if it had not stopped', () => {
    const gradient = (step: number) => Float32Array.of(Math.sin(step), Math.cos(step));
    const run = (stopAt: number) => {
      const parameters = { w: Float32Array.of(1, 2) };
      let optimiser = new Optimiser(parameters, { kind: 'adam', learningRate: 0.1 });
      for (let step = 0; step < 9; step++) {
        if (step === stopAt) {
          const saved = structuredClone(optimiser.state());
          optimiser = new Optimiser(parameters, { kind: 'adam', learningRate: 0.5 });
          optimiser.restore(saved);
        }
        optimiser.step({ w: gradient(step) });
      }
      return parameters.w;
    };
    expect(run(4)).toEqual(run(-1));
  });

  it('takes no state of another rule or of more parameters, and then keeps its own', () => {
    const adam = (...names: string[]) => {
      const parameters = Object.fromEntries(names.map((name) => [name, Float32Array.of(1)]));
      return new Optimiser(parameters, { kind: 'adam', learningRate: 0.1 });
    };
    const sgd = new Optimiser({ w: Float32Array.of(1) }, { kind: 'sgd', learningRate: 0.5 });
    const state = adam('w').state();
    expect(() => sgd.restore(state)).toThrow(
      new RangeError(`the optimiser's state has "w.mean": sgd has no moments`),
    );
    expect(sgd.learningRate).toBe(0.5);
    expect(() => adam('w').restore(adam('w', 'v').state())).toThrow(
      `has "v.mean": the moments here are w.mean, w.square`,
    );
    expect(() => adam('w').restore(sgd.state())).toThrow('w.mean has no entries');
  });

  it('goes on with the same moments when the number of threads changes', () => {
    const before = getThreads();
    const run = (threads: readonly number[]) => {
      // Large enough for memory to grow where the moments move to.
      const parameters = { table: new Float32Array(2_000_000), w: new Float32Array(300_000) };
      setThreads(threads[0]!);
      const optimiser = new Optimiser(parameters, { kind: 'adam', learningRate: 0.1 });
      threads.forEach((count, step) => {
        setThreads(count);
        const rows = Int32Array.of(0, 7, 1_999_999);
        const table = { rows, values: Float32Array.of(1, -2, 3).map((x) => x * (step + 1)) };
        optimiser.step({ table, w: parameters.w.map((_, n) => Math.sin(n + step)) });
      });
      return parameters;
    };
    const [changing, single] = [run([2, 1, 1, 3, 1]), run([1, 1, 1, 1, 1])];
    setThreads(before);
    for (const name of ['table', 'w'] as const) {
      expect(changing[name].findIndex((x, n) => x !== single[name][n])).toBe(-1);
    }
  });

  it('names the gradient that does not fit or is not finite, and then changes nothing', () => {
    const parameters = { w: Float32Array.of(1), v: Float32Array.of(1) };
    const optimiser = new Optimiser(parameters, { kind: 'sgd', learningRate: 1 });
    expect(() => optimiser.step({ u: Float32Array.of(1) })).toThrow(
      'a gradient for "u": the parameters are w, v',
    );
    expect(() => optimiser.step({ w: Float32Array.of(1, 2) })).toThrow('2 entries, not 1');
    expect(() => optimiser.step({ w: Float32Array.of(1), v: Float32Array.of(Number.NaN) })).toThrow(
      'gradient of v is not finite',
    );
    expect([...parameters.w, ...parameters.v]).toEqual([1, 1]);
  });

  it('takes a row once, and rows that the table is made of', () => {
    const table = new Float32Array(6);
    const optimiser = new Optimiser({ table }, { kind: 'adam', learningRate: 1 });
    const step = (rows: number[], values: number[]) => () =>
      optimiser.step({ table: { rows: Int32Array.from(rows), values: Float32Array.from(values) } });
    // Two steps of Adam would not be one by the sum.
    expect(step([1, 0, 1], [1, 2, 3, 4, 5, 6])).toThrow('table has row 1 twice: scatterRows adds');
    expect(step([0], [1, 2, 3, 4])).toThrow('rows of 4: its 6 entries are no multiple of that');
    expect([...table]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('an optimiser’s options', () => {
  const make = (options: object) => () =>
    new Optimiser({ w: Float32Array.of(1) }, options as OptimiserOptions);
  const adam = { kind: 'adam', learningRate: 0.1 };

  it.each([
    [{ kind: 'adam' }, 'learningRate is nothing: it must be a finite number of at least 0'],
    [{ ...adam, learningRate: -1 }, 'learningRate is -1: it must be'],
    [{ ...adam, learningRate: NaN }, 'learningRate is NaN: it must be'],
    [{ ...adam, learningRate: '0.1' }, 'learningRate is "0.1": it must be'],
    [{ ...adam, kind: 'adamw' }, `kind is "adamw": it must be 'sgd' or 'adam'`],
    [{ ...adam, clipNorm: -1 }, 'clipNorm is -1: it must be a finite number greater than 0'],
    [{ ...adam, clipNorm: 0 }, 'clipNorm is 0'],
    [{ ...adam, clipNorm: NaN }, 'clipNorm is NaN'],
    [{ ...adam, beta1: 1 }, 'beta1 is 1: it must be in [0, 1)'],
    [{ ...adam, beta2: -0.1 }, 'beta2 is -0.1: it must be in [0, 1)'],
    [{ ...adam, epsilon: 0 }, 'epsilon is 0: it must be a finite number greater than 0'],
    [{ ...adam, warmUp: 1.5 }, 'warmUp is 1.5: it must be an integer of at least 0'],
    [{ ...adam, warmUp: -1 }, 'warmUp is -1: it must be an integer of at least 0'],
  ])('%o is an error: %s', (options, says) => {
    expect(make(options)).toThrow(RangeError);
    expect(make(options)).toThrow(says);
  });

  it('of another name are an error', () => {
    expect(make({ ...adam, learnRate: 1 })).toThrow(
      "Optimiser has no option 'learnRate': did you mean 'learningRate'?",
    );
    expect(make({ ...adam, momentum: 0.9 })).toThrow(
      "Optimiser has no option 'momentum': it has kind, learningRate, clipNorm",
    );
    expect(make({ kind: 'sgd', learningRate: 1, beta1: 0.5 })).toThrow(
      "Optimiser of kind 'sgd' has no option 'beta1': it has kind, learningRate, clipNorm, warmUp",
    );
    expect(make(undefined as never)).toThrow('Optimiser takes an object of options');
  });

  it('that are null or left out have their defaults: no clipping, no warm-up', () => {
    const parameters = { w: Float32Array.of(1) };
    const options = { kind: 'sgd', learningRate: 1, clipNorm: null, warmUp: undefined };
    new Optimiser(parameters, options as never).step({ w: Float32Array.of(100) });
    expect(parameters.w[0]).toBe(-99);
  });

  it('stand for the learning rate that is set later too, and for that of a checkpoint', () => {
    const optimiser = make(adam)();
    expect(() => (optimiser.learningRate = NaN)).toThrow('learningRate is NaN');
    expect(optimiser.learningRate).toBe(0.1);
    const state = { ...optimiser.state(), learningRate: -1 };
    expect(() => optimiser.restore(state)).toThrow('learningRate is -1');
    optimiser.learningRate = 0;
    expect(optimiser.learningRate).toBe(0);
  });
});

describe('embedding rows', () => {
  const width = 3;

  it('gathering, then scattering, is what a one-hot matrix and its transpose do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 12 }),
        (rows, wanted) => {
          const indices = wanted.map((row) => Math.min(row, rows - 1));
          const table = Float32Array.from({ length: rows * width }, (_, at) => Math.sin(at));
          const gathered = gatherRows(table, width, indices);
          indices.forEach((row, at) => {
            const expected = row < 0 ? [0, 0, 0] : table.slice(row * width, (row + 1) * width);
            expect([...gathered.slice(at * width, (at + 1) * width)]).toEqual([...expected]);
          });
          const dense = new Float32Array(rows * width);
          indices.forEach((row, at) => {
            if (row < 0) return;
            for (let k = 0; k < width; k++) dense[row * width + k]! += gathered[at * width + k]!;
          });
          const { rows: touched, values } = scatterRows(gathered, width, indices);
          const whole = new Float32Array(rows * width);
          touched.forEach((row, at) =>
            whole.set(values.slice(at * width, (at + 1) * width), row * width),
          );
          expect(new Set(touched).size).toBe(touched.length);
          expect(whole).toEqual(dense);
        },
      ),
    );
  });

  it('an update by rows is the update by the dense gradient, with SGD', () => {
    const table = Float32Array.from({ length: 12 }, (_, at) => at);
    const dense = table.slice();
    const sparse = new Optimiser({ table }, { kind: 'sgd', learningRate: 0.5 });
    const whole = new Optimiser({ table: dense }, { kind: 'sgd', learningRate: 0.5 });
    const indices = [2, 0, 2];
    const gradient = Float32Array.from({ length: 9 }, (_, at) => Math.cos(at));
    sparse.step({ table: scatterRows(gradient, width, indices) });
    const full = new Float32Array(12);
    indices.forEach((row, at) => {
      for (let k = 0; k < width; k++) full[row * width + k]! += gradient[at * width + k]!;
    });
    whole.step({ table: full });
    expectClose(table, dense, 1e-6);
  });

  it('a row that the table does not have is an error with its place', () => {
    expect(() => gatherRows(new Float32Array(6), 3, [0, 2])).toThrow('indices[1] is 2');
    const gradient = new Float32Array(6);
    expect(() => scatterTable(gradient, 3, [0, 2], new Float32Array(6))).toThrow('indices[1] is 2');
    for (const wrong of [NaN, 0.5, undefined]) {
      const indices = [0, wrong as number];
      const says = `indices[1] is ${wrong}: it must be the number of a row`;
      expect(() => gatherRows(new Float32Array(6), 3, indices)).toThrow(says);
      expect(() => scatterRows(gradient, 3, indices)).toThrow(says);
    }
    expect(() => gatherRows(gradient, 3, undefined as never)).toThrow('indices is nothing');
  });

  it('a width that no row of the table has is an error, not NaN', () => {
    const table = new Float32Array(4);
    const says = 'the table has 4 entries: rows of 3 need a multiple of it';
    expect(() => gatherRows(table, 3, [1])).toThrow(says);
    expect(() => scatterTable(new Float32Array(3), 3, [1], table)).toThrow(says);
    for (const wrong of [0, NaN, 1.5, undefined]) {
      const width = wrong as number;
      expect(() => gatherRows(new Float32Array(3), width, [1])).toThrow('width is');
      expect(() => scatterRows(new Float32Array(3), width, [1, 0])).toThrow('width is');
    }
  });
});

describe('lossAndGradients', () => {
  it('gives the loss and a gradient for each input, and leaves no tensor behind', async () => {
    await startBackend('cpu');
    const before = tf.memory().numTensors;
    const { loss, gradients } = lossAndGradients(
      {
        a: { values: Float32Array.of(1, 2), shape: [2] },
        b: { values: Float32Array.of(3, 4), shape: [2] },
      },
      ({ a, b }) => a.mul(b).sum().asScalar(),
    );
    expect(loss).toBe(11);
    expect([...gradients.a]).toEqual([3, 4]);
    expect([...gradients.b]).toEqual([1, 2]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives each input a gradient of its own, so that those of several batches can be added up in it', () => {
    const inputs = {
      a: { values: Float32Array.of(1, 2), shape: [1, 2] },
      b: { values: Float32Array.of(3, 4), shape: [1, 2] },
    };
    for (const layer of [
      (x: tf.Tensor) => tf.square(x),
      (x: tf.Tensor) => linear(x, tf.tensor2d([8, 0, 0, 12], [2, 2])),
    ]) {
      const { gradients } = lossAndGradients(inputs, ({ a, b }) => tf.sum(layer(tf.add(a, b))));
      expect([...gradients.a]).toEqual([8, 12]);
      gradients.a.fill(0);
      expect([...gradients.b]).toEqual([8, 12]);
    }
  });
});
