import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { factoredChain } from './factored-chain.js';
import { linearChain } from './linear-chain.js';

const [batch, positions, states] = [3, 5, 3];
const lengths = [5, 1, 3];
const random = seededRandom(8);
const theta: Record<'unary' | 'transition' | 'start' | 'end', Float64Array> = {
  unary: randomArray(batch * positions * states, random, 2),
  transition: randomArray(states * states, random).map((score, at) =>
    at === 4 ? -Infinity : score,
  ),
  start: randomArray(batch * states, random),
  end: randomArray(batch * states, random),
};
const z: typeof theta = {
  unary: randomArray(theta.unary.length, random),
  transition: randomArray(theta.transition.length, random),
  start: randomArray(theta.start.length, random),
  end: randomArray(theta.end.length, random),
};

/** The moves and starts of the linear chain that a factored one stands for. */
function expanded({ unary, transition, start, end }: typeof theta) {
  const moves = new Float64Array(batch * (positions - 1) * states * states);
  const first = new Float64Array(batch * states);
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < states; i++) {
      first[b * states + i] = unary[b * positions * states + i]! + start[b * states + i]!;
    }
    for (let t = 1; t < positions; t++) {
      for (let to = 0; to < states; to++) {
        for (let from = 0; from < states; from++) {
          moves[at++] = transition[to * states + from]! + unary[(b * positions + t) * states + to]!;
        }
      }
    }
  }
  return { moves, start: first, end };
}

describe('factoredChain', () => {
  it.each(['negentropy', 'l2', 'hard'] as const)(
    'is the linear chain with its moves, its gradients those of its own inputs: %s',
    (omega) => {
      const factored = factoredChain({ batch, positions, states, lengths, omega, gamma: 0.7 });
      const linear = linearChain({
        batch,
        time: positions - 1,
        states,
        lengths: lengths.map((length) => length - 1),
        omega,
        gamma: 0.7,
      });
      const ours = factored.hessianProduct(theta, z);
      const theirs = linear.hessianProduct(expanded(theta), expanded(z));
      expectClose(ours.value, theirs.value, 1e-12);
      expectClose(ours.directional, theirs.directional, 1e-12);
      for (const kind of ['gradient', 'product'] as const) {
        const { moves, start, end } = theirs[kind];
        const unary = new Float64Array(theta.unary.length);
        const transition = new Float64Array(states * states);
        let at = 0;
        for (let b = 0; b < batch; b++) {
          for (let i = 0; i < states; i++) {
            unary[b * positions * states + i] = start![b * states + i]!;
          }
          for (let t = 1; t < positions; t++) {
            for (let edge = 0; edge < states * states; edge++, at++) {
              const to = Math.floor(edge / states);
              unary[(b * positions + t) * states + to]! += moves[at]!;
              transition[edge]! += moves[at]!;
            }
          }
        }
        expectClose(ours[kind].unary, unary, 1e-12);
        expectClose(ours[kind].transition, transition, 1e-12);
        expectClose(ours[kind].start!, start!, 1e-12);
        expectClose(ours[kind].end!, end!, 1e-12);
      }
      expect(factored.argmax(theta)).toEqual(linear.argmax(expanded(theta)));
      const paths = factored.sample(theta, seededRandom(4));
      expect(paths).toEqual(linear.sample(expanded(theta), seededRandom(4)));
      expectClose(
        factored.logProbability(theta, paths),
        linear.logProbability(expanded(theta), paths),
        1e-12,
      );
      expect(factored.kBest(theta, 3).map((item) => item.map(({ path }) => path))).toEqual(
        linear.kBest(expanded(theta), 3).map((item) => item.map(({ path }) => path)),
      );
    },
  );

  it('takes a transition of each item’s own', () => {
    const shared = factoredChain({ batch, positions, states, lengths, omega: 'negentropy' });
    const own = new Float64Array(batch * states * states);
    for (let b = 0; b < batch; b++) own.set(theta.transition, b * states * states);
    const one = shared.gradient(theta);
    const each = shared.gradient({ ...theta, transition: own });
    expect(each.value).toEqual(one.value);
    const summed = new Float64Array(states * states);
    each.gradient.transition.forEach((mass, at) => (summed[at % summed.length]! += mass));
    expectClose(summed, one.gradient.transition, 1e-12);
  });

  it.each(['negentropy', 'l2'] as const)(
    'has the derivatives of finite differences, a state and a transition forbidden: %s',
    (omega) => {
      const program = factoredChain({ batch, positions, states, lengths, omega, gamma: 0.6 });
      const forbidden = { ...theta, unary: theta.unary.with(5, -Infinity) };
      const parts = ['unary', 'transition', 'start', 'end'] as const;
      const step = 1e-6;
      const along = (by: number) => {
        const move = (part: keyof typeof theta) =>
          forbidden[part].map((score, at) => score + by * z[part][at]!);
        return program.gradient({
          unary: move('unary'),
          transition: move('transition'),
          start: move('start'),
          end: move('end'),
        });
      };
      const { gradient, directional, product } = program.hessianProduct(forbidden, z);
      const [up, down] = [along(step), along(-step)];
      const slope = up.value.map((value, b) => (value - down.value[b]!) / (2 * step));
      expectClose(directional, slope, 1e-7);
      // ⟨∇DP_Ω(θ), z⟩ of the gradients of its own inputs, over the whole batch.
      const inner = parts.map((part) =>
        gradient[part]!.reduce((sum, mass, at) => sum + mass * z[part][at]!, 0),
      );
      expect(inner.reduce((sum, share) => sum + share)).toBeCloseTo(
        directional.reduce((sum, share) => sum + share),
        10,
      );
      for (const part of parts) {
        const difference = up.gradient[part]!.map(
          (mass, at) => (mass - down.gradient[part]![at]!) / (2 * step),
        );
        expectClose(product[part]!, difference, 1e-6);
      }
      expect([gradient.unary[5], product.unary[5]]).toEqual([0, 0]);
      expect([gradient.transition[4], product.transition[4]]).toEqual([0, 0]);
      lengths.forEach((length, item) => {
        const [past, next] = [
          (item * positions + length) * states,
          (item + 1) * positions * states,
        ];
        expect(gradient.unary.subarray(past, next).every((mass) => mass === 0)).toBe(true);
        expect(product.unary.subarray(past, next).every((mass) => mass === 0)).toBe(true);
      });
    },
  );

  it('is stable for γ from 1e-3 to 1e3 and potentials up to 1e4', () => {
    for (const omega of ['negentropy', 'l2', 'hard'] as const) {
      for (const gamma of [1e-3, 1, 1e3]) {
        const program = factoredChain({ batch: 1, positions: 6, states: 4, omega, gamma });
        const numbers = seededRandom(31);
        const large = {
          unary: randomArray(24, numbers, 1e4),
          transition: randomArray(16, numbers, 1e4),
        };
        const direction = { unary: randomArray(24, numbers), transition: randomArray(16, numbers) };
        const { value, gradient, product } = program.hessianProduct(large, direction);
        expect(Number.isFinite(value[0])).toBe(true);
        for (let t = 0; t < 6; t++) {
          const marginal = gradient.unary.subarray(t * 4, (t + 1) * 4);
          expect(marginal.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 9);
        }
        expect([...product.unary, ...product.transition].every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('knows the probability of a path that lies below the smallest number', () => {
    const program = factoredChain({ batch: 1, positions: 2, states: 2, omega: 'negentropy' });
    const far = { unary: Float64Array.of(0, -900, 0, 0), transition: new Float64Array(4) };
    const log = program.logProbability(far, [Int32Array.of(1, 0)])[0]!;
    expect(log).toBeCloseTo(-900 - Math.log(2), 9);
    expect(program.kBest(far, 9)[0]!.length).toBe(4);
  });

  it('finds the only allowed path through a state e^−200 below the best', () => {
    const program = factoredChain({ batch: 1, positions: 3, states: 2, omega: 'negentropy' });
    const gradient = program.gradient({
      unary: Float64Array.of(0, 0, 200, 0, 0, 0),
      // State 0 leads nowhere: only 1 → 1 reaches the end.
      transition: Float64Array.of(0, -Infinity, -Infinity, 0),
      end: Float64Array.of(-Infinity, 0),
    });
    expect(gradient.value[0]).toBeCloseTo(0, 12);
    expectClose(gradient.gradient.unary, [0, 1, 0, 1, 0, 1], 1e-12);
  });

  it('keeps the type of theta and names what is wrong', () => {
    const program = factoredChain({ batch: 1, positions: 2, states: 2, omega: 'l2' });
    const unary = new Float32Array(4);
    const transition = new Float32Array(4);
    expect(program.gradient({ unary, transition }).gradient.unary).toBeInstanceOf(Float32Array);
    const result = program.hessianProduct({ unary, transition }, { unary, transition });
    expect(result.product.transition).toBeInstanceOf(Float32Array);
    expect(result.directional).toBeInstanceOf(Float32Array);
    expect(() => program.value({ unary: unary.slice().fill(-Infinity, 2), transition })).toThrow(
      'batch item 0 has no allowed path',
    );
    expect(() => program.value({ unary, transition: new Float32Array(3) })).toThrow(
      'theta.transition has 3 entries',
    );
    expect(() =>
      factoredChain({ batch: 1, positions: 2, states: 2, lengths: [0], omega: 'l2' }),
    ).toThrow('lengths[0] is 0: it must be an integer from 1 to 2');
    unary[3] = NaN;
    expect(() => program.value({ unary, transition })).toThrow('theta.unary[0][1][1] is NaN');
    expect(() => program.value({ unary: new Float32Array(4), transition: unary })).toThrow(
      'theta.transition[1][1] is NaN',
    );
  });
});

it('names the parts of results in one order, in float32 too: who lists their values relies on it', () => {
  for (const omega of ['negentropy', 'hard'] as const) {
    const chain = factoredChain({ batch: 1, positions: 2, states: 2, omega });
    for (const array of [Float32Array, Float64Array]) {
      const theta = {
        unary: new array(4),
        transition: new array(4),
        start: new array(2),
        end: new array(2),
      };
      const { gradient, product } = chain.hessianProduct(theta, theta);
      for (const results of [chain.gradient(theta).gradient, gradient, product]) {
        expect(Object.keys(results)).toEqual(Object.keys(theta));
      }
    }
  }
});
