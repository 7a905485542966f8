import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float64, OMEGAS, potentials } from '../../../test/chain-potentials.js';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { KernelArray } from '../../kernels/kernel-array.js';
import { getThreads, setThreads } from '../../kernels/module.js';
import { factoredChain } from '../programs/factored-chain.js';
import { linearChain } from '../programs/linear-chain.js';

const threads = getThreads();
beforeAll(() => setThreads(1));
afterAll(() => setThreads(threads));

describe('float32 on the kernels equals the float64 definition', () => {
  it.each(OMEGAS)('in Hessian products, best paths and what lies past the lengths: %s', (omega) => {
    for (const states of [1, 2, 3, 5, 19]) {
      const [batch, time] = [6, 9];
      const lengths = [9, 0, 4, 9, 1, 7];
      const one = { batch, length: time, states, omega, gamma: 0.7, scale: 2, forbid: 0, seed: 5 };
      const part = (n: number, salt: number) => potentials(n, states, one, salt);
      const linear = linearChain({ batch, time, states, lengths, omega, gamma: 0.7 });
      const moves = () => ({
        moves: part(batch * time * states * states, 1),
        start: part(batch * states, 2),
        end: part(batch * states, 3),
      });
      const [theta, z] = [moves(), moves()];
      z.moves.reverse();
      const ours = linear.hessianProduct(theta, z);
      const theirs = linear.hessianProduct(float64(theta), float64(z));
      expectClose(ours.directional, theirs.directional, 2e-6);
      expectClose(ours.gradient.moves, theirs.gradient.moves, 2e-6);
      for (const name of ['moves', 'start', 'end'] as const) {
        expectClose(ours.product[name]!, theirs.product[name]!, 1e-5);
      }
      expect(linear.argmax(theta)).toEqual(linear.argmax(float64(theta)));
      const square = states * states;
      lengths.forEach((length, item) => {
        const past = [(item * time + length) * square, (item + 1) * time * square] as const;
        expect(ours.gradient.moves.subarray(...past).every((mass) => mass === 0)).toBe(true);
        expect(ours.product.moves.subarray(...past).every((mass) => mass === 0)).toBe(true);
      });

      const factored = factoredChain({
        batch,
        positions: time + 1,
        states,
        omega,
        gamma: 0.7,
        lengths: lengths.map((length) => length + 1),
      });
      for (const transitions of [1, batch]) {
        const whole = () => ({
          unary: part(batch * (time + 1) * states, 4),
          transition: part(transitions * square, 5),
          start: part(batch * states, 6),
          end: part(batch * states, 7),
        });
        const [unaries, direction] = [whole(), whole()];
        direction.unary.reverse();
        direction.transition.reverse();
        const mine = factored.hessianProduct(unaries, direction);
        const exact = factored.hessianProduct(float64(unaries), float64(direction));
        expectClose(mine.directional, exact.directional, 2e-6);
        for (const name of ['unary', 'transition', 'start', 'end'] as const) {
          expectClose(mine.gradient[name]!, exact.gradient[name]!, 2e-6);
          expectClose(mine.product[name]!, exact.product[name]!, 1e-5);
        }
        expect(factored.argmax(unaries)).toEqual(factored.argmax(float64(unaries)));
      }
    }
  });

  it('where the only allowed path runs through a state e^−200 below the best', () => {
    const program = factoredChain({ batch: 2, positions: 3, states: 2, omega: 'negentropy' });
    const theta = {
      // The second item is an ordinary one: it stays in the probability domain.
      unary: Float32Array.of(0, 0, 200, 0, 0, 0, 1, 2, 1, 2, 1, 2),
      // State 0 leads nowhere: only 1 → 1 reaches the end.
      transition: Float32Array.of(0, -Infinity, -Infinity, 0),
      end: Float32Array.of(-Infinity, 0, -Infinity, 0),
    };
    const z = { ...theta, transition: Float32Array.of(1, 2, 3, 4), end: new Float32Array(4) };
    const { value, gradient } = program.gradient(theta);
    // Scores of 200 have seven digits.
    expectClose(value, [0, 6], 2e-5);
    expectClose(gradient.unary, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], 1e-6);
    expectClose(gradient.transition, [0, 0, 0, 4], 1e-6);
    expect(program.value(theta)).toEqual(value);
    expectClose(program.hessianProduct(theta, z).directional, [8, 14], 1e-6);
  });

  it('whether the items of a batch are safe in the probability domain or not', () => {
    const [batch, positions, states] = [13, 30, 7];
    const random = seededRandom(11);
    const lengths = Array.from({ length: batch }, () => 1 + Math.floor(random() * positions));
    const program = factoredChain({ batch, positions, states, lengths, omega: 'negentropy' });
    const theta = {
      // Every third item is peaked enough for its states to underflow.
      unary: Float32Array.from({ length: batch * positions * states }, (_, at) => {
        const item = Math.floor(at / (positions * states));
        return (2 * random() - 1) * (item % 3 === 0 ? 150 : 3);
      }),
      transition: Float32Array.from({ length: states * states }, (_, at) =>
        at % 5 === 3 ? -Infinity : 2 * random(),
      ),
    };
    const z = {
      unary: Float32Array.from(theta.unary, () => random()),
      transition: Float32Array.from(theta.transition, () => random()),
    };
    const ours = program.hessianProduct(theta, z);
    const exact = program.hessianProduct(float64(theta), float64(z));
    expectClose(ours.value, exact.value, 1e-6);
    expectClose(ours.directional, exact.directional, 1e-5);
    expectClose(ours.gradient.unary, exact.gradient.unary, 5e-5);
    expectClose(ours.gradient.transition, exact.gradient.transition, 5e-5);
    expectClose(ours.product.unary, exact.product.unary, 1e-4);
    expectClose(ours.product.transition, exact.product.transition, 1e-4);
  });

  it('bit for bit the same on any number of threads', () => {
    const [batch, time, states] = [70, 40, 19];
    const random = seededRandom(3);
    const numbers = (n: number) => Float32Array.from(randomArray(n, random, 2));
    const theta = { unary: numbers(batch * time * states), transition: numbers(states * states) };
    const moves = numbers(batch * time * states * states);
    const runs = [1, 2, 3].map((count) => {
      setThreads(count);
      const results = OMEGAS.map((omega) => {
        const { product } = factoredChain({
          batch,
          positions: time,
          states,
          omega,
        }).hessianProduct(theta, theta);
        const { gradient } = linearChain({ batch, time, states, omega }).gradient(moves);
        return [product.unary, product.transition, gradient];
      });
      return Buffer.concat(results.flat().map(({ buffer }) => Buffer.from(buffer))).toString('hex');
    });
    setThreads(1);
    expect(runs[1] === runs[0]).toBe(true);
    expect(runs[2] === runs[0]).toBe(true);
  });

  it('of few states mark the best path in the kernels’ memory, whatever was there', () => {
    const [batch, time] = [11, 9];
    const random = seededRandom(4);
    const lengths = Array.from({ length: batch }, (_, item) => (item * 4) % (time + 1));
    for (const states of [1, 2, 3, 4]) {
      // Small integers: many ties, which go to the first.
      const scores = (n: number) =>
        Float32Array.from({ length: n }, () => Math.floor(3 * random()));
      const inside = ({ length }: Float32Array) => new KernelArray(length).data.fill(7);
      const theta = {
        moves: scores(batch * time * states ** 2),
        start: scores(batch * states),
        end: scores(batch * states),
      };
      const target = {
        moves: inside(theta.moves),
        start: inside(theta.start),
        end: inside(theta.end),
      };
      const program = linearChain({ batch, time, states, lengths, omega: 'hard' });
      const exact = program.gradient(float64(theta));
      const found = program.gradient(theta, target);
      expect(found.gradient.moves.buffer).toBe(target.moves.buffer);
      expect(Array.from(found.value)).toEqual(Array.from(exact.value));
      for (const part of ['moves', 'start', 'end'] as const) {
        expect(Array.from(found.gradient[part]!)).toEqual(Array.from(exact.gradient[part]!));
      }
      const positions = time + 1;
      const factored = factoredChain({
        ...{ batch, positions, states, omega: 'hard' },
        lengths: lengths.map((length) => length + 1),
      });
      for (const transitions of [1, batch]) {
        const parts = {
          unary: scores(batch * positions * states),
          transition: scores(transitions * states ** 2),
          start: theta.start,
          end: theta.end,
        };
        const places = {
          unary: inside(parts.unary),
          transition: inside(parts.transition),
          start: target.start,
          end: target.end,
        };
        const best = factored.gradient(float64(parts));
        const { value, gradient } = factored.gradient(parts, places);
        expect(gradient.unary.buffer).toBe(places.unary.buffer);
        expect(Array.from(value)).toEqual(Array.from(best.value));
        for (const part of ['unary', 'transition', 'start', 'end'] as const) {
          expect(Array.from(gradient[part]!)).toEqual(Array.from(best.gradient[part]!));
        }
      }
    }
  });
});
