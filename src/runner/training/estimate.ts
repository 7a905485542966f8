import { counted } from '../../counted.js';
import { SeededRandom } from '../../random.js';
import { duration } from '../progress.js';
import type { TrainingConfig, TrainingTask } from './training-task.js';

/** How long a run would take on this machine, from a few measured steps. */
export interface Estimate {
  /** What the run would do: '8 epochs of 188 steps'. */
  work: string;
  /** Of the parts that were measured. */
  seconds: number;
  /** What was measured, and what is not in it. */
  basis: string;
}

/** More measured steps would only cost time. */
const mostSteps = 12;
const mostSeconds = 8;

/** Measures a few steps of a training and one evaluation. What the task trained is of no use after. */
export async function estimateTraining<Batch>(
  task: TrainingTask<Batch>,
  config: TrainingConfig,
  seed: number,
): Promise<Estimate> {
  const random = new SeededRandom(seed);
  task.startEpoch?.(0, []);
  const batches = task.batches(0, random);
  // Batches may be of any length: these stand for all.
  const count = Math.min(mostSteps, batches.length);
  const chosen = Array.from(
    { length: count },
    (_, i) => batches[Math.floor(((i + 0.5) * batches.length) / count)]!,
  );
  // The first steps compile and allocate.
  for (const batch of chosen.slice(0, 2)) await task.step(batch, random);
  const started = performance.now();
  const passed = () => (performance.now() - started) / 1000;
  let steps = 0;
  for (const batch of chosen) {
    await task.step(batch, random);
    steps++;
    if (passed() > mostSeconds) break;
  }
  const step = passed() / Math.max(1, steps);
  const before = passed();
  await task.evaluate?.(0);
  const evaluation = passed() - before;
  const { epochs, maximumSteps = Infinity, patience } = config;
  const all = Math.min(epochs * batches.length, maximumSteps);
  const seconds = all * step + Math.ceil(all / batches.length) * evaluation;
  const fewer = patience === undefined ? '' : ', fewer when patience ends it';
  return {
    work: `${counted(all, 'step')}: ${counted(epochs, 'epoch')} of ${batches.length}${fewer}`,
    seconds,
    basis:
      `${counted(steps, 'step')} of ${(step * 1000).toPrecision(3)} ms and one evaluation of ` +
      `${evaluation.toPrecision(2)} s measured here; the scores at the end come on top`,
  };
}

/** About so long: 40 s, 12 min, 3 h 20 min. */
export function aboutDuration(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `about ${duration(seconds).replace(/:\d\d$/, '')} h`;
  return `about ${Math.round(seconds / 86_400)} days`;
}
