// A training of a line in a process of its own, for tests that kill it: RUN_DIRECTORY MILLISECONDS,
// then writes summary.json there. A step takes so many milliseconds, which changes no number.
import { train } from '../dist/runner/training/training.js';
import { trainingSchema } from '../dist/runner/training/training-task.js';
import { interruptible } from '../dist/runner/interrupt.js';
import { RunDirectory } from '../dist/runner/run/run-directory.js';
import { silenceProgress } from '../dist/runner/quiet.js';

silenceProgress();
const [path, milliseconds] = process.argv.slice(2);
const points = Array.from({ length: 40 }, (_, i) => [Math.sin(i), 2 * Math.sin(i) - 1]);
let weights = new Float32Array(1000);
let momentum = new Float32Array(1000);
const task = {
  unit: 'points',
  batches: (_, random) => {
    const order = random.shuffled(points);
    return Array.from({ length: 10 }, (_, i) => order.slice(4 * i, 4 * i + 4));
  },
  step: async (batch, random) => {
    await new Promise((done) => setTimeout(done, Number(milliseconds)));
    let loss = 0;
    for (const [x, y] of batch) {
      const error = weights[0] * x + weights[1] - y + 0.3 * random.normal();
      loss += error * error;
      momentum[0] = 0.9 * momentum[0] + error * x;
      momentum[1] = 0.9 * momentum[1] + error;
      for (const i of [0, 1]) weights[i] -= 0.01 * momentum[i];
    }
    return { loss, size: batch.length };
  },
  evaluate: () => ({ score: -Math.abs(weights[0] - 2) - Math.abs(weights[1] + 1) }),
  parameters: () => ({ weights }),
  setParameters: (arrays) => (weights = Float32Array.from(arrays.weights)),
  optimiserState: () => ({ momentum }),
  setOptimiserState: (arrays) => (momentum = Float32Array.from(arrays.momentum)),
};
const config = trainingSchema.parse({ epochs: 8, checkpointSteps: 3, logSteps: 4 });
try {
  await RunDirectory.use({ path, config, resume: true }, (directory) =>
    interruptible('', async (interruption) => {
      const run = { title: 'line', config, seed: 5, directory, interruption };
      const { seconds, earlierSeconds, ...summary } = await train(task, run);
      const timed = seconds > 0 && earlierSeconds >= 0;
      await directory.write('summary.json', JSON.stringify({ ...summary, timed }));
    }),
  );
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode ?? 1;
}
