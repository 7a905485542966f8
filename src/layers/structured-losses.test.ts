import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { ctc } from '../dp/programs/ctc.js';
import { dtwDivergence } from '../dp/programs/dtw-divergence.js';
import { attention } from './attention.js';
import { crfLoss, ctcLoss, softDtwLoss } from './structured-losses.js';

const random = seededRandom(17);
const draw = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from(
      randomArray(
        shape.reduce((a, b) => a * b, 1),
        random,
        2,
      ),
    ),
    shape,
  );

/** Every sequence of `length` of `states` states. */
function sequences(length: number, states: number): number[][] {
  if (length === 0) return [[]];
  return sequences(length - 1, states).flatMap((before) =>
    Array.from({ length: states }, (_, state) => [...before, state]),
  );
}

describe('crfLoss', () => {
  const unary = draw(2, 4, 3) as tf.Tensor3D;
  const transition = draw(3, 3) as tf.Tensor2D;
  const tags = [
    [0, 2, 1, 1],
    [2, 0],
  ];
  const lengths = [4, 2];

  it('is −log of the share of the tags among all taggings', () => {
    const u = unary.arraySync();
    const t = transition.arraySync();
    const score = (item: number, path: readonly number[]) =>
      path.reduce(
        (sum, tag, at) => sum + u[item]![at]![tag]! + (at > 0 ? t[tag]![path[at - 1]!]! : 0),
        0,
      );
    const expected = tags.map((own, item) => {
      const all = sequences(own.length, 3).map((path) => Math.exp(score(item, path)));
      return Math.log(all.reduce((a, b) => a + b, 0)) - score(item, own);
    });
    const each = crfLoss(unary, transition, tags, lengths, { reduction: 'none' });
    expectClose(each.dataSync(), expected, 1e-5);
    const mean = (expected[0]! + expected[1]!) / 2;
    expect(crfLoss(unary, transition, tags, lengths).dataSync()[0]).toBeCloseTo(mean, 5);
  });

  it('has the gradient that finite differences show, by the transition too', () => {
    const loss = (u: tf.Tensor, t: tf.Tensor) =>
      crfLoss(u as tf.Tensor3D, t, tags, lengths, { reduction: 'sum' }) as tf.Scalar;
    const [byUnary, byTransition] = tf.grads(loss)([unary, transition]);
    const slope = (move: (step: number) => tf.Scalar) =>
      (move(1e-2).dataSync()[0]! - move(-1e-2).dataSync()[0]!) / 2e-2;
    const nudge = (tensor: tf.Tensor, at: number, by: number) =>
      tensor.add(
        tf
          .oneHot(tf.tensor1d([at], 'int32'), tensor.size)
          .reshape(tensor.shape)
          .mul(by),
      );
    for (const at of [0, 5, 13]) {
      const numeric = slope((by) => loss(nudge(unary, at, by), transition));
      expect(byUnary!.dataSync()[at]).toBeCloseTo(numeric, 2);
    }
    for (const at of [1, 8]) {
      const numeric = slope((by) => loss(unary, nudge(transition, at, by)));
      expect(byTransition!.dataSync()[at]).toBeCloseTo(numeric, 2);
    }
  });

  it('says which tag is no state, and which shape is wrong', () => {
    expect(() =>
      crfLoss(
        unary,
        transition,
        [
          [0, 3, 0, 0],
          [1, 1],
        ],
        lengths,
      ),
    ).toThrow(/\[0\]\[1\].*3/);
    expect(() => crfLoss(unary, draw(3, 2), tags, lengths)).toThrow(/transition/);
    expect(() => crfLoss(unary, transition, [[0, 2, 1, 1], [2]], lengths)).toThrow(
      'tags[1] has 1 tags: the item has 2 positions',
    );
    expect(() => crfLoss(unary, transition, [[0, 2, 1, 1]] as never, lengths)).toThrow('1 lists');
    expect(() => crfLoss(unary, transition, undefined as never)).toThrow('tags is undefined');
    expect(() => crfLoss([[[0]]] as never, transition, tags)).toThrow(
      'unary is [[[0]]]: it must be a tensor',
    );
    expect(() => crfLoss(unary, transition, [[0, 2, 1, 1]], lengths)).toThrow(/1 lists of tags/);
    expect(() => crfLoss(unary.reshape([2, 12]) as never, transition, tags)).toThrow(
      /unary has shape/,
    );
  });
});

describe('a class that is no integer', () => {
  it.each([NaN, 0.7, undefined, 'a', '1', 2 ** 32, -1, null])(
    'is an error that names its place, and not class 0: %s',
    (wrong) => {
      const shown = wrong === undefined ? 'undefined' : JSON.stringify(wrong);
      const value = Number.isNaN(wrong) ? 'NaN' : shown;
      const tags = [[0, 1, 0], [1, wrong] as number[]];
      const unary = draw(2, 3, 2) as tf.Tensor3D;
      const loss = () => crfLoss(unary, draw(2, 2), tags, [3, 2]);
      expect(loss).toThrow(RangeError);
      expect(loss).toThrow(`tags[1][1] is ${value}: states are numbered 0 to 1`);
      const logits = draw(1, 4, 3) as tf.Tensor3D;
      expect(() => ctcLoss(logits, [[2, wrong as number]])).toThrow(/labels\[0\]\[1\] is .*0 to 2/);
    },
  );

  it('past an item’s length is ignored', () => {
    const [unary, transition] = [draw(1, 3, 2) as tf.Tensor3D, draw(2, 2)];
    const loss = (tags: number[]) => crfLoss(unary, transition, [tags], [2]).dataSync()[0];
    expect(loss([0, 1, NaN])).toBe(loss([0, 1]));
  });
});

describe('an option that a loss does not have', () => {
  const x = draw(1, 3, 2) as tf.Tensor3D;
  it.each([
    {
      of: () => crfLoss(x, draw(2, 2), [[0, 1, 1]], undefined, { lengths: [2] } as never),
      says: "crfLoss has no option 'lengths': it has omega, gamma, reduction, start, end",
    },
    {
      of: () => crfLoss(x, draw(2, 2), [[0, 1, 1]], undefined, { gama: 2 } as never),
      says: "crfLoss has no option 'gama': did you mean 'gamma'?",
    },
    {
      of: () => ctcLoss(x, [[1]], undefined, { time: 3 } as never),
      says: "ctcLoss has no option 'time': it has omega, gamma, reduction, blank",
    },
    {
      of: () => softDtwLoss(x, x, {}, { band: 2 } as never),
      says: "softDtwLoss has no option 'band'",
    },
    {
      of: () => softDtwLoss(x, x, { rows: [1] } as never),
      says: "softDtwLoss's lengths has no option 'rows': it has x, y",
    },
    {
      of: () => softDtwLoss(x, x, [1] as never),
      says: "softDtwLoss's lengths takes an object of options: it got [1]",
    },
  ])('is an error: $says', ({ of, says }) => {
    expect(of).toThrow(TypeError);
    expect(of).toThrow(says);
  });
});

describe('ctcLoss', () => {
  it('is minus the log-likelihood of the labels under normalised scores', () => {
    const logits = draw(2, 6, 4) as tf.Tensor3D;
    const labels = [[1, 1, 3], []];
    const program = ctc({
      batch: 2,
      time: 6,
      classes: 4,
      labels,
      lengths: [6, 3],
      omega: 'negentropy',
    });
    const normalised = Float64Array.from(tf.logSoftmax(logits).dataSync());
    const expected = program.value(normalised).map((value) => -value);
    const losses = ctcLoss(logits, labels, [6, 3], { reduction: 'none' });
    expectClose(losses.dataSync(), expected, 1e-4);
    // The second item has blanks alone: the sum of their scores.
    const blanks = [0, 1, 2].reduce((sum, t) => sum - normalised[(6 + t) * 4]!, 0);
    expect(losses.dataSync()[1]).toBeCloseTo(blanks, 4);
  });

  it('has gradient 0 at frames past an item’s length, whatever stands there', () => {
    const slope = (padding: number) => {
      const logits = tf.tensor3d([0, 1, 0, 2, padding, padding], [1, 3, 2]);
      return tf
        .grad((x) => ctcLoss(x as tf.Tensor3D, [[1]], [2]))(logits)
        .dataSync();
    };
    // Of the labellings 1 1, 0 1 and 1 0, with p = σ(1) and q = σ(2): the loss is −log(1 − (1−p)(1−q)).
    const [p, q] = [1 / (1 + Math.exp(-1)), 1 / (1 + Math.exp(-2))];
    const none = (1 - p) * (1 - q);
    const [byFirst, bySecond] = [p, q].map((share) => (none * share) / (1 - none));
    for (const padding of [0, NaN, Infinity, -Infinity]) {
      const found = slope(padding);
      expectClose(found.slice(0, 4), [byFirst!, -byFirst!, bySecond!, -bySecond!], 1e-5);
      expect(Array.from(found.slice(4))).toEqual([0, 0]);
    }
  });

  it('falls to nothing in training: a frame a label', () => {
    const logits = tf.variable(tf.zeros([1, 5, 3]));
    const optimizer = tf.train.adam(0.3);
    const loss = () => ctcLoss(logits as tf.Tensor3D, [[1, 2]]) as tf.Scalar;
    const before = loss().dataSync()[0]!;
    for (let step = 0; step < 60; step++) optimizer.minimize(loss);
    expect(loss().dataSync()[0]).toBeLessThan(before / 20);
    logits.dispose();
    optimizer.dispose();
  });
});

describe('softDtwLoss', () => {
  it('is the divergence of the core, or soft-DTW itself', () => {
    const x = draw(2, 5, 2) as tf.Tensor3D;
    const y = draw(2, 4, 2) as tf.Tensor3D;
    const sizes = { batch: 2, rows: 5, cols: 4, rowLengths: [5, 3] };
    const theta = {
      rowFeatures: Float64Array.from(x.dataSync()),
      colFeatures: Float64Array.from(y.dataSync()),
    };
    const program = dtwDivergence({ ...sizes, omega: 'negentropy', gamma: 0.5 });
    const options = { gamma: 0.5, reduction: 'none' } as const;
    const lengths = { x: [5, 3] };
    expectClose(softDtwLoss(x, y, lengths, options).dataSync(), program.value(theta), 1e-3);
    const self = softDtwLoss(x, x, {}, options).dataSync();
    expectClose(self, [0, 0], 1e-3);
    const plain = softDtwLoss(x, x, {}, { ...options, divergence: false }).dataSync();
    expect(Math.max(...plain)).toBeLessThan(0);
  });

  it('refuses series of other depth, and an unknown reduction', () => {
    expect(() => softDtwLoss(draw(1, 3, 2) as tf.Tensor3D, draw(1, 3, 1) as tf.Tensor3D)).toThrow(
      /y has shape \[1, 3, 1\]/,
    );
    const x = draw(1, 3, 2) as tf.Tensor3D;
    expect(() => softDtwLoss(x, x, {}, { reduction: 'max' as 'sum' })).toThrow(
      /reduction is "max"/,
    );
  });
});

describe('whole numbers', () => {
  it('are floats, cast or not: for attention by a chain, and for the gradient of ctcLoss', () => {
    const whole = (...shape: number[]) => tf.randomUniform(shape, 0, 4, 'int32', 3);
    const floats = (tensor: tf.Tensor) =>
      tf.tensor(Float32Array.from(tensor.dataSync()), tensor.shape);
    const tensors = [whole(1, 2, 3), whole(1, 4, 3), whole(2, 2), whole(1, 4, 3)];
    const results = (given: tf.Tensor[]) => {
      const [queries, states, transition, logits] = given as [
        tf.Tensor3D,
        tf.Tensor3D,
        tf.Tensor2D,
        tf.Tensor3D,
      ];
      const options = { kind: 'crf-negentropy', transition } as const;
      const slope = tf.grad((x: tf.Tensor) => ctcLoss(x as tf.Tensor3D, [[1, 2]]))(logits);
      return [attention(queries, states, options).context, slope].flatMap((one) => [
        ...one.dataSync(),
      ]);
    };
    const wanted = results(tensors.map(floats));
    expectClose(results(tensors), wanted, 1e-6);
    expectClose(results(tensors.map((tensor) => tensor.toFloat())), wanted, 1e-6);
  });
});

describe('memory', () => {
  it('no loss leaves a tensor behind but its result, in training neither', () => {
    const unary = tf.variable(draw(1, 4, 2)) as unknown as tf.Tensor3D;
    const transition = draw(2, 2);
    const x = draw(1, 4, 2) as tf.Tensor3D;
    const optimizer = tf.train.sgd(0.01);
    const step = () => {
      optimizer.minimize(() => crfLoss(unary, transition, [[0, 1, 1, 0]]) as tf.Scalar);
      crfLoss(unary, transition, [[0, 1, 1, 0]]).dispose();
      ctcLoss(unary, [[1]]).dispose();
      softDtwLoss(x, unary).dispose();
    };
    step();
    const before = tf.memory().numTensors;
    for (let round = 0; round < 20; round++) step();
    expect(tf.memory().numTensors).toBe(before);
    // Outside tf.tidy, without the transition that softmax does not need.
    attention(x, unary, { kind: 'softmax' }).context.dispose();
    tf.grad((q) => attention(q as tf.Tensor3D, unary, { kind: 'softmax' }).context)(x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
