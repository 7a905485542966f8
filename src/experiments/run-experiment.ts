import { join } from 'node:path';
import { captionsFile } from '../report/figures/run-figures.js';
import type { MayDiffer, RunDirectory } from '../runner/run/run-directory.js';
import { inRunDirectory, type RunOptions } from '../runner/run/run-options.js';
import {
  checkResult,
  type Experiment,
  type NamedFigure,
  type Result,
  type ResultHead,
  type RunConfig,
} from './experiment.js';
import { sentenceScoresText, testScoresFile } from './results/sentence-scores.js';
import { jsonText, makeOutputFolder } from '../runner/write-aside.js';

/**
 * Runs a config in a run directory, up to its figures, test-scores.json and result.json. A run that is done is left as
 * it is.
 * @returns the result
 * @throws as `inRunDirectory` and the experiment's own `load`
 */
export function runExperiment<Config extends RunConfig, Measured>(
  experiment: Experiment<Config, Measured>,
  config: Config,
  options: RunOptions,
): Promise<Result<Config, Measured>> {
  return inRunDirectory(config, options, {
    load: (files) => experiment.load(config, files),
    work: async (work, context) => {
      const { directory, provenance, data } = context;
      const { measured, figures, sentences } = await work(context);
      const head: ResultHead<Config> = {
        experiment: experiment.name,
        config,
        provenance: provenance.stretches,
        files: data,
        score: undefined,
      };
      const result = { ...head, ...measured };
      result.score = experiment.score(result);
      if (figures) await writeFigures(directory, figures);
      if (sentences) await directory.write(testScoresFile, sentenceScoresText(sentences));
      await directory.write('result.json', jsonText(result));
      const { name, value } = result.score;
      await directory.log(`finished: ${name} ${Number(value.toPrecision(5))}`);
      return result;
    },
    mayDiffer: mayDifferFrom(experiment, config),
    done: { file: 'result.json', read: (value, path) => checkResult(experiment, value, path) },
  });
}

/** With what else a run that began otherwise may go on. */
export const mayDifferFrom =
  <Config extends RunConfig, Measured>(
    { sameToday, epochs }: Experiment<Config, Measured>,
    config: Config,
  ): MayDiffer =>
  (key, before, now) => {
    if (sameToday?.(key, before) === now) return true;
    if (key !== epochs.key) return undefined;
    const fewer = !(Number(now) > Number(before));
    return fewer ? 'a run cannot go on to fewer' : (epochs.fixed(config) ?? true);
  };

async function writeFigures(directory: RunDirectory, figures: readonly NamedFigure[]) {
  await makeOutputFolder(directory.file('figures'));
  for (const { name, svg } of figures) await directory.write(join('figures', `${name}.svg`), svg);
  const captions = Object.fromEntries(figures.map(({ name, caption }) => [name, caption]));
  const text = jsonText(captions);
  await directory.write(join('figures', captionsFile), text);
}
