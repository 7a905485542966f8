import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { chooseEngine } from '../engine/index.js';
import { UsageError } from '../errors.js';
import { alignSchema, type AlignConfig } from '../experiments/align/config.js';
import { runAlignment, runSelection, type FinishedRun } from '../experiments/align/run.js';
import { tablesOf } from '../experiments/align/tables.js';
import { writeReport } from '../experiments/report.js';
import { publishRuns } from '../experiments/results.js';
import { loadConfig, type ConfigValue } from '../runner/config.js';
import { RunDirectory } from '../runner/run-directory.js';
import { alignFileCommand } from './align-file.js';
import { dataFolderOf } from './data-folder.js';
import { notice } from './notice.js';

/** The settings that `didyprog align NAME` runs, in order, when no --config is given. */
const settings: Record<string, readonly string[]> = {
  bach10: ['bach10.yaml', 'bach10-strong.yaml'],
  synthetic: ['synthetic.yaml'],
};

/** Features by name, for --features: what the configs of Bach10 use, and two more. */
const features: Record<string, ConfigValue> = {
  mfcc: {
    kind: 'mfcc',
    windowSeconds: 0.0929,
    hopSeconds: 0.04,
    melBands: 40,
    mel: 'htk',
    norm: 'none',
    lowestHz: 30,
    highestHz: 8000,
    coefficients: 20,
    log: 'ln',
    offset: 1e-8,
  },
  mel: {
    kind: 'mel',
    windowSeconds: 0.0929,
    hopSeconds: 0.04,
    melBands: 40,
    mel: 'htk',
    norm: 'none',
    lowestHz: 30,
    highestHz: 8000,
    scale: 100,
  },
  semitone: { kind: 'semitone', windowSeconds: 0.1858, hopSeconds: 0.04 },
  chroma: { kind: 'chroma', windowSeconds: 0.1858, hopSeconds: 0.04 },
};

interface AlignFlags {
  data?: string;
  omega?: 'negentropy' | 'l2';
  gamma?: number;
  loss?: 'area' | 'convex';
  features?: string;
  folds?: number;
  seed?: number;
  out?: string;
  config?: string;
  backend?: 'tensorflow' | 'wasm' | 'cpu';
  resume?: boolean;
  select?: boolean;
  results?: string;
  tensorboard?: boolean;
  json?: boolean;
}

/** `didyprog align`: leave-one-out experiments on data sets, and a recording of one's own. */
export function alignCommand(): Command {
  const command = new Command('align')
    .description('Audio-to-score alignment with soft-DTW metric learning')
    .addHelpText(
      'after',
      `
Examples:
  didyprog align synthetic --folds 2
  didyprog align bach10 --out runs/mine
  didyprog align file performance.wav score.mid`,
    );
  command.addCommand(
    experimentCommand(
      'bach10',
      'ten Bach chorales, leave-one-out: the paper’s table, and a strong setting',
    ),
  );
  command.addCommand(
    experimentCommand('synthetic', 'generated chorales, leave-one-out: needs no data'),
  );
  command.addCommand(alignFileCommand());
  return command;
}

function experimentCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <folder>', 'where the data sets are (default: $DIDYPROG_DATA, or data)')
    .option('--config <file>', 'the config to run instead of the ones of this data set')
    .addOption(new Option('--omega <name>', 'the regulariser').choices(['negentropy', 'l2']))
    .option('--gamma <number>', 'its strength', positive)
    .addOption(new Option('--loss <name>', 'the end-to-end loss').choices(['area', 'convex']))
    .addOption(new Option('--features <name>', 'the features').choices(Object.keys(features)))
    .option('--folds <n>', 'run the first n folds only', whole)
    .option('--seed <n>', 'seed of the untrained model', whole)
    .option('--out <folder>', 'the run directory (default: a new one under runs)')
    .option('--resume', 'continue the run in --out')
    .option('--select', 'choose the settings of every fold on its training pieces, write them down')
    .option('--results <folder>', 'also write the table, numbers, figures and model there')
    .option('--tensorboard', 'also write the metrics as a TensorBoard event file')
    .addOption(
      new Option('--backend <name>', 'force an engine').choices(['tensorflow', 'wasm', 'cpu']),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog align ${name}
  didyprog align ${name} --omega l2 --gamma 1 --folds 2
  didyprog align ${name} --out runs/mine --resume`,
    )
    .action(async (flags: AlignFlags) => {
      await alignDataSet(name, flags);
    });
}

/** Runs the experiment and says where everything went. */
export async function alignDataSet(name: string, flags: AlignFlags): Promise<FinishedRun[]> {
  if (flags.resume && flags.out === undefined) {
    throw new UsageError('--resume needs --out, the run directory to continue');
  }
  const configs = await Promise.all(
    (flags.config ? [flags.config] : settings[name]!.map(configPath)).map((path) =>
      loadAlignConfig(path, flags),
    ),
  );
  const engine = await chooseEngine({ backend: flags.backend });
  notice(engine.reason);
  const out = flags.out ?? RunDirectory.freshPath(`align-${name}`);
  const runs: FinishedRun[] = [];
  for (const config of configs) {
    const options = {
      out: configs.length > 1 ? join(out, config.name) : out,
      dataFolder: dataFolderOf(flags.data),
      resume: flags.resume === true,
      tensorboard: flags.tensorboard === true,
      engine: `${engine.name} ${engine.version}`,
      command: ['didyprog', ...process.argv.slice(2)].join(' '),
    };
    if (flags.select) {
      const path = projectFile(config.choices ?? join('results', `${config.name}-choices.json`));
      await runSelection({ ...config, choices: undefined }, options, path);
      process.stdout.write(`Choices written to ${path}\n`);
    } else {
      runs.push(await runAlignment(config, options));
    }
  }
  if (runs.length === 0) return runs;
  const report = await writeReport(out, { dataFolder: dataFolderOf(flags.data) });
  if (flags.results) {
    await publishRuns(
      runs.map(({ directory }) => directory.path),
      flags.results,
    );
  }
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(runs.map(({ result }) => result))}\n`);
  } else {
    process.stdout.write(`${tablesOf(runs.map(({ result }) => result))}\n\n`);
    process.stdout.write(`Run directory  ${out}\nReport         ${report}\n`);
    for (const { directory, figures } of runs) {
      for (const { name: figure } of figures) {
        process.stdout.write(
          `Figure         ${directory.file(join('figures', `${figure}.svg`))}\n`,
        );
      }
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

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new InvalidArgumentError('It must be a number greater than 0.');
  }
  return value;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}
