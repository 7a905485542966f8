import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectClose } from '../../../test/expect-close.js';
import { randomArray, seededRandom } from '../../../test/path-enumeration.js';
import { Arena } from '../../kernels/arena.js';
import { KernelArray } from '../../kernels/kernel-array.js';
import { Kernels } from '../../kernels/module.js';
import { factoredChain } from '../programs/factored-chain.js';
import { linearChain } from '../programs/linear-chain.js';

const random = seededRandom(1);
const numbers = (length: number) => Float32Array.from(randomArray(length, random, 2));
const [batch, time, states] = [23, 12, 5];
const lengths = Array.from({ length: batch }, (_, item) => (item * 7) % (time + 1));
const OMEGAS = ['negentropy', 'l2', 'entmax15', 'hard'] as const;

/** Takes the kernels' memory for so small that a batch runs in parts; returns how often they run. */
function smallMemory(omega: string) {
  const run = vi.spyOn(Kernels.prototype, 'run');
  // A thread's workspace, which hard chains hardly need, and the arrays of some items.
  vi.spyOn(Arena.prototype, 'room', 'get').mockReturnValue(omega === 'hard' ? 16_000 : 45_000);
  return () => run.mock.calls.length;
}

afterEach(() => void vi.restoreAllMocks());

describe.each(OMEGAS)(
  'a batch of chains that is too large for the kernels’ memory, %s',
  (omega) => {
    const linear = linearChain({ batch, time, states, lengths, omega });
    const moves = { moves: numbers(batch * time * states ** 2), end: numbers(batch * states) };
    const z = { moves: numbers(batch * time * states ** 2), end: numbers(batch * states) };

    it('runs on them in parts, with the same numbers', () => {
      const expected = linear.hessianProduct(moves, z);
      const paths = linear.argmax(moves);
      const runs = smallMemory(omega);
      const expectSame = (found: typeof expected) => {
        expectClose(found.value, expected.value, 1e-6);
        expectClose(found.directional, expected.directional, 1e-5);
        for (const name of ['moves', 'end'] as const) {
          expectClose(found.gradient[name]!, expected.gradient[name]!, 1e-6);
          expectClose(found.product[name]!, expected.product[name]!, 1e-5);
        }
      };
      expectSame(linear.hessianProduct(moves, z));
      expect(runs()).toBeGreaterThanOrEqual(2);
      expect(linear.argmax(moves)).toEqual(paths);
      const gradient = { moves: numbers(moves.moves.length), end: numbers(moves.end.length) };
      const product = { moves: numbers(moves.moves.length), end: numbers(moves.end.length) };
      const given = linear.hessianProduct(moves, z, { gradient, product });
      expectSame(given);
      expect(given.gradient.moves).toBe(gradient.moves);
      expect(given.product.end).toBe(product.end);
    });

    it('adds up its shares in the gradient of a transition', () => {
      const positions = time + 1;
      const factored = factoredChain({
        batch,
        positions,
        states,
        omega,
        lengths: lengths.map((length) => length + 1),
      });
      const part = () => ({
        unary: numbers(batch * positions * states),
        transition: numbers(states ** 2),
      });
      const [theta, direction] = [part(), part()];
      const expected = factored.hessianProduct(theta, direction);
      const runs = smallMemory(omega);
      const found = factored.hessianProduct(theta, direction);
      expect(runs()).toBeGreaterThanOrEqual(2);
      expectClose(found.value, expected.value, 1e-6);
      expectClose(found.gradient.unary, expected.gradient.unary, 1e-6);
      expectClose(found.gradient.transition, expected.gradient.transition, 1e-6);
      expectClose(found.product.transition, expected.product.transition, 1e-5);
    });

    it('names the item without an allowed path, and the index of a NaN', () => {
      smallMemory(omega);
      const forbidden = {
        ...moves,
        end: moves.end.slice().fill(-Infinity, 21 * states, 22 * states),
      };
      expect(() => linear.value(forbidden)).toThrow('21');
      const wrong = { ...moves, moves: moves.moves.slice() };
      wrong.moves[(22 * time + 1) * states ** 2] = NaN;
      // Item 22 has 11 moves.
      expect(() => linear.value(wrong)).toThrow('moves[22][1][0][0]');
    });

    it('is computed at once where its arrays are in that memory', () => {
      const held = [moves.moves, moves.moves].map((values) => {
        const array = new KernelArray(values.length);
        array.data.set(values);
        return array;
      });
      const expected = linear.gradient(moves.moves).gradient;
      const runs = smallMemory(omega);
      const { gradient } = linear.gradient(held[0]!.data, held[1]!.data);
      expect(Float32Array.from(gradient)).toEqual(expected);
      expect(runs()).toBeLessThanOrEqual(2);
      for (const array of held) array.free();
    });
  },
);
