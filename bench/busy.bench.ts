import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { dtw, factoredChain } from '../src/index.js';
import { numbers, withThreads, type Bench } from './harness.js';

const [rounds, sliceMilliseconds] = [7, 1000];

/** What is computed, an instance each: some tenths of a millisecond to some tens. */
function works() {
  const chain = (batch: number, positions: number, states: number) => {
    const program = factoredChain({ batch, positions, states, omega: 'negentropy' });
    const unary = numbers(batch * positions * states);
    const theta = { unary, transition: numbers(states ** 2) };
    return {
      ...{
        work: 'factored chain, value + gradient',
        size: `B=${batch} T=${positions} S=${states}`,
      },
      run: () => void program.gradient(theta),
    };
  };
  const warping = dtw({ batch: 2, rows: 1000, cols: 1000, omega: 'negentropy' });
  const costs = numbers(2e6);
  return [
    chain(32, 50, 19),
    chain(8, 200, 64),
    {
      ...{ work: 'DTW, value + gradient', size: 'B=2 1000×1000' },
      run: () => void warping.gradient(costs),
    },
  ];
}

/** The mean time of calls over a second, in which threads are started anew: waiting is part of it. */
function meanOfSlice(run: () => void): number {
  const start = performance.now();
  let calls = 0;
  let now = start;
  for (; now < start + sliceMilliseconds; now = performance.now()) {
    run();
    calls++;
  }
  return (now - start) / calls;
}

export const bench: Bench = {
  title: 'One thread and all of them, alone and beside other processes that never rest',
  async run(report) {
    const cores = availableParallelism();
    for (const others of [0, 1, cores]) {
      const busy = Array.from({ length: others }, () =>
        spawn(process.execPath, ['-e', 'for (;;);']),
      );
      await setTimeout(500);
      try {
        for (const { work, size, run } of works()) {
          const times = new Map([1, cores].map((threads) => [threads, [] as number[]]));
          // In turn, so that a busy moment of the machine meets both.
          for (let round = 0; round < rounds; round++) {
            for (const [threads, all] of times) {
              all.push(
                await withThreads(threads, () => {
                  run();
                  return meanOfSlice(run);
                }),
              );
            }
          }
          for (const [threads, all] of times) {
            all.sort((a, b) => a - b);
            report.add({
              ...{
                work,
                size,
                by: `beside ${others} busy process${others === 1 ? '' : 'es'}`,
                threads,
                repeats: rounds,
              },
              ...{ bestMilliseconds: all[0]!, medianMilliseconds: all[rounds >> 1]! },
            });
          }
        }
      } finally {
        for (const child of busy) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      }
    }
  },
};
