import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Optimiser } from '../../layers/index.js';
import { linearChain } from '../../dp/programs/linear-chain.js';
import type { SeededRandom } from '../../random.js';
import { readArrays, saveArrays } from '../checkpoint/checkpoint.js';
import { Interrupted, Interruption } from '../interrupt.js';
import { silenceProgress } from '../quiet.js';
import { RunDirectory } from '../run/run-directory.js';
import { train } from './training.js';
import {
  trainingSchema,
  type EpochRecord,
  type TrainingSummary,
  type TrainingTask,
} from './training-task.js';

silenceProgress();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-training-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Point = readonly [x: number, y: number];
const points: Point[] = Array.from({ length: 23 }, (_, i) => [Math.sin(i), 2 * Math.sin(i) - 1]);

/** A line fitted by noisy momentum: every kind of state that a training has. */
class Line implements TrainingTask<readonly Point[]> {
  readonly unit = 'points';
  weights = new Float32Array(2);
  momentum = new Float32Array(2);
  rate = 0;
  onStep = (): void => undefined;

  batches(_epoch: number, random: SeededRandom) {
    const order = random.shuffled(points);
    return Array.from({ length: 6 }, (_, i) => order.slice(4 * i, 4 * i + 4));
  }
  startEpoch(_epoch: number, history: readonly { best: boolean }[]) {
    this.rate = 0.05 * 0.5 ** history.filter(({ best }) => !best).length;
  }
  step(batch: readonly Point[], random: SeededRandom) {
    this.onStep();
    let loss = 0;
    for (const [x, y] of batch) {
      const error = this.weights[0]! * x + this.weights[1]! - y + 0.3 * random.normal();
      loss += error * error;
      this.momentum[0] = 0.9 * this.momentum[0]! + error * x;
      this.momentum[1] = 0.9 * this.momentum[1]! + error;
      for (const i of [0, 1]) this.weights[i]! -= this.rate * this.momentum[i]!;
    }
    return { loss, size: batch.length };
  }
  evaluate() {
    const [slope, offset] = this.weights;
    return { score: -Math.abs(slope! - 2) - Math.abs(offset! + 1), slope: slope! };
  }
  parameters = () => ({ weights: this.weights });
  setParameters = ({ weights }: Record<string, Float32Array | Int32Array>) => {
    this.weights = Float32Array.from(weights!);
  };
  optimiserState = () => ({ momentum: this.momentum });
  setOptimiserState = ({ momentum }: Record<string, Float32Array | Int32Array>) => {
    this.momentum = Float32Array.from(momentum!);
  };
}

const settings = trainingSchema.parse({ epochs: 8, logSteps: 5, checkpointSteps: 4 });

async function run(
  name: string,
  task: Line,
  options: { config?: object; stop?: Interruption } = {},
) {
  const config = { ...settings, ...options.config };
  const interruption = options.stop ?? new Interruption('');
  const path = join(folder, name);
  return RunDirectory.use({ path, config: {}, resume: true }, (directory) =>
    train(task, { title: name, config, seed: 3, directory, interruption }),
  );
}

/** metrics.jsonl without the times. */
async function metrics(name: string) {
  const text = await readFile(join(folder, name, 'metrics.jsonl'), 'utf8');
  return text.replaceAll(/,"seconds":[\d.]+/g, '');
}

const timeless = (summary: TrainingSummary) => ({ ...summary, seconds: 0, earlierSeconds: 0 });

describe('training', () => {
  it('keeps the parameters of the best epoch', async () => {
    const task = new Line();
    const { history, bestEpoch, bestScore, steps } = await run('whole', task);
    expect(steps).toBe(8 * 6);
    const scores = history.map(({ evaluation }) => evaluation.score);
    expect(bestScore).toBe(Math.max(...scores));
    expect(scores[bestEpoch - 1]).toBe(bestScore);
    expect(task.evaluate().score).toBe(bestScore);
    const lines = (await metrics('whole'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.filter((line) => 'slope' in line)).toHaveLength(8);
    expect(lines).toHaveLength(8 + Math.floor(48 / 5));
  });

  it('gives the numbers of an undisturbed run after any number of deaths and resumes', async () => {
    const undisturbed = await run('whole', new Line());
    let deaths = 0;
    for (;;) {
      const task = new Line();
      // Dies ever later, before and after saves, in the middle of epochs and at their ends.
      let steps = 0;
      task.onStep = () => {
        if (++steps === 2 + deaths) {
          deaths++;
          throw new Error('died');
        }
      };
      try {
        const resumed = await run('cut', task);
        expect(timeless(resumed)).toEqual(timeless(undisturbed));
        break;
      } catch (error) {
        expect((error as Error).message).toBe('died');
      }
    }
    expect(deaths).toBeGreaterThan(5);
    expect(await metrics('cut')).toBe(await metrics('whole'));
  });

  it('uses the checkpoint before a damaged one, says so, and ends with the same numbers', async () => {
    const undisturbed = await run('whole', new Line());
    const task = new Line();
    let steps = 0;
    task.onStep = () => {
      if (++steps === 23) throw new Error('died');
    };
    await expect(run('cut', task)).rejects.toThrow('died');
    await writeFile(join(folder, 'cut', 'checkpoint', 'latest.bin'), 'lost');
    const resumed = await run('cut', new Line());
    expect(timeless(resumed)).toEqual(timeless(undisturbed));
    expect(await metrics('cut')).toBe(await metrics('whole'));
    const log = await readFile(join(folder, 'cut', 'run.log'), 'utf8');
    expect(log).toContain('latest.bin: not a checkpoint of this program, or cut short; going on');
  });

  it('refuses a checkpoint of another model, and changes nothing of the run', async () => {
    await run('cut', new Line(), { config: { epochs: 2 } });
    const latest = join(folder, 'cut', 'checkpoint', 'latest.bin');
    const { json, arrays } = (await readArrays<object>(latest))!;
    const before = await metrics('cut');
    for (const [name, problem] of [
      ['parameters/weights', 'has 3 numbers; 2 are expected'],
      ['optimiser/momentum', 'has 3 numbers; 2 are expected'],
    ] as const) {
      const foreign = { ...arrays, [name]: new Float32Array(3) };
      await saveArrays(latest, { json: { ...json, metricsBytes: 0 }, arrays: foreign });
      const { message, exitCode } = await run('cut', new Line()).then(
        () => expect.fail('it went on'),
        (error: unknown) => error as Error & { exitCode: number },
      );
      expect(message).toContain(`${latest} is not of this run’s model`);
      expect(message).toContain(`${name} ${problem}`);
      expect(exitCode).toBe(3);
      expect(await metrics('cut')).toBe(before);
    }
  });

  describe('the best model', () => {
    /** A run that died in its sixth epoch; its best epoch is not the last one done. */
    async function died(name: string) {
      const task = new Line();
      const scores = [1, 5, 2, 3, 4, 6, 7, 8];
      let epoch = 0;
      task.evaluate = () => ({ score: scores[epoch++]!, slope: task.weights[0]! });
      let steps = 0;
      task.onStep = () => {
        if (++steps === 32) throw new Error('died');
      };
      await expect(run(name, task)).rejects.toThrow('died');
    }
    /** Scores below that of the second epoch: it stays the best. */
    const worse = () => {
      const task = new Line();
      task.evaluate = () => ({ score: 0, slope: task.weights[0]! });
      return task;
    };
    const older = {
      json: { epoch: 1, evaluation: { score: 1 } },
      arrays: { weights: new Float32Array(2) },
    };
    const otherModel = {
      json: { epoch: 2, evaluation: { score: 5 } },
      arrays: { weights: new Float32Array(3) },
    };
    const best = (name: string) => join(folder, name, 'best.bin');
    const spare = (name: string) => join(folder, name, 'checkpoint', 'best.bin');

    it('that is missing or damaged comes back from its spare, with a word', async () => {
      await died('whole');
      const undisturbed = worse();
      await run('whole', undisturbed);
      for (const [name, spoil] of [
        ['missing', () => rm(best('missing'))],
        ['damaged', () => writeFile(best('damaged'), 'DIDYARR1 nonsense')],
        ['empty', () => writeFile(best('empty'), '')],
        ['older', () => saveArrays(best('older'), older)],
        ['foreign', () => saveArrays(best('foreign'), otherModel)],
      ] as const) {
        await died(name);
        await spoil();
        const task = worse();
        const { bestEpoch } = await run(name, task);
        expect(bestEpoch).toBe(2);
        expect(task.weights).toEqual(undisturbed.weights);
        expect(await readFile(best(name))).toEqual(await readFile(best('whole')));
        const log = await readFile(join(folder, name, 'run.log'), 'utf8');
        expect(log).toMatch(/best\.bin.*the spare is used/);
      }
    });

    it('that is lost with its spare is an error at resume, before any step', async () => {
      await died('lost');
      await rm(best('lost'));
      await writeFile(spare('lost'), 'nonsense');
      const task = worse();
      let steps = 0;
      task.onStep = () => void steps++;
      await expect(run('lost', task)).rejects.toThrow(
        /best\.bin is missing; .*the model of epoch 2, the best so far, is lost/,
      );
      expect(steps).toBe(0);
    });

    it('is taken from a checkpoint that is of the same epoch', async () => {
      const task = new Line();
      let steps = 0;
      task.onStep = () => {
        if (++steps === 7) throw new Error('died');
      };
      // Died at the first step after an epoch that was the best so far.
      await expect(run('fresh', task, { config: { checkpointSteps: 100 } })).rejects.toThrow(
        'died',
      );
      const kept = await readFile(best('fresh'));
      await rm(best('fresh'));
      await rm(spare('fresh'));
      const rest = new Line();
      rest.evaluate = () => ({ score: -1000, slope: 0 });
      await run('fresh', rest, { config: { checkpointSteps: 100 } });
      expect(await readFile(best('fresh'))).toEqual(kept);
      expect(await readFile(spare('fresh'))).toEqual(kept);
    });
  });

  it('saves when it is asked to stop, and loses no step', async () => {
    await run('whole', new Line());
    const stop = new Interruption('');
    const task = new Line();
    let steps = 0;
    task.onStep = () => {
      if (++steps === 10) stop.asked = 'SIGTERM';
    };
    await expect(run('cut', task, { stop })).rejects.toThrow(Interrupted);
    const rest = new Line();
    rest.onStep = () => void steps++;
    await run('cut', rest);
    expect(steps).toBe(48);
    expect(await metrics('cut')).toBe(await metrics('whole'));
  });

  it('stops after `patience` epochs without a better score', async () => {
    const task = new Line();
    task.evaluate = () => ({ score: 0, slope: 0 });
    const { history, bestEpoch } = await run('patient', task, { config: { patience: 3 } });
    expect(history).toHaveLength(4);
    expect(bestEpoch).toBe(1);
  });

  it('stops after `maximumSteps`, evaluates the epoch it cut short, and resumes to the same', async () => {
    const cut = { maximumSteps: 15 };
    const { steps, history } = await run('cut', new Line(), { config: cut });
    // Two epochs of six steps, and three of the third.
    expect(steps).toBe(15);
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const again = await run('cut', new Line(), { config: cut });
    expect(again).toMatchObject({ steps, history });
    const dying = new Line();
    let left = 14;
    dying.onStep = () => {
      if (left-- === 0) throw new Error('died');
    };
    await expect(run('died', dying, { config: cut })).rejects.toThrow('died');
    expect(await run('died', new Line(), { config: cut })).toMatchObject({ steps, history });
  });

  it('says where the loss stopped being a number', async () => {
    const task = new Line();
    task.step = () => ({ loss: NaN, size: 1 });
    await expect(run('nan', task)).rejects.toThrow('NaN in epoch 1, batch 1');
    const failure = await readFile(join(folder, 'nan', 'failure.json'), 'utf8');
    expect(JSON.parse(failure)).toMatchObject({ exitCode: 1 });
    // A program refuses such scores before there is a loss.
    const chain = linearChain({ batch: 1, time: 1, states: 1, omega: 'negentropy' });
    const refuse = () => chain.value(Float64Array.of(NaN)) as never;
    const stepping = Object.assign(new Line(), { onStep: refuse });
    await expect(run('refused', stepping)).rejects.toThrow(
      'the model’s scores or gradients stopped being numbers in epoch 1, batch 1 (step 1): try a smaller learning rate',
    );
    const optimiser = new Optimiser({ w: new Float32Array(1) }, { kind: 'sgd', learningRate: 1 });
    const updating = Object.assign(new Line(), {
      onStep: () => optimiser.step({ w: Float32Array.of(Infinity) }),
    });
    await expect(run('exploded', updating)).rejects.toThrow('in epoch 1, batch 1 (step 1): try');
    const evaluating = Object.assign(new Line(), { evaluate: refuse });
    await expect(run('judged', evaluating)).rejects.toThrow('in the evaluation of epoch 1: try');
  });

  it('without an evaluation keeps the last model, also as one of several of a run', async () => {
    const several = async (name: string, dying?: string) => {
      const epochs: [string, EpochRecord][] = [];
      const models: Float32Array[] = [];
      const interruption = new Interruption('');
      const config = { ...settings, epochs: 3 };
      const path = join(folder, name);
      await RunDirectory.use({ path, config: {}, resume: true }, async (directory) => {
        await directory.metric({ kept: 'by its owner' });
        for (const one of ['first', 'second']) {
          const task: TrainingTask<readonly Point[]> & Line = Object.assign(new Line(), {
            evaluate: undefined,
          });
          let left = 9;
          task.onStep = () => {
            if (left-- === 0 && one === dying) throw new Error('died');
          };
          const onEpoch = async (record: EpochRecord) => void epochs.push([one, record]);
          const place = { name: one, onEpoch };
          await train(task, { title: one, config, seed: 3, directory, interruption, place });
          models.push(task.weights);
        }
      });
      return { epochs, models };
    };
    const whole = await several('whole');
    expect(whole.models[0]).toEqual(whole.models[1]);
    for (const dying of ['first', 'second']) {
      await expect(several(dying, dying)).rejects.toThrow('died');
      expect(await several(dying), dying).toEqual(whole);
      const lines = (await metrics(dying)).trim().split('\n');
      expect(new Set(lines)).toEqual(new Set(['{"kept":"by its owner"}']));
    }
    expect(whole.epochs.map(([name, { epoch }]) => `${name} ${epoch}`)).toEqual(
      ['first', 'second'].flatMap((name) => [1, 2, 3].map((epoch) => `${name} ${epoch}`)),
    );
    for (const [, { loss, evaluation }] of whole.epochs) expect(evaluation.score).toBe(-loss);
  });
});
