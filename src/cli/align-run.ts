import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alignSchema, type AlignConfig } from '../experiments/align/config.js';
import { runAlignment, runSelection, type FinishedRun } from '../experiments/align/run.js';
import { tablesOf } from '../experiments/align/tables.js';
import { writeReport } from '../experiments/report.js';
import { publishRuns } from '../experiments/results.js';
import { loadConfig } from '../runner/config.js';
import { features, type AlignFlags } from './align.js';
import { prepareRun } from './prepare-run.js';
import { writeResult } from '../terminal.js';

/** The settings that `didyprog align NAME` runs, in order, when no --config is given. */
const settings: Record<string, readonly string[]> = {
  bach10: ['bach10.yaml', 'bach10-strong.yaml'],
  synthetic: ['synthetic.yaml'],
};

/** Runs the experiment and says where everything went. */
export async function alignDataSet(name: string, flags: AlignFlags): Promise<FinishedRun[]> {
  const configs = await Promise.all(
    (flags.config ? [flags.config] : settings[name]!.map(configPath)).map((path) =>
      loadAlignConfig(path, flags),
    ),
  );
  const parts = configs.length > 1 ? configs.map((config) => config.name) : [];
  const prepared = await prepareRun(flags, `align-${name}`, parts);
  const { out, dataFolder } = prepared;
  const runs: FinishedRun[] = [];
  for (const config of configs) {
    const options = { ...prepared, out: configs.length > 1 ? join(out, config.name) : out };
    if (flags.select) {
      const path = projectFile(config.choices ?? join('results', `${config.name}-choices.json`));
      await runSelection({ ...config, choices: undefined }, options, path);
      writeResult(`Choices written to ${path}\n`);
    } else {
      runs.push(await runAlignment(config, options));
    }
  }
  if (runs.length === 0) return runs;
  const report = await writeReport(out, { dataFolder });
  if (flags.results) {
    await publishRuns(
      runs.map(({ path }) => path),
      flags.results,
    );
  }
  if (flags.json) {
    writeResult(`${JSON.stringify(runs.map(({ result }) => result))}\n`);
  } else {
    writeResult(`${tablesOf(runs.map(({ result }) => result))}\n\n`);
    writeResult(`Run directory  ${out}\nReport         ${report}\n`);
    for (const { figures } of runs) {
      for (const figure of figures) writeResult(`Figure         ${figure}\n`);
    }
  }
  return runs;
}

/** The config with the flags over it: --omega, --gamma and --loss apply to the first setting. */
async function loadAlignConfig(path: string, flags: AlignFlags): Promise<AlignConfig> {
  const config = await loadConfig(alignSchema, path, {
    features: undefined,
    folds: flags.folds,
    seed: flags.seed,
  });
  const varied = flags.omega ?? flags.gamma ?? flags.loss;
  const changed: AlignConfig = { ...config };
  if (flags.features) {
    // Other features, other scores: recorded choices and tied weights no longer apply.
    const overridden = await loadConfig(alignSchema, path, {
      folds: flags.folds,
      seed: flags.seed,
      model: flags.features === 'semitone' ? undefined : { weights: 'free' },
    });
    changed.model = overridden.model;
    changed.features = alignSchema.shape.features.parse(features[flags.features]);
    changed.title = `${flags.features} features, ${config.model.output} over pitches`;
    changed.choices = undefined;
  }
  if (varied !== undefined) {
    const first = config.endToEnd[0]!;
    const omega = flags.omega ?? first.omega;
    const gamma = flags.gamma ?? first.gamma;
    const loss = flags.loss ?? first.loss;
    const name = `end-to-end, ${omega}, γ ${gamma}, ${loss} loss`;
    changed.endToEnd = [{ ...first, omega, gamma, loss, name }];
  }
  return changed;
}

const configPath = (name: string) => projectFile(join('configs', 'align', name));

const projectFile = (path: string) =>
  fileURLToPath(new URL(`../../${path.replaceAll('\\', '/')}`, import.meta.url));
