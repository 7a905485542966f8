import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { randomArray, seededRandom } from '../../test/path-enumeration.js';
import { startBackend } from '../engine/index.js';
import { setThreads } from '../kernels/module.js';
import {
  attention,
  attentionKinds,
  attentionPotentials,
  attentionWeights,
  StructuredAttention,
  type AttentionKind,
  type AttentionPotentials,
} from './index.js';

const random = seededRandom(8);
const floats = (length: number, scale = 1) => Float32Array.from(randomArray(length, random, scale));

const [batch, queryCount, time, depth] = [3, 4, 5, 6];
const stateLengths = [5, 1, 3];
const queryLengths = [4, 2, 3];

interface Inputs {
  queries: Float32Array;
  states: Float32Array;
  transition: Float32Array;
}

function run(
  kind: AttentionKind,
  potentials: AttentionPotentials,
  { queries, states, transition }: Inputs,
  z: Float32Array,
) {
  const f = (q: tf.Tensor, s: tf.Tensor, moves: tf.Tensor) =>
    attention(q as tf.Tensor3D, s as tf.Tensor3D, {
      ...{ kind, potentials, stateLengths, queryLengths, gamma: kind === 'softmax' ? 1 : 0.8 },
      transition: moves as tf.Tensor2D,
    })
      .context.mul(tf.tensor(z, [batch, queryCount, depth]))
      .sum()
      .asScalar();
  const { value, grads } = tf.valueAndGrads(f)([
    tf.tensor(queries, [batch, queryCount, depth]),
    tf.tensor(states, [batch, time, depth]),
    tf.tensor(transition, [2, 2]),
  ]);
  return {
    value: value.dataSync()[0]!,
    gradients: grads.map((gradient) => gradient.dataSync<'float32'>()),
  };
}

/** E[z_t = 1] under exp(Σ_t z_t·s_t + Σ transition): every assignment of the two states. */
function enumeratedWeights(scores: ArrayLike<number>, transition: ArrayLike<number>): number[] {
  const length = scores.length;
  const expected = new Array<number>(length).fill(0);
  let total = 0;
  for (let bits = 0; bits < 2 ** length; bits++) {
    let score = 0;
    for (let t = 0; t < length; t++) {
      const state = (bits >> t) & 1;
      score += state * scores[t]!;
      if (t > 0) score += transition[state * 2 + ((bits >> (t - 1)) & 1)]!;
    }
    const mass = Math.exp(score);
    total += mass;
    for (let t = 0; t < length; t++) if ((bits >> t) & 1) expected[t]! += mass;
  }
  return expected.map((mass) => mass / total);
}

beforeAll(async () => {
  await startBackend('cpu');
});
afterAll(() => setThreads(1));

const variants = attentionKinds.flatMap((kind) =>
  (kind === 'softmax' ? [attentionPotentials[0]] : attentionPotentials).map(
    (potentials) => [kind, potentials] as const,
  ),
);

describe.each(variants)('attention by %s from %s', (kind, potentials) => {
  const inputs = {
    queries: floats(batch * queryCount * depth),
    states: floats(batch * time * depth),
    transition: floats(4, 0.5),
  };
  const z = floats(batch * queryCount * depth);

  it('has the gradients that finite differences give', () => {
    const { gradients } = run(kind, potentials, inputs, z);
    const step = 1e-2;
    (['queries', 'states', 'transition'] as const).forEach((name, input) => {
      const differences = inputs[name].map((value, at) => {
        const moved = (by: number) => {
          const copy = inputs[name].slice();
          copy[at] = value + by;
          return run(kind, potentials, { ...inputs, [name]: copy }, z).value;
        };
        return (moved(step) - moved(-step)) / (2 * step);
      });
      expectClose(gradients[input]!, differences, kind === 'crf-l2' ? 4e-3 : 1e-3);
    });
  });

  it('gives padding exactly zero weight and zero gradient', () => {
    const { weights, context } = attention(
      tf.tensor3d(inputs.queries, [batch, queryCount, depth]),
      tf.tensor3d(inputs.states, [batch, time, depth]),
      {
        kind,
        potentials,
        stateLengths,
        queryLengths,
        transition: tf.tensor2d(inputs.transition, [2, 2]),
      },
    );
    const [, statesGradient] = run(kind, potentials, inputs, z).gradients;
    const [queriesGradient] = run(kind, potentials, inputs, z).gradients;
    const contexts = context.dataSync();
    for (let item = 0; item < batch; item++) {
      for (let q = 0; q < queryCount; q++) {
        const row = item * queryCount + q;
        const padded = q >= queryLengths[item]!;
        for (let t = 0; t < time; t++) {
          if (padded || t >= stateLengths[item]!) expect(weights[row * time + t]).toBe(0);
        }
        if (!padded) continue;
        for (let d = 0; d < depth; d++) {
          expect(contexts[row * depth + d]).toBe(0);
          expect(queriesGradient![row * depth + d]).toBe(0);
        }
      }
      for (let t = stateLengths[item]!; t < time; t++) {
        const first = (item * time + t) * depth;
        expect([...statesGradient!.subarray(first, first + depth)].every((g) => g === 0)).toBe(
          true,
        );
      }
    }
  });

  it('does not see what stands in the padding', () => {
    const filled = inputs.states.slice();
    filled.fill(7, (batch - 1) * time * depth + stateLengths[2]! * depth);
    expect(run(kind, potentials, { ...inputs, states: filled }, z).value).toBe(
      run(kind, potentials, inputs, z).value,
    );
  });
});

it.each(variants)(
  'a batch without a query has contexts of 0, by %s from %s',
  (kind, potentials) => {
    const f = (states: tf.Tensor) =>
      attention(tf.ones([2, 1, 2]), states as tf.Tensor3D, {
        ...{ kind, potentials, queryLengths: [0, 0], transition: tf.zeros([2, 2]) },
      }).context;
    const states = tf.ones([2, 3, 2]);
    expect([...f(states).dataSync()]).toEqual([0, 0, 0, 0]);
    const gradient = tf.grad((x) => tf.sum(f(x)))(states);
    expect([...gradient.dataSync()]).toEqual(new Array(12).fill(0));
    const rows = { scores: new Float32Array(0), positions: 3, lengths: new Int32Array(0) };
    expect(attentionWeights(kind, rows, new Float32Array(4), 1, potentials).weights).toHaveLength(
      0,
    );
  },
);

describe('attention weights', () => {
  it.each(attentionKinds)('have rows of as many positions as they say: %s', (kind) => {
    const weigh = (size: number, positions: number, ...lengths: number[]) => {
      const rows = { scores: new Float32Array(size), positions, lengths: Int32Array.from(lengths) };
      return () => attentionWeights(kind, rows, new Float32Array(4), 1);
    };
    expect(weigh(3, 3, 5)).toThrow('lengths[0] is 5: it must be an integer from 1 to 3');
    expect(weigh(3, 3, 0)).toThrow('lengths[0] is 0: it must be an integer from 1 to 3');
    expect(weigh(4, 3, 3)).toThrow('scores has 4 entries: it must have 3 a row');
    expect(weigh(6, 3, 3)).toThrow('lengths has 1 entries: the batch has 2 items');
  });

  it.each(attentionKinds)(
    'go back as they were made, whatever becomes of the arrays: %s',
    (kind) => {
      const pullBack = (spoil: number) => {
        const rows = { scores: floats(3), positions: 3, lengths: Int32Array.of(3) };
        rows.scores.set([0.1, -0.2, 0.3]);
        const moves = Float32Array.of(0.4, 0, -0.1, 0.2);
        const { pullBack } = attentionWeights(kind, rows, moves, kind === 'softmax' ? 1 : 3);
        // An engine uses the memory of a tensor again that is disposed of before the way back.
        if (spoil > 0) [rows.scores, moves].forEach((array) => array.fill(spoil));
        return pullBack(Float32Array.of(1, 2, -1));
      };
      expect(pullBack(5)).toEqual(pullBack(0));
    },
  );

  it('of the negentropy chain are the marginals over all assignments', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 7 }),
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (scores, transition) => {
          const rows = {
            scores: Float32Array.from(scores),
            positions: scores.length,
            lengths: Int32Array.of(scores.length),
          };
          const moves = Float32Array.from(transition);
          const { weights } = attentionWeights('crf-negentropy', rows, moves, 1);
          expectClose(weights, enumeratedWeights(rows.scores, moves), 1e-5);
        },
      ),
    );
  });

  it('of the chain without transition are independent: logistic, and a clipped line under l2', () => {
    const scores = Float32Array.of(-3, -0.6, 0.2, 5);
    const rows = { scores, positions: 4, lengths: Int32Array.of(4) };
    const none = new Float32Array(4);
    const soft = attentionWeights('crf-negentropy', rows, none, 1).weights;
    expectClose(
      soft,
      scores.map((s) => 1 / (1 + Math.exp(-s))),
      1e-5,
    );
    // The simplex projection of (s, 0): ½ + s/2 within [0, 1].
    const sparse = attentionWeights('crf-l2', rows, none, 1).weights;
    expectClose(sparse, [0, 0.2, 0.6, 1], 1e-5);
    expect(sparse[0]).toBe(0);
  });

  it('of softmax add up to 1, also for scores that overflow an exponential', () => {
    const rows = {
      scores: Float32Array.of(1000, 999, -1000, 7),
      positions: 4,
      lengths: Int32Array.of(3),
    };
    const { weights } = attentionWeights('softmax', rows, new Float32Array(4), 1);
    const e = Math.exp(-1);
    expectClose(weights, [1 / (1 + e), e / (1 + e), 0, 0], 1e-6);
  });
});

describe('attention', () => {
  const q = () => tf.zeros<tf.Rank.R3>([2, 1, 3]);

  it('says which sizes do not fit', () => {
    expect(() => attention(q(), tf.zeros([2, 4, 5]), { kind: 'softmax' })).toThrow(
      'queries has shape [2, 1, 3]: it must be [2, queries, 5]',
    );
    expect(() =>
      attention(q(), tf.zeros([2, 4, 3]), { kind: 'softmax', stateLengths: [4, 0] }),
    ).toThrow('stateLengths[1] is 0: it must be an integer from 1 to 4');
    expect(() => attention(q(), tf.zeros([2, 4, 3]), { kind: 'crf-l2' })).toThrow(
      'needs a transition [2, 2]',
    );
  });

  it.each([
    { wrong: { kind: 'crf-L2' }, says: 'kind is "crf-L2"' },
    { wrong: { kind: 'crf' }, says: 'kind is "crf"' },
    { wrong: { kind: 'Softmax' }, says: 'kind is "Softmax"' },
    { wrong: { kind: undefined }, says: 'kind is nothing' },
    {
      wrong: { kind: 'crf-l2', potentials: 'score' },
      says: `potentials is "score": it must be 'scores' or 'odds'`,
    },
    { wrong: { kind: 'softmax', potentials: 'odd' }, says: 'potentials is "odd"' },
    {
      wrong: { kind: 'softmax', potentials: 'odds' },
      says: "potentials is 'odds': softmax has none, only chains do",
    },
  ])('takes no other names than its own: $says', ({ wrong, says }) => {
    const options = { transition: tf.zeros([2, 2]), ...wrong } as never;
    const kinds = `it must be 'softmax', 'crf-negentropy', 'crf-l2' or 'crf-entmax15'`;
    const attend = () => attention(q(), tf.zeros([2, 4, 3]), options);
    expect(attend).toThrow(RangeError);
    expect(attend).toThrow(says.startsWith('kind') ? `${says}: ${kinds}` : says);
    const { kind, potentials } = wrong as { kind: AttentionKind; potentials?: AttentionPotentials };
    const rows = { scores: floats(3), positions: 3, lengths: Int32Array.of(3) };
    expect(() => attentionWeights(kind, rows, floats(4), 1, potentials)).toThrow(says);
  });

  it('has no γ where it is a softmax, which would pass it over', () => {
    const [kind, says] = ['softmax', 'gamma is 0.5: softmax has none, only chains do'] as const;
    expect(() => attention(q(), tf.zeros([2, 4, 3]), { kind, gamma: 0.5 })).toThrow(says);
    expect(() => new StructuredAttention({ kind, gamma: 0.5 })).toThrow(says);
    expect(new StructuredAttention({ kind, gamma: 1 }).getConfig()).toMatchObject({ gamma: 1 });
  });

  it('says which option there is not, since lengths that go unseen attend to padding', () => {
    expect(() =>
      attention(q(), tf.zeros([2, 4, 3]), { kind: 'softmax', lengths: [4, 2] } as never),
    ).toThrow("attention has no option 'lengths': did you mean 'stateLengths'?");
    expect(() => attention(q(), tf.zeros([2, 4, 3]), undefined as never)).toThrow(
      'attention takes an object of options',
    );
  });

  it('is bit for bit the same on one thread and on two', () => {
    const values = [floats(8 * 40 * 64), floats(8 * 40 * 64)] as const;
    const gradients = () =>
      tf
        .grads((queries, states) =>
          attention(queries as tf.Tensor3D, states as tf.Tensor3D, { kind: 'softmax' })
            .context.square()
            .sum(),
        )(values.map((array) => tf.tensor(array, [8, 40, 64])))
        .map((gradient) => gradient.dataSync());
    setThreads(1);
    const one = gradients();
    setThreads(2);
    expect(gradients()).toEqual(one);
  });

  it('equals the softmax of TensorFlow.js for sizes that are no multiple of a vector', () => {
    for (const [rows, cols, size] of [
      [1, 1, 1],
      [2, 5, 7],
      [9, 6, 37],
    ] as const) {
      const queries = tf.tensor3d(floats(2 * rows * size), [2, rows, size]);
      const states = tf.tensor3d(floats(2 * cols * size), [2, cols, size]);
      const expected = tf.matMul(tf.softmax(tf.matMul(queries, states, false, true)), states);
      const { context } = attention(queries, states, { kind: 'softmax' });
      expectClose(context.dataSync(), expected.dataSync(), 1e-5);
    }
  });
});
