import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createProgram } from '../src/cli/didyprog.js';
import { resultHead, type Experiment, type ResultHead } from '../src/experiments/experiment.js';
import { experimentNamed, experiments } from '../src/experiments/registry.js';
import { writeReport } from '../src/experiments/report.js';
import { checkResults, publishRuns } from '../src/experiments/results.js';
import { runExperiment } from '../src/experiments/run-experiment.js';
import { positiveNumber } from '../src/option-values.js';
import { silenceProgress } from '../src/runner/progress.js';
import { train, trainingSchema, type TrainingTask } from '../src/runner/training.js';
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
  const run = (name: string, resume = false) =>
    runExperiment(
      tiny,
      config.parse({ name: 'tiny', target: 2, training: { epochs: 9, checkpointSteps: 1 } }),
      {
        ...{ out: join(folder, name), dataFolder: folder, resume },
        ...{ engine: 'none', command: 'didyprog train tiny' },
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

  it('has its command, its options and its place in sweeps', () => {
    const group = createProgram().commands.find((command) => command.name() === 'train');
    const command = group?.commands.find((one) => one.name() === 'tiny');
    expect(command?.helpInformation()).toMatch(/--target <number>[^]*--resume/);
    expect(experimentNamed('tiny')).toBe(tiny);
    expect(() => experimentNamed('tinny')).toThrow(/align, ner, attention, tiny/);
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
