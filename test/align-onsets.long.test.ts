import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { runExperiment } from '../src/experiments/run-experiment.js';
import { projectFile } from '../src/project-file.js';
import { Interrupted, Interruption } from '../src/runner/interrupt.js';
import { silenceProgress } from '../src/runner/quiet.js';
import { onsetsFoldChoices } from '../src/experiments/align/onsets/choices.js';
import { onsetsSchema } from '../src/experiments/align/onsets/config.js';
import { onsetsExperiment } from '../src/experiments/align/onsets/experiment.js';
import { selectOnsets } from '../src/experiments/align/onsets/run.js';
import { loadChoices } from '../src/experiments/align/selection.js';

silenceProgress();
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
const made = mkdtemp(join(tmpdir(), 'didyprog-onsets-')).then((path) => (folder = path));
afterAll(() => rm(folder, { recursive: true, force: true }));

const scales = { pitch: 0.25, onset: 1.5, duration: 15, rest: 1, hold: 3, bound: 2 };
const descent = { steps: 4, learningRate: 0.05, lambda: 1e-3 };
const config = onsetsSchema.parse({
  name: 'small',
  title: 'small',
  data: { source: 'synthetic', pieces: 3 },
  pitches: descent,
  onsets: descent,
  scales,
  select: {
    innerFolds: 2,
    scales: { pitch: [0.02, 0.25], duration: [15, 20] },
    endToEnd: { learningRate: [0.001, 0.01] },
  },
  endToEnd: [
    { name: 'end-to-end', omega: 'l2', gamma: 1, convex: 0.1, ...descent, learningRate: 0.01 },
  ],
  folds: 2,
  training: { checkpointSteps: 1 },
});

const options = (name: string, resume = false) => ({
  out: join(folder, name),
  ...{ resume, dataFolder: folder, command: 'test', startEngine: () => Promise.resolve('none') },
});

/** result.json without times and places. */
async function outcome(name: string) {
  const text = await readFile(join(folder, name, 'result.json'), 'utf8');
  const untimed = (key: string, value: unknown) => (key === 'seconds' ? 0 : value);
  const { rows, folds } = JSON.parse(text, untimed) as { rows: object; folds: object[] };
  const model = JSON.parse(await readFile(join(folder, name, 'model.json'), 'utf8')) as object;
  return {
    rows,
    folds,
    model: { ...model, provenance: 0 },
  };
}

describe('align onsets', () => {
  it('stopped within a training it goes on there, to the same numbers', async () => {
    await made;
    await runExperiment(onsetsExperiment, config, options('whole'));
    // Some steps after the first fold is saved: within a training of the second.
    const firstFold = join(folder, 'stopped', 'checkpoint', 'fold-01.bin');
    let asked = 0;
    const requested = vi.spyOn(Interruption.prototype, 'requested').mockImplementation(function (
      this: Interruption,
    ) {
      if (existsSync(firstFold) && ++asked === 30) this.asked = 'SIGINT';
      return Promise.resolve(this.asked !== undefined);
    });
    const stopped = runExperiment(onsetsExperiment, config, options('stopped'));
    await expect(stopped).rejects.toThrow(Interrupted);
    requested.mockRestore();
    await runExperiment(onsetsExperiment, config, options('stopped', true));
    const log = await readFile(join(folder, 'stopped', 'run.log'), 'utf8');
    expect(log).toMatch(/fold-02-\S+: going on from epoch/);
    expect(log).not.toContain('fold-01-');
    expect(await outcome('stopped')).toEqual(await outcome('whole'));
    const metrics = (name: string) => readFile(join(folder, name, 'metrics.jsonl'), 'utf8');
    expect(await metrics('stopped')).toBe(await metrics('whole'));
    const left = (await readdir(join(folder, 'stopped', 'checkpoint'))).filter((name) =>
      name.startsWith('fold'),
    );
    expect(left).toEqual(['fold-01.bin', 'fold-02.bin']);
  });

  it('settings are chosen without the piece left out, and used by its fold alone', async () => {
    await made;
    const path = join(folder, 'choices.json');
    // A config names the file relative to the project.
    const choices = relative(projectFile('.'), path);
    const said = await selectOnsets({ ...config, choices }, options('select'));
    expect(said).toBe(`Choices written to ${path}`);
    const chosen = (await loadChoices({ ...config, choices }, onsetsFoldChoices))!;
    const names = ['synthetic-01', 'synthetic-02', 'all pieces'];
    expect(Object.keys(chosen.folds)).toEqual(names);
    for (const name of names) {
      const { choice, tried, validationMad } = chosen.folds[name]!.scales;
      const best = Math.min(...tried.map((trial) => trial.validationMad));
      expect(validationMad).toBe(best);
      expect(tried.find((trial) => trial.validationMad === best)!.setting).toEqual(choice);
      expect([0.02, 0.25]).toContain(choice.pitch);
    }
    const { folds } = await runExperiment(
      onsetsExperiment,
      { ...config, choices },
      options('chosen'),
    );
    for (const { piece, settings } of folds) {
      const { learningRate } = chosen.folds[piece]!.endToEnd!.choice;
      expect(settings!.endToEnd[0]!.learningRate).toBe(learningRate);
      expect(settings!.chosen).toBe(true);
      expect(settings!.scales).toEqual(chosen.folds[piece]!.scales.choice);
    }
  });
});
