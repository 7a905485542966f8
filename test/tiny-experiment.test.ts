import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createProgram } from '../src/cli/didyprog.js';
import { dryRun } from '../src/cli/dry-run.js';
import { resultHead, type Experiment, type ResultHead } from '../src/experiments/experiment.js';
import { experimentNamed, experiments } from '../src/experiments/registry.js';
import { writeReport } from '../src/experiments/results/report.js';
import { checkResults, publishRuns } from '../src/experiments/results/results.js';
import { runExperiment } from '../src/experiments/run-experiment.js';
import { positiveNumber } from '../src/option-values.js';
import { silenceProgress } from '../src/runner/quiet.js';
import { train } from '../src/runner/training/training.js';
import { trainingSchema, type TrainingTask } from '../src/runner/training/training-task.js';
import { tableToMarkdown, type Table } from '../src/report/table.js';

silenceProgress();

// The experiment of docs/add-an-experiment.md: √target by gradient descent on (x² − target)²/4.

const config = z.strictObject({
  name: z.string(),
  seed: z.int().min(0).default(0),
  target: z.number().positive(),
  training: trainingSchema,
});
const result = z.object({ ...resultHead('tiny', config), root: z.number() });
type TinyConfig = z.output<typeof config>;
type TinyResult = z.output<typeof result>;

/** Counts down to a power cut; 0 is never. */
let stepsToCut = 0;

function descent({ target }: TinyConfig): TrainingTask<null> & { x: Float32Array } {
  const x = Float32Array.of(1);
  return {
    x,
    unit: 'steps',
    batches: () => [null, null, null],
    step() {
      if (--stepsToCut === 0) throw new Error('power cut');
      const error = x[0]! ** 2 - target;
      x[0]! -= 0.1 * error * x[0]!;
      return { loss: error ** 2 / 4, size: 1 };
    },
    evaluate: () => ({ score: -Math.abs(x[0]! ** 2 - target) }),
    parameters: () => ({ x }),
    setParameters: (arrays) => x.set(arrays['x']!),
    optimiserState: () => ({}),
    setOptimiserState: () => undefined,
  };
}

const tablesOf = (results: readonly TinyResult[]): Table[] => [
  {
    columns: ['target', 'root'],
    rows: results.map((one) => [String(one.config.target), one.root.toFixed(4)]),
  },
];

const tiny: Experiment<TinyConfig, Omit<TinyResult, keyof ResultHead<unknown>>> = {
  name: 'tiny',
  config,
  result,
  train: [
    {
      words: ['train', 'tiny'],
      description: 'Find a square root',
      examples: ['train tiny --target 2'],
      flags: [
        {
          flag: '--target <number>',
          description: 'its square',
          parse: positiveNumber,
          key: 'target',
        },
      ],
      instead: 'one that ships',
      configs: () => ['tiny.yaml'],
    },
  ],
  use: [],
  load: (config) =>
    Promise.resolve(async ({ directory, interruption }) => {
      const task = descent(config);
      const { name: title, training, seed } = config;
      await train(task, { title, config: training, seed, directory, interruption });
      return { measured: { root: task.x[0]! } };
    }),
  epochs: { key: 'training.epochs', fixed: () => undefined },
  score: ({ root, config }) => ({
    name: 'error',
    value: Math.abs(root - Math.sqrt(config.target)),
    better: 'lower',
  }),
  columns: ({ root }) => ({ root }),
  tables: tablesOf,
  title: ({ config }) => `The root of ${config.target}`,
  page: (runs) =>
    Promise.resolve({
      name: 'tiny',
      text: tablesOf(runs.map(({ result }) => result))
        .map(tableToMarkdown)
        .join('\n'),
      runs,
      files: {},
    }),
};

describe('an experiment that is registered', async () => {
  experiments.push(tiny);
  const folder = await mkdtemp(join(tmpdir(), 'didyprog-tiny-'));
  afterAll(async () => {
    experiments.pop();
    await rm(folder, { recursive: true });
  });
  const run = (name: string, resume = false, epochs = 9) =>
    runExperiment(
      tiny,
      config.parse({ name: 'tiny', target: 2, training: { epochs, checkpointSteps: 1 } }),
      {
        ...{ out: join(folder, name), dataFolder: folder, resume },
        ...{ startEngine: () => Promise.resolve('none'), command: 'didyprog train tiny' },
      },
    );

  it('runs, and goes on after a power cut to the same numbers', async () => {
    const whole = await run('whole');
    expect(whole.root).toBeCloseTo(Math.SQRT2, 2);
    stepsToCut = 8;
    await expect(run('cut')).rejects.toThrow('power cut');
    const resumed = await run('cut', true);
    expect(resumed.root).toBe(whole.root);
    const file = await readFile(join(folder, 'whole', 'result.json'), 'utf8');
    expect(result.parse(JSON.parse(file)).score).toEqual(whole.score);
  });

  it('goes on to more epochs, to the numbers of one run of all, and keeps the result of before', async () => {
    const few = await run('more', false, 4);
    await expect(run('more', true, 3)).rejects.toThrow(
      'training.epochs is 4 there and 3 now (a run cannot go on to fewer)',
    );
    const whole = await run('all');
    const more = await run('more', true);
    expect(more.root).toBe(whole.root);
    expect(more.root).not.toBe(few.root);
    const [aside] = (await readdir(join(folder, 'more'))).filter((name) =>
      name.startsWith('before-'),
    );
    const kept = JSON.parse(await readFile(join(folder, 'more', aside!), 'utf8')) as TinyResult;
    expect(kept.root).toBe(few.root);
    tiny.epochs.fixed = () => 'its rate follows from their number';
    await expect(run('more', true, 20)).rejects.toThrow(
      /training.epochs is 9 there and 20 now \(its rate follows from their number\)/,
    );
  });

  it('has its command, its options and its place in sweeps', async () => {
    const group = (await createProgram()).commands.find((command) => command.name() === 'train');
    const command = group?.commands.find((one) => one.name() === 'tiny');
    expect(command?.helpInformation()).toMatch(/--target <number>[^]*--resume/);
    expect(experimentNamed('tiny')).toBe(tiny);
    expect(() => experimentNamed('tinny')).toThrow(/align, onsets, ner, attention, tiny/);
  });

  it('has its data in a dry run, though it has no estimate', async () => {
    const load: typeof tiny.load = (config, files) => {
      files.note('squares.txt', 'train');
      return tiny.load(config, files);
    };
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const once = config.parse({ name: 'tiny', target: 2, training: { epochs: 1 } });
    await dryRun({ ...tiny, load }, tiny.train[0]!, [once], { json: true, backend: 'cpu' });
    expect(written.mock.calls.join('')).toContain('"files":["squares.txt"]');
    written.mockRestore();
  });

  it('has its table in the report and its page in results', async () => {
    const path = join(folder, 'whole');
    const report = await readFile(await writeReport(path, { dataFolder: folder }), 'utf8');
    expect(report).toContain('The root of 2');
    const pages = join(folder, 'results');
    expect(await publishRuns([path], pages)).toEqual(['tiny']);
    expect(await checkResults(pages)).toMatchObject([{ name: 'tiny', state: 'agrees' }]);
  });
});
