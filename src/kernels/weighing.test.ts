import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../random.js';
import { Weighing } from './weighing.js';

/** Calls for some seconds, each of which takes what `cost` says; what they took in all, and shares. */
function spend(weighing: Weighing, seconds: number, cost: (alone: boolean) => number) {
  let [spent, calls, alone] = [0, 0, 0];
  while (spent < 1000 * seconds) {
    const { isAlone } = weighing;
    const milliseconds = cost(isAlone);
    weighing.add(milliseconds, 1);
    spent += milliseconds;
    calls++;
    if (isAlone) alone++;
  }
  return { mean: spent / calls, alone: alone / calls };
}

describe('workers or none', () => {
  const random = new SeededRandom(5);
  /** A machine at rest: with a worker it takes half as long. */
  const quiet = (alone: boolean) => (alone ? 0.2 : 0.1);
  /** One call in ten waits three milliseconds for a worker that has no core. */
  const busy = (alone: boolean) => (alone ? 0.2 : random.uniform() < 0.1 ? 3.1 : 0.1);

  it('keeps the workers where they pay, at the cost of a few trials', () => {
    const { mean, alone } = spend(new Weighing(), 20, quiet);
    expect(alone).toBeLessThan(0.02);
    expect(mean).toBeLessThan(0.102);
  });

  it('goes without them where they do not, and back', () => {
    const weighing = new Weighing();
    const beside = spend(weighing, 20, busy);
    expect(beside.alone).toBeGreaterThan(0.9);
    expect(beside.mean).toBeLessThan(0.2 / 0.95);
    const after = spend(weighing, 10, quiet);
    expect(after.alone).toBeLessThan(0.3);
    expect(after.mean).toBeLessThan(0.125);
  });

  it('does not take what is slow at first for what workers cost', () => {
    let [calls, alone] = [0, 0];
    const warming = (isAlone: boolean) => {
      if (isAlone) alone++;
      return calls++ < 4 ? 40 : isAlone ? 18 : 14;
    };
    spend(new Weighing(), 0.6, warming);
    // One trial, of four calls, that shows no gain.
    expect(alone).toBe(4);
  });

  it('soon finds that chance has misled it', () => {
    let trial = 0;
    // The first trial without workers meets four lucky calls.
    const lucky = (alone: boolean) => (alone ? (trial++ < 4 ? 10 : 18) : 14);
    expect(spend(new Weighing(), 5, lucky).alone).toBeLessThan(0.12);
  });

  it('does not take a call of another size for a faster one', () => {
    const weighing = new Weighing();
    for (let call = 0; call < 2000; call++) {
      const work = call % 100 < 50 ? 1 : 10;
      weighing.add((weighing.isAlone ? 0.2 : 0.1) * work, work);
    }
    expect(weighing.isAlone).toBe(false);
  });

  it('tries long calls rarely', () => {
    const { alone } = spend(new Weighing(), 100, (alone) => (alone ? 180 : 100));
    expect(alone).toBeLessThan(0.06);
  });
});
